#include "core/diagnostics/class_transitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cae {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(ClassTransitionsTest, CountsWhatFollowsWhatInEachChain) {
  ClassTransitions transitions(3);
  // Two chains: 0 → 2 → 2 and 1 → 1 → 0.
  transitions.Observe(Matrix{{9, 1, 1}, {-3, -1, -2}});
  EXPECT_THAT(transitions.counts(), Each(0));
  transitions.Observe(Matrix{{0, 0, 1}, {0, 1, 0}});
  transitions.Observe(Matrix{{0, 0, 1}, {5, 1, 0}});
  EXPECT_THAT(transitions.counts(), ElementsAre(0, 0, 1,  //
                                                1, 1, 0,  //
                                                0, 0, 1));
}

TEST(ClassTransitionsTest, TheFirstOfEqualClassesIsPredicted) {
  ClassTransitions transitions(2);
  transitions.Observe(Matrix{{1, 1}});
  transitions.Observe(Matrix{{0, 1}});
  EXPECT_THAT(transitions.counts(), ElementsAre(0, 1, 0, 0));
}

}  // namespace
}  // namespace cae
