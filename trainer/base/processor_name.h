// The name of the processor, for records of what was computed where.
#ifndef CAE_TRAINER_BASE_PROCESSOR_NAME_H_
#define CAE_TRAINER_BASE_PROCESSOR_NAME_H_

#include <string>

namespace cae {

/// As the kernel calls it, "AMD EPYC 9654 96-Core Processor"; of virtual machines often less.
/// "unknown processor" where it says nothing.
std::string ProcessorName();

}  // namespace cae

#endif  // CAE_TRAINER_BASE_PROCESSOR_NAME_H_
