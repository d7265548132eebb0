// The rows of all heads, side by side, become one row per token.
#include <algorithm>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

TensorRef weighted_of(const FigureInput& in) { return {Slot::weighted, in.block()}; }
TensorRef context_of(const FigureInput& in) { return {Slot::context, in.block()}; }
int token_of(const FigureInput& in) { return chosen_token(in, {weighted_of(in), context_of(in)}); }

bool ready(const FigureInput& in) { return in.trace.has(weighted_of(in)) && in.trace.has(context_of(in)); }

/// The number under the pointer as a cell of the joined matrix, from either side of the step.
std::optional<CellRef> hovered_joined(const FigureInput& in) {
  if (const auto cell = hovered_in(in, context_of(in))) return cell;
  if (const auto cell = hovered_in(in, weighted_of(in))) return CellRef{context_of(in), cell->j, cell->i * in.config().head_width + cell->k};
  return std::nullopt;
}

int hovered_head(const FigureInput& in) {
  if (in.paper) return -1;
  if (const auto* head = std::get_if<draw::HeadTarget>(&in.selection.hovered)) return head->block == in.block() ? head->head : -1;
  if (const auto cell = hovered_joined(in)) return cell->j / in.config().head_width;
  return -1;
}

/// A brace over `r` that opens downwards, with its tip in the middle.
void brace(Canvas& c, Rect r, draw::Color color, float width) {
  const float middle = r.y0 + 0.5f * r.height();
  const draw::Vec points[] = {{r.x0, r.y1}, {r.x0, middle}, {r.x1, middle}, {r.x1, r.y1}};
  c.polyline(points, color, width);
  c.line({r.centre().x, middle}, {r.centre().x, r.y0}, color, width);
}

void head_label(Canvas& c, Rect r, int head, const FigureInput& in, bool words) {
  const auto style = c.metrics().small_style();
  const bool pinned = head == chosen_head(in);
  const auto color = pinned ? c.theme().selection : c.theme().heads;
  const std::string number = std::to_string(head + 1);
  const std::string text = words ? phrase(c, "head {0}", {number}) : number;
  c.text({r.centre().x, r.y0}, text, pinned ? c.metrics().small_medium() : style, color, Align::centre, words ? r.width() + 2 : 0);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const int heads = config.heads, d = config.head_width, tokens = config.tokens(), token = token_of(in), head = chosen_head(in);
  const Tensor& weighted = in.trace.at(weighted_of(in));
  const Tensor& context = in.trace.at(context_of(in));
  const draw::Span span = signed_span(draw::Matrix(context));
  const auto heat = signed_heat(span);
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();

  r.cut_right(4);  // the marks reach beyond the cells
  Rect bar = r.cut_bottom(lying_bar_height(c));
  r.cut_bottom(1.5f * u);
  const float left = 7.5f * u;
  const float braces = lh + 1.5f * u, row_height = 3.5f * u, below = lh + 0.5f * u;
  const float fixed = heading_height(c) + braces + 3 * u + 2.5f * u + 3.5f * u + row_height + lh + 0.75f * u;
  const float map_height = std::max(4 * u, (r.height() - fixed - below) / 2);

  heading(c, r, c.tr("The heads, each on its own"), phrase(c, "{0} matrices of {1} × {2}", {std::to_string(heads), std::to_string(tokens), std::to_string(d)}));
  const Rect brace_band = r.cut_top(braces);
  Rect apart = r.cut_top(map_height);
  r.cut_top(5.5f * u);
  Rect joined = r.cut_top(map_height);
  apart.x0 += left;
  joined.x0 += left;
  r.cut_top(below + 3.5f * u);
  Rect enlarged = r.cut_top(row_height);
  enlarged.x0 += left;

  // Apart: equal widths with gaps. Joined: no gaps, centred under them.
  const float gap_width = std::max(0.5f * u, std::min(2 * u, apart.width() * 0.18f / static_cast<float>(heads)));
  const float width = (apart.width() - gap_width * static_cast<float>(heads - 1)) / static_cast<float>(heads);
  const float inset = gap_width * static_cast<float>(heads - 1) / 2;
  joined.x0 += inset;
  joined.x1 -= inset;
  const auto part = [&](int h) { return draw::rect_at({apart.x0 + static_cast<float>(h) * (width + gap_width), apart.y0}, width, apart.height()); };
  const auto section = [&](int h) { return column_of(joined, h, heads); };
  const bool words = c.text_width(phrase(c, "head {0}", {"16"}), small) <= width;
  const auto hovered = hovered_joined(in);
  const int hot_head = hovered_head(in), hot_token = hovered_token(in);

  for (int h = 0; h < heads; ++h) {
    const Rect p = part(h), s = section(h);
    const bool chosen = h == head;
    const auto color = chosen ? theme.mark : theme.heads;
    const draw::Vec flow[] = {{p.x0, p.y1}, {p.x1, p.y1}, {s.x1, joined.y0}, {s.x0, joined.y0}};
    c.polygon(flow, color.faded(chosen ? 0.2f : h % 2 == 0 ? 0.12f : 0.07f));
    head_label(c, {p.x0, brace_band.y0, p.x1, brace_band.y1}, h, in, words);
    brace(c, {p.x0, brace_band.y0 + lh, p.x1, p.y0 - 0.75f * u}, chosen ? theme.selection : theme.heads, chosen ? 2.0f : 1.0f);
    c.heat(p, draw::Matrix(weighted, h), heat);
    class_line(c, p, in.grid());
    c.tag({p.x0, brace_band.y0, p.x1, p.y0}, draw::HeadTarget{in.block(), h});
    c.tag_cells(p, {{weighted_of(in), h, 0, 0}, tokens, d, 1, 2});
    c.pinned(row_of(p, token, tokens));
    if (hot_token >= 0 && hot_token != token) c.hovered(row_of(p, hot_token, tokens));
  }
  if (hot_head >= 0 && hot_head < heads) c.hovered(part(hot_head));

  c.heat(joined, draw::Matrix(context), heat);
  class_line(c, joined, in.grid());
  c.tag_cells(joined, {{context_of(in), 0, 0}, tokens, heads * d, 0, 1});
  for (int h = 1; h < heads; ++h) c.line({section(h).x0, joined.y0}, {section(h).x0, joined.y1}, draw::kBlack.faded(0.55f), c.pixel());
  c.pinned(row_of(joined, token, tokens));
  if (hot_token >= 0 && hot_token != token) c.hovered(row_of(joined, hot_token, tokens));
  for (const Rect& cells : {apart, joined}) {
    c.text({cells.x0 - u, cells.y0 - 0.2f * lh}, token_label(0, in.grid()), small, in.grid().prefix() > 0 ? token_color(theme, 0, in.grid()) : theme.text3, Align::right);
    if (cells.height() > 3.5f * lh) {
      c.text({cells.x0 - u, cells.y1 - lh}, std::to_string(in.grid().patches() - 1), small, theme.text3, Align::right);
    }
    if (cells.height() > 10 * u) c.text_up({cells.x0 - 5.5f * u, cells.centre().y}, dim_name(c, Dim::tokens, config), small, theme.patch_token);
  }
  column_axis(c, joined, heads * d, dim_name(c, Dim::joined_heads, config), theme.width);

  const Rect source = row_of(joined, token, tokens);
  ribbon_from_row(c, joined, source, enlarged);
  const Strip row{draw::Matrix(context, static_cast<std::int64_t>(token) * heads * d, 1, heads * d, heads * d), heat, CellRef{context_of(in), token, 0}, 1};
  strip(c, enlarged, row);
  const auto values = context.row(token);
  const auto at = [&](int h) { return column_of(enlarged, h, heads); };
  for (int h = 0; h < heads; ++h) {
    if (h > 0) c.fill({at(h).x0 - 1, enlarged.y0, at(h).x0 + 1, enlarged.y1}, theme.ground);
    const double norm = length(values.subspan(static_cast<std::size_t>(h) * static_cast<std::size_t>(d), static_cast<std::size_t>(d)));
    const std::string text = draw::number(norm, width > 6 * u ? 3 : 2);
    if (c.text_width(text, small) <= at(h).width() - 0.3f * u)
      c.text({at(h).centre().x, enlarged.y1 + 0.5f * u}, text, small, h == head ? theme.selection : theme.text2, Align::centre);
  }
  c.pinned(at(head));
  if (hovered && hovered->i == token) c.hovered(column_of(enlarged, hovered->j, heads * d));
  c.text({enlarged.x0 - u, enlarged.centre().y - lh / 2}, token_label(token, in.grid()), small, theme.selection, Align::right, 6 * u);
  c.text({enlarged.x0 - u, enlarged.y1 + 0.5f * u}, c.tr("length"), small, theme.text3, Align::right, left - u);
  lying_bar(c, Rect{enlarged.x0, bar.y0, r.x1, bar.y1}, heat, c.tr("value; one scale for all; 1 % lies beyond"), false, true);
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& config = in.config();
  return phrase(c,
                "The {0} heads of the block give {1} numbers per token each. Joined side by side, in the order of the heads, they are one row of {2} numbers; nothing is "
                "computed. Below each part of the enlarged row stands its Euclidean length.",
                {std::to_string(config.heads), std::to_string(config.head_width), draw::count(config.heads * config.head_width)});
}

Table data(const FigureInput& in) {
  const int token = token_of(in), d = in.config().head_width;
  const Tensor& context = in.trace.at(context_of(in));
  Table table;
  TableColumn head{"head", {}}, norm{"length", {}};
  for (int h = 0; h < in.config().heads; ++h) {
    head.values.push_back(h);
    norm.values.push_back(length(context.row(token).subspan(static_cast<std::size_t>(h) * static_cast<std::size_t>(d), static_cast<std::size_t>(d))));
  }
  table.columns = {head, norm};
  table.tensors = {{"context", context}};
  return table;
}

}  // namespace

const Figure& join_heads() {
  static const Figure figure{"join-heads", "Join heads", "join-heads", {1340, 700}, ready, draw_figure, block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
