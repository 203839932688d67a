#include "trainer/evaluation/sample_pictures.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/image_grid.h"
#include "core/io/image_layout.h"
#include "core/io/png.h"

namespace cae {

absl::Status WriteJudgedImages(const std::string& path, ConstMatrixView images, ImageShape shape,
                               Index columns, Index enlarged, const Judge& judge,
                               ThreadPool& pool) {
  const Judgement judgement = judge.Classify(images, Judge::Features::kLeaveOut, pool);
  CAE_ASSIGN_OR_RETURN(const Image grid,
                       GreyImageGrid(images, {shape.height, shape.width, columns}));
  Image marked{grid.height, grid.width, 3, {}};
  for (Index at = 0; at < grid.height * grid.width; ++at) {
    // The separator after a tile is taken for a part of it.
    const Index row = at / grid.width / (shape.height + 1);
    const Index column = at % grid.width / (shape.width + 1);
    const auto tile = static_cast<std::size_t>(row * columns + column);
    const bool judged = tile < judgement.recognised.size();
    const bool red = judged && judgement.recognised[tile] == 0;
    const bool yellow = judged && judgement.accepted[tile] == 0;
    const std::uint8_t grey = grid.pixels[at];
    const auto weak = static_cast<std::uint8_t>(grey / 3);
    marked.pixels.insert(marked.pixels.end(),
                         {grey, red ? weak : grey, red || yellow ? weak : grey});
  }
  CAE_ASSIGN_OR_RETURN(const Image shown, Enlarge(marked, enlarged));
  CAE_ASSIGN_OR_RETURN(const std::string png, SerializePng(shown));
  return WriteFileAtomically(path, png);
}

absl::Status WriteChainPictures(const std::string& stem, const DrawnSamples& samples,
                                const SampleProtocol& protocol, ImageShape shape,
                                const Judge& judge, ThreadPool& pool) {
  constexpr Index kColumns = 20, kMostDraws = 200, kEnlarged = 2;
  const Index states = protocol.strict_states;
  const Index columns = std::clamp<Index>(states / 2, 1, kColumns);
  Matrix strips(2 * protocol.strict_chains * columns, samples.strict.cols());
  for (Index c = 0; c < protocol.strict_chains; ++c) {
    strips.middleRows(2 * c * columns, columns) = samples.strict.middleRows(c * states, columns);
    strips.middleRows((2 * c + 1) * columns, columns) =
        samples.strict.middleRows(c * states + states / 2, columns);
  }
  CAE_RETURN_IF_ERROR(
      WriteJudgedImages(stem + "-chains.png", strips, shape, columns, kEnlarged, judge, pool));
  const Index few = std::min<Index>(protocol.strict_chains, 2);
  Matrix strip(few * columns, strips.cols());
  for (Index c = 0; c < few; ++c) {
    strip.middleRows(c * columns, columns) = strips.middleRows((2 * c + 1) * columns, columns);
  }
  CAE_RETURN_IF_ERROR(
      WriteJudgedImages(stem + "-strip.png", strip, shape, columns, 1, judge, pool));
  const Index chains = std::min(protocol.many_chains, kMostDraws);
  Matrix draws(chains, samples.many.cols());
  for (Index c = 0; c < chains; ++c) draws.row(c) = samples.many.row((c + 1) * protocol.draws - 1);
  // Without an empty end where it can be.
  const Index wide = chains % kColumns == 0 ? kColumns : kColumns / 2;
  return WriteJudgedImages(stem + "-draws.png", draws, shape, wide, kEnlarged, judge, pool);
}

}  // namespace cae
