// Mean attention distance averaged over the pictures of a folder: one dot per head, with its spread from picture to picture.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/attention_draw.h"
#include "app/figures/kept.h"
#include "app/figures/prefix_words.h"
#include "core/analysis/folder_distance.h"
#include "core/image/picture_files.h"

namespace vitscope::figures {

namespace {

using namespace attention;
using draw::Align;
using draw::Canvas;
using draw::Rect;
using draw::Vec;

const std::array<Option, 1>& options() {
  static const std::array<Option, 1> all{{
      {Option::Kind::choice, "attention-distance-folder.pictures", "Average over", 0, 3, 0, {"this picture", "16 of its folder", "128 of its folder", "its whole folder"}},
  }};
  return all;
}

// Definition and unit are those of the figure of one picture.
DistanceDefinition definition_of(const FigureInput& input) { return distance_choice(input.selection).definition; }
DistanceUnit unit_of(const FigureInput& input) { return distance_choice(input.selection).unit; }

/// The folder of the open picture; empty where there is none.
std::string folder_of(const FigureInput& input) {
  const PicturePtr& picture = input.trace.input().picture;
  return picture ? vitscope::folder_of(picture->path) : std::string();
}

/// At most how many pictures: 1 is the run that is shown.
int wanted_pictures(const FigureInput& input) {
  constexpr int counts[] = {1, 16, 128, 1000000};
  return counts[std::clamp(std::lround(option(input.selection, options()[0])), 0L, 3L)];
}

bool averages(const FigureInput& input) { return wanted_pictures(input) > 1 && !folder_of(input).empty(); }

std::string key_of(const FigureInput& input) {
  const Weights& w = input.trace.model().weights;
  // An edited run has a key of its own: the edits go with its numbers.
  const std::uint64_t weights = input.trace.edits() ? input.trace.at(Slot::logits).id() : w.blocks.empty() ? w.position.id() : w.blocks.front().fc1.weight().id();
  return study_key("attention-distance-folder", weights,
                   {input.grid().rows(), input.grid().columns(), wanted_pictures(input), static_cast<int>(definition_of(input)), static_cast<int>(input.trace.input().spec.mode)}) +
         " " + folder_of(input);
}

bool ready(const FigureInput& input) {
  if (input.config().patches() < 2) return false;
  for (int block = 0; block < input.config().depth; ++block)
    if (!input.trace.has(Slot::attn, block)) return false;
  return input.trace.complete();
}

std::vector<Study> studies(const FigureInput& input) {
  if (!averages(input)) return {};
  return {study_of<FolderDistance>(key_of(input), "Mean attention distance over a folder",
                                   [model = input.trace.model_ptr(), folder = folder_of(input), most = static_cast<std::size_t>(wanted_pictures(input)), mode = input.trace.input().spec.mode,
                                    definition = definition_of(input), edits = input.trace.edits()](StudyContext& context) -> Result<std::optional<FolderDistance>> {
                                     Result<std::vector<std::string>> files = picture_files(folder);
                                     if (!files) return files.error();
                                     if (files->size() > most) files->resize(most);
                                     return folder_attention_distance(model, *files, mode, definition, edits, context);
                                   })};
}

std::shared_ptr<const FolderDistance> distances_of(const FigureInput& input) {
  if (averages(input)) return found<FolderDistance>(input, key_of(input));
  static Kept<std::pair<std::uint64_t, DistanceDefinition>, std::shared_ptr<const FolderDistance>, 8> kept;
  return kept.get({input.trace.at(Slot::logits).id(), definition_of(input)}, [&] { return std::make_shared<const FolderDistance>(distances_of_run(input.trace, definition_of(input))); });
}

double shown(double value, DistanceUnit unit) { return unit == DistanceUnit::diagonal_share ? 100 * value : value; }

std::string with_unit(double value, DistanceUnit unit) {
  return draw::number(shown(value, unit)) + (unit == DistanceUnit::pixels ? "\u00a0px" : unit == DistanceUnit::diagonal_share ? "\u00a0%" : "");
}

std::string axis_name(const Canvas& c, const FigureInput& input) {
  switch (unit_of(input)) {
    case DistanceUnit::cells: return std::string(c.tr("mean distance from query to key (patches)"));
    case DistanceUnit::diagonal_share: return std::string(c.tr("mean distance from query to key (% of the diagonal)"));
    case DistanceUnit::pixels: break;
  }
  return filled(c.tr("mean distance from query to key (pixels of the {0} × {1} input)"), {std::to_string(input.config().image_height), std::to_string(input.config().image_width)});
}

struct Chart {
  Rect plot;
  double top = 1, step = 1;
  float band = 0, dot = 0;
  float y_of(double value) const { return plot.y1 - static_cast<float>(value / top) * plot.height(); }
};

void axes(Canvas& c, const FigureInput& input, const Chart& chart) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const Rect& plot = chart.plot;
  const int depth = input.config().depth;
  for (int block = 0; block < depth; block += 2) c.fill({plot.x0 + static_cast<float>(block) * chart.band, plot.y0, plot.x0 + static_cast<float>(block + 1) * chart.band, plot.y1}, theme.panel);
  for (int i = 0; static_cast<double>(i) * chart.step <= chart.top * 1.0001; ++i) {
    const float y = chart.y_of(static_cast<double>(i) * chart.step);
    c.line({plot.x0, y}, {plot.x1, y}, i == 0 ? theme.tick : theme.hairline, i == 0 ? 1 : c.pixel());
    c.text({plot.x0 - u, y - line / 2}, draw::tick_number(static_cast<double>(i) * chart.step, chart.step), small, theme.text2, Align::right);
  }
  const std::string name = axis_name(c, input);
  const bool fits = c.text_width(name, small) < plot.height() + 3 * u;
  c.text_up({plot.x0 - 5.5f * u - line / 2, plot.centre().y}, fits ? std::string_view(name) : c.tr("mean distance"), small, theme.text1);
  const int step = std::max(1, static_cast<int>(std::ceil((c.text_width("00", small) + 0.5f * u) / chart.band)));
  for (int block = 0; block < depth; block += step)
    c.text({plot.x0 + (static_cast<float>(block) + 0.5f) * chart.band, plot.y1 + 0.5f * u}, std::to_string(block + 1), small, theme.text2, Align::centre);
  c.text({plot.centre().x, plot.y1 + 0.5f * u + line}, c.tr("encoder block"), small, theme.block, Align::centre);
}

void dots(Canvas& c, const FigureInput& input, const FolderDistance& found, const Chart& chart) {
  const auto& theme = c.theme();
  const DistanceUnit unit = unit_of(input);
  const auto* hovered = input.paper ? nullptr : std::get_if<draw::HeadTarget>(&input.selection.hovered);
  const float inner = 0.84f * chart.band;
  for (int block = 0; block < found.blocks; ++block) {
    const float x0 = chart.plot.x0 + static_cast<float>(block) * chart.band + (chart.band - inner) / 2;
    double mean = 0;
    for (int head = 0; head < found.heads; ++head) mean += shown(found.at(unit, block, head).mean, unit) / found.heads;
    const float y = chart.y_of(mean), thick = std::max(2.0f, 0.35f * c.u());
    c.fill({x0, y - thick / 2, x0 + inner, y + thick / 2}, theme.heads.faded(0.55f));
    const float pitch = (inner - 2 * chart.dot) / static_cast<float>(std::max(found.heads - 1, 1));
    for (int head = 0; head < found.heads; ++head) {
      const HeadSpread& spread = found.at(unit, block, head);
      const Vec at{found.heads == 1 ? x0 + inner / 2 : x0 + chart.dot + static_cast<float>(head) * pitch, chart.y_of(shown(spread.mean, unit))};
      if (found.pictures > 1) {
        const float high = std::max(chart.y_of(shown(spread.mean + spread.deviation, unit)), chart.plot.y0), low = std::min(chart.y_of(shown(spread.mean - spread.deviation, unit)), chart.plot.y1);
        c.line({at.x, high}, {at.x, low}, theme.text1, std::max(1.0f, 0.12f * c.u()));
      }
      c.circle(at, chart.dot + 1.5f * c.pixel(), theme.ground);
      c.circle(at, chart.dot, theme.heads);
      const std::string tooltip = filled(by_prefix(c, input.config(), "block {0}, head {1}: {2} ± {3}", "block {0}, head {1}: {2} ± {3}, class token {4}", "block {0}, head {1}: {2} ± {3}, prefix tokens {4}"),
                                         {std::to_string(block + 1), std::to_string(head + 1), with_unit(spread.mean, unit),
                                         with_unit(spread.deviation, unit), draw::percent(spread.prefix_share, 2)});
      c.tag({at.x - chart.dot, at.y - chart.dot, at.x + chart.dot, at.y + chart.dot}, draw::HeadTarget{block, head}, tooltip);
      if (!input.paper && block == input.block() && head == input.selection.head) c.ring(at, chart.dot + 1.5f, theme.mark, 2);
      if (hovered && hovered->block == block && hovered->head == head) c.ring(at, chart.dot + 1.5f, theme.text1, 1.5f);
    }
  }
}

std::string last_part(const std::string& path) {
  const std::string cut = path.size() > 1 && path.back() == '/' ? path.substr(0, path.size() - 1) : path;
  const std::size_t slash = cut.find_last_of('/');
  return slash == std::string::npos || cut.size() == 1 ? cut : cut.substr(slash + 1);
}

/// How many pictures, which cannot be read, and what the marks mean; what does not fit is left out.
void words(Canvas& c, Rect r, const FigureInput& input, const FolderDistance& found, const Chart& chart) {
  const auto& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), heading_style = input.paper ? c.metrics().heading_style() : c.metrics().small_medium();
  const float line = Canvas::text_height(small);
  const bool averaged = averages(input);
  const std::string title = averaged ? filled(c.tr(found.pictures == 1 ? "1 picture" : "{0} pictures"), {std::to_string(found.pictures)}) : std::string(c.tr("One picture"));
  c.text({r.x0, r.y0}, title, heading_style, theme.text1, Align::left, r.width());
  r.cut_top(Canvas::text_height(heading_style) + 0.5f * u);
  const auto say = [&](std::string_view text, draw::Color color) {
    const float height = c.paragraph_height(r.width(), text, small);
    if (height > r.height()) return;
    c.paragraph(r, text, small, color);
    r.cut_top(height + u);
  };
  if (averaged) say(filled(c.tr("of the folder {0}"), {last_part(folder_of(input))}), theme.text2);
  else if (folder_of(input).empty()) say(c.tr("The built-in pictures lie in no folder. Open a picture from a file to average over its folder."), theme.text2);
  else say(filled(c.tr("Choose above how many pictures of {0} are averaged."), {last_part(folder_of(input))}), theme.text2);
  if (!found.failed.empty()) {
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(found.failed.size(), 3); ++i) {
      const std::string& reason = found.failed[i];
      names += (i ? ", " : "") + last_part(reason.substr(0, reason.find(": ")));
    }
    if (found.failed.size() > 3) names += ", …";
    say(filled(c.tr("{0} cannot be read: {1}"), {std::to_string(found.failed.size()), names}), theme.warning);
  }
  r.cut_top(0.5f * u);
  const auto entry = [&](std::string_view text, auto&& symbol) {
    const float left = r.x0 + 4 * u, height = c.paragraph_height(r.x1 - left, text, small);
    if (height > r.height()) return;
    symbol(Vec{r.x0 + 1.6f * u, r.y0 + line / 2 + 0.1f * u});
    c.paragraph({left, r.y0, r.x1, r.y0 + height + 1}, text, small, theme.text1);
    r.cut_top(height + 0.75f * u);
  };
  entry(found.pictures > 1 ? c.tr("one head: mean over the pictures, line from − to + one standard deviation") : c.tr("one head"), [&](Vec at) {
    if (found.pictures > 1) c.line({at.x, at.y - 0.9f * u}, {at.x, at.y + 0.9f * u}, theme.text1, std::max(1.0f, 0.12f * u));
    c.circle(at, std::clamp(chart.dot, 0.4f * u, 0.7f * u), theme.heads);
  });
  entry(c.tr("mean of the block"), [&](Vec at) { c.fill({at.x - 1.5f * u, at.y - 0.2f * u, at.x + 1.5f * u, at.y + 0.2f * u}, theme.heads.faded(0.55f)); });
  entry(filled(c.tr("uniform attention, **{0}**"), {with_unit(uniform_distance(input.grid(), definition_of(input), unit_of(input)), unit_of(input))}),
        [&](Vec at) { c.dashes({at.x - 1.5f * u, at.y}, {at.x + 1.5f * u, at.y}, theme.text1, 1.5f); });
}

void draw_figure(Canvas& c, Rect r, const FigureInput& input) {
  const auto found = distances_of(input);
  if (!found) return draw_missing(c, r);
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const float line = Canvas::text_height(small);
  const DistanceUnit unit = unit_of(input);
  Rect right = r.width() > 80 * u ? r.cut_right(std::clamp(0.2f * r.width(), 22 * u, 30 * u)) : r.cut_bottom(std::min(14 * u, 0.32f * r.height()));
  if (r.x1 < right.x0 + u) r.cut_right(3 * u);
  else r.cut_bottom(u);
  Chart chart{{r.x0 + 7 * u + line, r.y0 + line / 2, r.x1 - u, r.y1 - 2 * line - 0.75f * u}};
  const double uniform = shown(uniform_distance(input.grid(), definition_of(input), unit), unit);
  double most = uniform;
  for (const HeadSpread& spread : found->units[static_cast<std::size_t>(unit)]) most = std::max(most, shown(spread.mean + spread.deviation, unit));
  chart.step = draw::tick_step(most * 1.05, std::max(2, static_cast<int>(chart.plot.height() / (2.5f * line))));
  chart.top = chart.step * std::ceil(most * 1.04 / chart.step);
  chart.band = chart.plot.width() / static_cast<float>(input.config().depth);
  chart.dot = std::clamp(0.4f * 0.84f * chart.band / static_cast<float>(input.config().heads), 0.25f * u, 0.7f * u);
  axes(c, input, chart);
  c.dashes({chart.plot.x0, chart.y_of(uniform)}, {chart.plot.x1, chart.y_of(uniform)}, c.theme().text1, 1.5f, 8, 5);
  dots(c, input, *found, chart);
  words(c, right, input, *found, chart);
}

std::string subject(const Canvas& c, const FigureInput& input) {
  return averages(input) ? filled(c.tr("folder {0}"), {last_part(folder_of(input))}) : std::string(c.tr("one picture"));
}

std::string caption(const Canvas& c, const FigureInput& input) {
  std::string text(c.tr("Distance between the centres of query and key patch, weighted with the attention, averaged over the queries of a picture and then over the pictures; the line through a dot is one standard deviation "
                        "from picture to picture to either side."));
  text += " ";
  text += distance_words(c, input.config(), definition_of(input), false);
  text += " ";
  text += c.tr("The dashed line is what uniform attention over the patches would give.");
  return text;
}

Table data(const FigureInput& input) {
  Table table;
  const auto found = distances_of(input);
  if (!found) return table;
  TableColumn block{"block", {}}, head{"head", {}}, mean{"distance", {}}, deviation{"standard_deviation", {}}, prefix{"class_token_share", {}}, pictures{"pictures", {}};
  for (int b = 0; b < found->blocks; ++b)
    for (int h = 0; h < found->heads; ++h) {
      const HeadSpread& spread = found->at(unit_of(input), b, h);
      block.values.push_back(b);
      head.values.push_back(h);
      mean.values.push_back(spread.mean);
      deviation.values.push_back(spread.deviation);
      prefix.values.push_back(spread.prefix_share);
      pictures.values.push_back(found->pictures);
    }
  table.columns = {block, head, mean, deviation, prefix, pictures};
  return table;
}

}  // namespace

const Figure& attention_distance_folder() {
  static const Figure figure{"attention-distance-folder", "Distance over a folder", "softmax", {1340, 680}, ready, draw_figure, subject, caption, data, options(), studies};
  return figure;
}

}  // namespace vitscope::figures
