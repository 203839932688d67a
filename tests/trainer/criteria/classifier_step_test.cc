#include "trainer/criteria/classifier_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "trainer/criteria/dropout.h"
#include "trainer/criteria/gradient_recorder.h"
#include "trainer/optimiser/adam.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::RandomMatrix;
using testing::RandomVector;

constexpr Index kRows = 6, kInputs = 9, kClasses = 3;

struct Layer {
  MatrixD weight;
  VectorD bias;
  Activation activation;
};

ClassifierParameters SmallClassifier(std::vector<Index> units, Activation activation) {
  ClassifierParameters classifier;
  Index below = kInputs;
  for (const Index n : units) {
    classifier.layers.push_back(
        {RandomMatrix(n, below, n), RandomVector(n, n + 1, -0.2, 0.2), activation});
    below = n;
  }
  classifier.output = {RandomMatrix(kClasses, below, 5), RandomVector(kClasses, 6),
                       Activation::kIdentity};
  return classifier;
}

std::vector<Layer> ToDouble(const ClassifierParameters& classifier) {
  std::vector<Layer> layers;
  for (const DenseParameters& layer : classifier.layers) {
    layers.push_back({layer.weight.cast<double>(), layer.bias.cast<double>(), layer.activation});
  }
  layers.push_back({classifier.output.weight.cast<double>(), classifier.output.bias.cast<double>(),
                    Activation::kIdentity});
  return layers;
}

std::vector<std::uint8_t> Labels(Index rows) {
  std::vector<std::uint8_t> labels;
  for (Index i = 0; i < rows; ++i) labels.push_back(static_cast<std::uint8_t>(i * 7 % kClasses));
  return labels;
}

// ‖(∂o/∂x) u‖² of one row, o = softmax: every Jacobian written out.
double ReferenceTangent(const std::vector<Layer>& layers, VectorD h, VectorD u,
                        const std::vector<VectorD>& masks) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (!masks.empty()) h = h.cwiseProduct(masks[l]);
    if (!masks.empty()) u = u.cwiseProduct(masks[l]);
    h = (layers[l].weight * h + layers[l].bias).unaryExpr([&](double a) {
      return Activate(layers[l].activation, a);
    });
    u = (layers[l].weight * u).cwiseProduct(h.unaryExpr([&](double y) {
      return ActivationDerivative(layers[l].activation, y);
    }));
  }
  const VectorD p = h.array().exp() / h.array().exp().sum();
  const MatrixD softmax = MatrixD(p.asDiagonal()) - p * p.transpose();
  return (softmax * u).squaredNorm();
}

// The mean cross-entropy as the formula stands; masks[l] multiplies what layer l reads.
double Reference(const std::vector<Layer>& layers, const MatrixD& inputs,
                 const std::vector<std::uint8_t>& labels, const std::vector<Matrix>& masks,
                 double smoothing) {
  double loss = 0;
  for (Index i = 0; i < inputs.rows(); ++i) {
    VectorD h = inputs.row(i).transpose();
    for (std::size_t l = 0; l < layers.size(); ++l) {
      if (!masks.empty()) h = h.cwiseProduct(masks[l].row(i).cast<double>().transpose());
      h = (layers[l].weight * h + layers[l].bias).unaryExpr([&](double a) {
        return Activate(layers[l].activation, a);
      });
    }
    loss += std::log(h.array().exp().sum()) - (1 - smoothing) * h[labels[i]] - smoothing * h.mean();
  }
  return loss / static_cast<double>(inputs.rows());
}

// Central differences of five points of `value`, one of the numbers that `loss` reads.
template <typename Loss>
double Derivative(double& value, const Loss& loss) {
  constexpr double kStep = 1e-3;
  const double start = value;
  const auto at = [&](double steps) {
    value = start + steps * kStep;
    return loss();
  };
  const double derivative = (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * kStep);
  value = start;
  return derivative;
}

void ExpectGradient(ClassifierParameters classifier, const ClassifierStepOptions& options,
                    const std::vector<Matrix>& masks) {
  const Matrix inputs = RandomMatrix(kRows, kInputs, 3, 0, 1);
  const std::vector<std::uint8_t> labels = Labels(kRows);
  std::vector<Layer> layers = ToDouble(classifier);
  const auto loss = [&] {
    return Reference(layers, inputs.cast<double>(), labels, masks, options.label_smoothing);
  };
  ThreadPool pool(2);
  GradientRecorder recorder;
  ClassifierStep step(classifier, options, recorder, pool);
  std::vector<Index> rows(kRows);
  std::iota(rows.begin(), rows.end(), Index{0});
  const ClassifierLoss got = step.Descend({inputs, labels}, rows, 1);
  EXPECT_TRUE(got.finite);
  EXPECT_NEAR(got.cross_entropy, loss(), 1e-6);
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Vector& weights = recorder.gradient(2 * static_cast<int>(l));
    const Vector& biases = recorder.gradient(2 * static_cast<int>(l) + 1);
    for (Index i = 0; i < layers[l].weight.size(); ++i) {
      EXPECT_NEAR(weights[i], Derivative(layers[l].weight.data()[i], loss), 2e-6)
          << "layer " << l << ", weight " << i;
    }
    for (Index i = 0; i < layers[l].bias.size(); ++i) {
      EXPECT_NEAR(biases[i], Derivative(layers[l].bias[i], loss), 2e-6)
          << "layer " << l << ", bias " << i;
    }
  }
}

TEST(ClassifierStepTest, GradientAgreesWithFiniteDifferences) {
  for (const Activation activation :
       {Activation::kLogistic, Activation::kTanh, Activation::kRelu, Activation::kIdentity}) {
    SCOPED_TRACE(std::string(ActivationName(activation)));
    ExpectGradient(SmallClassifier({7}, activation), {.max_rows = kRows}, {});
    ExpectGradient(SmallClassifier({7, 20}, activation), {.max_rows = kRows}, {});
    ExpectGradient(SmallClassifier({7}, activation), {.max_rows = kRows, .label_smoothing = 0.2},
                   {});
  }
}

TEST(ClassifierStepTest, GradientWithDropoutIsThatOfTheThinnedTower) {
  const ClassifierStepOptions options = {
      .max_rows = kRows, .input_dropout = 0.25, .hidden_dropout = 0.5, .seed = 11};
  std::vector<Matrix> masks;
  for (const Index units : {kInputs, Index{7}, Index{20}}) {
    Matrix mask(kRows, units);
    const std::uint64_t layer = masks.size();
    for (const Piece& piece : CutIntoPieces(units)) {
      FillDropoutMask({11, 1, layer}, layer == 0 ? 0.25 : 0.5, piece, mask);
    }
    masks.push_back(mask);
  }
  ExpectGradient(SmallClassifier({7, 20}, Activation::kLogistic), options, masks);
}

TEST(ClassifierStepTest, MeasureCountsErrorsWithoutDropout) {
  ClassifierParameters classifier = SmallClassifier({7}, Activation::kTanh);
  const Matrix inputs = RandomMatrix(25, kInputs, 3, 0, 1);
  const std::vector<std::uint8_t> labels = Labels(25);
  ThreadPool pool(1);
  Adam adam({});
  ClassifierStep step(classifier, {.max_rows = 10, .hidden_dropout = 0.5}, adam, pool);
  const ClassifierLoss loss = step.Measure({inputs, labels});
  EXPECT_NEAR(loss.cross_entropy,
              Reference(ToDouble(classifier), inputs.cast<double>(), labels, {}, 0), 1e-5);
  const double errors = loss.error * 25;
  EXPECT_NEAR(errors, std::round(errors), 1e-9);
  EXPECT_GT(errors, 0);
  EXPECT_LT(errors, 25);
}

TEST(ClassifierStepTest, BitsDoNotDependOnTheNumberOfThreadsAndStepsLearn) {
  const Matrix inputs = RandomMatrix(30, kInputs, 3, 0, 1);
  const std::vector<std::uint8_t> labels = Labels(30);
  std::vector<Index> rows(30);
  std::iota(rows.begin(), rows.end(), Index{0});
  std::vector<ClassifierParameters> trained;
  for (const int threads : {1, 2, 3}) {
    ClassifierParameters classifier = SmallClassifier({300, 150}, Activation::kTanh);
    ThreadPool pool(threads);
    Adam adam({});
    ClassifierStep step(classifier, {.max_rows = 10, .input_dropout = 0.1, .hidden_dropout = 0.3},
                        adam, pool);
    const double before = step.Measure({inputs, labels}).cross_entropy;
    for (int i = 0; i < 30; ++i) {
      step.Descend({inputs, labels}, absl::MakeSpan(rows).subspan(i % 3 * 10, 10), 1e-3);
    }
    EXPECT_LT(step.Measure({inputs, labels}).cross_entropy, 0.7 * before);
    trained.push_back(classifier);
  }
  for (const ClassifierParameters& more : {trained[1], trained[2]}) {
    EXPECT_THAT(more.output.weight, HasBitsOf(trained[0].output.weight));
    EXPECT_THAT(more.layers[0].weight, HasBitsOf(trained[0].layers[0].weight));
    EXPECT_THAT(more.layers[1].bias, HasBitsOf(trained[0].layers[1].bias));
  }
}

TEST(DropoutTest, KeepsTheMeanAndLeavesOutTheShareAsked) {
  Matrix mask(200, 160);
  for (const Piece& piece : CutIntoPieces(160)) FillDropoutMask({1, 2, 3}, 0.25, piece, mask);
  // 32,000 draws: the share is known to 0.0024.
  EXPECT_NEAR(mask.mean(), 1, 0.02);
  EXPECT_NEAR((mask.array() == 0).cast<float>().mean(), 0.25, 0.015);
  EXPECT_FLOAT_EQ(mask.maxCoeff(), 4.0f / 3);
}

TEST(DropoutTest, DependsOnThePlaceAndNotOnTheCut) {
  Matrix whole(5, 160), pieces(5, 160), next_step(5, 160);
  FillDropoutMask({1, 2, 3}, 0.5, {0, 160}, whole);
  for (const Piece& piece : CutIntoPieces(160)) FillDropoutMask({1, 2, 3}, 0.5, piece, pieces);
  FillDropoutMask({1, 3, 3}, 0.5, {0, 160}, next_step);
  EXPECT_EQ(whole, pieces);
  EXPECT_NE(whole, next_step);
}

constexpr Index kTangents = 4;

const TangentRows& SmallTangents() {
  static const TangentRows& rows = *[] {
    auto* made = new TangentRows(kRows, kTangents, kInputs);
    for (Index i = 0; i < kRows; ++i) {
      made->Set(i, RandomMatrix(kTangents, kInputs, 70 + i, -0.9f, 0.9f));
    }
    return made;
  }();
  return rows;
}

VectorD Tangent(Index row, Index k) {
  Vector tangent(kInputs);
  SmallTangents().Read(row, k, {tangent.data(), static_cast<std::size_t>(kInputs)});
  return tangent.cast<double>();
}

struct TangentCase {
  const char* name;
  std::vector<Index> units;
  Activation activation;
  double input_dropout, hidden_dropout;
  int combinations;
  double label_smoothing = 0;
};

class TangentGradientTest : public ::testing::TestWithParam<TangentCase> {};

TEST_P(TangentGradientTest, AgreesWithFiniteDifferences) {
  const TangentCase& test = GetParam();
  ClassifierParameters classifier = SmallClassifier(test.units, test.activation);
  ClassifierStepOptions options;
  options.max_rows = kRows;
  options.input_dropout = test.input_dropout;
  options.hidden_dropout = test.hidden_dropout;
  options.label_smoothing = test.label_smoothing;
  options.seed = 11;
  options.tangents = {0.8, &SmallTangents(), test.combinations};
  const Matrix inputs = RandomMatrix(kRows, kInputs, 3, 0, 1);
  const std::vector<std::uint8_t> labels = Labels(kRows);
  std::vector<Layer> layers = ToDouble(classifier);
  std::vector<Matrix> masks;
  for (std::size_t l = 0; l < layers.size() && test.input_dropout > 0; ++l) {
    Matrix mask(kRows, layers[l].weight.cols());
    FillDropoutMask({11, 1, l}, l == 0 ? test.input_dropout : test.hidden_dropout, {0, mask.cols()},
                    mask);
    masks.push_back(mask);
  }
  const Index directions = options.tangents.directions();
  const auto direction = [&](Index row, Index d) -> VectorD {
    if (test.combinations == 0) return Tangent(row, d);
    Vector combined(kInputs);
    SmallTangents().Combine(row, {11, 0, 1}, (1 + d) * kRows + row,
                            {combined.data(), static_cast<std::size_t>(kInputs)});
    return combined.cast<double>();
  };
  const auto penalty = [&] {
    double sum = 0;
    for (Index i = 0; i < kRows; ++i) {
      std::vector<VectorD> own;
      for (const Matrix& mask : masks) own.push_back(mask.row(i).cast<double>().transpose());
      for (Index d = 0; d < directions; ++d) {
        sum += ReferenceTangent(layers, inputs.row(i).cast<double>().transpose(), direction(i, d),
                                own);
      }
    }
    return sum / kRows / (test.combinations == 0 ? 1 : test.combinations);
  };
  const auto loss = [&] {
    return Reference(layers, inputs.cast<double>(), labels, masks, test.label_smoothing) +
           0.8 * penalty();
  };
  ThreadPool pool(2);
  GradientRecorder recorder;
  ClassifierStep step(classifier, options, recorder, pool);
  std::vector<Index> rows(kRows);
  std::iota(rows.begin(), rows.end(), Index{0});
  const ClassifierLoss got = step.Descend({inputs, labels}, rows, 1);
  EXPECT_NEAR(got.tangents, penalty(), 1e-5 * penalty());
  EXPECT_GT(got.tangents, 1e-3);
  const auto expect_near = [&](double gradient, double& parameter, const char* what) {
    const double expected = Derivative(parameter, loss);
    EXPECT_NEAR(gradient, expected, 5e-6 * std::max(1.0, std::abs(expected))) << what;
  };
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Vector& weights = recorder.gradient(2 * static_cast<int>(l));
    const Vector& biases = recorder.gradient(2 * static_cast<int>(l) + 1);
    SCOPED_TRACE(l);
    for (Index i = 0; i < layers[l].weight.size(); ++i) {
      expect_near(weights[i], layers[l].weight.data()[i], "a weight");
    }
    for (Index i = 0; i < layers[l].bias.size(); ++i) {
      expect_near(biases[i], layers[l].bias[i], "a bias");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, TangentGradientTest,
    ::testing::Values(TangentCase{"OneLogistic", {7}, Activation::kLogistic, 0, 0, 0},
                      TangentCase{"TwoLogistic", {7, 8}, Activation::kLogistic, 0, 0, 0},
                      TangentCase{"TwoTanh", {7, 8}, Activation::kTanh, 0, 0, 0},
                      TangentCase{"Identity", {7}, Activation::kIdentity, 0, 0, 0},
                      TangentCase{"Dropout", {7, 8}, Activation::kLogistic, 0.25, 0.5, 0},
                      TangentCase{"Combinations", {7, 8}, Activation::kTanh, 0.25, 0.5, 2},
                      TangentCase{"Smoothing", {7, 8}, Activation::kLogistic, 0, 0, 0, 0.3}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(TangentRowsTest, CombinationsHaveTheMeanOfAllTangents) {
  const MatrixD map = RandomMatrix(3, kInputs, 9).cast<double>();
  double expected = 0;
  for (Index k = 0; k < kTangents; ++k) expected += (map * Tangent(2, k)).squaredNorm();
  double mean = 0;
  constexpr int kDraws = 4000;
  for (int draw = 0; draw < kDraws; ++draw) {
    Vector combined(kInputs);
    SmallTangents().Combine(2, {1, 0, static_cast<std::uint64_t>(draw)}, 0,
                            {combined.data(), static_cast<std::size_t>(kInputs)});
    mean += (map * combined.cast<double>()).squaredNorm() / kDraws;
  }
  EXPECT_NEAR(mean, expected, 0.05 * expected);
}

TEST(ClassifierStepTest, BitsWithTangentsDoNotDependOnTheNumberOfThreads) {
  const Matrix inputs = RandomMatrix(kRows, kInputs, 3, 0, 1);
  const std::vector<std::uint8_t> labels = Labels(kRows);
  ClassifierParameters trained[2];
  for (int t = 0; t < 2; ++t) {
    trained[t] = SmallClassifier({150, 40}, Activation::kLogistic);
    ClassifierStepOptions options;
    options.max_rows = 4;
    options.hidden_dropout = 0.2;
    options.tangents = {0.5, &SmallTangents(), 3};
    ThreadPool pool(t == 0 ? 1 : 3);
    Adam adam({});
    ClassifierStep step(trained[t], options, adam, pool);
    for (int i = 0; i < 5; ++i) {
      step.Descend({inputs, labels}, {5, 1, 2, 3}, 0.01);
      step.Descend({inputs, labels}, {0, 4}, 0.01);
    }
  }
  EXPECT_THAT(trained[1].layers[0].weight, HasBitsOf(trained[0].layers[0].weight));
  EXPECT_THAT(trained[1].output.weight, HasBitsOf(trained[0].output.weight));
}

}  // namespace
}  // namespace cae
