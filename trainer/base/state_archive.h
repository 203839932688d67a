// StateArchive: the state of a training run on its way into a checkpoint, or back out of one.
#ifndef CAE_TRAINER_BASE_STATE_ARCHIVE_H_
#define CAE_TRAINER_BASE_STATE_ARCHIVE_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/math/matrix.h"

namespace cae {

/// Whatever has state names each part of it once, in a function that takes an archive:
///   archive.Floats("velocity", values); archive.Integer("steps", steps_);
/// The same function saves and restores, so the two cannot differ. Names are the caller's to keep
/// apart. Errors stick: after the first nothing more is read, what was not restored keeps its
/// value, and status() says what it was. Thread-compatible.
class StateArchive {
 public:
  virtual ~StateArchive() = default;

  /// True: values are overwritten with those of the checkpoint. False: they are only read.
  virtual bool restoring() const = 0;

  /// As many numbers as the checkpoint must hold under that name, bit for bit. Numbers that are not
  /// finite are refused when saving: such a state is of no use to anybody.
  virtual void Floats(absl::string_view name, absl::Span<float> values) = 0;
  virtual void Text(absl::string_view name, std::string& text) = 0;

  void Floats(absl::string_view name, Matrix& matrix);
  void Floats(absl::string_view name, Vector& vector);
  void Integer(absl::string_view name, std::int64_t& value);
  /// Bit for bit, infinity included.
  void Real(absl::string_view name, double& value);
  /// Any number of keys.
  void Texts(absl::string_view name, std::map<std::string, std::string>& texts);

  const absl::Status& status() const { return status_; }

 protected:
  /// Keeps the first.
  void Fail(absl::Status status) { status_.Update(std::move(status)); }

 private:
  absl::Status status_;
};

}  // namespace cae

#endif  // CAE_TRAINER_BASE_STATE_ARCHIVE_H_
