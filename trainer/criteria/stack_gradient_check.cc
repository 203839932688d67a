#include "trainer/criteria/stack_gradient_check.h"

#include <numeric>

#include "core/base/thread_pool.h"
#include "trainer/criteria/finite_differences.h"
#include "trainer/criteria/gradient_recorder.h"
#include "trainer/criteria/reference_cae.h"
#include "trainer/criteria/stack_step.h"

namespace cae {
namespace {

using ReferenceStack = std::vector<ReferenceCaeLayer>;

VectorD Encode(const ReferenceCaeLayer& layer, const VectorD& x) {
  return (layer.weight * x + layer.bias).unaryExpr([&](double a) {
    return Activate(layer.activation, a);
  });
}

MatrixD Jacobian(const ReferenceCaeLayer& layer, const VectorD& h) {
  const VectorD derivative =
      h.unaryExpr([&](double y) { return ActivationDerivative(layer.activation, y); });
  return derivative.asDiagonal() * layer.weight;
}

VectorD PreActivations(const ReferenceCaeLayer& layer, const VectorD& h) {
  const MatrixD decoder = layer.tied() ? MatrixD(layer.weight.transpose()) : layer.decoder_weight;
  return decoder * h + layer.decoder_bias;
}

// J Jᵀ ε of the whole stack, written out.
VectorD SamplerNoise(const ReferenceStack& stack, const VectorD& x, const VectorD& normals) {
  VectorD h = x;
  MatrixD jacobian = MatrixD::Identity(x.size(), x.size());
  for (const ReferenceCaeLayer& layer : stack) {
    h = Encode(layer, h);
    jacobian = Jacobian(layer, h) * jacobian;
  }
  return jacobian * (jacobian.transpose() * normals);
}

// Of one row, with noise on the top code.
double RowCriterion(const ReferenceStack& stack, double contraction, const VectorD& x,
                    const VectorD& target, const VectorD& noise) {
  double loss = 0;
  VectorD h = x;
  for (const ReferenceCaeLayer& layer : stack) {
    h = Encode(layer, h);
    loss += contraction * Jacobian(layer, h).squaredNorm();
  }
  h += noise;
  for (std::size_t l = stack.size() - 1; l > 0; --l) {
    h = PreActivations(stack[l], h).unaryExpr([&](double a) {
      return Activate(stack[l].decoder_activation, a);
    });
  }
  return loss +
         ReferenceReconstruction(stack[0].decoder_activation, PreActivations(stack[0], h), target);
}

struct Problem {
  std::vector<LayerParameters> layers;
  Matrix rows;
  StackStepOptions options;
};

Problem MakeProblem(const StackCheckCase& check) {
  Problem problem;
  RandomStream random(check.layer.seed, RandomUse::kGradientCheck, 0);
  GradientCheckCase layer = check.layer;
  for (const Index units : check.units) {
    layer.units = units;
    problem.layers.push_back(RandomLayer(layer, random));
    layer.inputs = units;
  }
  problem.rows =
      (random.UniformMatrix(check.layer.rows, check.layer.inputs, 0.5).array() + 0.5f).matrix();
  problem.options.contractions.assign(check.units.size(), check.layer.contraction);
  problem.options.walkback.noise_stddev = check.noise_stddev;
  if (check.corrupted) problem.options.corruption = {.noise_stddev = 0.3, .masking = 0.2};
  problem.options.max_rows = check.layer.rows;
  return problem;
}

VectorD FastGradient(Problem problem) {
  ThreadPool pool(1);
  GradientRecorder recorder;
  StackStep step(problem.layers, problem.options, recorder, pool);
  std::vector<Index> rows(problem.rows.rows());
  std::iota(rows.begin(), rows.end(), Index{0});
  step.Descend(problem.rows, rows, /*learning_rate=*/1);
  std::vector<double> flat;
  int tensor = 0;
  for (const LayerParameters& layer : problem.layers) {
    for (int i = layer.tied() ? 1 : 0; i < 4; ++i, ++tensor) {
      const Vector& gradient = recorder.gradient(tensor);
      flat.insert(flat.end(), gradient.begin(), gradient.end());
    }
  }
  return Eigen::Map<const VectorD>(flat.data(), static_cast<Index>(flat.size()));
}

}  // namespace

double CheckStackGradient(const StackCheckCase& check) {
  const Problem problem = MakeProblem(check);
  const NoisePlace first_step = {0, 0, /*step=*/1};
  Matrix read = problem.rows;
  Corrupt(problem.options.corruption, first_step, 0, read);
  ReferenceStack stack;
  std::vector<double> parameters;
  for (const LayerParameters& layer : problem.layers) {
    stack.push_back(ToDouble(layer));
    const VectorD own = ParametersOf(stack.back());
    parameters.insert(parameters.end(), own.begin(), own.end());
  }
  const MatrixD inputs = read.cast<double>(), targets = problem.rows.cast<double>();
  Matrix normals(inputs.rows(), check.units.back());
  FillNormals(first_step, RandomUse::kWalkback, 0, normals);
  MatrixD noise = normals.cast<double>();
  for (Index i = 0; i < noise.rows(); ++i) {
    noise.row(i) =
        check.noise_stddev *
        SamplerNoise(stack, inputs.row(i).transpose(), noise.row(i).transpose()).transpose();
  }
  const auto criterion = [&](const VectorD& moved) {
    Index next = 0;
    for (ReferenceCaeLayer& layer : stack) next = SetParameters(moved, next, layer);
    double sum = 0;
    for (Index i = 0; i < inputs.rows(); ++i) {
      sum += RowCriterion(stack, check.layer.contraction, inputs.row(i).transpose(),
                          targets.row(i).transpose(), noise.row(i).transpose());
    }
    return sum / static_cast<double>(inputs.rows());
  };
  const VectorD numerical = NumericalGradient(
      criterion,
      Eigen::Map<const VectorD>(parameters.data(), static_cast<Index>(parameters.size())));
  return LargestRelativeError(FastGradient(problem), numerical);
}

}  // namespace cae
