// The gradient of the CAE criterion, for every activation: formulas against finite differences,
// fast path against formulas.
#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "trainer/criteria/gradient_check.h"

namespace cae {
namespace {

using Case = std::tuple<Activation, Activation, /*tied*/ bool, /*λ*/ double>;

class CaeGradientTest : public ::testing::TestWithParam<Case> {};

TEST_P(CaeGradientTest, FormulasAgreeWithFiniteDifferencesAndTheFastPathWithFormulas) {
  GradientCheckCase check;
  std::tie(check.activation, check.decoder_activation, check.tied, check.contraction) = GetParam();
  const GradientErrors errors = CheckCaeGradient(check);
  EXPECT_LT(errors.formulas, 1e-6);
  // Float32 has 6e-8; sums of a few dozen terms that partly cancel lose some digits of it.
  EXPECT_LT(errors.fast_path, 1e-3);
}

constexpr Activation kAll[] = {Activation::kLogistic, Activation::kTanh, Activation::kRelu,
                               Activation::kIdentity};

INSTANTIATE_TEST_SUITE_P(Activations, CaeGradientTest,
                         ::testing::Combine(::testing::ValuesIn(kAll), ::testing::ValuesIn(kAll),
                                            ::testing::Bool(), ::testing::Values(0.0, 0.7)),
                         [](const ::testing::TestParamInfo<Case>& test) {
                           return absl::StrCat(
                               ActivationName(std::get<0>(test.param)), "_",
                               ActivationName(std::get<1>(test.param)), "_",
                               std::get<2>(test.param) ? "tied" : "untied", "_",
                               std::get<3>(test.param) > 0 ? "contracted" : "plain");
                         });

// Sizes that need several pieces and leave incomplete vectors.
TEST(CaeGradientSizesTest, FastPathAgreesWithFormulasAcrossPieces) {
  for (const bool tied : {true, false}) {
    GradientCheckCase check;
    check.inputs = 5;
    check.units = 300;
    check.rows = 3;
    check.tied = tied;
    EXPECT_LT(CheckCaeGradient(check).fast_path, 1e-3) << "tied: " << tied;
    std::swap(check.inputs, check.units);
    EXPECT_LT(CheckCaeGradient(check).fast_path, 1e-3) << "tied: " << tied;
  }
}

// What may be added to the criterion, alone and together.
class NeighbourGradientTest : public ::testing::TestWithParam<NeighbourCheckCase> {};

TEST_P(NeighbourGradientTest, TheFastPathAgreesWithFiniteDifferences) {
  for (const Activation activation : kAll) {
    for (const bool tied : {true, false}) {
      NeighbourCheckCase check = GetParam();
      check.layer.activation = activation;
      check.layer.tied = tied;
      EXPECT_LT(CheckNeighbourGradient(check), 1e-3)
          << ActivationName(activation) << " tied: " << tied;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, NeighbourGradientTest,
                         ::testing::Values(NeighbourCheckCase{{}, 2, 0, 1, false},
                                           NeighbourCheckCase{{}, 0, 3, 1, false},
                                           NeighbourCheckCase{{}, 0, 0, 1, true},
                                           NeighbourCheckCase{{}, 2, 3, 3, true}),
                         [](const auto& test) {
                           return absl::StrCat(test.param.stability > 0 ? "Stability" : "",
                                               test.param.invariance > 0 ? "Invariance" : "",
                                               test.param.corrupted ? "Corrupted" : "",
                                               test.param.copies);
                         });

}  // namespace
}  // namespace cae
