#include "trainer/evaluation/image_variants.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "trainer/base/random_stream.h"

namespace cae {
namespace {

using Row = Eigen::RowVectorXf;

class VariantMaker {
 public:
  VariantMaker(const ImageRows& images, ImageVariant variant, std::uint64_t seed)
      : images_(images),
        random_(seed, RandomUse::kImageVariants, static_cast<std::uint64_t>(variant)) {}

  Row Make(ImageVariant variant) {
    switch (variant) {
      case ImageVariant::kBlank:
        return 0.25f * Uniform() * Uniform() * images_.data.rows.row(AnyRow());
      case ImageVariant::kNoise:
        return Noise();
      case ImageVariant::kHalfErased:
        return HalfErased();
      case ImageVariant::kAverage: {
        const auto [a, b] = TwoClasses();
        const float weight = 0.35f + 0.3f * Uniform();
        return weight * images_.data.rows.row(a) + (1 - weight) * images_.data.rows.row(b);
      }
      case ImageVariant::kPatchwork:
        return Patchwork();
      case ImageVariant::kUnion: {
        const auto [a, b] = TwoClasses();
        return images_.data.rows.row(a).cwiseMax(images_.data.rows.row(b));
      }
      case ImageVariant::kSoftened:
        break;
    }
    return Softened();
  }

 private:
  float Uniform() { return static_cast<float>(random_.Uniform()); }
  Index AnyRow() { return random_.Below(images_.data.rows.rows()); }

  std::pair<Index, Index> TwoClasses() {
    constexpr int kTries = 100;  // a data set of one class has no such pair
    const Index a = AnyRow();
    Index b = AnyRow();
    for (int i = 0; i < kTries && images_.data.labels[a] == images_.data.labels[b]; ++i) {
      b = AnyRow();
    }
    return {a, b};
  }

  Row Noise() {
    Row image = images_.data.rows.row(AnyRow());
    const Index kind = random_.Below(3);
    if (kind == 0) {
      const std::vector<Index> order = random_.Permutation(image.size());
      return Row(image(order));
    }
    const float brightness = Uniform();
    for (float& pixel : image) pixel = brightness * Uniform();
    if (kind == 1) return image;
    // Blobs: smooth noise, most of it pushed to black or white.
    for (Index i = 0; i < 4; ++i) image = Filtered(image);
    const float threshold = image.mean() + 0.05f * brightness * Uniform();
    return (0.5f + 20 / (brightness + 0.01f) * (image.array() - threshold)).cwiseMax(0).cwiseMin(1);
  }

  // One of the four halves of an image of that size.
  template <typename Image>
  static auto Half(Image& image, Index which) {
    const bool upper_or_lower = which < 2, first = which % 2 == 0;
    const Index rows = upper_or_lower ? image.rows() / 2 : image.rows();
    const Index columns = upper_or_lower ? image.cols() : image.cols() / 2;
    return image.block(first ? 0 : image.rows() - rows, first ? 0 : image.cols() - columns, rows,
                       columns);
  }

  Row HalfErased() {
    Row row = images_.data.rows.row(AnyRow());
    MatrixView image(row.data(), images_.height, images_.width);
    Half(image, random_.Below(4)).setZero();
    return row;
  }

  Row Patchwork() {
    const auto [a, b] = TwoClasses();
    Row row = images_.data.rows.row(a), other = images_.data.rows.row(b);
    MatrixView image(row.data(), images_.height, images_.width);
    MatrixView patch(other.data(), images_.height, images_.width);
    const Index which = random_.Below(4);
    Half(image, which) = Half(patch, which);
    return row;
  }

  Row Softened() {
    Row image = images_.data.rows.row(AnyRow());
    if (random_.Below(2) == 0) {
      const Row other = images_.data.rows.row(MostAlike(image));
      image += (0.35f + 0.3f * Uniform()) * (other - image);
    }
    const Index passes = random_.Below(4);
    for (Index i = 0; i < passes; ++i) image = Filtered(image);
    return (0.5f + 0.5f * Uniform()) * image;
  }

  // Of a few random rows, the image itself left out. The rows are of one class here.
  Index MostAlike(const Row& image) {
    constexpr int kCandidates = 30;
    Index best = AnyRow();
    float nearest = std::numeric_limits<float>::infinity();
    for (int i = 0; i < kCandidates; ++i) {
      const Index candidate = AnyRow();
      const float distance = (images_.data.rows.row(candidate) - image).squaredNorm();
      if (distance == 0 || distance >= nearest) continue;
      nearest = distance;
      best = candidate;
    }
    return best;
  }

  // (1 2 1)/4 along both axes; beyond the border it is black.
  Row Filtered(const Row& image) const {
    const Index height = images_.height, width = images_.width;
    Matrix framed = Matrix::Zero(height + 2, width + 2);
    framed.block(1, 1, height, width) = ConstMatrixView(image.data(), height, width);
    const Matrix across =
        (framed.leftCols(width) + 2 * framed.middleCols(1, width) + framed.rightCols(width)) / 4;
    const Matrix both =
        (across.topRows(height) + 2 * across.middleRows(1, height) + across.bottomRows(height)) / 4;
    return Eigen::Map<const Row>(both.data(), both.size());
  }

  const ImageRows& images_;
  RandomStream random_;
};

}  // namespace

absl::string_view NameOf(ImageVariant variant) {
  switch (variant) {
    case ImageVariant::kBlank:
      return "blank";
    case ImageVariant::kNoise:
      return "noise";
    case ImageVariant::kHalfErased:
      return "half erased";
    case ImageVariant::kAverage:
      return "average of two";
    case ImageVariant::kPatchwork:
      return "patchwork";
    case ImageVariant::kUnion:
      return "two in one";
    case ImageVariant::kSoftened:
      break;
  }
  return "softened";
}

Matrix MakeImageVariants(ImageVariant variant, const ImageRows& images, Index count,
                         std::uint64_t seed) {
  VariantMaker maker(images, variant, seed);
  Matrix made(count, images.data.rows.cols());
  for (Index i = 0; i < count; ++i) made.row(i) = maker.Make(variant);
  return made;
}

}  // namespace cae
