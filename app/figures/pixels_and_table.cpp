// Rows of pixel values plus a table of sinusoids of the same width: how much of the sum is picture, how much place.
#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "app/figures/parts_embed.h"
#include "app/figures/parts_stream.h"
#include "core/model/position.h"
#include "core/steps/explain.h"

namespace vitscope::figures {

namespace {

using namespace embed;
using draw::Canvas;
using draw::Rect;

/// Three matrices [N, P*P*C] and what they span.
struct Sum {
  Tensor pixels, table, sum;
  double pixel_length = 0, table_length = 0;  ///< mean Euclidean length of a row
  float reach = 1;                            ///< of the scale that all three are drawn on
};

float magnitude(const Tensor& tensor) {
  float most = 0;
  for (const float value : tensor.values()) most = std::max(most, std::abs(value));
  return most;
}

double mean_length(const Tensor& rows) {
  double all = 0;
  for (int i = 0; i < rows.dim(0); ++i) {
    double squares = 0;
    for (int j = 0; j < rows.dim(1); ++j) squares += std::pow(static_cast<double>(rows.at(i, j)), 2);
    all += std::sqrt(squares);
  }
  return all / rows.dim(0);
}

/// Pixel values 0..1 in the order in which the model flattens its patches, not normalised.
std::shared_ptr<const Sum> sum_of(const FigureInput& in) {
  static Kept<std::uint64_t, std::shared_ptr<const Sum>, 4> kept;
  return kept.get(in.trace.at(Slot::pixels).id(), [&] {
    const VitConfig& c = in.config();
    const Tensor& picture = in.trace.at(Slot::pixels);
    auto made = std::make_shared<Sum>();
    made->pixels = Tensor({c.patches(), c.patch_length()});
    made->table = sinusoidal_table(c.patches(), c.patch_length());
    made->sum = Tensor({c.patches(), c.patch_length()});
    float *pixels = made->pixels.edit(), *sum = made->sum.edit();
    for (int patch = 0; patch < c.patches(); ++patch)
      for (int element = 0; element < c.patch_length(); ++element) {
        const why::PatchPixel at = why::pixel_of_element(c, patch, element);
        *pixels = picture.at(at.channel, at.row, at.column);
        *sum++ = *pixels++ + made->table.at(patch, element);
      }
    made->reach = std::max({1.0f, magnitude(made->pixels), magnitude(made->table), magnitude(made->sum)});
    made->pixel_length = mean_length(made->pixels);
    made->table_length = mean_length(made->table);
    return std::shared_ptr<const Sum>(std::move(made));
  });
}

bool ready(const FigureInput& in) { return in.config().cuts_patches() && in.trace.has(Slot::pixels) && in.trace.has(Slot::patches); }

/// "-0.985 to 2.00"; kept from frame to frame.
std::string range_text(const Canvas& c, const Tensor& tensor) {
  static Kept<std::uint64_t, draw::Span, 12> kept;
  const draw::Span range = kept.get(tensor.id(), [&] {
    const auto values = tensor.values();
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return draw::Span{*low, *high};
  });
  return stream::phrase(c, "{0} to {1}", {draw::number(static_cast<double>(range.lo), 3), draw::number(static_cast<double>(range.hi), 3)});
}

/// Title, range, cells with their axes. The chosen patch's row is marked.
void draw_rows(Canvas& c, Rect r, const FigureInput& in, const Tensor& tensor, std::string_view title, const draw::HeatStyle& heat, bool labels) {
  const int chosen = chosen_patch(in), hovered = hovered_patch(in), rows = tensor.dim(0);
  stream::heading(c, r, title, range_text(c, tensor));
  r.cut_bottom(stream::line_height(c) + c.u());
  c.heat(r, draw::Matrix(tensor), heat);
  const auto row = [&](int patch) {
    const float height = r.height() / static_cast<float>(rows);
    return Rect{r.x0, r.y0 + static_cast<float>(patch) * height, r.x1, r.y0 + static_cast<float>(patch + 1) * height};
  };
  tag_patches(c, in, row);
  if (labels) {
    CellAxis axis;
    axis.count = rows;
    axis.chosen = chosen;
    axis.vertical = true;
    cell_axis(c, r, axis);
  }
  stream::column_axis(c, r, tensor.dim(1), stream::dim_name(c, Dim::patch_length, in.config()), c.theme().patch_token);
  c.pinned(row(chosen));
  if (hovered >= 0 && hovered != chosen) c.hovered(row(hovered));
}

void draw_figure(Canvas& c, Rect r, const FigureInput& in) {
  const auto made = sum_of(in);
  const float u = c.u(), sign = 4 * u;
  // One scale for all three, so that they can be weighed against each other.
  const draw::HeatStyle heat = stream::signed_heat({-made->reach, made->reach});
  Rect bar = r.cut_bottom(stream::lying_bar_height(c));
  r.cut_bottom(u);
  r.cut_left(c.text_width("8888", c.metrics().small_medium()) + u);
  const float width = (r.width() - 2 * sign) / 3, top = r.y0 + stream::heading_height(c), end = r.y1 - stream::line_height(c) - u;
  const Rect first = r.cut_left(width), plus = r.cut_left(sign), second = r.cut_left(width), equals = r.cut_left(sign);
  draw_rows(c, first, in, made->pixels, c.tr("Pixels of the patches"), heat, true);
  stream::sign(c, {plus.x0, top, plus.x1, end}, "+");
  draw_rows(c, second, in, made->table, c.tr("Sinusoids"), heat, false);
  stream::sign(c, {equals.x0, top, equals.x1, end}, "=");
  draw_rows(c, r, in, made->sum, c.tr("Sum"), heat, false);
  bar.x0 = first.x0;
  stream::lying_bar(c, bar, heat, c.tr("one scale for all three"));
}

std::string caption(const Canvas& c, const FigureInput& in) {
  const auto made = sum_of(in);
  const double ratio = made->pixel_length > 0 ? made->table_length / made->pixel_length : 0;
  std::string text = stream::phrase(c,
                                    "Each patch is a row of its {0} pixel values from 0 to 1, neither normalised nor projected; the table has sinusoids along the raster of the same width (Vaswani et al. 2017), "
                                    "as a tutorial adds them. On average a row of the table is {1} long (L2 norm), a row of pixels {2}.",
                                    {std::to_string(in.config().patch_length()), draw::number(made->table_length, 3), draw::number(made->pixel_length, 3)});
  if (ratio > 1) text += " " + stream::phrase(c, "So the place outweighs the picture {0} times.", {draw::number(ratio, 2)});
  text += " ";
  text += c.tr("Models add their table behind the projection, which is learned together with it.");
  return text;
}

Table data(const FigureInput& in) {
  const auto made = sum_of(in);
  Table table;
  table.columns = {{"patch", {}}, {"pixels_least", {}}, {"pixels_most", {}}, {"sum_least", {}}, {"sum_most", {}}};
  const auto length = static_cast<std::size_t>(in.config().patch_length());
  for (int patch = 0; patch < in.config().patches(); ++patch) {
    const auto row = [&](const Tensor& tensor) { return tensor.values().subspan(static_cast<std::size_t>(patch) * length, length); };
    const auto pixels = row(made->pixels), sum = row(made->sum);
    const float values[] = {static_cast<float>(patch), *std::min_element(pixels.begin(), pixels.end()), *std::max_element(pixels.begin(), pixels.end()),
                            *std::min_element(sum.begin(), sum.end()), *std::max_element(sum.begin(), sum.end())};
    for (std::size_t k = 0; k < table.columns.size(); ++k) table.columns[k].values.push_back(static_cast<double>(values[k]));
  }
  table.tensors = {{"pixels", made->pixels}, {"table", made->table}, {"sum", made->sum}};
  return table;
}

}  // namespace

const Figure& pixels_and_table() {
  static const Figure figure{"pixels-and-table", "Pixels and sinusoids", "position", {1340, 520}, ready, draw_figure, patch_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
