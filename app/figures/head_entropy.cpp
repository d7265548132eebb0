// Entropy of every head: how widely it spreads its attention, over the depth of the network.
#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_depth.h"
#include "core/analysis/tokens.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

const std::array<Option, 1>& options() {
  static const std::array<Option, 1> all{{{Option::Kind::choice, "head-entropy.keys", "Keys", 0, 1, 0, {"all tokens", "patches only"}}}};
  return all;
}

EntropyKeys keys_of(const FigureInput& in) { return option(in.selection, options()[0]) > 0.5f ? EntropyKeys::patches : EntropyKeys::all; }

bool ready(const FigureInput& in) { return in.trace.has(Slot::attn, 0); }

std::string_view share_words(const PatchGrid& grid) { return grid.only_class_token() ? "class token {0}" : "prefix tokens {0}"; }

using Heads = std::shared_ptr<const std::vector<HeadEntropy>>;

using AllBlocks = std::vector<std::vector<HeadEntropy>>;

bool all_there(const FigureInput& in) {
  for (int block = 0; block < in.config().depth; ++block)
    if (!in.trace.has(Slot::attn, block)) return false;
  return true;
}

/// Whether all blocks take longer than a frame.
bool heavy(const VitConfig& config) { return static_cast<double>(config.depth) * config.heads * config.tokens() * config.tokens() > 4e6; }

std::string key_of(const FigureInput& in) { return study_key("head entropy", in.trace.at(Slot::attn, in.config().depth - 1).id(), {static_cast<int>(keys_of(in))}); }

std::vector<Study> studies(const FigureInput& in) {
  if (!heavy(in.config()) || !all_there(in)) return {};
  return {study_of<AllBlocks>(key_of(in), "Entropy of the heads", [trace = std::make_shared<const Trace>(in.trace), keys = keys_of(in)](StudyContext& context) -> Result<std::optional<AllBlocks>> {
    AllBlocks all;
    for (int block = 0; block < trace->config().depth; ++block) {
      if (!context.go_on(block, trace->config().depth)) return std::optional<AllBlocks>();
      all.push_back(vitscope::head_entropy(trace->at(Slot::attn, block), trace->grid(), keys));
    }
    return std::optional<AllBlocks>(std::move(all));
  })};
}

/// Null where the block has not been computed.
Heads heads_of(const FigureInput& in, int block) {
  static Kept<std::tuple<std::uint64_t, EntropyKeys>, Heads, 256> kept;
  if (!in.trace.has(Slot::attn, block)) return nullptr;
  if (all_there(in))
    if (const auto all = found<AllBlocks>(in, key_of(in))) return {all, &(*all)[static_cast<std::size_t>(block)]};
  const Tensor& attn = in.trace.at(Slot::attn, block);
  const EntropyKeys keys = keys_of(in);
  return kept.get({attn.id(), keys}, [&] { return std::make_shared<const std::vector<HeadEntropy>>(vitscope::head_entropy(attn, in.grid(), keys)); });
}

double uniform_bits(const FigureInput& in) { return std::log2(static_cast<double>(keys_of(in) == EntropyKeys::all ? in.grid().tokens() : in.grid().patches())); }

double mean_of(const std::vector<HeadEntropy>& heads, double HeadEntropy::*field) {
  double sum = 0;
  for (const HeadEntropy& head : heads) sum += head.*field;
  return sum / static_cast<double>(heads.size());
}

void dots(Canvas& c, const FigureInput& in, const depth::Chart& chart, const std::vector<Heads>& blocks) {
  const auto& theme = c.theme();
  const float band = chart.band(0).width(), inner = 0.84f * band;
  const float pitch = inner / static_cast<float>(in.config().heads);
  float dot = std::clamp(0.55f * pitch, 0.3f * c.u(), 1.15f * c.u());
  const bool numbered = dot > 0.75f * c.u();
  if (!numbered) dot = std::min(dot, 0.5f * c.u());
  const draw::Style tiny{std::min(c.metrics().small, dot * 1.35f), draw::Face::medium};
  const auto* hovered = in.paper ? nullptr : std::get_if<draw::HeadTarget>(&in.selection.hovered);
  for (int block = 0; block < static_cast<int>(blocks.size()); ++block) {
    const Heads& heads = blocks[static_cast<std::size_t>(block)];
    if (!heads) continue;
    const float x0 = chart.x_of(block) - inner / 2, mean = chart.y_of(mean_of(*heads, &HeadEntropy::bits)), thick = std::max(2.0f, 0.35f * c.u());
    c.fill({x0, std::max(mean - thick / 2, chart.plot.y0), x0 + inner, std::min(mean + thick / 2, chart.plot.y1)}, theme.heads.faded(numbered ? 1.0f : 0.55f));
    const float step = (inner - 2 * dot) / static_cast<float>(std::max<std::size_t>(heads->size() - 1, 1));
    for (int head = 0; head < static_cast<int>(heads->size()); ++head) {
      const HeadEntropy& h = (*heads)[static_cast<std::size_t>(head)];
      const Vec at{heads->size() == 1 ? x0 + inner / 2 : x0 + dot + static_cast<float>(head) * step, chart.y_of(h.bits)};
      c.circle(at, dot + 1.5f * c.pixel(), theme.ground);
      c.circle(at, dot, theme.heads);
      if (numbered) c.text({at.x, at.y - Canvas::text_height(tiny) / 2}, std::to_string(head + 1), tiny, theme.ground, Align::centre);
      std::string tooltip = phrase(c, "block {0}, head {1}: {2} bits, as many as {3} keys alike", {std::to_string(block + 1), std::to_string(head + 1), draw::number(h.bits), draw::number(std::exp2(h.bits))});
      if (in.grid().prefix() > 0) tooltip += ", " + phrase(c, share_words(in.grid()), {draw::percent(h.prefix_share, 2)});
      c.tag({at.x - dot, at.y - dot, at.x + dot, at.y + dot}, draw::HeadTarget{block, head}, tooltip);
      if (!in.paper && block == in.block() && head == in.selection.head) {
        c.ring(at, dot + 2.5f, draw::kBlack, 1);
        c.ring(at, dot + 1.5f, theme.mark, 2);
      }
      if (hovered && hovered->block == block && hovered->head == head) {
        c.ring(at, dot + 2.5f, draw::kBlack, 1);
        c.ring(at, dot + 1.5f, draw::kWhite, 1.5f);
      }
    }
  }
}

/// What goes to the prefix tokens, in their colour below the axis.
void prefix_shares(Canvas& c, Rect line, const PatchGrid& grid, const depth::Chart& chart, const std::vector<Heads>& blocks) {
  const bool alone = grid.only_class_token();
  const draw::Color ink = token_color(c.theme(), 0, grid);
  const std::string_view full = c.tr(alone ? "to class token" : "to prefix tokens"), brief = c.tr(alone ? "% to class" : "% to prefix");
  const draw::Style small = c.metrics().small_style();
  const float room = chart.plot.x0 - line.x0 - 0.75f * c.u();
  const auto fits = [&](std::string_view text) { return c.text_width(text, small) <= room; };
  std::string_view label = full;
  float widest = 0;
  for (const Heads& heads : blocks)
    if (heads) widest = std::max(widest, c.text_width(draw::percent(mean_of(*heads, &HeadEntropy::prefix_share), 2), small));
  const bool bare = !fits(full) || widest + 0.5f * c.u() > chart.band(0).width();
  if (bare) label = fits(brief) ? brief : alone ? c.tr("% cls") : std::string_view("%");
  c.text({chart.plot.x0 - 0.75f * c.u(), line.y0}, label, small, ink, Align::right, room);
  float last = chart.plot.x0 - 0.25f * c.u();
  for (int block = 0; block < static_cast<int>(blocks.size()); ++block) {
    if (!blocks[static_cast<std::size_t>(block)]) continue;
    std::string text = draw::percent(mean_of(*blocks[static_cast<std::size_t>(block)], &HeadEntropy::prefix_share), 2);
    if (bare) text = text.substr(0, text.find(' '));
    const float x = chart.x_of(block), half = c.text_width(text, small) / 2;
    if (x - half < last || x + half > line.x1 + 0.5f) continue;
    c.text({x, line.y0}, text, small, ink, Align::centre);
    last = x + half + 0.75f * c.u();
  }
}

void words(Canvas& c, Rect r, const FigureInput& in, const std::vector<Heads>& blocks) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  heading(c, r, c.tr("One dot per head"));
  const auto entry = [&](std::string_view text, auto&& symbol) {
    const float height = c.paragraph_height(r.width() - 4.5f * u, text, small);
    if (height > r.height()) return;
    symbol(Vec{r.x0 + 1.75f * u, r.y0 + lh / 2});
    c.paragraph({r.x0 + 4.5f * u, r.y0, r.x1, r.y0 + height + 1}, text, small, theme.text1);
    r.cut_top(height + u);
  };
  entry(c.tr("entropy, mean over its queries"), [&](Vec at) { c.circle(at, 0.6f * u, theme.heads); });
  entry(c.tr("mean of the block"), [&](Vec at) { c.fill({at.x - 1.6f * u, at.y - 0.2f * u, at.x + 1.6f * u, at.y + 0.2f * u}, theme.heads); });
  entry(phrase(c, "uniform attention, **{0} bits**", {draw::number(uniform_bits(in))}), [&](Vec at) { c.dashes({at.x - 1.6f * u, at.y}, {at.x + 1.6f * u, at.y}, theme.text1, 1.5f); });
  const std::string_view reading = c.tr("High: the head mixes many tokens. Low: it picks a few; 1 bit is as much as two keys alike.");
  if (c.paragraph_height(r.width(), reading, small) <= r.height()) r.cut_top(c.paragraph(r, reading, small, theme.text2) + u);
  const int head = in.selection.head, block = in.block();
  if (in.paper || head < 0 || !blocks[static_cast<std::size_t>(block)] || r.height() < 3 * lh) return;
  const HeadEntropy& h = (*blocks[static_cast<std::size_t>(block)])[static_cast<std::size_t>(head)];
  c.text({r.x0, r.y0}, head_subject(c, in), c.metrics().small_medium(), theme.selection, Align::left, r.width());
  c.text({r.x0, r.y0 + lh}, phrase(c, "{0} of {1} bits", {draw::number(h.bits), draw::number(uniform_bits(in))}), small, theme.text1, Align::left, r.width());
  if (in.grid().prefix() > 0) c.text({r.x0, r.y0 + 2 * lh}, phrase(c, share_words(in.grid()), {draw::percent(h.prefix_share, 2)}), small, token_color(theme, 0, in.grid()), Align::left, r.width());
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), lh = line_height(c);
  const bool beside = r.width() > 80 * u;
  const Rect side = beside ? r.cut_right(std::clamp(0.18f * r.width(), 21 * u, 27 * u)) : r.cut_bottom(std::min(15 * u, 0.3f * r.height()));
  if (beside) r.cut_right(4 * u);
  std::vector<Heads> blocks;
  for (int block = 0; block < in.config().depth; ++block) blocks.push_back(heads_of(in, block));
  const Rect shares = in.grid().prefix() > 0 ? r.cut_bottom(lh + 0.25f * u) : Rect{};
  const double uniform = uniform_bits(in);
  depth::ChartStyle style;
  style.positions = in.config().depth;
  style.embedding = false;
  style.lo = 0;
  style.hi = std::max(0.5, uniform * 1.06);
  style.title = c.tr("entropy of the attention (bits)");
  style.short_title = c.tr("bits");
  style.chosen = in.paper ? -1 : in.block();
  style.left = std::max(depth::left_room(c, style, r.height()), std::min(c.text_width(c.tr(in.grid().only_class_token() ? "to class token" : "to prefix tokens"), c.metrics().small_style()) + u, 14 * u));
  const depth::Chart chart = depth::chart(c, r, style);
  c.dashes({chart.plot.x0, chart.y_of(uniform)}, {chart.plot.x1, chart.y_of(uniform)}, c.theme().text1, 1.5f, 8, 5);
  dots(c, in, chart, blocks);
  if (shares.height() > 0) prefix_shares(c, shares, in.grid(), chart, blocks);
  words(c, side, in, blocks);
}

std::string subject(const Canvas& c, const FigureInput& in) { return phrase(c, "{0} blocks × {1} heads, one picture", {std::to_string(in.config().depth), std::to_string(in.config().heads)}); }

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text(c.tr("Entropy −Σ p log₂ p of the attention of one query, in bits, averaged over the queries of one picture."));
  text += " ";
  text += keys_of(in) == EntropyKeys::all
              ? phrase(c, "All {0} tokens are queries and keys; the dashed line is log₂ {0}, which uniform attention would give.", {std::to_string(in.grid().tokens())})
              : phrase(c, "Prefix tokens are left out as queries and keys and the rows renormalised; the dashed line is log₂ {0}, which uniform attention over the patches would give.",
                       {std::to_string(in.grid().patches())});
  if (in.grid().prefix() > 0) text += " " + std::string(c.tr(in.grid().only_class_token() ? "Below in red: the mean share of the patches' attention that goes to the class token."
                                                                                         : "Below the axis: the mean share of the patches' attention that goes to prefix tokens."));
  return text;
}

Table data(const FigureInput& in) {
  TableColumn block_column{"block", {}}, head_column{"head", {}}, bits{"entropy_bits", {}}, prefix{"class_token_share", {}}, uniform{"uniform_bits", {}};
  for (int block = 0; block < in.config().depth; ++block) {
    const Heads heads = heads_of(in, block);
    if (!heads) continue;
    for (std::size_t head = 0; head < heads->size(); ++head) {
      block_column.values.push_back(block);
      head_column.values.push_back(static_cast<double>(head));
      bits.values.push_back((*heads)[head].bits);
      prefix.values.push_back((*heads)[head].prefix_share);
      uniform.values.push_back(uniform_bits(in));
    }
  }
  Table table;
  table.columns = {block_column, head_column, bits, prefix, uniform};
  return table;
}

}  // namespace

const Figure& head_entropy() {
  static const Figure figure{"head-entropy", "Entropy of the heads", "softmax", {1340, 680}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
