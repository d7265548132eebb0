// The chosen head's attention on the original picture, with the numbers that belong to it.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 2>& options() {
  static const std::array<Option, 2> all{{
      {Option::Kind::choice, "attention-overlay.reading", "Show", 0, 1, 0, {"where it looks", "who looks at it"}},
      {Option::Kind::toggle, "attention-overlay.smooth", "Smooth", 0, 1, 0, {}},
  }};
  return all;
}

bool reads_column(const FigureInput& input) { return option(input.selection, options()[0]) > 0.5f; }

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, input.block()); }

struct Content {
  Chosen chosen;
  draw::Matrix all, grid;
  draw::Span span;
  std::vector<float> values;  ///< one per token
  double prefix = 0;
};

Content content_of(const FigureInput& input) {
  Content content;
  content.chosen = chosen(input);
  content.all = shares(input.trace, content.chosen.block, content.chosen.head);
  const int tokens = input.config().tokens(), query = content.chosen.query;
  content.values.resize(static_cast<std::size_t>(tokens));
  const bool column = reads_column(input);
  for (int token = 0; token < tokens; ++token)
    content.values[static_cast<std::size_t>(token)] = column ? content.all.at(token, query) : content.all.at(query, token);
  content.grid = column ? column_on_grid(content.all, query, input.grid()) : on_grid(content.all, query, input.grid());
  content.span = column ? draw::Span{0, std::max(draw::range_of(content.grid).hi, 1e-9f)} : span_of(input, content.chosen);
  for (int token = 0; token < input.grid().prefix(); ++token) content.prefix += static_cast<double>(content.values[static_cast<std::size_t>(token)]);
  return content;
}

/// The tokens with the largest shares as a list of bars; as many as `r` holds.
void strongest(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const PatchGrid& grid = input.grid();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small) + 0.5f * c.u();
  heading(c, r, c.tr(reads_column(input) ? "Strongest queries" : "Strongest keys"), {});
  const int rows = std::min({static_cast<int>(r.height() / line), 18, static_cast<int>(content.values.size())});
  if (rows < 1) return;
  std::vector<int> order(content.values.size());
  std::iota(order.begin(), order.end(), 0);
  const auto more = [&](int a, int b) { return content.values[static_cast<std::size_t>(a)] > content.values[static_cast<std::size_t>(b)]; };
  std::partial_sort(order.begin(), order.begin() + rows, order.end(), more);
  const float most = std::max(content.values[static_cast<std::size_t>(order.front())], 1e-9f);
  const float value_width = c.text_width("00.00 %", small);
  float name_width = c.text_width(draw::token_name(c, grid.tokens() - 1, grid), small);
  name_width = std::min(std::max(name_width, c.text_width(draw::token_name(c, 0, grid), small)), 0.45f * r.width());
  for (int i = 0; i < rows; ++i) {
    const int token = order[static_cast<std::size_t>(i)];
    const float value = content.values[static_cast<std::size_t>(token)];
    const Rect row = r.cut_top(line);
    const bool is_class = token < grid.prefix();
    if (token == hovered_key(input)) c.fill({row.x0, row.y0, row.x1, row.y0 + line - 0.25f * c.u()}, c.theme().raised, 2);
    c.text({row.x0, row.y0}, draw::token_name(c, token, grid), small, is_class ? c.theme().class_token : c.theme().text1, Align::left, name_width);
    const Rect room{row.x0 + name_width + c.u(), row.y0 + 0.25f * c.u(), row.x1 - value_width - c.u(), row.y0 + Canvas::text_height(small) - 0.25f * c.u()};
    if (room.width() > 2 * c.u()) {
      c.fill(room, c.theme().raised);
      const draw::Color color = is_class ? c.theme().class_token : draw::of(color_of(ColorMap::viridis, value, content.span.lo, content.span.hi));
      c.fill({room.x0, room.y0, room.x0 + room.width() * value / most, room.y1}, color);
    }
    c.text({row.x1, row.y0}, draw::percent(static_cast<double>(value)), small, c.theme().text1, Align::right);
    c.tag({row.x0, row.y0, row.x1, row.y0 + line}, draw::TokenTarget{token}, draw::token_place(c, token, grid));
  }
}

void facts(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const auto& theme = c.theme();
  const bool column = reads_column(input);
  const int tokens = input.config().tokens();
  if (input.grid().prefix() > 0) {
    const std::string_view label = column ? c.tr("the class token gives") : c.tr("the class token receives");
    r.cut_top(fact(c, r, label, draw::percent(content.prefix), theme.class_token));
  }
  r.cut_top(fact(c, r, c.tr("largest share of a patch"), draw::percent(static_cast<double>(draw::range_of(content.grid).hi)), theme.text1));
  r.cut_top(fact(c, r, c.tr("uniform attention"), draw::percent(1.0 / tokens), theme.text1));
  if (!column && input.selection.head != kMaxHead) {
    const std::string bits = filled(c.tr("{0} of {1} bits"), {draw::number(entropy_bits(content.values)), draw::number(std::log2(tokens))});
    r.cut_top(fact(c, r, c.tr("entropy"), bits, theme.text1));
  }
  if (input.selection.head == kMaxHead) r.cut_top(fact(c, r, c.tr("largest over heads"), c.tr("rows do not sum to 1"), theme.warning));
  r.cut_top(1.5f * c.u());
  if (r.height() > 6 * c.u()) strongest(c, r, input, content);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const Content content = content_of(input);
  const bool column = reads_column(input);
  const bool beside = r.width() > 1.15f * r.height();
  const float bar_height = u + 2 * Canvas::text_height(c.metrics().small_style());
  Rect left = beside ? Rect{r.x0, r.y0, r.x1 - std::clamp(r.width() * 0.28f, 24 * u, 36 * u) - 4 * u, r.y1} : r.cut_top(r.height() * 0.66f);
  Overlay o;
  o.grid = content.grid;
  o.span = content.span;
  o.smooth = option(input.selection, options()[1]) > 0.5f;
  o.pinned = content.chosen.query;
  o.hovered = hovered_key(input);
  const std::string_view title = column ? c.tr("Who looks at {0}") : c.tr("Where {0} looks");
  const Rect picture = overlay_panel(c, left, input, title, {token_piece(c, content.chosen.query, input.grid())}, c.tr("on the original picture"), bar_height + u, o);
  overlay_bar(c, {picture.x0, picture.y1 + u}, std::min(30 * u, left.width()), content.span);
  Rect side = beside ? Rect{std::max(picture.x1, left.x0 + 30 * u) + 4 * u, r.y0, r.x1, r.y1} : Rect{r.x0, r.y0 + 2 * u, r.x1, r.y1};
  side.x1 = std::min(side.x1, side.x0 + 44 * u);
  facts(c, side, input, content);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return block_and_head(c, input) + ", " + draw::token_name(c, chosen(input).query, input.grid());
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const PatchGrid& grid = input.grid();
  const std::string name = draw::token_name(c, chosen(input).query, grid);
  std::string text = reads_column(input) ? filled(c.tr("Attention shares that every patch gives to the key {0} (one column of the softmax), laid over the original picture."), {name})
                                         : filled(c.tr("Attention shares of the query {0} (one row of the softmax), laid over the original picture."), {name});
  text += " " + filled(c.tr("A cell is one patch of {0} × {1} pixels of the model input; the bar gives the share in per cent of the whole row, class token included."),
                       {std::to_string(grid.patch_height()), std::to_string(grid.patch_width())});
  text += " ";
  text += c.tr("Attention says which tokens are mixed, not which of them cause the answer.");
  return text;
}

Table data(const FigureInput& input) {
  const Content content = content_of(input);
  Table table;
  TableColumn token{"token", {}}, patch{"patch", {}}, share{"share", {}};
  for (int t = 0; t < input.config().tokens(); ++t) {
    token.values.push_back(t);
    patch.values.push_back(input.grid().patch_of(t));
    share.values.push_back(static_cast<double>(content.values[static_cast<std::size_t>(t)]));
  }
  table.columns = {token, patch, share};
  return table;
}

}  // namespace

const Figure& attention_overlay() {
  static const Figure figure{"attention-overlay", "Attention on the picture", "softmax", {1340, 700}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
