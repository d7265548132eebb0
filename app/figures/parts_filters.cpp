#include "app/figures/parts_filters.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>

#include "app/figures/kept.h"
#include "app/figures/parts_stream.h"
#include "core/variants.h"

namespace vitscope::figures::embed {

using draw::Align;
using draw::Canvas;
using draw::Color;
using draw::Rect;

namespace {

FilterPictures pictures_of(Tensor values, bool symmetric) {
  FilterPictures p;
  p.symmetric = symmetric;
  if (values.empty()) return p;
  p.count = values.dim(0);
  p.channels = values.dim(1);
  p.height = values.dim(2);
  p.width = values.dim(3);
  p.values = std::move(values);
  for (int f = 0; f < p.count; ++f) {
    const std::span<const float> weights = p.values.row(f);
    const auto [lo, hi] = std::minmax_element(weights.begin(), weights.end());
    const float largest = std::max(std::abs(*lo), std::abs(*hi));
    draw::Span span{symmetric ? -largest : *lo, symmetric ? largest : *hi};
    if (!(span.hi > span.lo)) span = {span.lo - 1, span.hi + 1};
    p.spans.push_back(span);
  }
  if (p.channels != 3) return p;
  const int area = p.height * p.width;
  p.colours = Tensor({3, p.count * p.height, p.width});
  for (int f = 0; f < p.count; ++f)
    for (int channel = 0; channel < 3; ++channel) {
      const float* from = p.values.row(f).data() + channel * area;
      float* to = p.colours.edit() + (static_cast<std::int64_t>(channel) * p.count + f) * area;
      const draw::Span span = p.spans[static_cast<std::size_t>(f)];
      for (int i = 0; i < area; ++i) to[i] = (from[i] - span.lo) / (span.hi - span.lo);
    }
  return p;
}

/// Grey where the pictures have one channel; where there are several that are no colours, blue to red, of the first.
draw::HeatStyle heat_of(const FilterPictures& p, draw::Span span) {
  draw::HeatStyle heat = stream::signed_heat(span);
  if (p.channels == 1) heat.map = ColorMap::grey;
  return heat;
}

FilterPictures components_of(const Model& model) {
  EmbeddingFilters filters = embedding_filters(model);
  FilterPictures pictures = pictures_of(filters.components, true);
  pictures.explained = std::move(filters.explained);
  return pictures;
}

/// The time grows with the cube of the smaller side.
bool heavy(const VitConfig& config) {
  constexpr int kQuick = 256;
  return config.cuts_patches() && std::min(config.dim, config.patch_length()) > kQuick;
}

std::string key_of(const FigureInput& in) { return study_key("filter components", in.trace.model().weights.patch.weight().id()); }

}  // namespace

std::vector<Study> component_studies(const FigureInput& in) {
  if (!heavy(in.config())) return {};
  return {study_of<FilterPictures>(key_of(in), "Principal components of the filters", [model = in.trace.model_ptr()](StudyContext& context) -> Result<std::optional<FilterPictures>> {
    if (!context.go_on(0, 0)) return std::optional<FilterPictures>();
    return std::optional<FilterPictures>(components_of(*model));
  })};
}

std::shared_ptr<const FilterPictures> principal_components(const FigureInput& in) {
  if (heavy(in.config())) return found<FilterPictures>(in, key_of(in));
  static Kept<std::uint64_t, std::shared_ptr<const FilterPictures>, 2> kept;
  const Model& model = in.trace.model();
  return kept.get(model.weights.patch.weight().id(), [&] { return std::make_shared<const FilterPictures>(components_of(model)); });
}

FilterPictures learned_filters(const Model& model, int first, int count, bool symmetric) {
  using Key = std::tuple<std::uint64_t, int, int, bool>;
  static Kept<Key, FilterPictures, 4> kept;
  const Tensor& weight = model.weights.patch.weight();
  const auto& config = model.config;
  first = std::clamp(first, 0, config.dim - 1);
  count = std::clamp(count, 1, config.dim - first);
  return kept.get(Key{weight.id(), first, count, symmetric}, [&] {
    const auto length = static_cast<std::size_t>(config.patch_length());
    const auto values = weight.values().subspan(static_cast<std::size_t>(first) * length, static_cast<std::size_t>(count) * length);
    return pictures_of(filters_as_pictures(Tensor({count, config.patch_length()}, values), config), symmetric);
  });
}

void filter_tile(Canvas& c, Rect r, const FilterPictures& p, int index) {
  if (p.channels == 3) {
    c.planes(r, p.colours, {0, static_cast<double>(index) * p.height, static_cast<double>(p.width), static_cast<double>(index + 1) * p.height});
    return;
  }
  const std::int64_t size = static_cast<std::int64_t>(p.channels) * p.height * p.width;
  c.heat(r, draw::Matrix(p.values, index * size, p.height, p.width, p.width), heat_of(p, p.spans[static_cast<std::size_t>(index)]));
}

void filter_scale(Canvas& c, Rect r, const FilterPictures& p, std::string_view label, std::string_view brief) {
  const auto small = c.metrics().small_style();
  const float u = c.u(), lh = stream::line_height(c), height = 1.1f * u;
  const float width = std::min(16 * u, r.width() * 0.4f), margin = c.text_width(p.symmetric ? c.tr("−max") : c.tr("smallest"), small) / 2;
  const Rect bar = draw::rect_at({r.x0 + margin, r.y0}, width, height);
  constexpr int kParts = 48;
  const int rows = p.channels == 3 ? 3 : 1;
  for (int row = 0; row < rows; ++row)
    for (int i = 0; i < kParts; ++i) {
      const float share = (static_cast<float>(i) + 0.5f) / kParts;
      const auto level = static_cast<std::uint8_t>(std::lround(share * 255));
      Color color = draw::of(color_of(heat_of(p, {0, 1}).map, share, 0, 1));
      const std::uint8_t rest = p.symmetric ? 128 : 0;
      if (rows == 3) color = Color{row == 0 ? level : rest, row == 1 ? level : rest, row == 2 ? level : rest, 255};
      const float part = width / kParts, down = height / static_cast<float>(rows);
      c.fill(draw::rect_at({bar.x0 + part * static_cast<float>(i), bar.y0 + down * static_cast<float>(row)}, part + 0.1f, down), color);
    }
  const float y = bar.y1 + 0.5f * u;
  c.text({bar.x0, y}, p.symmetric ? c.tr("−max") : c.tr("smallest"), small, c.theme().text3, Align::centre);
  if (p.symmetric) c.text({bar.centre().x, y}, "0", small, c.theme().text3, Align::centre);
  c.text({bar.x1, y}, p.symmetric ? c.tr("+max") : c.tr("largest"), small, c.theme().text3, Align::centre);
  const float x = bar.x1 + margin + 1.5f * u;
  const Rect line{x, bar.y0 - (lh - height) / 2, r.x1, bar.y0 - (lh - height) / 2 + lh};
  if (!line_if_fits(c, line, label, small, c.theme().text3)) line_if_fits(c, line, brief, small, c.theme().text3);
}

}  // namespace vitscope::figures::embed
