// Two maps of attention side by side, and their difference.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/attention_compared.h"
#include "app/figures/attention_facts.h"
#include "app/figures/kept.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::vector<Option>& options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> list{reading_option(), smooth_option(), opacity_option(), range_option()};
    list.insert(list.end(), side_a_options().begin(), side_a_options().end());
    return list;
  }();
  return all;
}

/// One side: its own run and a selection that chooses its map.
struct Side {
  const Trace& trace;
  Selection selection;
  Chosen chosen;
  std::vector<float> values;
  draw::Span span;
  FigureInput input(const FigureInput& whole) const { return {trace, selection, whole.paper}; }
};

Side side_of(const FigureInput& whole, const Trace& trace, const Chosen& chosen) {
  Side side{trace, whole.selection, chosen, values_of(trace, chosen), {}};
  Selection& s = side.selection;
  s.block = s.place.block = chosen.block;
  s.head = chosen.head;
  s.query = chosen.query;
  s.options[std::string(reading_option().key)] = chosen.column ? 1.0f : 0.0f;
  if (!std::holds_alternative<draw::TokenTarget>(s.hovered)) s.hovered = {};
  side.span = span_of(side.input(whole), chosen);
  return side;
}

bool ready(const FigureInput& input) { return input.trace.has(Slot::attn, input.block()) && trace_of_a(input).has(Slot::attn, side_a(input).block); }

struct Content {
  Side a, b;
  std::optional<MapDifference> difference;  ///< absent where the two grids have different shapes
  draw::Span span;                          ///< of both maps
  float reach = 0;                          ///< largest magnitude of a patch's difference
  Tensor grid;                              ///< b - a of the patches
};

/// Tokens of one grid stand for tokens of the other.
bool same_tokens(const PatchGrid& a, const PatchGrid& b) { return a.rows() == b.rows() && a.columns() == b.columns() && a.prefix() == b.prefix(); }

Content content_of(const FigureInput& input) {
  Content content{side_of(input, trace_of_a(input), side_a(input)), side_of(input, input.trace, chosen(input)), {}, {}, 0, {}};
  content.span = {0, std::max(content.a.span.hi, content.b.span.hi)};
  const PatchGrid &grid = input.grid(), &other = content.a.trace.grid();
  if (!same_tokens(grid, other)) return content;
  content.difference = map_difference(content.a.values, content.b.values);
  // The same tensor for the same two maps, so that the card keeps its texture.
  using Key = std::tuple<std::uint64_t, int, int, bool>;
  static Kept<std::pair<Key, Key>, Tensor, 8> kept;
  const auto key_of = [](const Side& side) { return Key{side.trace.at(Slot::attn, side.chosen.block).id(), side.chosen.head, side.chosen.query, side.chosen.column}; };
  content.grid = kept.get({key_of(content.a), key_of(content.b)}, [&] {
    return Tensor(Shape{grid.rows(), grid.columns()}, std::span(content.difference->values).subspan(static_cast<std::size_t>(grid.prefix())));
  });
  for (const float value : content.grid.values()) content.reach = std::max(content.reach, std::abs(value));
  return content;
}

std::string name_of(const Canvas& c, const Side& side, const FigureInput& whole) {
  return filled(c.tr("block {0}"), {std::to_string(side.chosen.block + 1)}) + ", " + head_name(c, side.input(whole), side.chosen.head);
}

/// What tells the two runs apart: the model, or where both are of one model the picture; empty where both are the same run.
std::string run_name(const Content& content, const Side& side) {
  const Trace::Origin &a = content.a.trace.origin(), &b = content.b.trace.origin();
  if (a.model != b.model) return side.trace.model().name;
  return content.a.trace.input_ptr() == content.b.trace.input_ptr() ? std::string() : side.trace.input().name;
}

float header_height(const Canvas& c) { return 2 * heading_height(c) - 0.25f * c.u(); }

/// Letter, block and head; below it what the map shows.
void header(Canvas& c, Rect& r, const FigureInput& whole, const Content& content, const Side& side, std::string_view letter) {
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  Rect lines = r.cut_top(header_height(c));
  const float x = c.text({lines.x0, lines.y0}, letter, c.metrics().heading_style(), theme.selection).x1 + c.u();
  const float shift = (Canvas::text_height(c.metrics().heading_style()) - Canvas::text_height(small)) / 2;
  c.text({x, lines.y0 + shift}, name_of(c, side, whole), c.metrics().small_medium(), theme.text1, Align::left, lines.x1 - x);
  lines.cut_top(heading_height(c));
  const Rect said = phrase(c, {lines.x0, lines.y0}, side.chosen.column ? c.tr("who looks at {0}") : c.tr("where {0} looks"), {token_piece(c, side.chosen.query, side.trace.grid())}, small,
                           theme.text2, lines.width());
  const float room = lines.x1 - said.x1 - 2 * c.u();
  if (room > 6 * c.u()) c.text({lines.x1, lines.y0}, run_name(content, side), small, theme.text3, Align::right, room);
}

/// What stands below every picture: bar, prefix tokens, numbers.
struct Below {
  float bar = 0, chips = 0, numbers = 0;
  float height() const { return bar + chips + numbers; }
};

void draw_side(Canvas& c, Rect r, const FigureInput& whole, const Content& content, const Side& side, std::string_view letter, const Below& room) {
  const float u = c.u();
  const FigureInput input = side.input(whole);
  header(c, r, whole, content, side, letter);
  Overlay o = overlay_of(whole);
  o.grid = grid_of(side.trace, side.chosen);
  o.span = content.span;
  o.pinned = side.chosen.query;
  o.hovered = hovered_other(input);
  // What is pointed at is a token of the page's own run.
  o.tagged = same_tokens(side.trace.grid(), whole.grid());
  if (!o.tagged || o.hovered >= side.trace.grid().tokens()) o.hovered = -1;
  if (o.hovered >= 0) o.tooltip = token_tooltip(c, input, side.values, o.hovered);
  const Rect picture = snug({r.x0, r.y0, r.x1, r.y1 - room.height() - u}, side.trace);
  overlay(c, picture, input, o);
  Rect below{r.x0, picture.y1 + u, r.x1, r.y1};
  overlay_bar(c, {r.x0, below.y0}, std::min(24 * u, r.width()), content.span);
  below.cut_top(room.bar);
  draw::HeatStyle heat;
  heat.span = content.span;
  prefix_chips(c, below, input, side.values, heat, side.chosen.query, o.tagged);
  below.cut_top(room.chips);
  if (room.numbers > 0) fact_flow(c, below, map_fact_list(c, input, side.chosen, side.values, true));
}

std::vector<Fact> difference_facts(const Canvas& c, const FigureInput& input, const Content& content) {
  const MapDifference& d = *content.difference;
  const PatchGrid& grid = input.grid();
  const auto change = [&](int token) {
    const auto value = static_cast<double>(d.values[static_cast<std::size_t>(token)]);
    return draw::token_name(c, token, grid) + " " + (value > 0 ? "+" : "") + draw::percent(value);
  };
  const double change_of_sum = std::accumulate(d.values.begin(), d.values.end(), 0.0);
  const bool moved = is_distribution(content.a.chosen) && is_distribution(content.b.chosen);
  const Fact first = moved ? Fact{std::string(c.tr("moved")), draw::percent(d.total_variation), c.theme().text1}
                           : Fact{std::string(c.tr("change of the sum")), draw::signed_number(change_of_sum), c.theme().text1};
  return {first,
          {std::string(c.tr("correlation")), draw::number(d.correlation), c.theme().text1},
          {std::string(c.tr("gained most")), change(d.most_gained), c.theme().text1},
          {std::string(c.tr("lost most")), change(d.most_lost), c.theme().text1}};
}

void draw_difference(Canvas& c, Rect r, const FigureInput& input, const Content& content, const Below& room) {
  const float u = c.u();
  const auto& theme = c.theme();
  const PatchGrid& grid = input.grid();
  const draw::Style small = c.metrics().small_style();
  Rect lines = r.cut_top(header_height(c));
  c.text({lines.x0, lines.y0}, "B − A", c.metrics().heading_style(), theme.selection);
  lines.cut_top(heading_height(c));
  c.text({lines.x0, lines.y0}, c.tr("red: B gives more; blue: A gives more"), small, theme.text2, Align::left, lines.width());
  if (!content.difference) {
    const PatchGrid& other = content.a.trace.grid();
    const bool same_grid = grid.rows() == other.rows() && grid.columns() == other.columns();
    const std::string why =
        same_grid ? filled(c.tr("No difference: A has {0} tokens in front of its patches, B has {1}, so their shares add up to different sums."), {std::to_string(other.prefix()), std::to_string(grid.prefix())})
                  : filled(c.tr("No difference: A has {0} × {1} patches, B has {2} × {3}."),
                           {std::to_string(other.rows()), std::to_string(other.columns()), std::to_string(grid.rows()), std::to_string(grid.columns())});
    c.paragraph({r.x0, r.y0, r.x1, r.y1}, why, small, theme.text2);
    return;
  }
  draw::HeatStyle heat;
  heat.map = ColorMap::diverging;
  heat.span = {-content.reach, content.reach};
  heat.smooth = option(input.selection, smooth_option()) > 0.5f;
  // As large as the model input lies on the picture of B, so that cells are equally large.
  const Rect free{r.x0, r.y0, r.x1, r.y1 - room.height() - u};
  const Rect beside = snug(free, content.b.trace);
  const Box whole{0, 0, static_cast<double>(input.config().image_width), static_cast<double>(input.config().image_height)};
  const Rect model = draw::photo_layout(beside, content.b.trace).of_model(whole);
  const Rect cells = draw::rect_at({r.x0, r.y0}, model.width(), model.height());
  c.heat(cells, draw::Matrix(content.grid), heat);
  if (!theme.dark) c.outline(cells.inset(-c.pixel()), theme.tick.faded(0.55f), c.pixel());
  const float width = cells.width() / static_cast<float>(grid.columns()), height = cells.height() / static_cast<float>(grid.rows());
  const auto place = [&](int token) {
    const int patch = grid.patch_of(token);
    return draw::rect_at({cells.x0 + static_cast<float>(grid.column(patch)) * width, cells.y0 + static_cast<float>(grid.row(patch)) * height}, width, height);
  };
  const int hovered = hovered_other(content.b.input(input));
  for (int token = grid.prefix(); token < grid.tokens(); ++token) {
    std::string tooltip;
    if (token == hovered) {
      const auto i = static_cast<std::size_t>(token);
      const auto value = static_cast<double>(content.difference->values[i]);
      tooltip = "B " + draw::percent(static_cast<double>(content.b.values[i])) + "\nA " + draw::percent(static_cast<double>(content.a.values[i])) + "\nB − A " + (value > 0 ? "+" : "") + draw::percent(value);
    }
    c.tag(place(token), draw::TokenTarget{token}, std::move(tooltip));
  }
  if (hovered >= grid.prefix() && hovered < grid.tokens()) c.hovered(place(hovered).inset(2));
  Rect below{r.x0, beside.y1 + u, r.x1, r.y1};
  draw::BarStyle bar;
  bar.heat = heat;
  bar.vertical = false;
  bar.as_percent = true;
  draw::color_bar(c, draw::rect_at({below.x0, below.y0}, std::min(24 * u, r.width()), u), bar);
  below.cut_top(room.bar);
  prefix_chips(c, below, content.b.input(input), content.difference->values, heat, -1);
  below.cut_top(room.chips);
  if (room.numbers > 0) fact_flow(c, below, difference_facts(c, input, content));
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const float u = c.u(), gap = 3 * u;
  const Content content = content_of(input);
  if (!input.paper) {
    const Rect line = r.cut_top(heading_height(c));
    const std::string_view words = has_side_a(input.selection) ? c.tr("A is kept. Choose another block, head, token or picture as B; key B keeps what is shown as A, Shift B lets A go.")
                                                               : c.tr("Nothing is kept yet, so A is the mean over the heads (or the first head). Key B keeps what is shown as A.");
    c.text({line.x0, line.y0}, words, c.metrics().small_style(), c.theme().text3, Align::left, line.width());
  }
  const bool upright = r.height() > 1.25f * r.width();
  const float count = 3;
  const float wide = upright ? r.width() : (r.width() - (count - 1) * gap) / count, high = upright ? (r.height() - (count - 1) * gap) / count : r.height();
  Below below;
  below.bar = 1.25f * u + 1.25f * Canvas::text_height(c.metrics().small_style());
  below.chips = std::max(prefix_chips_height(c, content.a.trace.grid()), prefix_chips_height(c, content.b.trace.grid()));
  for (const Side* side : {&content.a, &content.b})
    below.numbers = std::max(below.numbers, fact_flow_height(c, wide, map_fact_list(c, side->input(input), side->chosen, side->values, true)));
  if (content.difference) below.numbers = std::max(below.numbers, fact_flow_height(c, wide, difference_facts(c, input, content)));
  if (high - header_height(c) - below.height() < 12 * u) below.numbers = 0;
  const auto panel = [&](int i) {
    return upright ? draw::rect_at({r.x0, r.y0 + static_cast<float>(i) * (high + gap)}, wide, high) : draw::rect_at({r.x0 + static_cast<float>(i) * (wide + gap), r.y0}, wide, high);
  };
  draw_side(c, panel(0), input, content, content.a, "A", below);
  draw_side(c, panel(1), input, content, content.b, "B", below);
  draw_difference(c, panel(2), input, content, below);
}

std::string side_text(const Canvas& c, const FigureInput& input, const Content& content, const Side& side) {
  std::string text = name_of(c, side, input) + ", " + draw::token_name(c, side.chosen.query, side.trace.grid());
  if (const std::string run = run_name(content, side); !run.empty()) text += ", " + run;
  return text;
}

std::string subject(const Canvas& c, const FigureInput& input) {
  if (!ready(input)) return block_and_head(c, input);
  const Content content = content_of(input);
  return filled(c.tr("{0} against {1}"), {side_text(c, input, content, content.b), side_text(c, input, content, content.a)});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const Content content = content_of(input);
  std::string text = filled(c.tr("Attention shares of two maps on one span. A: {0}. B: {1}. Right: B − A for every patch, in percentage points of the whole row, on a span that is symmetric about 0."),
                            {side_text(c, input, content, content.a), side_text(c, input, content, content.b)});
  text += " ";
  if (is_distribution(content.a.chosen) && is_distribution(content.b.chosen))
    text += c.tr("Moved is half the sum of all magnitudes of B − A, prefix tokens included: the share that would have to be moved to turn A into B. Correlation is Pearson's over all tokens.");
  else
    text += c.tr("Columns and the largest share over the heads are no distributions, their sums differ. Correlation is Pearson's over all tokens.");
  return text;
}

Table data(const FigureInput& input) {
  const Content content = content_of(input);
  Table table;
  if (!content.difference) {
    const auto as_row = [](const std::vector<float>& values) { return Tensor(Shape{static_cast<int>(values.size())}, std::span(values)); };
    table.tensors = {{"a", as_row(content.a.values)}, {"b", as_row(content.b.values)}};
    return table;
  }
  TableColumn token{"token", {}}, patch{"patch", {}}, a{"a", {}}, b{"b", {}}, difference{"b_minus_a", {}};
  for (int t = 0; t < input.grid().tokens(); ++t) {
    const auto i = static_cast<std::size_t>(t);
    token.values.push_back(t);
    patch.values.push_back(input.grid().patch_of(t));
    a.values.push_back(static_cast<double>(content.a.values[i]));
    b.values.push_back(static_cast<double>(content.b.values[i]));
    difference.values.push_back(static_cast<double>(content.difference->values[i]));
  }
  table.columns = {token, patch, a, b, difference};
  return table;
}

}  // namespace

const Figure& attention_compare() {
  static const Figure figure{"attention-compare", "Compare", "softmax", {1340, 560}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
