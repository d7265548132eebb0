// One patch, its channels, and the row that they become.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

constexpr std::string_view kOrders[] = {"channel first", "channel last"};
const Option kOptions[] = {{Option::Kind::choice, "flatten.order", "Order of the row", 0, 1, 0, {kOrders[0], kOrders[1]}}};

constexpr int kMostTags = 8192;  ///< columns that can be pointed at one by one in an order that is not recorded

bool ready(const FigureInput& in) { return in.trace.has(Slot::patches) && in.trace.has(Slot::input); }

bool channel_last(const FigureInput& in) { return in.config().channels > 1 && option(in.selection, kOptions[0]) >= 0.5f; }

/// The column at which an element of the row (channel first) is shown.
int column_of_element(const FigureInput& in, int element) {
  if (!channel_last(in)) return element;
  const int area = in.config().patch_height * in.config().patch_width;
  return element % area * in.config().channels + element / area;
}

/// The token matrix in the order that is shown; the reordered one is kept for the last run.
draw::Matrix shown_matrix(const FigureInput& in) {
  const Tensor& patches = in.trace.at(Slot::patches);
  if (!channel_last(in)) return draw::Matrix(patches);
  static Kept<std::uint64_t, Tensor, 2> kept;
  return draw::Matrix(kept.get(patches.id(), [&] {
    Tensor reordered(patches.shape());
    for (int row = 0; row < patches.dim(0); ++row)
      for (int e = 0; e < patches.dim(1); ++e) reordered.edit()[static_cast<std::int64_t>(row) * patches.dim(1) + column_of_element(in, e)] = patches.at(row, e);
    return reordered;
  }));
}

/// The photograph (what the model sees, where there is none) with the grid. Returns where the chosen patch lies.
Rect draw_picture(Canvas& c, Rect r, const FigureInput& in) {
  const PatchGrid& grid = in.grid();
  const auto& config = in.config();
  const int chosen = chosen_patch(in), hovered = hovered_patch(in);
  const auto size = std::to_string(config.image_width) + " × " + std::to_string(config.image_height);
  stream::heading(c, r, c.tr("Picture"), stream::phrase(c, "the model gets it as {0} pixels", {size}));
  const auto view = draw::photo(c, r, in.trace);
  draw::patch_grid_lines(c, view, grid, draw::kWhite.faded(0.7f), true);
  if (const auto pixel = hovered_pixel(in)) {
    const Rect spot = view.of_model({static_cast<double>(pixel->column), static_cast<double>(pixel->row), pixel->column + 1.0, pixel->row + 1.0});
    if (spot.width() >= 0.5f * c.u()) c.hovered(spot);
  }
  if (hovered >= 0 && hovered != chosen) c.hovered(view.of_model(grid.pixels(hovered)));
  c.pinned(view.of_model(grid.pixels(chosen)));
  return view.of_model(grid.pixels(chosen));
}

struct ChannelLayout {
  Rect first;  ///< cells of channel 0
  float pitch = 0;
  Rect at(int channel) const { return first.moved({static_cast<float>(channel) * pitch, 0}); }
};

/// Channels of the chosen patch, numbers inside where they fit. Returns the cells of all of them.
Rect draw_channels(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const int channels = config.channels, ph = config.patch_height, pw = config.patch_width, chosen = chosen_patch(in);
  const float u = c.u(), label = stream::line_height(c) + 0.5f * u, gap = 1.75f * u;
  const auto small = c.metrics().small_style();
  const auto heat = input_heat(in);
  const int shown = shown_channels(channels);
  const auto n = static_cast<float>(shown);
  const Rect room{r.x0, r.y0 + label, r.x0 + (r.width() - gap * (n - 1)) / n, r.y1};
  ChannelLayout layout;
  layout.first = whole_cells(c, room, ph, pw, 6 * u);
  // The last channel ends at the right edge, where the ribbon begins.
  layout.pitch = shown > 1 ? (r.width() - layout.first.width()) / (n - 1) : 0;
  if (layout.pitch > layout.first.width() * 1.35f) layout.pitch = layout.first.width() + gap;
  const float used = layout.pitch * (n - 1) + layout.first.width();
  layout.first = layout.first.moved({r.width() - used, 0});
  const int area = ph * pw;
  for (int channel = 0; channel < shown; ++channel) {
    const Rect cells = layout.at(channel);
    const std::string name = channel_name(c, channel, channels);
    const auto medium = c.metrics().small_medium();
    const float name_width = c.text_width(name, medium);
    if (name_width <= layout.first.width()) c.text({cells.x0, cells.y0 - label}, name, medium, c.theme().text1);
    if (!channel_last(in)) {
      const std::string range = stream::phrase(c, "{0} to {1}", {std::to_string(channel * area), std::to_string((channel + 1) * area - 1)});
      line_if_fits(c, {cells.x0 + name_width + u, cells.y0 - label, cells.x1, cells.y0}, range, small, c.theme().text3);
    }
    const draw::Matrix m(in.trace.at(Slot::patches), static_cast<std::int64_t>(chosen) * config.patch_length() + channel * area, ph, pw, pw);
    c.heat(cells, m, heat);
    if (cells.width() / static_cast<float>(pw) >= 1.25f * u) cell_lines(c, cells, ph, pw, draw::kBlack.faded(0.22f));
    cell_numbers(c, cells, m, heat);
    c.tag_cells(cells, {{{Slot::patch_grid}, chosen, channel, 0, 0}, ph, pw, 2, 3});
    const auto mark = [&](const std::optional<PixelRef>& p, bool pinned) {
      if (!p || p->channel != channel || patch_of(*p, in.grid()) != chosen) return;
      const Rect cell = cell_at(cells, p->row % ph, p->column % pw, ph, pw);
      if (pinned) c.pinned(cell);
      else c.hovered(cell);
    };
    mark(pinned_pixel(in), true);
    mark(hovered_pixel(in), false);
  }
  const Rect last = layout.at(shown - 1);
  return {layout.first.x0, layout.first.y0, last.x1, last.y1};
}

/// Boundaries, names and numbers of the channels below the matrix.
void draw_columns(Canvas& c, Rect cells, const FigureInput& in) {
  const auto& config = in.config();
  const int channels = config.channels, area = config.patch_height * config.patch_width, length = config.patch_length();
  const float lh = stream::line_height(c), u = c.u(), y = cells.y1 + 0.5f * u;
  const auto small = c.metrics().small_style();
  const auto& theme = c.theme();
  c.text({cells.x0, y}, "0", small, theme.text3);
  const std::string last = std::to_string(length - 1);
  c.text({cells.x1, y}, last, small, theme.text3, Align::right);
  if (!channel_last(in) && channels > 4) {
    const std::string hint = stream::phrase(c, "{0} channels of {1} numbers, one behind the other", {std::to_string(channels), std::to_string(area)});
    const float ends = c.text_width("0", small) + c.text_width(last, small) + 2 * u;
    if (c.text_width(hint, small) + ends <= cells.width()) c.text({cells.centre().x, y}, hint, small, theme.text1, Align::centre);
  } else if (!channel_last(in) && channels > 1) {
    const float width = cells.width() / static_cast<float>(channels);
    for (int channel = 0; channel < channels; ++channel) {
      const float x = cells.x0 + width * static_cast<float>(channel);
      const std::string name = channel_name(c, channel, channels), start = std::to_string(channel * area);
      if (channel > 0) {
        c.line({x, cells.y0}, {x, cells.y1}, draw::kBlack.faded(0.75f), c.pixel());
        c.text({x, y}, start, small, theme.text3, Align::centre);
      }
      const float taken = c.text_width(last, small) * 1.5f + u;
      if (c.text_width(name, small) + taken <= width) c.text({x + width / 2, y}, name, small, theme.text1, Align::centre);
    }
  } else if (channels > 1) {
    const std::string hint = std::string(c.tr("pixel by pixel, its channels together"));
    const float ends = c.text_width("0", small) + c.text_width(last, small) + 2 * u;
    if (c.text_width(hint, small) + ends <= cells.width()) c.text({cells.centre().x, y}, hint, small, theme.text1, Align::centre);
    if (cells.width() / static_cast<float>(area) >= 0.75f * u)
      for (int pixel = 1; pixel < area; ++pixel) {
        const float x = cells.x0 + cells.width() * static_cast<float>(pixel) / static_cast<float>(area);
        c.line({x, cells.y0}, {x, cells.y1}, draw::kBlack.faded(0.35f), c.pixel());
      }
  }
  const std::string name = channel_last(in) ? std::string(c.tr("only a view: the model itself puts channels first"))
                                            : stream::phrase(c, "element of the row (P²C = {0})", {std::to_string(length)});
  c.text({cells.centre().x, y + lh + 0.25f * u}, name, small, channel_last(in) ? theme.warning : theme.text3, Align::centre, cells.width());
}

/// Cells of the reordered matrix one column at a time: neighbouring columns are not neighbours in the recorded row.
void tag_columns(Canvas& c, const GrownRows& rows, const FigureInput& in) {
  const int length = in.config().patch_length(), count = rows.rows();
  if (length > kMostTags) return;
  const auto piece = [&](int from, int to) {
    if (from >= to) return;
    const Rect where{rows.all().x0, rows.row(from).y0, rows.all().x1, rows.row(to - 1).y1};
    for (int e = 0; e < length; ++e) c.tag_cells(stream::column_of(where, column_of_element(in, e), length), {{{Slot::patches}, from, e}, to - from, 1, 0, -1});
  };
  piece(0, rows.grown());
  piece(rows.grown(), rows.grown() + 1);
  piece(rows.grown() + 1, count);
}

draw::BarStyle value_bar(const Canvas& c, const FigureInput& in) {
  draw::BarStyle bar;
  bar.heat = input_heat(in);
  bar.label = c.tr("value");
  return bar;
}

/// Room for the row numbers left of the matrix.
float label_room(const Canvas& c) { return c.text_width("888", c.metrics().small_medium()) + c.u(); }

/// Returns where the grown row lies.
Rect draw_matrix(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c);
  const auto heat = input_heat(in);
  const int chosen = chosen_patch(in), length = config.patch_length();
  Rect head = r.cut_top(stream::heading_height(c));
  r.cut_bottom(2 * lh + 1.25f * u);
  // Whole pixels per column where there is room for them.
  float width = r.width();
  const float column = width / static_cast<float>(length);
  if (column >= 2 * c.pixel()) width = std::floor(column / c.pixel()) * c.pixel() * static_cast<float>(length);
  r.x1 = r.x0 + width;
  head.x1 = r.x1;
  stream::heading(c, head, c.tr("Token matrix"), stream::phrase(c, "one patch per row, row {0} enlarged", {std::to_string(chosen)}));
  const GrownRows rows(c, r, config.patches(), chosen, 4 * u);
  rows.heat(c, shown_matrix(in), heat, channel_last(in) ? std::nullopt : std::optional<CellRef>(CellRef{{Slot::patches}}));
  if (channel_last(in)) tag_columns(c, rows, in);
  rows.labels(c, {});
  draw_columns(c, r, in);
  // The name of the rows stands beside the upper part: the band that leads to the grown row comes from below.
  const Rect row = rows.row(chosen);
  const std::string name = stream::phrase(c, "patch (N = {0})", {std::to_string(config.patches())});
  const float needed = c.text_width(name, c.metrics().small_style()) + 3 * u;
  const Rect part = row.y0 - r.y0 >= needed ? Rect{r.x0, r.y0, r.x1, row.y0} : Rect{r.x0, row.y1, r.x1, r.y1};
  if (part.height() >= needed)
    c.text_up({r.x0 - label_room(c) - lh / 2, part.centre().y}, name, c.metrics().small_style(), c.theme().patch_token);
  const auto cell_of = [&](const PixelRef& p) {
    const Rect cell = stream::column_of(rows.row(patch_of(p, in.grid())), column_of_element(in, element_of(p, config)), length);
    const float grow_x = std::max(0.0f, (0.5f * u - cell.width()) / 2), grow_y = std::max(0.0f, (0.5f * u - cell.height()) / 2);
    return cell.inset(-grow_x, -grow_y);
  };
  c.pinned(rows.row(chosen));
  if (const auto pixel = pinned_pixel(in)) c.pinned(cell_of(*pixel));
  const int hovered = hovered_patch(in);
  if (const auto pixel = hovered_pixel(in)) c.hovered(cell_of(*pixel));
  else if (hovered >= 0 && hovered != chosen) c.hovered(rows.row(hovered));
  draw::color_bar(c, {r.x1 + 2 * u, r.y0, r.x1 + 3.25f * u, r.y0 + std::min(r.height(), 20 * u)}, value_bar(c, in));
  return rows.row(chosen);
}

/// Two lines over the picture from the patch, a filled band from its lower edge to the channels.
void draw_fan(Canvas& c, Rect patch, float picture_end, Rect channels, float channels_top) {
  const auto color = c.theme().mark;
  const auto x_at = [&](float from, float to, float y) { return from + (to - from) * (y - patch.y1) / std::max(channels_top - patch.y1, 1.0f); };
  const float left = x_at(patch.x0, channels.x0, picture_end), right = x_at(patch.x1, channels.x1, picture_end);
  c.line({patch.x0, patch.y1}, {left, picture_end}, color, 1);
  c.line({patch.x1, patch.y1}, {right, picture_end}, color, 1);
  stream::ribbon_down(c, {left, picture_end, right, picture_end}, {channels.x0, channels_top, channels.x1, channels_top});
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto& config = in.config();
  const float u = c.u(), lh = stream::line_height(c), label = lh + 0.5f * u;
  const bool portrait = r.width() < r.height();
  Rect left = portrait ? r.cut_top(r.height() * 0.45f) : r.cut_left(r.width() * 0.44f);
  if (portrait) r.cut_top(3 * u);
  // Row numbers and the band that leads to the grown row.
  const float labels = label_room(c);
  r.cut_left((portrait ? 2.5f * u : 6.5f * u) + labels);
  r.cut_right(3.25f * u + draw::color_bar_room(c, 20 * u, value_bar(c, in)));

  const auto n = static_cast<float>(shown_channels(config.channels));
  const float cell = std::min((left.width() - 1.75f * u * (n - 1)) / n / static_cast<float>(config.patch_width), 6 * u);
  const float band = 3.5f * u;
  float channels_height = std::min(cell * static_cast<float>(config.patch_height), (left.height() - stream::heading_height(c)) * 0.42f) + label;
  Rect picture{left.x0, left.y0, left.x1, left.y1 - channels_height - band};
  const Rect body{picture.x0, picture.y0 + stream::heading_height(c), picture.x1, picture.y1};
  const float picture_height = draw::photo_layout(body, in.trace).picture.height();
  picture.y1 = std::min(picture.y1, body.y0 + picture_height);
  const Rect patch = draw_picture(c, picture, in);
  const Rect cells = draw_channels(c, {left.x0, picture.y1 + band, left.x1, std::min(left.y1, picture.y1 + band + channels_height)}, in);
  draw_fan(c, patch, std::max(patch.y1, picture.y1), cells, picture.y1 + band - 0.5f * u);

  const Rect row = draw_matrix(c, r, in);
  if (!portrait) stream::ribbon_right(c, {cells.x0, cells.y0, cells.x1, cells.y1}, {row.x0 - labels, row.y0, row.x0 - labels, row.y1});
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto& config = in.config();
  std::string text = stream::phrase(c,
                                    "Every patch of {0} × {1} pixels and {2} channels becomes one row of {3} numbers: channel by channel, each row by row. White is 0, one scale for the whole input; the row of "
                                    "the marked patch is enlarged.",
                                    {std::to_string(config.patch_height), std::to_string(config.patch_width), std::to_string(config.channels), std::to_string(config.patch_length())});
  if (config.channels > 4) text += " " + stream::phrase(c, "Of the {0} channels of the patch {1} are drawn.", {std::to_string(config.channels), std::to_string(shown_channels(config.channels))});
  if (channel_last(in)) text += " " + std::string(c.tr("Shown here with the channels last, which is only a view: the model itself puts them first."));
  return text;
}

Table data(const FigureInput& in) {
  const auto& config = in.config();
  const int patch = chosen_patch(in), pw = config.patch_width, area = config.patch_height * pw;
  Table table;
  for (const char* name : {"element", "channel", "row", "column", "value"}) table.columns.push_back({name, {}});
  for (int e = 0; e < config.patch_length(); ++e) {
    const double values[] = {static_cast<double>(e), static_cast<double>(e / area), static_cast<double>(e / pw % config.patch_height), static_cast<double>(e % pw),
                             in.trace.at(Slot::patches).at(patch, e)};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(values[k]);
  }
  table.tensors = {{"patches", in.trace.at(Slot::patches)}};
  return table;
}

}  // namespace

const Figure& flatten() {
  static const Figure figure{"flatten", "Flatten", "flatten", {1340, 700}, ready, draw_figure, patch_subject, caption, data, kOptions};
  return figure;
}

}  // namespace vitscope::figures
