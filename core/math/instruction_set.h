// The instruction set that products and vectorised loops are held at.
#ifndef CAE_CORE_MATH_INSTRUCTION_SET_H_
#define CAE_CORE_MATH_INSTRUCTION_SET_H_

namespace cae {

enum class InstructionSet { kSse41, kAvx2, kAvx512 };

/// Holds oneDNN and Highway at `set`, which the processor must have: machines that differ beyond it
/// compute the same bits. To be called before the first product and loop and before there is a
/// second thread: it sets an environment variable, which is how oneDNN is told.
void HoldInstructionSet(InstructionSet set);

}  // namespace cae

#endif  // CAE_CORE_MATH_INSTRUCTION_SET_H_
