#include "core/image/npy_header.h"

namespace vitscope {

namespace {

/// Walks over the text of a Python literal.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t' || text_.front() == '\n' || text_.front() == '\r')) text_.remove_prefix(1);
  }
  bool take(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    skip_space();
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  /// A quoted text without escapes.
  std::optional<std::string> text() {
    skip_space();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) return std::nullopt;
    const auto end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string content(text_.substr(1, end - 1));
    if (content.find('\\') != std::string::npos) return std::nullopt;
    text_.remove_prefix(end + 1);
    return content;
  }
  std::optional<std::int64_t> number() {
    skip_space();
    constexpr std::int64_t kLimit = std::int64_t{1} << 48;
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      value = value * 10 + (text_[digits] - '0');
      if (value > kLimit) return std::nullopt;
    }
    if (digits == 0) return std::nullopt;
    text_.remove_prefix(digits);
    return value;
  }
  bool at_end() {
    skip_space();
    return text_.empty();
  }

 private:
  std::string_view text_;
};

/// "()", "(5,)", "(3, 4)", "(3, 4,)"
std::optional<std::vector<std::int64_t>> parse_shape(Cursor& cursor) {
  std::vector<std::int64_t> shape;
  if (!cursor.take('(')) return std::nullopt;
  while (!cursor.take(')')) {
    const auto extent = cursor.number();
    if (!extent || shape.size() >= 32) return std::nullopt;
    shape.push_back(*extent);
    if (cursor.take(',')) continue;
    // "(5)" is a number in Python, not a tuple.
    if (shape.size() == 1 || !cursor.take(')')) return std::nullopt;
    break;
  }
  return shape;
}

}  // namespace

std::optional<NpyHeader> parse_npy_header(std::string_view text) {
  Cursor cursor(text);
  NpyHeader header;
  bool has_descr = false, has_order = false, has_shape = false;
  if (!cursor.take('{')) return std::nullopt;
  while (!cursor.take('}')) {
    const auto key = cursor.text();
    if (!key || !cursor.take(':')) return std::nullopt;
    if (*key == "descr" && !has_descr) {
      const auto descr = cursor.text();
      if (!descr) return std::nullopt;
      header.descr = *descr;
      has_descr = true;
    } else if (*key == "fortran_order" && !has_order) {
      header.fortran_order = cursor.take("True");
      if (!header.fortran_order && !cursor.take("False")) return std::nullopt;
      has_order = true;
    } else if (*key == "shape" && !has_shape) {
      auto shape = parse_shape(cursor);
      if (!shape) return std::nullopt;
      header.shape = std::move(*shape);
      has_shape = true;
    } else {
      return std::nullopt;
    }
    if (cursor.take(',')) continue;
    if (!cursor.take('}')) return std::nullopt;
    break;
  }
  if (!cursor.at_end() || !has_descr || !has_order || !has_shape) return std::nullopt;
  return header;
}

}  // namespace vitscope
