#include "app/figures/parts_stream.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "app/draw/axis.h"
#include "app/draw/number.h"

namespace vitscope::figures::stream {

using draw::Canvas;
using draw::Color;
using draw::Rect;

std::string phrase(const Canvas& c, std::string_view english, std::initializer_list<std::string> values) {
  std::string text(c.tr(english));
  std::size_t index = 0;
  for (const std::string& value : values) {
    const std::string mark = "{" + std::to_string(index++) + "}";
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) text.replace(at, mark.size(), value);
  }
  return text;
}

std::string capitalised(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return text;
}

namespace {
/// Token of a cell: the index that counts tokens or patches, -1 where none does.
int token_of_cell(const CellRef& cell, const PatchGrid& grid) {
  const auto& dims = info(cell.tensor.slot).dims;
  const int index[4] = {cell.i, cell.j, cell.k, cell.l};
  for (std::size_t axis = 0; axis < dims.size() && axis < 4; ++axis) {
    if (dims[axis] == Dim::tokens) return index[axis];
    if (dims[axis] == Dim::patches) return grid.token_of(index[axis]);
  }
  return -1;
}
}  // namespace

int chosen_token(const FigureInput& in, std::initializer_list<TensorRef> tensors) {
  int token = in.selection.query;
  if (in.selection.pinned && std::find(tensors.begin(), tensors.end(), in.selection.pinned->tensor) != tensors.end()) {
    const int pinned = token_of_cell(*in.selection.pinned, in.grid());
    if (pinned >= 0) token = pinned;
  }
  return std::clamp(token, 0, in.grid().tokens() - 1);
}

int chosen_head(const FigureInput& in) { return std::clamp(in.selection.head, 0, in.config().heads - 1); }

std::optional<CellRef> pinned_in(const FigureInput& in, TensorRef tensor) {
  if (in.selection.pinned && in.selection.pinned->tensor == tensor) return in.selection.pinned;
  return std::nullopt;
}

std::optional<CellRef> hovered_in(const FigureInput& in, TensorRef tensor) {
  if (in.paper) return std::nullopt;
  const auto cell = in.selection.hovered_cell();
  return cell && cell->tensor == tensor ? cell : std::nullopt;
}

int hovered_token(const FigureInput& in) {
  if (in.paper) return -1;
  if (const auto cell = in.selection.hovered_cell()) return token_of_cell(*cell, in.grid());
  return in.selection.hovered_token();
}

std::string block_subject(const Canvas& c, const FigureInput& in) { return phrase(c, "block {0}", {std::to_string(in.block() + 1)}); }

std::string head_subject(const Canvas& c, const FigureInput& in) {
  return phrase(c, "block {0}, head {1} of {2}",
                {std::to_string(in.block() + 1), std::to_string(chosen_head(in) + 1), std::to_string(in.config().heads)});
}

Color token_color(const draw::Theme& theme, int token, const PatchGrid& grid) {
  if (token >= grid.prefix()) return theme.patch_token;
  return draw::prefix_color(theme, token, grid.prefix_tokens());
}

std::string token_label(int token, const PatchGrid& grid) {
  return draw::axis_label(token, grid.prefix_tokens());
}

draw::Span signed_span(const draw::Matrix& m, double share) {
  struct Entry {
    std::uint64_t id;
    std::int64_t offset;
    int rows, columns;
    double share;
    draw::Span span;
  };
  static thread_local std::vector<Entry> known;
  for (const Entry& e : known)
    if (e.id == m.tensor.id() && e.offset == m.offset && e.rows == m.rows && e.columns == m.columns && e.share == share) return e.span;
  constexpr std::int64_t kSample = 1 << 18;
  const int step = static_cast<int>(std::max<std::int64_t>(1, static_cast<std::int64_t>(m.rows) * m.columns / kSample));
  draw::Matrix sampled = m;
  sampled.rows = (m.rows + step - 1) / step;
  sampled.row_stride = m.row_stride * step;
  draw::Span span = draw::symmetric_range(sampled, share);
  if (!(span.hi > span.lo)) span = {-1, 1};
  if (known.size() >= 256) known.erase(known.begin(), known.begin() + 128);
  known.push_back({m.tensor.id(), m.offset, m.rows, m.columns, share, span});
  return span;
}

draw::HeatStyle signed_heat(draw::Span span) {
  draw::HeatStyle heat;
  heat.map = ColorMap::diverging;
  heat.span = span;
  return heat;
}

std::string tick_text(double value, double step) {
  if (std::abs(value) < step / 2) return "0";
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  const int whole = std::max(1, static_cast<int>(std::floor(std::log10(std::abs(value) * (1 + 1e-9)))) + 1);
  const bool below_one = std::abs(value) < 1;
  return draw::number(value, below_one ? std::max(1, decimals + static_cast<int>(std::floor(std::log10(std::abs(value) * (1 + 1e-9)))) + 1) : whole + decimals);
}

double length(std::span<const float> row) {
  double sum = 0;
  for (const float x : row) sum += static_cast<double>(x) * x;
  return std::sqrt(sum);
}

int largest_magnitude(std::span<const float> row) {
  int best = 0;
  for (std::size_t i = 1; i < row.size(); ++i)
    if (std::abs(row[i]) > std::abs(row[static_cast<std::size_t>(best)])) best = static_cast<int>(i);
  return best;
}

std::vector<int> largest(std::span<const float> row, int count, bool by_value) {
  std::vector<int> order(row.size());
  std::iota(order.begin(), order.end(), 0);
  const auto size = [&](int i) {
    const float x = row[static_cast<std::size_t>(i)];
    if (std::isnan(x)) return by_value ? -std::numeric_limits<float>::infinity() : -1.0f;
    return by_value ? x : std::abs(x);
  };
  const auto end = order.begin() + std::clamp<std::ptrdiff_t>(count, 0, static_cast<std::ptrdiff_t>(order.size()));
  std::partial_sort(order.begin(), end, order.end(), [&](int a, int b) { return size(a) != size(b) ? size(a) > size(b) : a < b; });
  order.erase(end, order.end());
  return order;
}

Contributions contributions(std::span<const float> a, std::span<const float> b, const Tensor& bias, int bias_index, int top) {
  std::vector<float> products(a.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    products[i] = a[i] * b[i];
    sum += static_cast<double>(a[i]) * b[i];
  }
  Contributions result;
  double shown = 0;
  for (const int i : largest(products, top)) {
    const auto k = static_cast<std::size_t>(i);
    const double product = static_cast<double>(a[k]) * b[k];
    result.top.push_back({i, a[k], b[k], product});
    shown += product;
  }
  result.others = static_cast<int>(a.size() - result.top.size());
  result.others_sum = result.others > 0 ? sum - shown : 0;
  if (!bias.empty()) result.bias = bias.at(bias_index);
  result.value = sum + result.bias.value_or(0);
  return result;
}

}  // namespace vitscope::figures::stream
