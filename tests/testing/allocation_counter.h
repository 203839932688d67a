// How often memory was allocated, for tests that hold a path to allocating nothing.
#ifndef CAE_TESTS_TESTING_ALLOCATION_COUNTER_H_
#define CAE_TESTS_TESTING_ALLOCATION_COUNTER_H_

namespace cae::testing {

/// Calls of operator new on any thread since the program began, but for those that oneDNN makes
/// (some seven a product). Who links this has operator new replaced: such a test is a program of
/// its own. Thread-safe.
long Allocations();

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_ALLOCATION_COUNTER_H_
