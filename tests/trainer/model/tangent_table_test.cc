#include "trainer/model/tangent_table.h"

#include <gtest/gtest.h>

#include "core/model/jacobian_operator.h"
#include "core/model/reference_autoencoder.h"
#include "core/tangents/dense_tangents.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomVector;
using testing::StatusIs;

ModelParameters SmallModel() {
  ModelParameters model;
  Index inputs = 30;
  for (const Index units : {25, 20}) {
    LayerParameters layer;
    layer.encoder = {RandomMatrix(units, inputs, 1 + inputs), RandomVector(units, 2)};
    layer.decoder_bias = Vector::Zero(inputs);
    model.layers.push_back(layer);
    inputs = units;
  }
  model.start_examples = Matrix::Zero(1, 30);
  model.card.input_shape = {30};
  return model;
}

class Watch : public TrainingObserver {
 public:
  absl::Status OnStep(const TrainingReport& report) override {
    EXPECT_EQ(report.stage, "tangents");
    EXPECT_GT(report.rows_done, done_);
    done_ = report.rows_done;
    return stop ? absl::CancelledError("enough") : absl::OkStatus();
  }
  Index done_ = 0;
  bool stop = false;
};

TEST(FindTangentsTest, AreThoseOfTheWholeStackAtEveryRow) {
  const ModelParameters model = SmallModel();
  const Matrix rows = RandomMatrix(700, 30, 5, 0, 1);
  ThreadPool pool(2);
  Watch watch;
  const auto table = FindTangents(model, rows, 4, pool, watch);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(watch.done_, 700);
  const ReferenceAutoencoder reference(model);
  for (const Index row : {0, 63, 64, 699}) {
    const VectorD x = rows.row(row).cast<double>().transpose();
    const TangentSpace expected =
        DenseTangents(JacobianOperator(reference, reference.Forward(x, 1, 2), 1), 4);
    for (Index k = 0; k < 4; ++k) {
      Vector tangent(30);
      table->Read(row, k, {tangent.data(), 30});
      const double along =
          tangent.cast<double>().dot(VectorD(expected.directions.row(k).transpose()));
      EXPECT_NEAR(std::abs(along), 1, 2e-3) << "row " << row << " tangent " << k;
    }
  }
}

TEST(FindTangentsTest, EndsWithWhatTheObserverSays) {
  ThreadPool pool(1);
  Watch watch;
  watch.stop = true;
  EXPECT_THAT(FindTangents(SmallModel(), RandomMatrix(700, 30, 5), 4, pool, watch),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_LT(watch.done_, 700);
}

}  // namespace
}  // namespace cae
