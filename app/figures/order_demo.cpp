// Attention does not know the order of its tokens: two of four tokens change places, and rows and columns change with them.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_numbers.h"
#include "app/figures/parts_stream.h"
#include "core/analysis/order_demo.h"

namespace vitscope::figures {

namespace {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;
using stream::NumberGrid;

constexpr int kFirst = 0, kSecond = 2;  // the tokens that change places

const Option kOptions[] = {{Option::Kind::choice, "order-demo.form", "A", 0, 1, 0, {"Q Kᵀ", "softmax(Q Kᵀ / √d)"}}};
bool softmax(const FigureInput& in) { return choice(in.selection, kOptions[0]) == 1; }

bool ready(const FigureInput&) { return true; }

/// "3e-15", "0"
std::string tiny(double value) { return value == 0 ? "0" : draw::number(value, 2); }

/// Two patches of the picture that change places: the chosen one and the one across the middle.
struct OwnTokens {
  int first = 0, second = 0;  ///< tokens
  OrderChange change;
};
std::optional<OwnTokens> own_tokens(const FigureInput& in) {
  const int block = in.block(), head = stream::chosen_head(in);
  const PatchGrid& grid = in.grid();
  if (grid.patches() < 2 || !in.trace.has(Slot::q, block) || !in.trace.has(Slot::k, block) || !in.trace.has(Slot::v, block)) return std::nullopt;
  const int patch = std::clamp(in.selection.patch, 0, grid.patches() - 1), mirror = grid.patches() - 1 - patch;
  const int other = mirror != patch ? mirror : patch - 1;
  const Tensor& q = in.trace.at(Slot::q, block);
  static Kept<std::tuple<std::uint64_t, int, int, bool>, OrderChange, 8> kept;
  OwnTokens own{grid.token_of(patch), grid.token_of(other), {}};
  own.change = kept.get({q.id(), head, patch, softmax(in)}, [&] {
    const auto rows = [&](Slot slot) {
      const Tensor& all = in.trace.at(slot, block);
      return Tensor({all.dim(1), all.dim(2)}, all.row(head));
    };
    return order_change({rows(Slot::q), rows(Slot::k), rows(Slot::v)}, swapped_order(grid.tokens(), own.first, own.second), softmax(in));
  });
  return own;
}

NumberGrid grid_of(const Tensor& rows, std::string title, std::vector<Color> marks) {
  NumberGrid grid{rows.dim(0), rows.dim(1), [&rows](int row, int column) { return static_cast<double>(rows.at(row, column)); }};
  grid.title = std::move(title);
  grid.marks = std::move(marks);
  return grid;
}

/// Q, K, A, V and A V of one order of the tokens.
struct Line {
  QkvRows rows;
  Attended result;
  std::vector<NumberGrid> grids(const Canvas& c, std::span<const int> order, bool softmax) const {
    std::vector<Color> marks;
    std::vector<std::string> labels;
    for (const int token : order) {
      marks.push_back(token == kFirst ? c.theme().selection : token == kSecond ? c.theme().width : Color{0, 0, 0, 0});
      labels.push_back(stream::phrase(c, "token {0}", {std::to_string(token)}));
    }
    std::vector<NumberGrid> list{grid_of(rows.q, "Q", marks), grid_of(rows.k, "K", marks)};
    NumberGrid a{result.tokens, result.tokens, [this](int i, int j) { return result.a_at(i, j); }};
    a.decimals = softmax ? 3 : 0;
    a.title = softmax ? "A = softmax(Q Kᵀ / √9)" : "A = Q Kᵀ";
    a.marks = marks;
    a.marked_columns = true;
    list.push_back(a);
    list.push_back(grid_of(rows.v, "V", marks));
    NumberGrid av{result.tokens, result.width, [this](int i, int j) { return result.av_at(i, j); }};
    av.decimals = softmax ? 2 : 0;
    av.title = "A V";
    av.marks = marks;
    list.push_back(av);
    for (NumberGrid& grid : list) grid.labels = labels;
    return list;
  }
};

/// Labels only at the first.
std::vector<NumberGrid> beside(std::vector<NumberGrid> list) {
  for (std::size_t i = 1; i < list.size(); ++i) list[i].labels.clear();
  return list;
}

float gap_of(const Canvas& c) { return 2.5f * c.u(); }

float width_of(const Canvas& c, const std::vector<NumberGrid>& list) {
  float sum = 0;
  for (const NumberGrid& grid : list) sum += stream::number_grid_size(c, grid).x + gap_of(c);
  return sum - gap_of(c);
}

/// Draws grids beside each other; returns the height used.
float draw_line(Canvas& c, Rect r, const std::vector<NumberGrid>& shown) {
  float x = r.x0, height = 0;
  for (const NumberGrid& grid : shown) {
    const Vec size = stream::number_grid_size(c, grid);
    stream::number_grid(c, {x, r.y0, std::min(x + size.x, r.x1), r.y0 + size.y}, grid);
    x += size.x + gap_of(c);
    height = std::max(height, size.y);
  }
  return height;
}

std::vector<std::string> facts_text(const Canvas& c, const FigureInput& in) {
  std::vector<std::string> facts;
  const OrderChange change = order_change(order_demo_rows(), swapped_order(4, kFirst, kSecond), softmax(in));
  facts.push_back(stream::phrase(c, "Rows and columns of A, and rows of A V, change places with the tokens and nothing else happens: attention is **equivariant**. Largest difference here **{0}**.",
                                 {tiny(std::max(change.a, change.av))}));
  if (const auto own = own_tokens(in)) {
    const PatchGrid& grid = in.grid();
    facts.push_back(stream::phrase(c, "The same with this picture, block {0}, head {1}, patches {2} and {3} exchanged: largest difference in A **{4}**, in A V **{5}**.",
                                   {std::to_string(in.block() + 1), std::to_string(stream::chosen_head(in) + 1), std::to_string(grid.patch_of(own->first)), std::to_string(grid.patch_of(own->second)),
                                    tiny(own->change.a), tiny(own->change.av)}));
    if (grid.class_token())
      facts.push_back(stream::phrase(c, "The class token stays in row 0 and its output changes by **{0}**: only what it gathers from all patches is **invariant**, and only as long as no position is added.",
                                     {tiny(own->change.first_row)}));
  }
  return facts;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style();
  const auto order = swapped_order(4, kFirst, kSecond);
  const std::vector<int> as_is{0, 1, 2, 3};
  Line before{order_demo_rows(), {}}, after{reordered(order_demo_rows(), order), {}};
  before.result = attend(before.rows, softmax(in));
  after.result = attend(after.rows, softmax(in));
  // All five beside each other; or the factors once above; or, where there is no room, without them.
  const std::vector<NumberGrid> first = before.grids(c, as_is, softmax(in)), factors = beside({first[0], first[1], first[3]});
  const bool whole = width_of(c, beside(first)) <= r.width();
  const float line_height = stream::number_grid_size(c, first[0]).y + 2 * u;
  const bool above = !whole && width_of(c, factors) <= r.width() && r.height() > 3 * line_height + 2 * lh + 12 * u;
  if (above) r.cut_top(draw_line(c, r, factors) + 2 * u);
  const auto line = [&](const Line& shown, std::span<const int> tokens, std::string_view title) {
    c.text({r.x0, r.y0}, title, c.metrics().small_medium(), c.theme().text2, Align::left, r.width());
    r.cut_top(lh + 0.75f * u);
    const std::vector<NumberGrid> grids = shown.grids(c, tokens, softmax(in));
    r.cut_top(draw_line(c, r, beside(whole ? grids : std::vector<NumberGrid>{grids[2], grids[4]})) + 2 * u);
  };
  line(before, as_is, c.tr("four tokens in their order"));
  line(after, order, c.tr("tokens 0 and 2 exchanged"));
  r.x1 = std::min(r.x1, r.x0 + 110 * u);
  for (const std::string& fact : facts_text(c, in)) {
    const float height = c.paragraph_height(r.width(), fact, small);
    if (height > r.height()) break;
    r.cut_top(c.paragraph(r, fact, small, c.theme().text1) + 0.75f * u);
  }
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text(c.tr("Queries, keys and values of four tokens, nine whole numbers each (NumPy, seed 21)."));
  text += " ";
  text += softmax(in) ? c.tr("Scores are divided by the root of their length and become shares by the softmax, as in the model.")
                      : c.tr("Neither scale nor softmax, so that everything stays whole; the option adds both.");
  return text;
}

Table data(const FigureInput& in) {
  const auto order = swapped_order(4, kFirst, kSecond);
  const QkvRows rows = order_demo_rows();
  const Attended before = attend(rows, softmax(in)), after = attend(reordered(rows, order), softmax(in));
  Table table;
  for (int key = 0; key < 4; ++key) table.columns.push_back({"a_" + std::to_string(key), {}});
  for (int key = 0; key < 4; ++key) table.columns.push_back({"exchanged_a_" + std::to_string(key), {}});
  for (int query = 0; query < 4; ++query)
    for (int key = 0; key < 4; ++key) {
      table.columns[static_cast<std::size_t>(key)].values.push_back(before.a_at(query, key));
      table.columns[static_cast<std::size_t>(4 + key)].values.push_back(after.a_at(query, key));
    }
  table.tensors = {{"q", rows.q}, {"k", rows.k}, {"v", rows.v}};
  return table;
}

}  // namespace

const Figure& order_demo() {
  static const Figure figure{"order-demo", "Order of tokens", "scores", {1340, 660}, ready, draw_figure, nullptr, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
