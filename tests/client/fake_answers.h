// What FakeCaeServer answers, as pure functions.
#ifndef CAE_TESTS_CLIENT_FAKE_ANSWERS_H_
#define CAE_TESTS_CLIENT_FAKE_ANSWERS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cae/v1/cae_service.pb.h"
#include "cae/v1/model_service.pb.h"
#include "core/math/matrix.h"

namespace cae::testing {

inline constexpr Index kFakeCodeUnits = 3;

/// A ready model of input shape [2, 2], code units 3 and classes "zero", "one", "two", which takes
/// 4 rows a request.
v1::Model FakeCard(const std::string& name = "fake", std::int64_t version = 3);

/// The identity of the model that was asked; version 3 where none was named.
v1::ModelIdentity FakeIdentity(const v1::ModelSelector& selector);

/// The tensor of this shape and type.
v1::Tensor FakeTensor(const Matrix& matrix, const std::vector<std::int64_t>& shape,
                      v1::DataType type = v1::DATA_TYPE_FLOAT32);
v1::Tensor FakeTensor(const Matrix& matrix);
v1::Tensor FakeVector(const Vector& vector);

/// A Classification: the first class whose column is largest, then the classes behind it.
v1::Classification FakeClassification(ConstMatrixView inputs, Index row, int top_k);

/// The messages of a stream: a header, then one draw a message, each with a state; the last also
/// with diagnostics.
std::deque<v1::SampleResponse> FakeSamples(const v1::SampleRequest& request, std::int64_t draws);

}  // namespace cae::testing

#endif  // CAE_TESTS_CLIENT_FAKE_ANSWERS_H_
