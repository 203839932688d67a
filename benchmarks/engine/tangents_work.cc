#include <Eigen/SVD>
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "benchmarks/engine/works.h"
#include "core/base/check.h"
#include "core/model/jacobian_batch.h"
#include "core/tangents/tangent_solver.h"

namespace cae::benchmarks {
namespace {

constexpr double kTolerance = 1e-4;  ///< the server's default
constexpr Index kRowsChecked = 4;    ///< against a singular value decomposition in double

class Tangents : public Work {
 public:
  Tangents(std::shared_ptr<const Autoencoder> model, Index rows, Index rank)
      : model_(std::move(model)),
        solver_(*model_, 1, model_->layers()),
        jacobians_(*model_, 1, model_->layers()),
        rank_(rank),
        inputs_(rows, model_->input_units()) {
    const Matrix& starts = model_->parameters().start_examples;
    for (Index i = 0; i < rows; ++i) inputs_.row(i) = starts.row(i % starts.rows());
  }

  double Run() override {
    Check(jacobians_.Evaluate(inputs_, workspace_, NeverYield));
    Check(solver_.Solve(jacobians_, inputs_, rank_, kTolerance, tangents_, workspace_, NeverYield));
    return static_cast<double>(inputs_.rows());
  }

  std::map<std::string, double> Facts() override {
    if (!error_.has_value()) error_ = Error();
    return {{"error", *error_}};
  }

 private:
  static void Check(const absl::Status& status) {
    CAE_CHECK(status.ok(), absl::StrCat(status.ToString()));
  }

  /// max |σ − exact| / σ_1 over some rows; a model of one logistic layer alone.
  double Error() {
    CAE_CHECK(model_->layers() == 1, "the check of tangents is written for one layer");
    Run();
    double worst = 0;
    for (Index row = 0; row < std::min(kRowsChecked, inputs_.rows()); ++row) {
      const Eigen::ArrayXd code = jacobians_.codes().row(row).cast<double>().array();
      const Eigen::MatrixXd jacobian =
          (code * (1 - code)).matrix().asDiagonal() *
          model_->parameters().layers.front().encoder.weight.cast<double>();
      const Eigen::VectorXd exact = Eigen::BDCSVD<Eigen::MatrixXd>(jacobian).singularValues();
      const Eigen::VectorXd found = tangents_.singular_values.row(row).cast<double>().transpose();
      worst = std::max(worst, (found - exact.head(rank_)).cwiseAbs().maxCoeff() / exact[0]);
    }
    return worst;
  }

  const std::shared_ptr<const Autoencoder> model_;
  const TangentSolver solver_;
  JacobianBatch jacobians_;
  const Index rank_;
  Matrix inputs_;
  TangentBatch tangents_;
  Workspace workspace_;
  std::optional<double> error_;
};

}  // namespace

std::unique_ptr<Work> MakeTangents(const Arguments& arguments) {
  return std::make_unique<Tangents>(ModelFor(arguments), arguments.Number("rows", 64),
                                    arguments.Number("rank", 16));
}

}  // namespace cae::benchmarks
