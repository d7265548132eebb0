// Occlusion map: what one class loses when a part of the picture is covered, beside what attention shows.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/kept.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_heads.h"
#include "core/analysis/occlusion.h"

namespace vitscope::figures {

namespace {

using attention::filled;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

const std::array<Option, 3>& options() {
  static const std::array<Option, 3> all{{
      {Option::Kind::choice, "occlusion.size", "Square", 0, 3, 0, {"1 patch", "2 × 2", "3 × 3", "4 × 4"}},
      {Option::Kind::choice, "occlusion.fill", "Filled with", 0, 1, 0, {"grey", "mean patch"}},
      {Option::Kind::choice, "occlusion.quantity", "Change of", 0, 1, 0, {"logit", "probability"}},
  }};
  return all;
}

int choice(const FigureInput& input, std::size_t i) { return static_cast<int>(std::lround(option(input.selection, options()[i]))); }

OcclusionOptions chosen_options(const FigureInput& input) {
  const int most = std::min(input.grid().rows(), input.grid().columns());
  return {std::clamp(choice(input, 0) + 1, 1, std::min(4, most)), choice(input, 1) == 1 ? OcclusionFill::mean_patch : OcclusionFill::grey};
}

std::string key_of(const FigureInput& input) {
  const OcclusionOptions o = chosen_options(input);
  return study_key("occlusion", input.trace.at(Slot::logits).id(), {o.size, static_cast<int>(o.fill)});
}

bool ready(const FigureInput& input) { return input.trace.complete() && input.config().patches() > 1; }

std::vector<Study> studies(const FigureInput& input) {
  // The trace outlives the picture on screen: the study keeps what it reads.
  return {study_of<Occlusion>(key_of(input), "Occlusion map", [trace = std::make_shared<const Trace>(input.trace), o = chosen_options(input)](StudyContext& context) -> Result<std::optional<Occlusion>> {
    return occlusion(*trace, o, context);
  })};
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Rank correlations of the map with what attention shows of the class token; NaN where there is none.
struct Likeness {
  double rollout = kNone;
  Tensor heads;                 ///< [blocks, heads]
  std::vector<double> means;    ///< of each block's mean over heads
};

/// Attention paid to the patches: by the class token, or by all patches alike where the model has none.
std::vector<float> paid(std::span<const float> map, const PatchGrid& grid) {
  const auto tokens = static_cast<std::size_t>(grid.tokens()), prefix = static_cast<std::size_t>(grid.prefix());
  if (grid.class_token()) return {map.begin() + static_cast<std::ptrdiff_t>(prefix), map.begin() + static_cast<std::ptrdiff_t>(tokens)};
  std::vector<float> sum(tokens - prefix);
  for (std::size_t query = prefix; query < tokens; ++query)
    for (std::size_t key = prefix; key < tokens; ++key) sum[key - prefix] += map[query * tokens + key];
  return sum;
}

Likeness likeness_of(const FigureInput& input, const Tensor& drop) {
  Likeness found;
  const VitConfig& config = input.config();
  const auto against = [&](std::span<const float> values) { return rank_correlation(drop.values(), values).value_or(kNone); };
  if (const Tensor rolled = class_rollout(input.trace); !rolled.empty()) found.rollout = against(rolled.values());
  found.heads = Tensor({config.depth, config.heads});
  for (int block = 0; block < config.depth; ++block) {
    std::vector<float> mean(static_cast<std::size_t>(config.patches()));
    for (int head = 0; head < config.heads; ++head) {
      const std::vector<float> one = paid(input.trace.at(Slot::attn, block).row(head), config.grid);
      for (std::size_t i = 0; i < one.size(); ++i) mean[i] += one[i];
      found.heads.edit()[block * config.heads + head] = static_cast<float>(against(one));
    }
    found.means.push_back(against(mean));
  }
  return found;
}

struct Content {
  int class_index = 0;
  bool probability = false;
  Tensor drop;  ///< [rows, columns]
  std::shared_ptr<const Occlusion> found;
  std::shared_ptr<const Likeness> likeness;
};

Content content_of(const FigureInput& input, std::shared_ptr<const Occlusion> found) {
  static Kept<std::pair<std::string, int>, std::pair<Tensor, std::shared_ptr<const Likeness>>, 16> kept;
  Content content;
  content.class_index = stream::chosen_class(input);
  content.probability = choice(input, 2) == 1;
  content.found = std::move(found);
  std::tie(content.drop, content.likeness) = kept.get({key_of(input), content.class_index * 2 + content.probability}, [&] {
    Tensor drop = occlusion_drop(*content.found, input.grid(), content.class_index, content.probability ? OcclusionQuantity::probability : OcclusionQuantity::logit);
    auto likeness = std::make_shared<const Likeness>(likeness_of(input, drop));
    return std::pair{std::move(drop), std::shared_ptr<const Likeness>(std::move(likeness))};
  });
  return content;
}

std::string value_text(double value, bool probability) {
  return probability ? (value < 0 ? "−" : "+") + draw::percent(std::abs(value)) : draw::signed_number(value);
}

/// The picture under a thin veil, each patch tinted with its sign's colour: the larger the value, the stronger.
void cells_over(Canvas& c, Rect all, const FigureInput& input, const Content& content, const draw::HeatStyle& heat) {
  const PatchGrid& grid = input.grid();
  const draw::PhotoView view = draw::photo(c, all, input.trace);
  const auto most = static_cast<double>(std::max(heat.span.hi, 1e-12f));
  const int hovered = input.paper ? -1 : input.selection.hovered_token();
  const auto place = [&](int patch) { return view.of_model(grid.pixels(patch)); };
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const float value = content.drop.values()[static_cast<std::size_t>(patch)];
    const double share = std::min(1.0, std::abs(static_cast<double>(value)) / most);
    c.fill(place(patch), draw::kBlack.faded(static_cast<float>(0.3 * (1 - share))));
    if (share > 0.004) c.fill(place(patch), draw::heat_color(0.85f * (value < 0 ? -heat.span.hi : heat.span.hi), heat).faded(static_cast<float>(0.9 * share)));
    const int token = grid.token_of(patch);
    c.tag(place(patch), draw::TokenTarget{token}, value_text(static_cast<double>(value), content.probability));
  }
  const Rect inner = view.of_model({0, 0, static_cast<double>(input.config().image_width), static_cast<double>(input.config().image_height)}).inset(3);
  const auto inside = [&](Rect cell) { return Rect{std::max(cell.x0, inner.x0), std::max(cell.y0, inner.y0), std::min(cell.x1, inner.x1), std::min(cell.y1, inner.y1)}; };
  if (!input.paper && input.selection.query >= grid.prefix() && input.selection.query < grid.tokens()) c.pinned(inside(place(grid.patch_of(input.selection.query))));
  if (hovered >= grid.prefix() && hovered < grid.tokens()) c.hovered(inside(place(grid.patch_of(hovered))));
}

void picture_panel(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const float u = c.u();
  const std::string name = input.trace.model().label(content.class_index);
  const std::string title = filled(c.tr(content.probability ? "Probability of {0} lost by covering" : "Logit of {0} lost by covering"), {name});
  stream::heading(c, r, title, content.found->options.size == 1 ? c.tr("one forward pass for each patch") : c.tr("mean of the squares that cover a patch"));
  draw::HeatStyle heat = stream::signed_heat(draw::symmetric_range(draw::Matrix(content.drop)));
  const float line = Canvas::text_height(c.metrics().small_style());
  Rect room = r;
  room.cut_bottom(stream::lying_bar_height(c) + 1.25f * u + line);
  const Rect picture = attention::snug(room, input.trace);
  cells_over(c, picture, input, content, heat);
  float y = picture.y1 + u;
  stream::lying_bar(c, {r.x0, y, r.x1, y + stream::lying_bar_height(c)}, heat, c.tr("plain minus covered; red: speaks for the class"), content.probability);
  y += stream::lying_bar_height(c) + 0.25f * u;
  const auto index = static_cast<std::size_t>(content.class_index);
  const std::string plain = filled(c.tr("nothing covered: logit {0}, probability {1}"), {draw::number(static_cast<double>(content.found->plain_logits[index])), draw::percent(static_cast<double>(content.found->plain_probs[index]))});
  c.text({r.x0, y}, plain, c.metrics().small_style(), c.theme().text2, Align::left, r.width());
}

/// The most and least alike heads, the blocks' means and rollout as bars.
void likeness_bars(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  const Likeness& l = *content.likeness;
  stream::heading(c, r, c.tr("Does attention agree?"), c.tr("rank correlation ρ"));
  std::vector<stream::Bar> list;
  const auto add = [&](std::string label, double value, draw::Target target) {
    if (!std::isfinite(value)) return;
    stream::Bar bar;
    bar.label = std::move(label);
    bar.text = draw::signed_number(value, 2);
    bar.value = value;
    bar.color = stream::sign_color(value);
    bar.target = target;
    list.push_back(std::move(bar));
  };
  add(std::string(c.tr("rollout of the class token")), l.rollout, {});
  const int last = input.config().depth - 1, heads = input.config().heads;
  add(filled(c.tr("block {0}, mean of heads"), {std::to_string(last + 1)}), l.means.back(), draw::HeadTarget{last, kMeanHead});
  std::vector<int> order;
  for (int i = 0; i < last * heads + heads; ++i)
    if (std::isfinite(l.heads.values()[static_cast<std::size_t>(i)])) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return l.heads.values()[static_cast<std::size_t>(a)] > l.heads.values()[static_cast<std::size_t>(b)]; });
  const int rows = std::max(2, static_cast<int>(r.height() / stream::bar_row_height(c)) - static_cast<int>(list.size()));
  const auto count = static_cast<int>(order.size()), top = std::min(count, (rows + 1) / 2), bottom = std::min(count - top, rows - top);
  const auto head = [&](int i) {
    add(filled(c.tr("block {0}, head {1}"), {std::to_string(i / heads + 1), std::to_string(i % heads + 1)}), static_cast<double>(l.heads.values()[static_cast<std::size_t>(i)]),
        draw::HeadTarget{i / heads, i % heads});
  };
  for (int i = 0; i < top; ++i) head(order[static_cast<std::size_t>(i)]);
  for (int i = count - bottom; i < count; ++i) head(order[static_cast<std::size_t>(i)]);
  if (list.empty()) {
    c.paragraph(r, c.tr("Covering changes nothing, so there is no order of patches to compare."), c.metrics().small_style(), c.theme().text3);
    return;
  }
  stream::bars(c, r, list);
}

void head_panel(Canvas& c, Rect r, const FigureInput& input, const Content& content) {
  heads::HeadMap map;
  map.values = draw::Matrix(content.likeness->heads);
  map.heat = stream::signed_heat({-1, 1});
  map.title = c.tr(input.grid().class_token() ? "ρ with where the class token looks, per head" : "ρ with what the patches look at, per head");
  map.bar_label = std::string(c.tr("rank correlation ρ"));
  map.tooltip = [&](int block, int head) {
    return filled(c.tr("block {0}, head {1}: ρ {2}"), {std::to_string(block + 1), std::to_string(head + 1), draw::signed_number(static_cast<double>(content.likeness->heads.at(block, head)), 2)});
  };
  heads::head_map(c, r, input, map);
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const auto result = found<Occlusion>(input, key_of(input));
  if (!result) return draw_missing(c, r);
  const Content content = content_of(input, result);
  const float u = c.u();
  if (r.height() > 1.2f * r.width()) {
    picture_panel(c, r.cut_top(0.52f * r.height()), input, content);
    r.cut_top(2 * u);
    head_panel(c, r.cut_top(0.55f * r.height()), input, content);
    r.cut_top(1.5f * u);
    likeness_bars(c, r, input, content);
    return;
  }
  Rect right = r.cut_right(std::clamp(0.4f * r.width(), 26 * u, 64 * u));
  r.cut_right(std::min(5 * u, 0.04f * r.width() + u));
  picture_panel(c, r, input, content);
  Rect bars = right.cut_top(0.46f * right.height());
  right.cut_top(1.5f * u);
  likeness_bars(c, bars, input, content);
  head_panel(c, right, input, content);
}

std::string square_name(const Canvas& c, const OcclusionOptions& o) {
  return o.size == 1 ? std::string(c.tr("one patch")) : filled(c.tr("{0} × {0} patches"), {std::to_string(o.size)});
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(c.tr("{0}, square of {1}"), {input.trace.complete() ? input.trace.model().label(stream::chosen_class(input)) : "", square_name(c, chosen_options(input))});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  const OcclusionOptions o = chosen_options(input);
  std::string text = filled(c.tr("A square of {0} is covered with {1} in the model's input, moved by one patch, and the whole forward pass is repeated (Zeiler and Fergus 2014); "
                                 "drawn is what the class loses, without the square minus with it."),
                            {square_name(c, o), std::string(c.tr(o.fill == OcclusionFill::grey ? "grey (0.5)" : "the mean patch of this input"))});
  text += " ";
  if (o.size > 1) text += std::string(c.tr("A patch gets the mean over the squares that cover it.")) + " ";
  text += c.tr(input.grid().class_token() ? "ρ is Spearman's rank correlation over the patches with the attention that the class token pays to them; 1 says that both put the patches in the same order."
                                          : "ρ is Spearman's rank correlation over the patches with the attention that all patches pay to them; 1 says that both put the patches in the same order.");
  return text;
}

Table data(const FigureInput& input) {
  Table table;
  const auto result = found<Occlusion>(input, key_of(input));
  if (!result) return table;
  const Content content = content_of(input, result);
  TableColumn patch{"patch", {}}, row{"row", {}}, column{"column", {}}, logit{"logit_lost", {}}, probability{"probability_lost", {}};
  const Tensor logits = occlusion_drop(*result, input.grid(), content.class_index, OcclusionQuantity::logit);
  const Tensor probabilities = occlusion_drop(*result, input.grid(), content.class_index, OcclusionQuantity::probability);
  for (int p = 0; p < input.grid().patches(); ++p) {
    patch.values.push_back(p);
    row.values.push_back(input.grid().row(p));
    column.values.push_back(input.grid().column(p));
    logit.values.push_back(static_cast<double>(logits.values()[static_cast<std::size_t>(p)]));
    probability.values.push_back(static_cast<double>(probabilities.values()[static_cast<std::size_t>(p)]));
  }
  table.columns = {patch, row, column, logit, probability};
  Tensor rollout(Shape{1});
  rollout.edit()[0] = static_cast<float>(content.likeness->rollout);
  table.tensors = {{"rank_correlation_heads", content.likeness->heads}, {"rank_correlation_rollout", rollout}};
  return table;
}

}  // namespace

const Figure& occlusion_map() {
  static const Figure figure{"occlusion", "Occlusion map", "prediction", {1340, 780}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
