// DropPos: most patches are dropped, most of the others lose their position; where does a decoder believe that they lie?
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"
#include "app/figures/prefix_words.h"
#include "core/analysis/drop_pos.h"

namespace vitscope::figures {

namespace {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;
using draw::Vec;
using State = DropPosState;

const Option kOptions[] = {{Option::Kind::slider, "drop-pos.patches", "Patches dropped", 0, 0.95f, 0.75f, {}},
                           {Option::Kind::slider, "drop-pos.positions", "Positions dropped", 0, 1, 0.75f, {}},
                           {Option::Kind::choice, "drop-pos.seed", "Seed", 0, 3, 0, {"1", "2", "3", "4"}},
                           {Option::Kind::choice, "drop-pos.decoder", "Untrained decoder", 0, 2, 0, {"2 blocks", "8 blocks", "no blocks"}}};
constexpr int kBlocks[] = {kDropPosBlocks, kDropPosBlocksRecommended, 0};

int percent_of(const FigureInput& in, std::size_t i) { return static_cast<int>(std::lround(std::clamp(option(in.selection, kOptions[i]), kOptions[i].lo, kOptions[i].hi) * 100)); }

DropPosOptions chosen_options(const FigureInput& in) { return {percent_of(in, 0) / 100.0, percent_of(in, 1) / 100.0, choice(in.selection, kOptions[2]) + 1, kBlocks[choice(in.selection, kOptions[3])]}; }

bool ready(const FigureInput& in) { return in.trace.complete() && in.grid().patches() > 1 && has_position_table(in.trace.model()); }

std::string key_of(const FigureInput& in) {
  return study_key("drop-pos", in.trace.at(Slot::logits).id(), {percent_of(in, 0), percent_of(in, 1), static_cast<std::int64_t>(chosen_options(in).seed), chosen_options(in).blocks});
}

std::vector<Study> studies(const FigureInput& in) {
  return {study_of<DropPos>(key_of(in), "DropPos", [trace = std::make_shared<const Trace>(in.trace), o = chosen_options(in)](StudyContext& context) -> Result<std::optional<DropPos>> {
    return drop_pos(*trace, o, context);
  })};
}

/// What the figure is drawn from: the run's picture, the result, and where the patches lie.
struct Page {
  const FigureInput& in;
  const DropPos& found;
  State state(int patch) const { return found.states[static_cast<std::size_t>(patch)]; }
  int guess(int patch) const { return found.guesses.cells[static_cast<std::size_t>(patch)]; }
  int count(State state) const { return count_of(found.states, state); }
};

Color color_of(const Canvas& c, State state) { return state == State::placed ? c.theme().selection : state == State::unplaced ? c.theme().hidden : c.theme().text3; }

/// A frame of two points that lies inside the cell.
void frame(Canvas& c, Rect cell, Color color) {
  const float width = std::clamp(cell.width() / 16, c.pixel(), 2.0f);
  c.outline(cell.inset(width / 2), color, width);
}

void state_cell(Canvas& c, Rect cell, State state) {
  const auto style = c.metrics().small_medium();
  if (state == State::dropped) {
    c.fill(cell, c.theme().ground.faded(0.93f));
    c.outline(cell, c.theme().hairline, c.pixel());
    return;
  }
  if (state == State::unplaced) c.fill(cell, color_of(c, state).faded(0.35f));
  frame(c, cell, color_of(c, state));
  const float lh = stream::line_height(c);
  if (state != State::unplaced || cell.width() < 1.2f * lh || cell.height() < 1.1f * lh) return;
  c.fill({cell.centre().x - 0.5f * lh, cell.centre().y - 0.5f * lh, cell.centre().x + 0.5f * lh, cell.centre().y + 0.5f * lh}, draw::kBlack.faded(0.55f), 0.5f * lh);
  c.text({cell.centre().x, cell.centre().y - lh / 2}, "?", style, draw::kWhite, Align::centre);
}

std::string words(const Canvas& c, const Page& page, int patch) {
  switch (page.state(patch)) {
    case State::dropped: return stream::phrase(c, "patch {0}: dropped", {std::to_string(patch)});
    case State::unplaced: return stream::phrase(c, "patch {0}: seen without position, taken for {1}", {std::to_string(patch), std::to_string(page.guess(patch))});
    case State::placed: return stream::phrase(c, "patch {0}: seen with position, taken for {1}", {std::to_string(patch), std::to_string(page.guess(patch))});
  }
  return {};
}

/// The picture with something drawn in each of its cells; returns where it lies.
template <class Cell>
Rect picture(Canvas& c, Rect r, const Page& page, const Cell& cell) {
  const PatchGrid& grid = page.in.grid();
  const Rect place = attention::snug(r, page.in.trace);
  const draw::PhotoView view = draw::photo(c, place, page.in.trace);
  const auto where = [&](int patch) { return view.of_model(grid.pixels(patch)); };
  c.push_clip(place);
  cell(where);
  c.pop_clip();
  for (int patch = 0; patch < grid.patches(); ++patch) c.tag(where(patch), draw::TokenTarget{grid.token_of(patch)}, words(c, page, patch));
  const auto inside = [&](Rect one) {
    const Rect inner = place.inset(3);
    return Rect{std::max(one.x0, inner.x0), std::max(one.y0, inner.y0), std::min(one.x1, inner.x1), std::min(one.y1, inner.y1)};
  };
  if (page.in.paper) return place;
  c.pinned(inside(where(embed::chosen_patch(page.in))));
  if (const int hovered = embed::hovered_patch(page.in); hovered >= 0) c.hovered(inside(where(hovered)));
  return place;
}

struct Entry {
  State state;
  std::string text;
};
std::vector<Entry> legend(const Canvas& c, const Page& page) {
  return {{State::dropped, stream::phrase(c, "**{0}** dropped: not in the sequence", {std::to_string(page.count(State::dropped))})},
          {State::unplaced, stream::phrase(c, "**{0}** seen without position: one shared vector", {std::to_string(page.count(State::unplaced))})},
          {State::placed, stream::phrase(c, "**{0}** seen with their position", {std::to_string(page.count(State::placed))})}};
}

std::vector<std::string> answer(const Canvas& c, const Page& page) {
  const DropPosGuesses& g = page.found.guesses;
  const int cells = page.in.grid().patches();
  std::vector<std::string> lines;
  if (const auto accuracy = g.accuracy())
    lines.push_back(stream::phrase(c, "Accuracy **{0}**: {1} of {2} without position are put where they lie. Chance: 1/{3} = **{4}**.",
                                   {draw::percent(*accuracy), std::to_string(g.right), std::to_string(g.asked), std::to_string(cells), draw::percent(1.0 / cells)}));
  else lines.push_back(stream::phrase(c, "Every patch that is seen has its position: nothing is asked. Chance would be 1/{0} = **{1}**.", {std::to_string(cells), draw::percent(1.0 / cells)}));
  const DropPos& found = page.found;
  const std::string dim = std::to_string(page.in.config().dim), width = std::to_string(found.width);
  if (found.blocks > 0)
    lines.push_back(stream::phrase(c, found.own_decoder ? "The checkpoint's own decoder: {0} → {1}, {2} blocks of {3} heads, norm, {1} → {4} cells." : "Decoder: {0} → {1}, {2} blocks of {3} heads, norm, {1} → {4} cells.",
                                   {dim, width, std::to_string(found.blocks), std::to_string(found.heads), std::to_string(cells)}));
  else
    lines.push_back(stream::phrase(c, found.own_decoder ? "The checkpoint's own decoder: {0} → {1}, no blocks, norm, {1} → {2} cells." : "Decoder: {0} → {1}, no blocks, norm, {1} → {2} cells.", {dim, width, std::to_string(cells)}));
  if (found.own_decoder) return lines;
  if (found.mean_accuracy)
    lines.push_back(stream::phrase(c, "It is untrained: what it hits is luck. Over {0} others the accuracy is **{1}**, against 1/{2} = {3} by chance.",
                                   {std::to_string(found.decoders), draw::percent(*found.mean_accuracy), std::to_string(cells), draw::percent(1.0 / cells)}));
  else lines.emplace_back(c.tr("It is untrained: it can only be at chance."));
  return lines;
}

float legend_line(const Canvas& c) { return stream::line_height(c) + 0.75f * c.u(); }

float answer_height(const Canvas& c, const Page& page, float width) {
  float height = 0;
  for (const std::string& line : answer(c, page)) height += c.paragraph_height(width, line, c.metrics().small_style()) + 0.5f * c.u();
  return height;
}

void masks_panel(Canvas& c, Rect r, const Page& page, float below) {
  const float u = c.u(), lh = stream::line_height(c);
  stream::heading(c, r, c.tr("Three states of a patch"), stream::phrase(c, "{0} of {1} seen", {std::to_string(page.count(State::unplaced) + page.count(State::placed)), std::to_string(page.in.grid().patches())}));
  const Rect place = picture(c, {r.x0, r.y0, r.x1, r.y1 - below - u}, page, [&](const auto& where) {
    for (int patch = 0; patch < page.in.grid().patches(); ++patch) state_cell(c, where(patch), page.state(patch));
  });
  float y = place.y1 + u;
  for (const Entry& entry : legend(c, page)) {
    if (y + lh > r.y1 + 1) break;
    const Rect chip{r.x0, y, r.x0 + lh, y + lh};
    c.fill(chip, entry.state == State::unplaced ? color_of(c, entry.state).faded(0.35f) : c.theme().panel);
    if (entry.state == State::dropped) c.outline(chip, c.theme().tick, c.pixel());
    else frame(c, chip, color_of(c, entry.state));
    const Rect text{chip.x1 + u, y, r.x1, r.y1};
    if (c.paragraph_height(text.width(), entry.text, c.metrics().small_style()) < 2 * lh) c.paragraph({text.x0, y - 0.15f * lh, text.x1, text.y1 + lh}, entry.text, c.metrics().small_style(), c.theme().text1);
    else c.text({text.x0, y}, std::to_string(page.count(entry.state)), c.metrics().small_medium(), c.theme().text1);
    y += legend_line(c);
  }
}

/// From where a patch lies to where it is believed to lie; a ring where both are the same.
void arrow(Canvas& c, Rect from, Rect to, Color color, float width) {
  const Vec a = from.centre(), b = to.centre();
  const float size = std::clamp(0.28f * std::min(from.width(), from.height()), 2.5f, 0.9f * c.u());
  const float dx = b.x - a.x, dy = b.y - a.y, length = std::sqrt(dx * dx + dy * dy);
  if (length < 0.5f) return c.ring(a, 1.6f * size, stream::positive_color(), 2 * width);
  const float ux = dx / length, uy = dy / length;
  const Vec foot{b.x - 1.6f * size * ux, b.y - 1.6f * size * uy};
  c.circle(a, 0.45f * size, color);
  c.line(a, foot, color, width);
  const Vec head[] = {{foot.x - 0.7f * size * uy, foot.y + 0.7f * size * ux}, b, {foot.x + 0.7f * size * uy, foot.y - 0.7f * size * ux}};
  c.polygon(head, color);
}

void guesses_panel(Canvas& c, Rect r, const Page& page, float below) {
  const float u = c.u();
  stream::heading(c, r, c.tr("From the true to the predicted cell"), stream::phrase(c, "{0} arrows", {std::to_string(page.found.guesses.asked)}));
  const PatchGrid& grid = page.in.grid();
  const int chosen = embed::chosen_patch(page.in), hovered = embed::hovered_patch(page.in), shown = hovered >= 0 ? hovered : chosen;
  const Rect place = picture(c, {r.x0, r.y0, r.x1, r.y1 - below - u}, page, [&](const auto& where) {
    for (int patch = 0; patch < grid.patches(); ++patch) {
      c.fill(where(patch), c.theme().ground.faded(page.state(patch) == State::dropped ? 0.93f : 0.5f));
      c.outline(where(patch), c.theme().hairline, c.pixel());
    }
    for (int patch = 0; patch < grid.patches(); ++patch)
      if (page.state(patch) == State::unplaced) frame(c, where(patch), color_of(c, State::unplaced).faded(0.7f));
    for (int patch = 0; patch < grid.patches(); ++patch)
      if (page.state(patch) == State::unplaced) arrow(c, where(patch), where(page.guess(patch)), c.theme().text1.faded(0.75f), 1);
    if (!page.in.paper && page.state(shown) != State::dropped) arrow(c, where(shown), where(page.guess(shown)), c.theme().selection, 2.5f);
  });
  r.y0 = place.y1 + u;
  for (const std::string& line : answer(c, page)) {
    const float height = c.paragraph_height(r.width(), line, c.metrics().small_style());
    if (height > r.height() + 2) break;
    c.paragraph({r.x0, r.y0, r.x1, r.y0 + height + 1}, line, c.metrics().small_style(), c.theme().text1);
    r.y0 += height + 0.5f * u;
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto result = found<DropPos>(in, key_of(in));
  if (!result) return draw_missing(c, r);
  const Page page{in, *result};
  const float u = c.u();
  Rect left, right = r;
  if (r.height() > 1.2f * r.width()) {
    left = right.cut_top(0.5f * r.height() - u);
    right.cut_top(2 * u);
    masks_panel(c, left, page, 3 * legend_line(c));
    guesses_panel(c, right, page, answer_height(c, page, right.width()));
    return;
  }
  left = right.cut_left(0.5f * r.width() - 2 * u);
  right.cut_left(4 * u);
  // Both pictures are equally large, and no wider a gap than needed lies between them.
  const float below = std::max(3 * legend_line(c), answer_height(c, page, right.width()));
  const Rect snug = attention::snug({left.x0, left.y0 + stream::heading_height(c), left.x1, left.y1 - below - u}, in.trace);
  const float width = std::min(left.width(), std::max(snug.width(), 46 * u));
  masks_panel(c, {left.x0, left.y0, left.x0 + width, left.y1}, page, below);
  const float start = left.x0 + width + 4 * u;
  guesses_panel(c, {start, right.y0, std::min(r.x1, start + right.width()), right.y1}, page, below);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  return stream::phrase(c, "{0} of the patches, {1} of the positions dropped, seed {2}", {draw::percent(percent_of(in, 0) / 100.0), draw::percent(percent_of(in, 1) / 100.0), std::to_string(chosen_options(in).seed)}) + "; " +
         (has_drop_pos_decoder(in.trace.model()) ? std::string(c.tr("the checkpoint's own decoder"))
          : chosen_options(in).blocks == 0       ? std::string(c.tr("untrained decoder without blocks"))
                                                 : stream::phrase(c, "untrained decoder of {0} blocks", {std::to_string(chosen_options(in).blocks)}));
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text = stream::phrase(c,
                                    "DropPos (Wang et al. 2023) drops patches, takes the position from most of the others and trains the encoder to tell which of the {0} cells they lie in.",
                                    {std::to_string(in.grid().patches())});
  if (in.grid().prefix() > 0) text += " " + std::string(by_prefix(c, in.config(), {}, "The class token keeps its own position.", "The prefix tokens keep their own positions."));
  text += " " + std::string(c.tr("Shown is one forward pass on the seen patches, with the model's own table of positions, and a decoder that adds none: a linear layer, pre-norm blocks, a norm and a linear layer to the cells."));
  text += " " + std::string(c.tr("The authors publish it 512 wide with 2 blocks of 16 heads and recommend 8; trained, it learns where parts of things lie."));
  text += " " + std::string(c.tr("Accuracy is the share of patches without position whose largest logit is that of their own cell."));
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  const auto result = found<DropPos>(in, key_of(in));
  if (!result) return table;
  TableColumn patch{"patch", {}}, row{"row", {}}, column{"column", {}}, seen{"seen", {}}, position{"has_position", {}}, cell{"predicted_patch", {}}, weight{"loss_weight", result->loss_weights};
  for (int p = 0; p < in.grid().patches(); ++p) {
    const State state = result->states[static_cast<std::size_t>(p)];
    patch.values.push_back(p);
    row.values.push_back(in.grid().row(p));
    column.values.push_back(in.grid().column(p));
    seen.values.push_back(state != State::dropped);
    position.values.push_back(state == State::placed);
    cell.values.push_back(result->guesses.cells[static_cast<std::size_t>(p)]);
  }
  table.columns = {patch, row, column, seen, position, cell};
  if (!weight.values.empty()) table.columns.push_back(weight);
  table.tensors = {{"tokens", result->tokens}, {"logits", result->logits}};
  return table;
}

}  // namespace

const Figure& drop_pos_figure() {
  static const Figure figure{"drop-pos", "DropPos", "position", {1340, 800}, ready, draw_figure, subject, caption, data, kOptions, studies};
  return figure;
}

}  // namespace vitscope::figures
