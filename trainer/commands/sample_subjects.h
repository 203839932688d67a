// SampleSubject: a file whose chains can be judged, and the settings that they are judged at.
#ifndef CAE_TRAINER_COMMANDS_SAMPLE_SUBJECTS_H_
#define CAE_TRAINER_COMMANDS_SAMPLE_SUBJECTS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/model/model_card.h"
#include "trainer/evaluation/image_sampler.h"

namespace cae {

/// What the command line says about chains; what is absent or empty is as the model's card says.
struct ChainFlags {
  std::vector<double> noise;
  std::optional<SampleProcess> process;
  bool denoising = false;  ///< the chain of DaeSampler instead, whose noise is that of the inputs
  std::optional<Index> rank;
  std::vector<int> transitions = {1};  ///< of Gibbs chains, a step
};

struct SampleSubject {
  std::string name;          ///< of its files and in legends: the file's, and the process
  std::string setting_name;  ///< "noise" or "transitions"
  std::vector<double> settings;
  std::string data;         ///< the data set that it was trained on
  Index held_out_rows = 0;  ///< last training rows that its recipe keeps apart; 0 = nobody knows
  Index image_units = 0;
  std::vector<std::int64_t> image_shape;
  /// At one of the settings. The pool must outlive it.
  std::function<absl::StatusOr<std::unique_ptr<ImageSampler>>(double setting, ThreadPool&)> make;
};

/// Of a model file or of a baseline file. Errors name the file; a rank that the model has not is
/// the user's mistake.
absl::StatusOr<SampleSubject> LoadSampleSubject(const std::string& path, const ChainFlags& flags);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_SAMPLE_SUBJECTS_H_
