// Image variants: what is made of a data set's images to teach and to test a judge.
#ifndef CAE_TRAINER_EVALUATION_IMAGE_VARIANTS_H_
#define CAE_TRAINER_EVALUATION_IMAGE_VARIANTS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "core/math/matrix.h"
#include "trainer/criteria/classifier_step.h"

namespace cae {

enum class ImageVariant {
  kBlank,       ///< an image at less than a quarter of its brightness, often far less
  kNoise,       ///< an image's pixels in random order, uniform noise, or blobs of it
  kHalfErased,  ///< the upper, lower, left or right half is black
  kAverage,     ///< of two images of different classes, with weights from 0.35 to 0.65
  kPatchwork,   ///< half of one image and the other half of one of another class
  kUnion,       ///< of two images of different classes the brighter pixel each
  kSoftened,  ///< an image after up to three 3 × 3 binomial filters, or its average with one much
              ///< like it of the same class; at half to all of its brightness: still good
};

/// "blank", "noise", "half erased", "average of two", "patchwork", "two in one", "softened".
absl::string_view NameOf(ImageVariant variant);

/// Rows as images.
struct ImageRows {
  LabelledRows
      data;  ///< at least one row; of one class alone, pairs of different classes are of one
  Index height = 0, width = 0;
};

/// `count` images in [0, 1], [count, height · width], each from random rows. A function of the
/// arguments alone.
Matrix MakeImageVariants(ImageVariant variant, const ImageRows& images, Index count,
                         std::uint64_t seed);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_IMAGE_VARIANTS_H_
