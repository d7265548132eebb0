// Kinds of position embedding swapped on the run: a line for each, with what the model answers and whether it notices that patches change places.
#include <algorithm>
#include <cmath>
#include <functional>

#include "app/draw/number.h"
#include "app/figures/parts_answer.h"
#include "app/figures/parts_position.h"
#include "app/figures/parts_stream.h"
#include "core/analysis/position_effects.h"

namespace vitscope::figures {

namespace {

using draw::Align;
using draw::Canvas;
using draw::Rect;
using Effects = std::vector<PositionEffect>;

bool ready(const FigureInput& in) { return in.trace.complete() && !in.trace.model().weights.position.empty() && in.grid().patches() > 1; }

std::string key_of(const FigureInput& in) { return study_key("position-effects", in.trace.at(Slot::logits).id()); }

std::vector<Study> studies(const FigureInput& in) {
  return {study_of<Effects>(key_of(in), "Positions and answer", [trace = std::make_shared<const Trace>(in.trace)](StudyContext& context) -> Result<std::optional<Effects>> {
    return position_effects(*trace, context);
  })};
}

const PositionVariantInfo& info_of(PositionVariant variant) {
  const auto all = position_variants();
  return *std::find_if(all.begin(), all.end(), [&](const PositionVariantInfo& info) { return info.variant == variant; });
}

double share_of(const PositionEffect& effect, int label) { return static_cast<double>(effect.probs.at(label)); }

int best_of(const Tensor& logits) { return static_cast<int>(std::max_element(logits.values().begin(), logits.values().end()) - logits.values().begin()); }

/// One column: its heading, what stands in a line, and the length of the bar behind it, 0 to 1.
struct Column {
  std::string title, hint;
  float share = 0;  ///< of the width
  std::function<std::string(const PositionEffect&)> text;
  std::function<double(const PositionEffect&)> length = {};
  std::function<draw::Color(const PositionEffect&)> color = {};
};

double largest(const Effects& effects, const std::function<double(const PositionEffect&)>& value) {
  double most = 1e-30;
  for (const PositionEffect& effect : effects) most = std::max(most, value(effect));
  return most;
}

/// "0", "< 0.0001": differences of rounding are not digits to read.
std::string moved_text(double value) { return value == 0 ? "0" : value < 1e-4 ? "< 0.0001" : draw::number(value, 3); }

std::vector<Column> columns_of(const Canvas& c, const FigureInput& in, const Effects& effects) {
  const bool single = effects.front().probs.empty();
  const int own = best_of(effects.front().logits);
  const auto moved = [](const PositionEffect& e) { return e.moved; };
  const auto shuffled = [](const PositionEffect& e) { return e.shuffled.value_or(0); };
  std::vector<Column> columns;
  columns.push_back({std::string(c.tr("Positions")), {}, 0.2f, [&c](const PositionEffect& e) { return std::string(c.tr(info_of(e.variant).name)); }});
  if (single) {
    columns.push_back({std::string(c.tr("Answer")), std::string(c.tr("one logit")), 0.2f, [](const PositionEffect& e) { return draw::number(static_cast<double>(e.logits.at(0)), 4); }});
  } else {
    columns.push_back({std::string(c.tr("Answer")), std::string(c.tr("most likely class")), 0.24f,
                       [&in](const PositionEffect& e) { return in.trace.model().label(best_of(e.logits)) + "  " + draw::percent(share_of(e, best_of(e.logits))); },
                       [](const PositionEffect& e) { return share_of(e, best_of(e.logits)); },
                       [&c, own](const PositionEffect& e) { return best_of(e.logits) == own ? c.theme().class_token : c.theme().hidden; }});
    columns.push_back({stream::phrase(c, "Probability of {0}", {in.trace.model().label(own)}), std::string(c.tr("0 to 100 %")), 0.18f,
                       [own](const PositionEffect& e) { return draw::percent(share_of(e, own)); },
                       [own](const PositionEffect& e) { return share_of(e, own); }, [&c](const PositionEffect&) { return c.theme().class_token; }});
  }
  const double most = largest(effects, moved), most_shuffled = largest(effects, shuffled);
  columns.push_back({std::string(c.tr("Logits moved")), std::string(c.tr("largest change")), 0.15f, [](const PositionEffect& e) { return moved_text(e.moved); },
                     [most](const PositionEffect& e) { return e.moved / most; }, [&c](const PositionEffect&) { return c.theme().width; }});
  if (effects.front().shuffled)
    columns.push_back({std::string(c.tr("Shuffled")), std::string(c.tr("patches: change")), 0.15f, [](const PositionEffect& e) { return moved_text(e.shuffled.value_or(0)); },
                       [most_shuffled](const PositionEffect& e) { return e.shuffled.value_or(0) / most_shuffled; }, [&c](const PositionEffect&) { return c.theme().patch_token; }});
  columns.push_back({std::string(c.tr("Trained so")), std::string(c.tr("ViT, Table 8")), 0.13f, [learned = embed::learned_table(in.trace.model())](const PositionEffect& e) {
                       const auto published = info_of(e.variant).published;
                       return published && (learned || e.variant != PositionVariant::as_is) ? draw::number(*published, 3) : std::string("–");
                     }});
  float sum = 0;
  for (const Column& column : columns) sum += column.share;
  for (Column& column : columns) column.share /= sum;
  return columns;
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto result = found<Effects>(in, key_of(in));
  if (!result) return draw_missing(c, r);
  const Effects& effects = *result;
  const auto& theme = c.theme();
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const std::vector<Column> columns = columns_of(c, in, effects);
  Rect head = r.cut_top(2 * lh + u);
  const float row = std::min(r.height() / static_cast<float>(effects.size()), 3.4f * lh);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const Rect line{r.x0, r.y0 + row * static_cast<float>(i), r.x1, r.y0 + row * static_cast<float>(i + 1)};
    c.line({line.x0, line.y0}, {line.x1, line.y0}, theme.hairline, c.pixel());
  }
  c.tag({r.x0, r.y0, r.x1, r.y0 + row}, draw::CellTarget{{{Slot::logits}, best_of(effects.front().logits)}});
  float x = r.x0;
  for (const Column& column : columns) {
    const float width = r.width() * column.share - 2 * u;
    c.text({x, head.y0}, column.title, medium, theme.text1, Align::left, width);
    if (!column.hint.empty()) c.text({x, head.y0 + lh}, column.hint, small, theme.text3, Align::left, width);
    for (std::size_t i = 0; i < effects.size(); ++i) {
      const PositionEffect& effect = effects[i];
      const float top = r.y0 + row * static_cast<float>(i), middle = top + row / 2;
      const bool barred = column.length && row > 1.9f * lh;
      const float y = barred ? middle - lh - 0.1f * u : middle - lh / 2;
      c.text({x, y}, column.text(effect), i == 0 || !column.length ? (x > r.x0 || i == 0 ? medium : small) : small, theme.text1, Align::left, width);
      if (!barred) continue;
      const Rect track{x, middle + 0.2f * u, x + width, middle + 0.2f * u + std::min(0.5f * lh, u)};
      c.fill(track, theme.raised);
      c.fill({track.x0, track.y0, track.x0 + track.width() * static_cast<float>(std::clamp(column.length(effect), 0.0, 1.0)), track.y1}, column.color(effect));
    }
    x += r.width() * column.share;
  }
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text(c.tr("The same picture and the same weights, with the positions swapped without any training: what the model then answers, how far the swap moves a logit (no unit), and how far it moves when "
                        "the patches of the picture change places. Without positions it does not notice: a bag of patches."));
  text += " " + std::string(c.tr("Relative positions are sinusoids of the offset, added to the scores as q · r / √d; rows for columns and for rows are means of the model's own table."));
  text += " " + std::string(c.tr("Right: share of right answers of a ViT-B/16 trained with each kind (Dosovitskiy et al. 2021, 5-shot linear)."));
  if (in.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: no structure is to be expected."));
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  const auto result = found<Effects>(in, key_of(in));
  if (!result) return table;
  TableColumn variant{"variant", {}}, moved{"largest_logit_change", {}}, shuffled{"largest_logit_change_when_shuffled", {}}, best{"most_likely_class", {}};
  for (const PositionEffect& effect : *result) {
    variant.values.push_back(static_cast<double>(effect.variant));
    moved.values.push_back(effect.moved);
    if (effect.shuffled) shuffled.values.push_back(*effect.shuffled);
    best.values.push_back(best_of(effect.logits));
    table.tensors.push_back({"logits_" + std::to_string(static_cast<int>(effect.variant)), effect.logits});
  }
  table.columns = {variant, moved, best};
  if (!shuffled.values.empty()) table.columns.push_back(shuffled);
  return table;
}

}  // namespace

const Figure& position_effects_figure() {
  static const Figure figure{"position-effects", "Positions and answer", "position", {1340, 620}, ready, draw_figure, nullptr, caption, data, {}, studies};
  return figure;
}

}  // namespace vitscope::figures
