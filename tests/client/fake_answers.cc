#include "tests/client/fake_answers.h"

#include <algorithm>

#include "core/base/check.h"
#include "proto/codec/tensor_codec.h"

namespace cae::testing {

v1::Model FakeCard(const std::string& name, std::int64_t version) {
  v1::Model card;
  card.set_name(name);
  card.set_version(version);
  card.add_labels_of_version("stable");
  card.set_digest("d1");
  card.set_fingerprint("f1");
  card.set_precision(v1::PRECISION_BFLOAT16);
  card.set_state(v1::MODEL_STATE_READY);
  v1::LayerInfo& layer = *card.add_layers();
  layer.set_input_units(4);
  layer.set_units(kFakeCodeUnits);
  layer.set_activation(v1::ACTIVATION_LOGISTIC);
  layer.set_decoder_activation(v1::ACTIVATION_LOGISTIC);
  layer.set_tied(true);
  card.set_input_units(4);
  card.set_code_units(kFakeCodeUnits);
  card.add_input_shape(2);
  card.add_input_shape(2);
  card.mutable_input_range()->set_maximum(1);
  for (const char* label : {"zero", "one", "two"}) card.add_class_labels(label);
  card.set_has_classifier(true);
  card.set_default_noise_stddev(0.5);
  card.set_default_process(v1::SAMPLE_PROCESS_COMPOSED);
  card.mutable_limits()->set_max_rows(4);
  card.mutable_limits()->set_max_chains(100);
  card.mutable_limits()->set_max_rank(3);
  card.mutable_limits()->set_max_message_bytes(3670016);
  (*card.mutable_training())["recipe"] = "none";
  return card;
}

v1::ModelIdentity FakeIdentity(const v1::ModelSelector& selector) {
  v1::ModelIdentity identity;
  identity.set_name(selector.name());
  identity.set_version(selector.version() > 0 ? selector.version() : 3);
  identity.set_digest("d1");
  identity.set_fingerprint("f1");
  return identity;
}

v1::Tensor FakeTensor(const Matrix& matrix, const std::vector<std::int64_t>& shape,
                      v1::DataType type) {
  v1::Tensor tensor;
  const absl::Span<const float> elements(matrix.data(), static_cast<std::size_t>(matrix.size()));
  const absl::Status status = EncodeTensor(elements, shape, {.type = type}, "fake", &tensor);
  CAE_CHECK(status.ok(), status.ToString());
  return tensor;
}

v1::Tensor FakeTensor(const Matrix& matrix) {
  return FakeTensor(matrix, {matrix.rows(), matrix.cols()});
}

v1::Tensor FakeVector(const Vector& vector) { return FakeTensor(vector, {vector.size()}); }

v1::Classification FakeClassification(ConstMatrixView inputs, Index row, int top_k) {
  constexpr float kProbabilities[] = {0.7f, 0.2f, 0.1f};
  const v1::Model card = FakeCard();
  Index best = 0;
  inputs.row(row).head(kFakeCodeUnits).maxCoeff(&best);
  v1::Classification result;
  const int count = top_k > 0 ? std::min(top_k, 3) : 3;
  for (int j = 0; j < count; ++j) {
    v1::ClassScore& score = *result.add_classes();
    score.set_index(static_cast<int>((best + j) % kFakeCodeUnits));
    score.set_label(card.class_labels(score.index()));
    score.set_probability(kProbabilities[j]);
  }
  return result;
}

namespace {

v1::SampleHeader FakeHeader(const v1::SampleRequest& request, std::int64_t chains) {
  v1::SampleHeader header;
  *header.mutable_model() = FakeIdentity(request.model());
  header.set_seed(request.has_seed() ? request.seed() : 42);
  header.set_noise_stddev(request.has_noise_stddev() ? request.noise_stddev() : 0.5);
  header.set_rank(request.rank());
  header.set_process(request.process() == v1::SAMPLE_PROCESS_UNSPECIFIED
                         ? v1::SAMPLE_PROCESS_COMPOSED
                         : request.process());
  header.set_burn_in(request.burn_in());
  header.set_thinning(std::max<std::int64_t>(request.thinning(), 1));
  header.set_chains(static_cast<int>(chains));
  header.set_first_chain(request.first_chain());
  return header;
}

v1::SampleResponse FakeDraw(const v1::SampleRequest& request, std::int64_t chains,
                            std::int64_t draw) {
  v1::SampleResponse message;
  message.set_first_draw(draw);
  Matrix values(chains, 4);
  for (Index c = 0; c < chains; ++c) {
    values.row(c).setConstant(static_cast<float>(100 * c + draw) / 1000);
  }
  *message.mutable_samples() = FakeTensor(values, {1, chains, 4}, request.output_data_type());
  if (request.include_codes()) {
    *message.mutable_codes() =
        FakeTensor(2 * values.leftCols(kFakeCodeUnits), {1, chains, kFakeCodeUnits});
  }
  *message.mutable_state()->mutable_model() = FakeIdentity(request.model());
  message.mutable_state()->set_draws_done(draw + 1);
  *message.mutable_state()->mutable_tensor() = FakeTensor(values);
  return message;
}

}  // namespace

std::deque<v1::SampleResponse> FakeSamples(const v1::SampleRequest& request, std::int64_t draws) {
  const std::int64_t chains = request.has_resume_from() ? request.resume_from().tensor().shape(0)
                                                        : std::max(request.chains(), 1);
  std::deque<v1::SampleResponse> messages(1);
  *messages[0].mutable_header() = FakeHeader(request, chains);
  const std::int64_t first = request.resume_from().draws_done();
  for (std::int64_t draw = first; draw < first + draws; ++draw) {
    messages.push_back(FakeDraw(request, chains, draw));
  }
  v1::SampleDiagnostics& diagnostics = *messages.back().mutable_diagnostics();
  diagnostics.set_draws(draws);
  diagnostics.set_mean_displacement(0.125);
  v1::StatisticDiagnostics& statistic = *diagnostics.add_statistics();
  statistic.set_statistic(v1::SAMPLE_STATISTIC_MEAN_PIXEL);
  statistic.set_mean(0.25);
  statistic.set_split_r_hat(1.5);
  if (request.diagnostics() == v1::DIAGNOSTICS_LEVEL_CLASSES) {
    v1::ClassTransitions& transitions = *diagnostics.mutable_class_transitions();
    transitions.set_classes(3);
    for (const int count : {4, 3, 0, 0, 2, 0, 0, 0, 1}) transitions.add_counts(count);
  }
  return messages;
}

}  // namespace cae::testing
