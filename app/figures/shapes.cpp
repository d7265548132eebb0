// Every step of the walk with the shape of what it makes, for a batch of pictures.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/parts_stream.h"
#include "core/step.h"

namespace vitscope::figures {

namespace {

using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr int kBatches[] = {1, 2, 4, 8, 13, 16};
const Option kOptions[] = {{Option::Kind::choice, "shapes.batch", "Batch", 0, 5, 0, {"1", "2", "4", "8", "13", "16"}}};
int batch_of(const FigureInput& in) { return kBatches[choice(in.selection, kOptions[0])]; }

bool ready(const FigureInput&) { return true; }

/// The walk with one block for all of them.
struct Line {
  const Step* step = nullptr;
  bool block = false;
  std::vector<int> shape;  ///< without the batch
  std::int64_t numbers() const {
    std::int64_t product = 1;
    for (const int extent : shape) product *= extent;
    return product;
  }
};

std::vector<Line> lines_of(const VitConfig& config) {
  std::vector<Line> lines;
  for (const Stage stage : {Stage::embed, Stage::block, Stage::answer})
    for (const Step* step : steps_of(stage, config)) {
      const Shape shape = shape_of(step->result, config);
      Line line{step, stage == Stage::block, {}};
      for (int axis = 0; axis < shape.rank(); ++axis) line.shape.push_back(shape[axis]);
      lines.push_back(std::move(line));
    }
  return lines;
}

std::string shape_text(const Line& line, int batch) {
  std::string text = std::to_string(batch);
  for (const int extent : line.shape) text += " × " + std::to_string(extent);
  return text;
}

/// Where the count of numbers stands in every line, or not at all where one has no room for it.
struct Columns {
  float count = 0, shape = 0;  ///< widths
  bool counted = false;
};
Columns columns_of(const Canvas& c, const std::vector<Line>& lines, int batch, float width) {
  Columns columns;
  float title = 0;
  for (const Line& line : lines) {
    columns.count = std::max(columns.count, c.text_width(draw::count(line.numbers() * batch), c.metrics().small_style()));
    columns.shape = std::max(columns.shape, c.text_width(shape_text(line, batch), c.metrics().small_medium()));
    title = std::max(title, c.text_width(c.tr(line.step->title), c.metrics().small_style()));
  }
  columns.counted = title + columns.shape + columns.count + 4 * c.u() <= width;
  return columns;
}

void draw_line(Canvas& c, Rect row, const FigureInput& in, const Line& line, int batch, const Columns& columns) {
  const auto& theme = c.theme();
  const auto small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const float u = c.u(), y = row.centre().y - stream::line_height(c) / 2;
  const int block = line.block ? in.selection.block : -1;
  const bool here = in.selection.place.step == line.step && !in.paper;
  if (here) c.fill(row, theme.raised, 3);
  c.fill({row.x0, row.y0 + 0.25f * u, row.x0 + 0.4f * u, row.y1 - 0.25f * u}, line.block ? theme.heads : line.step->stage == Stage::answer ? theme.class_token : theme.patch_token);
  const std::string shape = shape_text(line, batch);
  float right = row.x1;
  if (columns.counted) {
    c.text({right, y}, draw::count(line.numbers() * batch), small, theme.text3, Align::right, columns.count + 1);
    right -= columns.count + 1.5f * u;
  }
  c.text({right, y}, shape, medium, theme.text1, Align::right, row.width());
  right -= c.text_width(shape, medium) + u;
  c.text({row.x0 + u, y}, c.tr(line.step->title), small, theme.text2, Align::left, std::max(1.0f, right - row.x0 - u));
  c.tag(row, draw::PlaceTarget{{line.step, block}});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u(), lh = stream::line_height(c);
  const std::vector<Line> lines = lines_of(in.config());
  const int batch = batch_of(in), blocks = in.config().depth;
  stream::heading(c, r, c.tr("Shapes on the way through the model"), stream::phrase(c, "batch of {0}, blocks 1 to {1} alike", {std::to_string(batch), std::to_string(blocks)}));
  // As few columns as hold all lines.
  const auto rows_in = [&](int columns) { return (static_cast<int>(lines.size()) + columns - 1) / columns; };
  int columns = 1;
  while (columns < 4 && r.height() / static_cast<float>(rows_in(columns)) < 1.45f * lh) ++columns;
  const float height = std::min(r.height() / static_cast<float>(rows_in(columns)), 2.4f * lh), gap = 3 * u, width = (r.width() - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const Columns widths = columns_of(c, lines, batch, width);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const int column = static_cast<int>(i) / rows_in(columns), row = static_cast<int>(i) % rows_in(columns);
    const float x = r.x0 + static_cast<float>(column) * (width + gap), y = r.y0 + static_cast<float>(row) * height;
    draw_line(c, {x, y, x + width, y + height}, in, lines[i], batch, widths);
  }
}

std::string caption(const Canvas& c, const FigureInput& in) {
  std::string text = stream::phrase(c,
                                    "What every step makes: a batch of {0} in front, then the extents; right the count of numbers (no unit). Green lines stand in front of the encoder, brown ones in each of its blocks, red ones "
                                    "behind it. Nothing is mixed along the batch: one picture's numbers are the same in any batch.",
                                    {std::to_string(batch_of(in))});
  if (!in.trace.model().weights.position.empty())
    text += " " + stream::phrase(c, "The table of positions, 1 × {0} × {1}, is one for all pictures.", {std::to_string(in.config().tokens()), std::to_string(in.config().dim)});
  return text;
}

Table data(const FigureInput& in) {
  Table table;
  table.columns = {{"step", {}}, {"in_block", {}}, {"batch", {}}, {"extent1", {}}, {"extent2", {}}, {"extent3", {}}, {"extent4", {}}};
  const std::vector<Line> lines = lines_of(in.config());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    table.columns[0].values.push_back(static_cast<double>(i));
    table.columns[1].values.push_back(lines[i].block);
    table.columns[2].values.push_back(batch_of(in));
    for (std::size_t axis = 0; axis < 4; ++axis) table.columns[3 + axis].values.push_back(axis < lines[i].shape.size() ? lines[i].shape[axis] : 1);
  }
  return table;
}

}  // namespace

const Figure& shapes() {
  static const Figure figure{"shapes", "Shapes", "picture", {1340, 700}, ready, draw_figure, nullptr, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
