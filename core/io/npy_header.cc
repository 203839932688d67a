#include "core/io/npy_header.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/io/quoted.h"

namespace cae {
namespace {

constexpr absl::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kMaxHeaderBytes = 1 << 16;
constexpr std::size_t kMaxAxes = 32;  // NumPy's own limit
constexpr std::size_t kAlignment = 64;

absl::Status HeaderError(absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat("npy header: ", reason));
}

/// Takes the tokens of the dictionary from the front of a text.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  bool Take(absl::string_view token) {
    text_ = absl::StripLeadingAsciiWhitespace(text_);
    return absl::ConsumePrefix(&text_, token);
  }
  bool AtEnd() { return absl::StripLeadingAsciiWhitespace(text_).empty(); }

  absl::Status Expect(absl::string_view token) {
    if (Take(token)) return absl::OkStatus();
    return HeaderError(
        absl::StrCat("expected '", token, "' at ", Quoted(absl::ClippedSubstr(text_, 0, 20))));
  }

  /// A Python string without escapes, in either kind of quotes.
  absl::StatusOr<absl::string_view> String() {
    const char quote = Take("'") ? '\'' : Take("\"") ? '"' : '\0';
    if (quote == '\0') return HeaderError("expected a string; structured types are not supported");
    const std::size_t end = text_.find(quote);
    if (end == absl::string_view::npos) return HeaderError("a string does not end");
    const absl::string_view value = text_.substr(0, end);
    if (absl::StrContains(value, '\\')) return HeaderError("a string has a backslash");
    text_.remove_prefix(end + 1);
    return value;
  }

  absl::StatusOr<bool> Boolean() {
    if (Take("True")) return true;
    if (Take("False")) return false;
    return HeaderError("'fortran_order' is neither True nor False");
  }

  /// "()", "(3,)", "(3, 4)".
  absl::StatusOr<std::vector<std::int64_t>> Shape() {
    CAE_RETURN_IF_ERROR(Expect("("));
    std::vector<std::int64_t> shape;
    while (!Take(")")) {
      CAE_ASSIGN_OR_RETURN(const std::int64_t extent, Extent());
      shape.push_back(extent);
      if (shape.size() > kMaxAxes) {
        return HeaderError(absl::StrCat("the shape has more than ", kMaxAxes, " axes"));
      }
      if (!Take(",")) {
        CAE_RETURN_IF_ERROR(Expect(")"));
        break;
      }
    }
    return shape;
  }

 private:
  absl::StatusOr<std::int64_t> Extent() {
    text_ = absl::StripLeadingAsciiWhitespace(text_);
    const bool negative = absl::ConsumePrefix(&text_, "-");
    std::size_t digits = 0;
    while (digits < text_.size() && absl::ascii_isdigit(text_[digits])) ++digits;
    std::int64_t extent = 0;
    if (negative || digits == 0 || !absl::SimpleAtoi(text_.substr(0, digits), &extent)) {
      return HeaderError("the shape has an extent that is negative, too large or no number");
    }
    text_.remove_prefix(digits);
    return extent;
  }

  absl::string_view text_;
};

absl::StatusOr<NpyHeader> ParseDictionary(absl::string_view text) {
  NpyHeader header;
  Scanner scanner(text);
  bool has_descr = false;
  bool has_order = false;
  bool has_shape = false;
  CAE_RETURN_IF_ERROR(scanner.Expect("{"));
  while (!scanner.Take("}")) {
    CAE_ASSIGN_OR_RETURN(const absl::string_view key, scanner.String());
    CAE_RETURN_IF_ERROR(scanner.Expect(":"));
    if (key == "descr" && !has_descr) {
      CAE_ASSIGN_OR_RETURN(const absl::string_view dtype, scanner.String());
      header.dtype = std::string(dtype);
      has_descr = true;
    } else if (key == "fortran_order" && !has_order) {
      CAE_ASSIGN_OR_RETURN(header.fortran_order, scanner.Boolean());
      has_order = true;
    } else if (key == "shape" && !has_shape) {
      CAE_ASSIGN_OR_RETURN(header.shape, scanner.Shape());
      has_shape = true;
    } else {
      return HeaderError(absl::StrCat("the key ", Quoted(key), " is unknown or comes twice"));
    }
    if (!scanner.Take(",")) {
      CAE_RETURN_IF_ERROR(scanner.Expect("}"));
      break;
    }
  }
  if (!has_descr || !has_order || !has_shape) {
    return HeaderError("'descr', 'fortran_order' and 'shape' are needed");
  }
  if (!scanner.AtEnd()) return HeaderError("there is text after the dictionary");
  return header;
}

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes) {
  constexpr std::size_t kPreamble = 8;  // magic, version major, version minor
  if (bytes.substr(0, kMagic.size()) != kMagic || bytes.size() < kPreamble) {
    return absl::InvalidArgumentError("not an npy file: it does not begin with \\x93NUMPY");
  }
  const int major = static_cast<unsigned char>(bytes[6]);
  const int minor = static_cast<unsigned char>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) {
    return HeaderError(
        absl::StrCat("version ", major, ".", minor, " is unknown; 1.0, 2.0 and 3.0 are supported"));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t start = kPreamble + length_bytes;
  if (bytes.size() < start) return HeaderError("the file ends before the header");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    length |= std::size_t{static_cast<unsigned char>(bytes[kPreamble + i])} << (8 * i);
  }
  if (length > kMaxHeaderBytes || length > bytes.size() - start) {
    return HeaderError(absl::StrCat("it says it is ", length, " bytes long; the file has ",
                                    bytes.size() - start, " and ", kMaxHeaderBytes,
                                    " are allowed"));
  }
  CAE_ASSIGN_OR_RETURN(NpyHeader header, ParseDictionary(bytes.substr(start, length)));
  header.data_offset = start + length;
  return header;
}

std::string SerializeNpyHeader(absl::string_view dtype, absl::Span<const std::int64_t> shape) {
  std::string header =
      absl::StrCat("{'descr': '", dtype, "', 'fortran_order': False, 'shape': (",
                   absl::StrJoin(shape, ", "), shape.size() == 1 ? ",), }" : "), }");
  // As NumPy does: room for the first axis to grow to 21 digits, then spaces up to a multiple of 64
  // bytes, 64 of them where the text already ends on one.
  constexpr std::size_t kStart = 10;
  constexpr std::size_t kGrowthDigits = 21;
  if (!shape.empty()) header.append(kGrowthDigits - absl::StrCat(shape.front()).size(), ' ');
  header.append(kAlignment - (kStart + header.size() + 1) % kAlignment, ' ');
  header.push_back('\n');
  std::string bytes(kMagic);
  bytes.push_back('\x01');
  bytes.push_back('\x00');
  bytes.push_back(static_cast<char>(header.size() & 0xff));
  bytes.push_back(static_cast<char>(header.size() >> 8));
  return bytes + header;
}

}  // namespace cae
