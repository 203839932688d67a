// The numeric fingerprint of a loaded model: equal fingerprints and digests mean equal bits in
// every answer.
#ifndef CAE_CORE_SERVING_FINGERPRINT_H_
#define CAE_CORE_SERVING_FINGERPRINT_H_

#include <string>

#include "core/model/autoencoder.h"

namespace cae {

/// Raised whenever the bits of answers change for reasons that the probe might miss.
inline constexpr int kNumericVersion = 3;

/// Hash, in hexadecimal, over the numeric version, the precision and the output bits of a fixed
/// probe pushed through every packed matrix in every way that answers use it, the classifier, the
/// noise generator and one step of each kind of chain. Thread-safe.
std::string NumericFingerprint(const Autoencoder& autoencoder);

}  // namespace cae

#endif  // CAE_CORE_SERVING_FINGERPRINT_H_
