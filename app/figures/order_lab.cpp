// The order of flattening: a toy that can be counted, and the picture put together again in another order than it was cut.
#include <algorithm>
#include <array>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_embed.h"
#include "app/figures/parts_picture.h"
#include "app/figures/parts_stream.h"

namespace vitscope::figures {

namespace {

using draw::Align;
using draw::Canvas;
using draw::Rect;

constexpr int kToySide = 4, kToyPatch = 2, kToyChannels = 3;

const std::array<Option, 4>& options() {
  static const std::array<Option, 4> all{{
      {Option::Kind::choice, "order-lab.written", "Cut", 0, 1, 0, {"channel first", "channel last"}},
      {Option::Kind::choice, "order-lab.read", "read", 0, 1, 1, {"channel first", "channel last"}},
      {Option::Kind::choice, "order-lab.patches", "Patches", 0, 1, 0, {"by rows", "by columns"}},
      {Option::Kind::choice, "order-lab.patches_read", "read", 0, 1, 0, {"by rows", "by columns"}},
  }};
  return all;
}

struct Order {
  bool channel_last = false, columns = false;
};

Order written(const FigureInput& in) { return {option(in.selection, options()[0]) >= 0.5f, option(in.selection, options()[2]) >= 0.5f}; }
Order read_back(const FigureInput& in) { return {option(in.selection, options()[1]) >= 0.5f, option(in.selection, options()[3]) >= 0.5f}; }

struct Sizes {
  int rows, columns, patch_height, patch_width, channels;
  int area() const { return patch_height * patch_width; }
};

/// Offset in [C, H, W] of element `element` of row `row` of the tokens.
std::ptrdiff_t pixel_of(const Sizes& s, Order order, int row, int element) {
  const int patch_row = order.columns ? row % s.rows : row / s.columns, patch_column = order.columns ? row / s.rows : row % s.columns;
  const int channel = order.channel_last ? element % s.channels : element / s.area(), inside = order.channel_last ? element / s.channels : element % s.area();
  const int y = patch_row * s.patch_height + inside / s.patch_width, x = patch_column * s.patch_width + inside % s.patch_width;
  return (static_cast<std::ptrdiff_t>(channel) * s.rows * s.patch_height + y) * s.columns * s.patch_width + x;
}

/// The picture cut in one order and put together in another, and the share of pixels that came to another place.
struct Rebuilt {
  Tensor pixels;
  double misplaced = 0;
};
Rebuilt rebuilt(const Tensor& pixels, const Sizes& s, Order cut, Order read) {
  Rebuilt result{Tensor(pixels.shape()), 0};
  const int patches = s.rows * s.columns, length = s.area() * s.channels;
  std::int64_t misplaced = 0;
  for (int row = 0; row < patches; ++row)
    for (int element = 0; element < length; ++element) {
      const std::ptrdiff_t from = pixel_of(s, cut, row, element), to = pixel_of(s, read, row, element);
      result.pixels.edit()[to] = pixels.data()[from];
      misplaced += from != to;
    }
  result.misplaced = static_cast<double>(misplaced) / static_cast<double>(pixels.size());
  return result;
}

Sizes sizes_of(const VitConfig& c) { return {c.grid.rows(), c.grid.columns(), c.patch_height, c.patch_width, c.channels}; }

Rebuilt shown(const FigureInput& in) {
  static Kept<std::pair<std::uint64_t, int>, Rebuilt, 8> kept;
  const Order cut = written(in), read = read_back(in);
  const Tensor& pixels = in.trace.at(Slot::pixels);
  const int key = cut.channel_last * 8 + cut.columns * 4 + read.channel_last * 2 + read.columns;
  return kept.get({pixels.id(), key}, [&] { return rebuilt(pixels, sizes_of(in.config()), cut, read); });
}

bool ready(const FigureInput& in) { return in.trace.has(Slot::pixels) && in.config().cuts_patches(); }

void planes(Canvas& c, Rect r, const Tensor& pixels, Box part) {
  if (pixels.dim(0) == 1 || pixels.dim(0) == 3) return c.planes(r, pixels, part);
  draw::HeatStyle grey;
  grey.map = ColorMap::grey;
  grey.span = {0, 1};
  c.heat(r, draw::Matrix(pixels, 0), grey);
}

/// One of the two pictures with its title.
void picture(Canvas& c, Rect r, const FigureInput& in, std::string_view title, const std::string& hint, const Tensor& pixels, bool tagged) {
  const VitConfig& config = in.config();
  stream::heading(c, r, title, hint);
  const Rect box = draw::fit(r, static_cast<float>(config.image_width) / static_cast<float>(config.image_height));
  const Rect place = box.moved({r.x0 - box.x0, r.y0 - box.y0});
  planes(c, place, pixels, {0, 0, static_cast<double>(config.image_width), static_cast<double>(config.image_height)});
  if (tagged)
    embed::tag_patches(c, in, [&](int patch) { return embed::cell_at(place, in.grid().row(patch), in.grid().column(patch), in.grid().rows(), in.grid().columns()); });
}

/// The toy: three channels of 4 x 4 numbers, and the first token as it is cut.
void toy(Canvas& c, Rect r, const FigureInput& in) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = stream::line_height(c);
  const auto small = c.metrics().small_style(), medium = c.metrics().small_medium();
  const Sizes sizes{kToySide / kToyPatch, kToySide / kToyPatch, kToyPatch, kToyPatch, kToyChannels};
  const Order cut = written(in);
  stream::heading(c, r, c.tr("A toy: 4 × 4 pixels, 3 channels, numbered 0 to 47"), c.tr("patches of 2 × 2"));
  const std::array colours{draw::hex(0xD8504A), draw::hex(0x3E9B5F), draw::hex(0x4A78D0)};
  const Rect tokens = r.cut_bottom(std::min(0.42f * r.height(), 2 * lh + 3.5f * u));
  r.cut_bottom(u);
  const float cell = std::floor(std::min({(r.width() - 4 * u) / (kToyChannels * kToySide), (r.height() - 0.5f * u) / kToySide, 4.5f * u}));
  const auto place = [&](int number) {
    const int channel = number / (kToySide * kToySide), y = number / kToySide % kToySide, x = number % kToySide;
    return draw::rect_at({r.x0 + static_cast<float>(channel) * (cell * kToySide + 2 * u) + static_cast<float>(x) * cell, r.y0 + static_cast<float>(y) * cell}, cell, cell);
  };
  const auto in_first_token = [&](int number) {
    for (int element = 0; element < 12; ++element)
      if (pixel_of(sizes, cut, 0, element) == number) return true;
    return false;
  };
  for (int number = 0; number < kToySide * kToySide * kToyChannels; ++number) {
    const Rect box = place(number);
    const draw::Color color = colours[static_cast<std::size_t>(number / 16)];
    const bool first = in_first_token(number);
    c.fill(box.inset(0.5f), color.faded(first ? 0.85f : 0.22f));
    const std::string text = std::to_string(number);
    if (c.text_width(text, small) < cell - 2 && lh < cell) c.text({box.centre().x, box.centre().y - lh / 2}, text, small, first ? draw::kWhite : theme.text2, Align::centre);
  }
  c.text({tokens.x0, tokens.y0}, c.tr("First token"), medium, theme.text1, Align::left, tokens.width());
  const float width = std::min(tokens.width() / 12, 5 * u);
  const Rect row{tokens.x0, tokens.y0 + lh + 0.5f * u, tokens.x0 + 12 * width, std::min(tokens.y1, tokens.y0 + 2 * lh + 1.5f * u)};
  for (int element = 0; element < 12; ++element) {
    const auto number = static_cast<int>(pixel_of(sizes, cut, 0, element));
    const Rect box{row.x0 + width * static_cast<float>(element), row.y0, row.x0 + width * static_cast<float>(element + 1), row.y1};
    c.fill(box.inset(0.5f), colours[static_cast<std::size_t>(number / 16)].faded(0.85f));
    c.text({box.centre().x, box.centre().y - lh / 2}, std::to_string(number), small, draw::kWhite, Align::centre);
  }
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const float u = c.u();
  const Rebuilt result = shown(in);
  Rect lower = r.cut_bottom(std::clamp(0.4f * r.height(), 17 * u, 40 * u));
  r.cut_bottom(2.5f * u);
  Rect left = r.cut_left((r.width() - 4 * u) / 2);
  r.cut_left(4 * u);
  picture(c, left, in, c.tr("What is cut"), "", in.trace.at(Slot::pixels), true);
  const std::string hint = result.misplaced == 0 ? std::string(c.tr("every number is back in its place")) : stream::phrase(c, "{0} of the numbers in a wrong place", {draw::percent(result.misplaced)});
  picture(c, r, in, c.tr("Put together again"), hint, result.pixels, false);
  const float words = lower.width() > 90 * u ? 0.4f * lower.width() : 0;
  if (words > 0) {
    Rect text = lower.cut_right(words);
    lower.cut_right(4 * u);
    c.paragraph(text,
                c.tr("A patch has three axes and a token one: somebody must choose an order. **Channel first** (a convolution, timm, T2T) takes all reds, then all greens, then all blues; **channel last** (lucidrains, JAX) goes "
                     "from pixel to pixel. Weights know only the order that they were trained with: shapes agree, nothing fails, and the numbers meet the wrong weights. The edits \"Flatten channel last\" and \"Number the "
                     "patches by columns\" (key I) show what this model makes of it."),
                c.metrics().small_style(), c.theme().text2);
  }
  toy(c, lower, in);
}

std::string subject(const Canvas& c, const FigureInput& in) {
  const auto name = [&](Order order) { return std::string(c.tr(order.channel_last ? "channel last" : "channel first")) + ", " + std::string(c.tr(order.columns ? "by columns" : "by rows")); };
  return stream::phrase(c, "cut {0}; read {1}", {name(written(in)), name(read_back(in))});
}

std::string caption(const Canvas& c, const FigureInput&) {
  return std::string(c.tr("Left: the pixels that the model sees. Right: the same numbers, flattened in one order and put back in another. Below: a toy picture of 4 × 4 pixels and 3 channels whose numbers are their places, with the "
                          "first token of 2 × 2 × 3 numbers in the order of cutting; colours are channels."));
}

Table data(const FigureInput& in) {
  Table table;
  TableColumn first{"toy_channel_first", {}}, last{"toy_channel_last", {}};
  const Sizes sizes{kToySide / kToyPatch, kToySide / kToyPatch, kToyPatch, kToyPatch, kToyChannels};
  for (int element = 0; element < 12; ++element) {
    first.values.push_back(static_cast<double>(pixel_of(sizes, {false, false}, 0, element)));
    last.values.push_back(static_cast<double>(pixel_of(sizes, {true, false}, 0, element)));
  }
  table.columns = {first, last};
  table.tensors = {{"rebuilt", shown(in).pixels}};
  return table;
}

}  // namespace

const Figure& order_lab() {
  static const Figure figure{"order-lab", "Orders", "flatten", {1340, 860}, ready, draw_figure, subject, caption, data, options()};
  return figure;
}

}  // namespace vitscope::figures
