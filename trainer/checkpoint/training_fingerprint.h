// The numeric fingerprint of training on this machine by this program.
#ifndef CAE_TRAINER_CHECKPOINT_TRAINING_FINGERPRINT_H_
#define CAE_TRAINER_CHECKPOINT_TRAINING_FINGERPRINT_H_

#include <string>

namespace cae {

/// Raised whenever the bits of training change for reasons that the probe might miss.
inline constexpr int kTrainingNumericVersion = 1;

/// A hash, in hexadecimal, over the numeric version and the parameters after a few steps of a small
/// layer and a small classifier by each optimiser: another processor or another build that rounds
/// otherwise has another one. Takes some milliseconds. Thread-safe.
std::string TrainingFingerprint();

}  // namespace cae

#endif  // CAE_TRAINER_CHECKPOINT_TRAINING_FINGERPRINT_H_
