// Pictures of a sampler's chains, with what the judge thinks of them.
#ifndef CAE_TRAINER_EVALUATION_SAMPLE_PICTURES_H_
#define CAE_TRAINER_EVALUATION_SAMPLE_PICTURES_H_

#include <string>

#include "absl/status/status.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "trainer/evaluation/judge.h"
#include "trainer/evaluation/sample_protocol.h"

namespace cae {

/// How a row of samples is laid out.
struct ImageShape {
  Index height = 0, width = 0;
};

/// Rows as images, left to right, then down, `columns` in a line, `enlarged` pixels a pixel; those
/// that the judge does not recognise are red, those that it refuses only are yellow. Errors as
/// GreyImageGrid and WriteFileAtomically.
absl::Status WriteJudgedImages(const std::string& path, ConstMatrixView images, ImageShape shape,
                               Index columns, Index enlarged, const Judge& judge, ThreadPool& pool);

/// STEM-chains.png: two lines for each long chain, how it begins and how it goes on half-way.
/// STEM-strip.png: the second of these lines of the first two chains, small.
/// STEM-draws.png: the last draw of each of the many chains, 200 at most.
absl::Status WriteChainPictures(const std::string& stem, const DrawnSamples& samples,
                                const SampleProtocol& protocol, ImageShape shape,
                                const Judge& judge, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_SAMPLE_PICTURES_H_
