// The whole table of errors of Validate(): each case breaks one thing of a model that has
// everything.
#include "core/model/model_parameters.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::AddRandomClassifier;
using testing::AddRandomStandardisation;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::StatusIs;
using testing::Weights;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Two untied layers 6-4-3, a tower 6-5 with two classes, standardised, with golden rows.
ModelParameters WithEverything() {
  ModelParameters p =
      RandomModelParameters({6, 4, 3}, {Activation::kLogistic}, Weights::kUntied, 1);
  AddRandomStandardisation(2, p);
  AddRandomClassifier({5}, 2, 3, p);
  p.golden_inputs = RandomMatrix(2, 6, 4);
  p.golden_codes = RandomMatrix(2, 3, 5);
  p.card.input_shape = {2, 3};
  return p;
}

TEST(ValidateTest, AcceptsAModelWithEverything) { EXPECT_THAT(Validate(WithEverything()), IsOk()); }

TEST(ValidateTest, AcceptsAModelWithTheLeast) {
  ModelParameters p = RandomModelParameters({1, 1}, {Activation::kRelu}, Weights::kTied, 1);
  p.start_examples = Matrix::Zero(1, 1);
  EXPECT_THAT(Validate(p), IsOk());
}

TEST(ValidateTest, AcceptsTheEdgesOfTheCard) {
  ModelParameters p = WithEverything();
  p.card.default_noise_stddev = 0;
  p.card.default_rank = 3;
  p.card.input_shape = {6, 1, 1};
  p.card.input_minimum = -1;
  EXPECT_THAT(Validate(p), IsOk());
}

struct Case {
  const char* name;
  std::function<void(ModelParameters&)> breakage;
  const char* expected;  ///< part of the message
};

class ValidateErrorTest : public ::testing::TestWithParam<Case> {};

TEST_P(ValidateErrorTest, NamesTheTensorAndTheReason) {
  ModelParameters p = WithEverything();
  GetParam().breakage(p);
  EXPECT_THAT(Validate(p),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().expected)));
}

std::string CaseName(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

using P = ModelParameters;

INSTANTIATE_TEST_SUITE_P(
    Layers, ValidateErrorTest,
    ::testing::Values(Case{"NoLayers", [](P& p) { p.layers.clear(); }, "no layers"},
                      Case{"NoInputs", [](P& p) { p.layers[0].encoder.weight.resize(4, 0); },
                           "'layers.0.weight' has no columns"},
                      Case{"NoUnits", [](P& p) { p.layers[1].encoder.weight.resize(0, 4); },
                           "'layers.1.weight' is empty"},
                      Case{"LayersThatDoNotMeet",
                           [](P& p) { p.layers[1].encoder.weight = RandomMatrix(3, 5, 1); },
                           "'layers.1.weight' has shape [3, 5], the model needs [3, 4]"},
                      Case{"ShortBias", [](P& p) { p.layers[0].encoder.bias.resize(3); },
                           "'layers.0.bias' has 3 elements, the model needs 4"},
                      Case{"NoBias", [](P& p) { p.layers[1].encoder.bias.resize(0); },
                           "'layers.1.bias' has 0 elements, the model needs 3"},
                      Case{"LongDecoderBias", [](P& p) { p.layers[0].decoder_bias.resize(7); },
                           "'layers.0.decoder_bias' has 7 elements, the model needs 6"},
                      Case{"TransposedDecoder",
                           [](P& p) { p.layers[0].decoder_weight = RandomMatrix(4, 6, 1); },
                           "'layers.0.decoder_weight' has shape [4, 6], the model needs [6, 4]"},
                      Case{"DecoderOfTheWrongLayer",
                           [](P& p) { p.layers[1].decoder_weight = RandomMatrix(6, 3, 1); },
                           "'layers.1.decoder_weight' has shape [6, 3], the model needs [4, 3]"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    NotFinite, ValidateErrorTest,
    ::testing::Values(
        Case{"Weight", [](P& p) { p.layers[0].encoder.weight(2, 5) = kNan; },
             "'layers.0.weight' has a value that is not finite in row 2"},
        Case{"UpperWeight", [](P& p) { p.layers[1].encoder.weight(0, 0) = -kInfinity; },
             "'layers.1.weight' has a value that is not finite in row 0"},
        Case{"Bias", [](P& p) { p.layers[1].encoder.bias[2] = kInfinity; }, "'layers.1.bias'"},
        Case{"DecoderWeight", [](P& p) { p.layers[0].decoder_weight(5, 3) = kNan; },
             "'layers.0.decoder_weight' has a value that is not finite in row 5"},
        Case{"DecoderBias", [](P& p) { p.layers[1].decoder_bias[0] = kNan; },
             "'layers.1.decoder_bias'"},
        Case{"TowerWeight", [](P& p) { p.classifier.layers[0].weight(1, 1) = kNan; },
             "'classifier.layers.0.weight'"},
        Case{"TowerBias", [](P& p) { p.classifier.layers[0].bias[1] = kNan; },
             "'classifier.layers.0.bias'"},
        Case{"OutputWeight", [](P& p) { p.classifier.output.weight(1, 1) = kInfinity; },
             "'classifier.output.weight'"},
        Case{"OutputBias", [](P& p) { p.classifier.output.bias[0] = kNan; },
             "'classifier.output.bias'"},
        Case{"Offset", [](P& p) { p.input_offset[3] = kNan; }, "'input.offset'"},
        Case{"Scale", [](P& p) { p.input_scale[3] = kInfinity; }, "'input.scale'"},
        Case{"StartExamples", [](P& p) { p.start_examples(2, 0) = kNan; },
             "'start_examples' has a value that is not finite in row 2"},
        Case{"GoldenInputs", [](P& p) { p.golden_inputs(1, 1) = kNan; }, "'golden.inputs'"},
        Case{"GoldenCodes", [](P& p) { p.golden_codes(0, 2) = kInfinity; }, "'golden.codes'"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Classifier, ValidateErrorTest,
    ::testing::Values(Case{"OutputMissing", [](P& p) { p.classifier.output.weight.resize(0, 0); },
                           "'classifier.output.weight' is missing"},
                      Case{"TowerThatDoesNotFitTheInput",
                           [](P& p) { p.classifier.layers[0].weight = RandomMatrix(5, 7, 1); },
                           "'classifier.layers.0.weight' has shape [5, 7], the model needs [5, 6]"},
                      Case{"TowerWithoutUnits",
                           [](P& p) { p.classifier.layers[0].weight.resize(0, 6); },
                           "'classifier.layers.0.weight' is empty"},
                      Case{"TowerBias", [](P& p) { p.classifier.layers[0].bias.resize(6); },
                           "'classifier.layers.0.bias' has 6 elements, the model needs 5"},
                      Case{"OutputThatDoesNotFitTheTower",
                           [](P& p) { p.classifier.output.weight = RandomMatrix(2, 3, 1); },
                           "'classifier.output.weight' has shape [2, 3], the model needs [2, 5]"},
                      Case{"OutputThatDoesNotFitTheCode", [](P& p) { p.classifier.layers.clear(); },
                           "'classifier.output.weight' has shape [2, 5], the model needs [2, 3]"},
                      Case{"OutputBias", [](P& p) { p.classifier.output.bias.resize(1); },
                           "'classifier.output.bias' has 1 elements, the model needs 2"},
                      Case{"TooManyLabels", [](P& p) { p.card.class_labels.push_back("extra"); },
                           "2 outputs and the card names 3 classes"},
                      Case{"NoLabels", [](P& p) { p.card.class_labels.clear(); },
                           "2 outputs and the card names 0 classes"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Standardisation, ValidateErrorTest,
    ::testing::Values(Case{"OffsetAlone", [](P& p) { p.input_scale.resize(0); },
                           "'input.scale' has 0 elements, the model needs 6"},
                      Case{"ScaleAlone", [](P& p) { p.input_offset.resize(0); },
                           "'input.offset' has 0 elements, the model needs 6"},
                      Case{"ShortOffset", [](P& p) { p.input_offset.resize(5); },
                           "'input.offset' has 5 elements, the model needs 6"},
                      Case{"ZeroScale", [](P& p) { p.input_scale[4] = 0; },
                           "'input.scale' is zero at 4"},
                      Case{"LogisticDecoder",
                           [](P& p) { p.layers[0].decoder_activation = Activation::kLogistic; },
                           "decoder activation of layers.0"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Card, ValidateErrorTest,
    ::testing::Values(
        Case{"NoShape", [](P& p) { p.card.input_shape.clear(); }, "the 6 input units"},
        Case{"SmallShape",
             [](P& p) {
               p.card.input_shape = {2, 2};
             },
             "the 6 input units"},
        Case{"LargeShape",
             [](P& p) {
               p.card.input_shape = {2, 3, 2};
             },
             "the 6 input units"},
        Case{"ZeroExtent",
             [](P& p) {
               p.card.input_shape = {6, 0};
             },
             "the extent 0"},
        Case{"NegativeExtents",
             [](P& p) {
               p.card.input_shape = {-2, -3};
             },
             "the extent -2"},
        // Products that overflow to 6 must not pass.
        Case{"HugeExtents",
             [](P& p) {
               p.card.input_shape = {2, 3, 1ll << 32, 1ll << 32};
             },
             "extent 4294967296"},
        Case{"ManyExtents", [](P& p) { p.card.input_shape = std::vector<std::int64_t>(200, 6); },
             "the 6 input units"},
        Case{"EmptyRange", [](P& p) { p.card.input_maximum = p.card.input_minimum; },
             "input range"},
        Case{"RangeOfNaN", [](P& p) { p.card.input_minimum = std::nan(""); }, "input range"},
        Case{"NegativeNoise", [](P& p) { p.card.default_noise_stddev = -1; }, "noise is -1"},
        Case{"NoiseOfNaN", [](P& p) { p.card.default_noise_stddev = std::nan(""); }, "noise is"},
        Case{"InfiniteNoise", [](P& p) { p.card.default_noise_stddev = HUGE_VAL; }, "noise is inf"},
        Case{"NegativeRank", [](P& p) { p.card.default_rank = -1; }, "default rank is -1"},
        Case{"RankOfNoJacobian", [](P& p) { p.card.default_rank = 4; },
             "default rank is 4; 0 to 3 is allowed"},
        Case{"RankOfNoTopLayer",
             [](P& p) {
               p.card.default_process = SampleProcess::kTopLayer;
               p.card.default_rank = 1ll << 40;
             },
             "0 to 3 is allowed"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Examples, ValidateErrorTest,
    ::testing::Values(
        Case{"NoStartExamples", [](P& p) { p.start_examples.resize(0, 6); },
             "'start_examples' has no rows"},
        Case{"NarrowStartExamples", [](P& p) { p.start_examples = RandomMatrix(3, 5, 1); },
             "'start_examples' has shape [3, 5], the model needs [3, 6]"},
        Case{"WideGoldenInputs", [](P& p) { p.golden_inputs = RandomMatrix(2, 7, 1); },
             "'golden.inputs' has shape [2, 7], the model needs [2, 6]"},
        Case{"GoldenCodesOfAnotherLayer", [](P& p) { p.golden_codes = RandomMatrix(2, 4, 1); },
             "'golden.codes' has shape [2, 4], the model needs [2, 3]"},
        Case{"MoreGoldenCodesThanInputs", [](P& p) { p.golden_codes = RandomMatrix(3, 3, 1); },
             "'golden.codes' has shape [3, 3], the model needs [2, 3]"},
        Case{"GoldenInputsAlone", [](P& p) { p.golden_codes.resize(0, 3); },
             "'golden.codes' has shape [0, 3], the model needs [2, 3]"},
        Case{"GoldenCodesAlone", [](P& p) { p.golden_inputs.resize(0, 6); }, "golden"}),
    CaseName);

}  // namespace
}  // namespace cae
