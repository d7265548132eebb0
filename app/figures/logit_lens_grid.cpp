// Logit lens of the patches: which class each patch alone would answer after a block, and where the chosen class shows.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_depth.h"
#include "app/figures/parts_tokens.h"
#include "core/analysis/lens.h"
#include "core/analysis/tokens.h"

namespace vitscope::figures {

namespace {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

const std::array<Option, 4>& options() {
  static const std::array<Option, 4> all{{
      {Option::Kind::choice, "logit-lens.norm", "Final norm", 0, 1, 0, {"with", "without"}},
      {Option::Kind::choice, "logit-lens-grid.small", "Small maps", 0, 1, 0, {"best class", "probability"}},
      tokens::opacity_option(),
      class_option(),
  }};
  return all;
}

LensNorm norm_of(const FigureInput& in) { return option(in.selection, options()[0]) > 0.5f ? LensNorm::without : LensNorm::with_norm; }
bool small_shares(const FigureInput& in) { return option(in.selection, options()[1]) > 0.5f; }

bool ready(const FigureInput& in) { return in.trace.complete() && tokens::outputs_ready(in) && in.config().classes > 1; }

using AllPositions = std::vector<TokenLens>;

std::string key_of(const FigureInput& in) { return study_key("token lens", tokens::run_id(in.trace), {static_cast<int>(norm_of(in))}); }

/// All positions together take longer than a frame where there are many classes or tokens; then they are computed beforehand.
std::vector<Study> studies(const FigureInput& in) {
  constexpr double kQuick = 3e8;  // multiplications
  const VitConfig& config = in.config();
  if (static_cast<double>(token_positions(in.trace)) * config.tokens() * config.dim * config.classes < kQuick) return {};
  return {study_of<AllPositions>(key_of(in), "Logit lens of the patches", [trace = std::make_shared<const Trace>(in.trace), norm = norm_of(in)](StudyContext& context) -> Result<std::optional<AllPositions>> {
    AllPositions all;
    for (int position = 0, count = token_positions(*trace); position < count; ++position) {
      if (!context.go_on(position, count)) return std::optional<AllPositions>();
      all.push_back(token_lens(*trace, context.pool, position, norm));
    }
    return std::optional<AllPositions>(std::move(all));
  })};
}

std::shared_ptr<const TokenLens> lens_at(const FigureInput& in, int position) {
  static Kept<std::tuple<std::uint64_t, LensNorm>, std::shared_ptr<const TokenLens>, 128> kept;
  const LensNorm norm = norm_of(in);
  if (const auto all = found<AllPositions>(in, key_of(in))) return {all, &(*all)[static_cast<std::size_t>(position)]};
  return kept.get({in.trace.stream_before(position).id(), norm}, [&] {
    ThreadPool pool(1);
    return std::make_shared<const TokenLens>(token_lens(in.trace, pool, position, norm));
  });
}

/// Probability of a class for every token, [1, T].
Tensor shares_at(const FigureInput& in, int position, int k) {
  static Kept<std::tuple<std::uint64_t, LensNorm, int>, Tensor, 256> kept;
  const LensNorm norm = norm_of(in);
  return kept.get({in.trace.stream_before(position).id(), norm, k}, [&] {
    ThreadPool pool(1);
    const std::vector<float> shares = class_shares(in.trace, pool, position, norm, *lens_at(in, position), k);
    return Tensor({1, static_cast<int>(shares.size())}, shares);
  });
}

/// Colours of the classes that are named: the chosen one in the class token's colour, then the most frequent ones; grey for the rest. No hue is close to the selection's.
constexpr draw::Color kHues[] = {draw::hex(0x3B8FD9), draw::hex(0xE8A33A), draw::hex(0x35A67C), draw::hex(0xEFE15A), draw::hex(0x8F7BE8), draw::hex(0x59C7E3)};
constexpr draw::Color kRest = draw::hex(0x8B8F96);

struct Palette {
  std::vector<std::pair<int, draw::Color>> named;  ///< chosen class first
  draw::Color of(int k) const {
    for (const auto& [cls, color] : named)
      if (cls == k) return color;
    return kRest;
  }
};

/// The same for all blocks, so that the small maps can be compared: classes by the number of patches over all of them.
Palette palette_of(const Canvas& c, const FigureInput& in, int k) {
  std::map<int, int> count;
  for (int position = 1; position < token_positions(in.trace); ++position) {
    const auto lens = lens_at(in, position);
    for (int patch = 0; patch < in.grid().patches(); ++patch) ++count[lens->top[static_cast<std::size_t>(in.grid().token_of(patch))]];
  }
  std::vector<std::pair<int, int>> order(count.begin(), count.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  Palette palette{{{k, c.theme().class_token}}};
  for (const auto& [cls, patches] : order)
    if (cls != k && palette.named.size() <= std::size(kHues)) palette.named.push_back({cls, kHues[palette.named.size() - 1]});
  return palette;
}

std::shared_ptr<const Image> top_image(const FigureInput& in, int position, const Palette& palette) {
  std::vector<Rgb> colors;
  std::vector<int> key{position};
  const auto lens = lens_at(in, position);
  for (int patch = 0; patch < in.grid().patches(); ++patch) {
    const draw::Color color = palette.of(lens->top[static_cast<std::size_t>(in.grid().token_of(patch))]);
    colors.push_back({color.r, color.g, color.b});
    key.push_back((color.r << 16) | (color.g << 8) | color.b);
  }
  // The same colours keep the same picture, so that its texture is used again.
  static Kept<std::vector<int>, std::shared_ptr<const Image>, 96> kept;
  key.push_back(in.grid().columns());
  return kept.get(key, [&] { return tokens::image_of(colors, in.grid()); });
}

std::string tooltip_of(const Canvas& c, const FigureInput& in, int position, int token, int k) {
  const auto lens = lens_at(in, position);
  const auto at = static_cast<std::size_t>(token);
  const auto& model = in.trace.model();
  std::string text = tokens::token_words(c, token, in.grid()) + ": " + model.label(lens->top[at]) + " " + draw::percent(static_cast<double>(lens->share[at]));
  if (lens->top[at] != k) text += ", " + model.label(k) + " " + draw::percent(static_cast<double>(shares_at(in, position, k).at(0, token)));
  return text;
}

/// Names inside the cells where they are large enough.
void names(Canvas& c, Rect picture, const FigureInput& in, int position) {
  const draw::Style small = c.metrics().small_style();
  const Rect first = tokens::patch_in(picture, in, 0);
  if (first.width() < 5.5f * c.u() || first.height() < line_height(c) + 2) return;
  const auto lens = lens_at(in, position);
  for (int patch = 0; patch < in.grid().patches(); ++patch) {
    const Rect cell = tokens::patch_in(picture, in, patch);
    const int top = lens->top[static_cast<std::size_t>(in.grid().token_of(patch))];
    c.text({cell.centre().x, cell.centre().y - line_height(c) / 2}, in.trace.model().label(top), small, draw::hex(0x12161B), Align::centre, cell.width() - 4);
  }
}

/// Room below both pictures, so that they are of one size: two lines of classes, or a bar.
float below_picture(const Canvas& c) { return std::max(2 * line_height(c) + 1.5f * c.u(), lying_bar_height(c) + c.u()); }

/// Heading, picture, and room below; returns where the picture lies.
Rect best_panel(Canvas& c, Rect r, const FigureInput& in, int k, const Palette& palette) {
  const int position = tokens::position_of(in);
  heading(c, r, phrase(c, "What each patch alone would answer after block {0}", {std::to_string(position)}));
  tokens::Cells cells;
  cells.image = top_image(in, position, palette);
  cells.opacity = tokens::opacity(in);
  cells.pinned = chosen_token(in);
  cells.hovered = hovered_token(in);
  cells.tooltip = [&](int token) { return tooltip_of(c, in, position, token, k); };
  r.y1 -= below_picture(c);
  const Rect place = tokens::over_picture(c, r, in, cells);
  if (cells.opacity > 0.55f) names(c, place, in, position);
  return place;
}

Rect share_panel(Canvas& c, Rect r, const FigureInput& in, int k) {
  const int position = tokens::position_of(in);
  heading(c, r, phrase(c, "Probability of {0} in each patch", {in.trace.model().label(k)}), {}, c.theme().class_token);
  Rect room = r;
  room.y1 -= below_picture(c);
  const Tensor shares = shares_at(in, position, k);
  tokens::Cells cells;
  cells.heat = tokens::on_grid(shares, 0, in.grid());
  cells.style.span = {0, std::max(draw::range_of(cells.heat).hi, 1e-6f)};
  cells.opacity = tokens::opacity(in);
  cells.pinned = chosen_token(in);
  cells.hovered = hovered_token(in);
  cells.tooltip = [&](int token) { return tooltip_of(c, in, position, token, k); };
  const Rect place = tokens::over_picture(c, room, in, cells);
  lying_bar(c, {r.x0, place.y1 + c.u(), r.x1, r.y1}, cells.style, c.tr("probability"), true);
  return {place.x0, place.y0, place.x1, place.y1 + c.u() + lying_bar_height(c)};
}

/// Classes by their colours, with the number of patches of this block; as many lines as fit.
void legend(Canvas& c, Rect r, const FigureInput& in, const Palette& palette) {
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style();
  const auto lens = lens_at(in, tokens::position_of(in));
  std::map<int, int> count;
  for (int patch = 0; patch < in.grid().patches(); ++patch) ++count[lens->top[static_cast<std::size_t>(in.grid().token_of(patch))]];
  int rest = in.grid().patches();
  float x = r.x0, y = r.y0;
  const auto entry = [&](std::string_view name, int patches, draw::Color color, const draw::Target& target) {
    const std::string text = std::string(name) + (patches > 0 ? " " + std::to_string(patches) : std::string());
    const float width = std::min(1.9f * u + c.text_width(text, small), r.width());
    if (x + width > r.x1 + 0.5f) x = r.x0, y += lh + 0.25f * u;
    if (y + lh > r.y1 + 0.5f) return;
    c.fill({x, y + lh / 2 - 0.6f * u, x + 1.2f * u, y + lh / 2 + 0.6f * u}, color);
    c.text({x + 1.9f * u, y}, text, small, c.theme().text2, Align::left, width - 1.9f * u + 0.5f);
    if (!std::holds_alternative<std::monostate>(target)) c.tag({x, y, x + width, y + lh}, target);
    x += width + 1.75f * u;
  };
  for (const auto& [cls, color] : palette.named) {
    entry(in.trace.model().label(cls), count[cls], color, draw::CellTarget{{{Slot::logits, -1}, cls}});
    rest -= count[cls];
  }
  if (rest > 0) entry(c.tr("other classes"), rest, kRest, {});
}

/// One small map for the embedding and for each block; a click opens the block.
void small_maps(Canvas& c, Rect r, const FigureInput& in, int k, const Palette& palette) {
  const float u = c.u(), lh = line_height(c);
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const int positions = token_positions(in.trace);
  const bool shares = small_shares(in);
  const float aspect = static_cast<float>(in.config().image_width) / static_cast<float>(in.config().image_height), gap = 0.8f * u;
  draw::HeatStyle heat;
  if (shares) {
    float most = 1e-6f;
    for (int position = 0; position < positions; ++position) most = std::max(most, draw::range_of(tokens::on_grid(shares_at(in, position, k), 0, in.grid())).hi);
    heat.span = {0, most};
  }
  heading(c, r, shares ? phrase(c, "Probability of {0} after every block", {in.trace.model().label(k)}) : std::string(c.tr("Best class after every block")),
          shares ? phrase(c, "one scale from 0 to {0}", {draw::percent(static_cast<double>(heat.span.hi))}) : std::string(c.tr("colours as above")));
  int columns = 1;
  float width = 0;
  for (int n = 1; n <= positions; ++n) {
    const int lines = (positions + n - 1) / n;
    const float size = std::min({(r.width() - static_cast<float>(n - 1) * gap) / static_cast<float>(n), (r.height() / static_cast<float>(lines) - gap - lh) * aspect, 18 * u});
    if (size > width) width = size, columns = n;
  }
  const float height = width / aspect;
  if (width < 1.5f * u || height < 4) return;
  for (int position = 0; position < positions; ++position) {
    const Rect box = draw::rect_at({r.x0 + static_cast<float>(position % columns) * (width + gap), r.y0 + static_cast<float>(position / columns) * (height + gap + lh)}, width, height + lh);
    const Rect cells{box.x0, box.y0 + lh, box.x1, box.y1};
    const bool open = position == tokens::position_of(in);
    const std::string name = position == 0 ? std::string(c.tr("emb.")) : std::to_string(position);
    if (c.text_width(name, medium) <= width + gap / 2) c.text({box.x0, box.y0}, name, open ? medium : small, open ? c.theme().selection : c.theme().block);
    tokens::Cells map;
    if (shares) {
      map.heat = tokens::on_grid(shares_at(in, position, k), 0, in.grid());
      map.style = heat;
    } else {
      map.image = top_image(in, position, palette);
    }
    tokens::thumbnail(c, cells, in, map);
    const auto lens = lens_at(in, position);
    const auto chosen = std::count(lens->top.begin() + in.grid().prefix(), lens->top.end(), k);
    const draw::Target target = depth::target_of(in.config(), position, true);
    c.tag(cells, target, capitalised(depth::position_name(c, position)) + ": " + phrase(c, "{0} is the best class of {1} of {2} patches", {in.trace.model().label(k), std::to_string(chosen), std::to_string(in.grid().patches())}));
    if (open) c.outline(cells.inset(-1), c.theme().mark, 2);
    if (!in.paper && !std::holds_alternative<std::monostate>(target) && target == in.selection.hovered) c.hovered(cells);
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const int k = chosen_class(in);
  const Palette palette = palette_of(c, in, k);
  const float under = below_picture(c);
  const auto keys = [&](Rect picture, Rect room) { legend(c, {room.x0, picture.y1 + u, room.x1, picture.y1 + under}, in, palette); };
  if (r.height() > 1.05f * r.width()) {
    const Rect first = r.cut_top(0.4f * r.height());
    const Rect best = best_panel(c, first, in, k, palette);
    keys(best, first);
    r.y0 = std::min(r.y0, best.y1 + under + 2 * u);
    const Rect used = share_panel(c, r.cut_top(0.6f * r.height()), in, k);
    r.y0 = std::min(r.y0, used.y1);
    r.cut_top(2 * u);
    return small_maps(c, r, in, k, palette);
  }
  Rect below = r.cut_bottom(std::clamp(0.28f * r.height(), 11 * u, 26 * u));
  r.cut_bottom(1.5f * u);
  const Rect left = r.cut_left((r.width() - 4 * u) / 2);
  r.cut_left(4 * u);
  const Rect best = best_panel(c, left, in, k, palette);
  r.x0 = std::min(r.x0, std::max(best.x1, left.x0 + 36 * u) + 4 * u);
  keys(best, {left.x0, left.y0, r.x0 - 3 * u, left.y1});
  r.x1 = std::min(r.x1, r.x0 + left.width());
  const Rect used = share_panel(c, r, in, k);
  below.y0 = std::min(below.y0, std::max(used.y1, best.y1 + under) + 2 * u);
  small_maps(c, below, in, k, palette);
}

std::string subject(const Canvas& c, const FigureInput& in) { return block_subject(c, in) + (in.trace.complete() ? ", " + in.trace.model().label(chosen_class(in)) : std::string()); }

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text = norm_of(in) == LensNorm::with_norm
                         ? phrase(c, "Logit lens of the patches: each patch row after block {0} is read as if it were the row of the answer behind the last block, softmax of head(LN(x)) with the model's final LayerNorm.", {std::to_string(in.block() + 1)})
                         : phrase(c, "Logit lens of the patches without the final norm: softmax of head(x) for each patch row x after block {0} as it is.", {std::to_string(in.block() + 1)});
  text += " ";
  text += c.tr("The head never saw a patch in training, so this is a comparison with the class directions, not an answer of the model (Vilas et al. 2023).");
  return text;
}

Table data(const FigureInput& in) {
  const int k = chosen_class(in), position = tokens::position_of(in);
  const auto lens = lens_at(in, position);
  const Tensor shares = shares_at(in, position, k);
  Table table;
  for (const char* name : {"token", "patch", "best_class", "best_probability", "chosen_class", "chosen_probability"}) table.columns.push_back({name, {}});
  for (int token = 0; token < in.config().tokens(); ++token) {
    const auto at = static_cast<std::size_t>(token);
    const double values[] = {static_cast<double>(token), static_cast<double>(in.grid().patch_of(token)), static_cast<double>(lens->top[at]), static_cast<double>(lens->share[at]), static_cast<double>(k),
                             static_cast<double>(shares.at(0, token))};
    for (std::size_t i = 0; i < table.columns.size(); ++i) table.columns[i].values.push_back(values[i]);
  }
  const int positions = token_positions(in.trace);
  Tensor best({positions, in.config().tokens()}), probability({positions, in.config().tokens()});
  for (int p = 0; p < positions; ++p) {
    const auto at = lens_at(in, p);
    const Tensor row = shares_at(in, p, k);
    for (int token = 0; token < in.config().tokens(); ++token) {
      best.edit()[p * in.config().tokens() + token] = static_cast<float>(at->top[static_cast<std::size_t>(token)]);
      probability.edit()[p * in.config().tokens() + token] = row.at(0, token);
    }
  }
  table.tensors = {{"best_class", best}, {"chosen_probability", probability}};
  return table;
}

}  // namespace

const Figure& logit_lens_grid() {
  static const Figure figure{"logit-lens-grid", "Logit lens of the patches", "residual2", {1340, 720}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
