// ExpectSameModel: compares everything that a model file holds.
#ifndef CAE_TESTS_CORE_IO_SAME_MODEL_H_
#define CAE_TESTS_CORE_IO_SAME_MODEL_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/model_parameters.h"
#include "tests/testing/same_bits.h"

namespace cae::testing {

inline void ExpectSameDense(const DenseParameters& a, const DenseParameters& b) {
  EXPECT_THAT(a.weight, HasBitsOf(b.weight));
  EXPECT_THAT(a.bias, HasBitsOf(b.bias));
  EXPECT_EQ(a.activation, b.activation);
}

inline void ExpectSameCard(const ModelCard& a, const ModelCard& b) {
  EXPECT_EQ(a.input_shape, b.input_shape);
  EXPECT_EQ(a.input_minimum, b.input_minimum);
  EXPECT_EQ(a.input_maximum, b.input_maximum);
  EXPECT_EQ(a.class_labels, b.class_labels);
  EXPECT_EQ(a.default_noise_stddev, b.default_noise_stddev);
  EXPECT_EQ(a.default_process, b.default_process);
  EXPECT_EQ(a.default_rank, b.default_rank);
  EXPECT_EQ(a.training, b.training);
}

/// Numbers are compared bit for bit.
inline void ExpectSameModel(const ModelParameters& a, const ModelParameters& b) {
  ASSERT_EQ(a.layers.size(), b.layers.size());
  for (std::size_t l = 0; l < a.layers.size(); ++l) {
    SCOPED_TRACE(::testing::Message() << "layer " << l);
    ExpectSameDense(a.layers[l].encoder, b.layers[l].encoder);
    EXPECT_THAT(a.layers[l].decoder_weight, HasBitsOf(b.layers[l].decoder_weight));
    EXPECT_THAT(a.layers[l].decoder_bias, HasBitsOf(b.layers[l].decoder_bias));
    EXPECT_EQ(a.layers[l].decoder_activation, b.layers[l].decoder_activation);
  }
  ASSERT_EQ(a.classifier.layers.size(), b.classifier.layers.size());
  for (std::size_t l = 0; l < a.classifier.layers.size(); ++l) {
    SCOPED_TRACE(::testing::Message() << "classifier layer " << l);
    ExpectSameDense(a.classifier.layers[l], b.classifier.layers[l]);
  }
  ASSERT_EQ(a.classifier.present(), b.classifier.present());
  if (a.classifier.present()) ExpectSameDense(a.classifier.output, b.classifier.output);
  EXPECT_THAT(a.input_offset, HasBitsOf(b.input_offset));
  EXPECT_THAT(a.input_scale, HasBitsOf(b.input_scale));
  EXPECT_THAT(a.start_examples, HasBitsOf(b.start_examples));
  EXPECT_THAT(a.golden_inputs, HasBitsOf(b.golden_inputs));
  EXPECT_THAT(a.golden_codes, HasBitsOf(b.golden_codes));
  ExpectSameCard(a.card, b.card);
}

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_IO_SAME_MODEL_H_
