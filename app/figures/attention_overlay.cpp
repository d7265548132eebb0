// The chosen head's attention on the original picture, with the numbers that belong to it.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "app/draw/number.h"
#include "app/figures/attention_facts.h"
#include "app/figures/prefix_words.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 4>& options() {
  static const std::array<Option, 4> all{{reading_option(), smooth_option(), opacity_option(), range_option()}};
  return all;
}

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, input.block()); }

struct Content {
  Chosen chosen;
  draw::Matrix grid;
  draw::Span span;
  std::vector<float> values;  ///< one per token
};

Content content_of(const FigureInput& input) {
  const Chosen now = chosen(input);
  return {now, grid_of(input.trace, now), span_of(input, now), values_of(input.trace, now)};
}

/// The tokens with the largest shares as a list of bars; as many as `r` holds.
void strongest(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const PatchGrid& grid = input.grid();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small) + 0.5f * c.u();
  heading(c, r, c.tr(content.chosen.column ? "Strongest queries" : "Strongest keys"), {});
  const int rows = std::min({static_cast<int>(r.height() / line), 18, static_cast<int>(content.values.size())});
  if (rows < 1) return;
  std::vector<int> order(content.values.size());
  std::iota(order.begin(), order.end(), 0);
  const auto more = [&](int a, int b) { return content.values[static_cast<std::size_t>(a)] > content.values[static_cast<std::size_t>(b)]; };
  std::partial_sort(order.begin(), order.begin() + rows, order.end(), more);
  const float most = std::max(content.values[static_cast<std::size_t>(order.front())], 1e-9f);
  const float value_width = c.text_width("00.00 %", small);
  float name_width = c.text_width(draw::token_name(c, grid.tokens() - 1, grid), small);
  for (int token = 0; token < grid.prefix(); ++token) name_width = std::max(name_width, c.text_width(draw::token_name(c, token, grid), small));
  name_width = std::min(name_width, 0.45f * r.width());
  for (int i = 0; i < rows; ++i) {
    const int token = order[static_cast<std::size_t>(i)];
    const float value = content.values[static_cast<std::size_t>(token)];
    const Rect row = r.cut_top(line);
    const bool in_front = token < grid.prefix();
    const draw::Color own = in_front ? draw::prefix_color(c.theme(), token, grid.prefix_tokens()) : c.theme().text1;
    if (token == hovered_other(input)) c.fill({row.x0, row.y0, row.x1, row.y0 + line - 0.25f * c.u()}, c.theme().raised, 2);
    c.text({row.x0, row.y0}, draw::token_name(c, token, grid), small, own, Align::left, name_width);
    const Rect room{row.x0 + name_width + c.u(), row.y0 + 0.25f * c.u(), row.x1 - value_width - c.u(), row.y0 + Canvas::text_height(small) - 0.25f * c.u()};
    if (room.width() > 2 * c.u()) {
      c.fill(room, c.theme().raised);
      const draw::Color color = in_front ? own : draw::of(color_of(ColorMap::viridis, value, content.span.lo, content.span.hi));
      c.fill({room.x0, room.y0, room.x0 + room.width() * value / most, room.y1}, color);
    }
    c.text({row.x1, row.y0}, draw::percent(static_cast<double>(value)), small, c.theme().text1, Align::right);
    c.tag({row.x0, row.y0, row.x1, row.y0 + line}, draw::TokenTarget{token}, token == hovered_other(input) ? token_tooltip(c, input, content.values, token) : std::string());
  }
}

/// What is known of the cell under the pointer (or the pinned one), and where its own attention goes: what a click would show.
void one_token(Canvas& c, Rect r, const FigureInput& input, const Content& content, int token) {
  const float u = c.u();
  const PatchGrid& grid = input.grid();
  const bool is_prefix = token < grid.prefix();
  const std::string name = draw::token_name(c, token, grid);
  heading(c, r, content.chosen.column ? c.tr("{0} as query") : c.tr("{0} as key"), {{name, is_prefix ? draw::prefix_color(c.theme(), token, grid.prefix_tokens()) : c.theme().text1}});
  r.cut_top(fact_column(c, r, token_fact_list(c, input, content.values, token)) + u);
  Chosen own = content.chosen;
  own.query = token;
  const float aspect = static_cast<float>(input.config().image_width) / static_cast<float>(input.config().image_height);
  if (r.height() < heading_height(c) + 8 * u) return;
  heading(c, r, content.chosen.column ? c.tr("Who looks at {0}") : c.tr("Where {0} looks"), {{name, c.theme().text1}}, c.tr("click shows it"));
  const float width = std::min({r.width(), r.height() * aspect, 30 * u});
  const Rect place = draw::rect_at({r.x0, r.y0}, width, width / aspect);
  const draw::Matrix map = grid_of(input.trace, own);
  thumbnail(c, place, map, span_of(input, own));
  if (is_prefix) return;
  const int patch = grid.patch_of(token);
  const float cell_width = place.width() / static_cast<float>(grid.columns()), cell_height = place.height() / static_cast<float>(grid.rows());
  c.hovered(draw::rect_at({place.x0 + static_cast<float>(grid.column(patch)) * cell_width, place.y0 + static_cast<float>(grid.row(patch)) * cell_height}, cell_width, cell_height).inset(2));
}

void side_column(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  r.cut_top(fact_column(c, r, map_fact_list(c, input, content.chosen, content.values)));
  r.cut_top(1.5f * c.u());
  if (r.height() < 6 * c.u()) return;
  int token = hovered_other(input);
  if (token < 0) token = pinned_other(input);
  if (token >= 0 && token < input.grid().tokens())
    one_token(c, r, input, content, token);
  else
    strongest(c, r, input, content);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u();
  const Content content = content_of(input);
  const bool column = content.chosen.column;
  const bool beside = r.width() > 1.15f * r.height();
  const float chips = prefix_chips_height(c, input.grid());
  const float bar_height = u + 2 * Canvas::text_height(c.metrics().small_style()) + chips;
  Rect left = beside ? Rect{r.x0, r.y0, r.x1 - std::clamp(r.width() * 0.28f, 24 * u, 36 * u) - 4 * u, r.y1} : r.cut_top(r.height() * 0.66f);
  Overlay o = overlay_of(input);
  o.grid = content.grid;
  o.span = content.span;
  o.pinned = content.chosen.query;
  o.hovered = hovered_other(input);
  if (o.hovered >= 0) o.tooltip = token_tooltip(c, input, content.values, o.hovered);
  const std::string_view title = column ? c.tr("Who looks at {0}") : c.tr("Where {0} looks");
  const Rect picture = overlay_panel(c, left, input, title, {token_piece(c, content.chosen.query, input.grid())}, c.tr("on the original picture"), bar_height + u, o);
  Rect below{left.x0, picture.y1 + u, left.x1, left.y1};
  below.cut_top(overlay_bar(c, {picture.x0, below.y0}, std::min(30 * u, left.width()), content.span) + 0.5f * u);
  draw::HeatStyle heat;
  heat.span = content.span;
  Rect side = beside ? Rect{std::max(picture.x1, left.x0 + 30 * u) + 4 * u, r.y0, r.x1, r.y1} : Rect{r.x0, r.y0 + 2 * u, r.x1, r.y1};
  side.x1 = std::min(side.x1, side.x0 + 44 * u);
  if (beside) below.x1 = std::min(below.x1, side.x0 - 2 * u);
  prefix_chips(c, below, input, content.values, heat, content.chosen.query);
  side_column(c, side, input, content);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return block_and_head(c, input) + ", " + draw::token_name(c, chosen(input).query, input.grid());
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const PatchGrid& grid = input.grid();
  const std::string name = draw::token_name(c, chosen(input).query, grid);
  std::string text = chosen(input).column ? filled(c.tr("Attention shares that every patch gives to the key {0} (one column of the softmax), laid over the original picture."), {name})
                                         : filled(c.tr("Attention shares of the query {0} (one row of the softmax), laid over the original picture."), {name});
  text += " " + filled(by_prefix(c, input.config(), "A cell is one patch of {0} × {1} pixels of the model input; the bar gives the share in per cent of the whole row.",
                                 "A cell is one patch of {0} × {1} pixels of the model input; the bar gives the share in per cent of the whole row, class token included.",
                                 "A cell is one patch of {0} × {1} pixels of the model input; the bar gives the share in per cent of the whole row, prefix tokens included."),
                       {std::to_string(grid.patch_height()), std::to_string(grid.patch_width())});
  if (chosen(input).head == kMaxHead) {
    text += " ";
    text += c.tr("Shown is the largest share over the heads for each pair; its rows do not sum to 1.");
  }
  if (option(input.selection, range_option()) > 0) {
    text += " ";
    text += filled(c.tr("Colours end at {0}, set by hand."), {draw::percent(static_cast<double>(option(input.selection, range_option())), 2)});
  }
  text += " ";
  text += c.tr("Attention says which tokens are mixed, not which of them cause the answer.");
  return text;
}

Table data(const FigureInput& input) {
  const Content content = content_of(input);
  const PatchGrid& grid = input.grid();
  const MapFacts facts = map_facts(content.values, grid.prefix());
  TableColumn token{"token", {}}, patch{"patch", {}}, share{"share", {}}, of_patches{"share_of_patches", {}}, rank{"rank", {}};
  TableColumn sides[4] = {{"picture_x0", {}}, {"picture_y0", {}}, {"picture_x1", {}}, {"picture_y1", {}}};
  for (int t = 0; t < grid.tokens(); ++t) {
    const auto value = static_cast<double>(content.values[static_cast<std::size_t>(t)]);
    const bool is_patch = t >= grid.prefix();
    token.values.push_back(t);
    patch.values.push_back(grid.patch_of(t));
    share.values.push_back(value);
    of_patches.values.push_back(is_patch && facts.patch_mass() > 0 ? value / facts.patch_mass() : 0);
    rank.values.push_back(rank_of(content.values, t));
    const Box place = is_patch ? input.trace.input().map.to_original(grid.pixels(grid.patch_of(t))) : Box{};
    const double corners[4] = {place.x0, place.y0, place.x1, place.y1};
    for (int side = 0; side < 4; ++side) sides[side].values.push_back(corners[side]);
  }
  Table table;
  table.columns = {token, patch, share, of_patches, rank, sides[0], sides[1], sides[2], sides[3]};
  return table;
}

}  // namespace

const Figure& attention_overlay() {
  static const Figure figure{"attention-overlay", "Attention on the picture", "softmax", {1340, 700}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
