// Attention rollout as six implementations compute and show it, beside each other on the original picture.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_rollout.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;

RolloutOptions legal(RolloutOptions options, int depth) {
  options.start_block = std::min(options.start_block, depth - 1);
  return options;
}

/// Shape of what a panel shows: picture and model input together.
float aspect_of(const FigureInput& input) {
  const Rect all = snug({0, 0, 1000, 1000}, input.trace);
  return all.height() > 0 ? all.width() / all.height() : 1;
}

float bar_height(const Canvas& c) { return 2.25f * c.u() + Canvas::text_height(c.metrics().small_style()); }

float words_height(const Canvas& c, float width) {
  float most = 0;
  for (const RolloutVariant& variant : rollout_variants()) most = std::max(most, c.paragraph_height(width, c.tr(variant.definition), c.metrics().small_style()));
  return most;
}

struct Places {
  int columns = 1, rows = 1;
  float width = 0, height = 0;  ///< of a panel
  float picture = 0;            ///< height of the picture
  bool words = false;
};

/// As many columns as make the pictures largest, with the definitions under them where that leaves pictures that can be read.
Places places_of(const Canvas& c, Rect r, float aspect) {
  const float u = c.u(), gap = 3 * u, line = Canvas::text_height(c.metrics().small_style());
  const int count = static_cast<int>(rollout_variants().size());
  Places best;
  for (const bool words : {true, false}) {
    for (int columns = 1; columns <= count; ++columns) {
      Places p;
      p.words = words;
      p.columns = columns;
      p.rows = (count + columns - 1) / columns;
      p.width = (r.width() - static_cast<float>(columns - 1) * gap) / static_cast<float>(columns);
      p.height = (r.height() - static_cast<float>(p.rows - 1) * 2 * u) / static_cast<float>(p.rows);
      p.picture = std::min(p.height - 2 * line - 1.5f * u - bar_height(c) - (words ? words_height(c, p.width) + 0.5f * u : 0), p.width / aspect);
      if (p.picture > best.picture && p.width > 12 * u) best = p;
    }
    if (best.picture >= 9 * u) return best;
  }
  return best;
}

void panel(Canvas& c, Rect r, const FigureInput& input, const RolloutVariant& variant, const Places& places) {
  const float u = c.u();
  const auto& theme = c.theme();
  const draw::Style small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float line = Canvas::text_height(small);
  const RolloutOptions options = legal(variant.options, input.config().depth);
  const RolloutMap map = rollout_map(input, options);
  const Rect title = c.text({r.x0, r.y0}, c.tr(variant.name), medium, theme.text1, Align::left, r.width());
  const std::string_view flag = c.tr("not a distribution");
  if (not_a_distribution(options) && title.x1 + 2 * u + c.text_width(flag, small) <= r.x1) c.text({r.x1, r.y0}, flag, small, theme.warning, Align::right);
  c.text({r.x0, r.y0 + line}, row_sums_text(c, map.rolled.sums) + (input.grid().prefix() > 0 ? ", " + filled(!input.grid().only_class_token() ? c.tr("prefix tokens keep {0}") : c.tr("class token keeps {0}"),
                              {draw::percent(map.kept, 2)}) : std::string()), small, theme.text3, Align::left, r.width());
  r.cut_top(2 * line + u);
  const Rect room{r.x0, r.y0, r.x1, r.y0 + places.picture};
  const float bar = std::min(18 * u, 0.9f * r.width());
  float y = 0;
  if (variant.display == RolloutDisplay::cells) {
    Overlay o;
    o.grid = map.grid;
    o.span = {0, std::max(draw::range_of(map.grid).hi, 1e-9f)};
    o.hovered = hovered_key(input);
    const Rect picture = snug(room, input.trace);
    overlay(c, picture, input, o);
    y = picture.y1 + u;
    overlay_bar(c, {r.x0, y}, bar, o.span);
  } else {
    const Rect picture = lit_picture(c, room, input, map, variant.display);
    y = picture.y1 + u;
    lit_bar(c, {r.x0, y}, bar, input, map, variant.display);
  }
  y += bar_height(c) - 0.5f * u;
  if (places.words) c.paragraph({r.x0, y, r.x1, r.y1 + 1}, c.tr(variant.definition), small, theme.text2);
}

std::vector<RolloutOptions> all_options(const FigureInput& input) {
  std::vector<RolloutOptions> all;
  for (const RolloutVariant& variant : rollout_variants()) all.push_back(legal(variant.options, input.config().depth));
  return all;
}

std::vector<Study> studies(const FigureInput& input) { return rollout_studies(input, all_options(input)); }

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  if (!rollouts_found(input, all_options(input))) return draw_missing(c, r);
  const float u = c.u();
  const Places places = places_of(c, r, aspect_of(input));
  int index = 0;
  for (const RolloutVariant& variant : rollout_variants()) {
    const float x = r.x0 + static_cast<float>(index % places.columns) * (places.width + 3 * u), y = r.y0 + static_cast<float>(index / places.columns) * (places.height + 2 * u);
    panel(c, draw::rect_at({x, y}, places.width, places.height), input, variant, places);
    ++index;
  }
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return filled(input.grid().class_token() ? c.tr("class token, {0} blocks") : c.tr("mean over all patches, {0} blocks"), {std::to_string(input.config().depth)});
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text(c.tr("The attention of one run, rolled out as six implementations do: they differ in how heads are taken together, in what is discarded, in the first block, and in how the map is drawn. "
                        "Every panel has its own scale from its numbers; jet colours and added heat maps of the originals are replaced by one colour map."));
  if (input.trace.model().random_weights) text += " " + std::string(c.tr("Weights are random: what looks like attention to things comes from discarding and stretching."));
  if (!input.grid().class_token()) text += " " + std::string(c.tr("There is no class token: drawn is the mean of the rows of all patches, as a share of 1."));
  return text;
}

Table data(const FigureInput& input) {
  Table table;
  TableColumn patch{"patch", {}};
  for (int p = 0; p < input.config().patches(); ++p) patch.values.push_back(p);
  table.columns.push_back(patch);
  for (const RolloutVariant& variant : rollout_variants()) {
    const RolloutMap map = rollout_map(input, legal(variant.options, input.config().depth));
    std::string name(variant.name);
    for (char& letter : name) letter = letter == ' ' || letter == '-' ? '_' : static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter);
    TableColumn column{name, {}};
    for (int p = 0; p < input.config().patches(); ++p) column.values.push_back(static_cast<double>(map.grid.at(input.grid().row(p), input.grid().column(p))));
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace

const Figure& rollout_variants() {
  static const Figure figure{"rollout-variants", "Rollout by implementation", "prediction", {1340, 940}, rollout_ready, draw_figure, subject, caption, data, {}, studies};
  return figure;
}

}  // namespace vitscope::figures
