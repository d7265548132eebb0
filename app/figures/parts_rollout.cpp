#include "app/figures/parts_rollout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <vector>

#include "app/draw/number.h"
#include "app/figures/kept.h"
#include "core/image/resample.h"

namespace vitscope::figures::attention {

using draw::Canvas;
using draw::Rect;
using draw::Vec;

namespace {

constexpr int kLongestSide = 640;  // of a lit picture: enough for a panel, quick to make

/// The part of the original picture that the model sees, as bright as a mask; or the model's input where there is no picture.
struct Lit {
  std::shared_ptr<const Image> image;
  Box original;   ///< where `image` lies in the original picture
  Tensor planes;  ///< [C, H, W] without a picture
};

/// Columns or rows from..from+count of an axis of `size` pixels that is scaled to `scaled`.
struct Part {
  int from = 0, count = 1;
  std::int64_t scaled = 1;
  double original(double i, int size) const { return (from + i) * size / static_cast<double>(scaled); }
};
Part part_of(double lo, double hi, int size, double factor) {
  Part part;
  part.scaled = std::max<std::int64_t>(1, std::llround(size * factor));
  const double f = static_cast<double>(part.scaled) / size;
  part.from = std::clamp(static_cast<int>(std::floor(lo * f + 1e-6)), 0, static_cast<int>(part.scaled) - 1);
  part.count = std::clamp(static_cast<int>(std::ceil(hi * f - 1e-6)) - part.from, 1, static_cast<int>(part.scaled) - part.from);
  return part;
}

Image part_of_picture(const Image& image, const Part& across, const Part& down) {
  if (across.scaled < image.width() || down.scaled < image.height())
    return resample_bicubic_part(image, across.scaled, down.scaled, {across.from, down.from, across.count, down.count});
  // Single pixels of a small picture stay visible.
  const auto nearest = [](const Part& part, int i, int size) { return std::min(static_cast<int>(part.original(i + 0.5, size)), size - 1); };
  std::vector<int> columns;
  for (int x = 0; x < across.count; ++x) columns.push_back(nearest(across, x, image.width()));
  std::vector<float> values(static_cast<std::size_t>(down.count) * columns.size() * static_cast<std::size_t>(image.channels()));
  float* value = values.data();
  for (int y = 0; y < down.count; ++y) {
    const int row = nearest(down, y, image.height());
    for (const int column : columns)
      for (int k = 0; k < image.channels(); ++k) *value++ = image.value(row, column, k);
  }
  return Image::of_floats(across.count, down.count, image.channels(), std::move(values));
}

Lit light(const Trace& trace, const BrightnessMask& mask) {
  const ModelInput& input = trace.input();
  const int height = trace.config().image_height, width = trace.config().image_width;
  Lit lit;
  if (!input.picture || input.picture->image.empty()) {
    lit.planes = Tensor(input.pixels.shape());
    for (int k = 0; k < input.pixels.dim(0); ++k)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) lit.planes.edit()[(k * height + y) * width + x] = input.pixels.at(k, y, x) * mask.at({x + 0.5, y + 0.5}, height, width);
    return lit;
  }
  const Image& image = input.picture->image;
  const Box seen = input.map.seen();
  const double factor = kLongestSide / std::max({seen.width(), seen.height(), 1.0});
  const double whole = factor >= 1 ? std::max(1.0, std::floor(factor)) : factor;
  const Part across = part_of(seen.x0, seen.x1, image.width(), whole), down = part_of(seen.y0, seen.y1, image.height(), whole);
  const Image part = part_of_picture(image, across, down);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(part.width()) * static_cast<std::size_t>(part.height()) * static_cast<std::size_t>(part.channels()));
  std::size_t at = 0;
  for (int y = 0; y < part.height(); ++y)
    for (int x = 0; x < part.width(); ++x) {
      const Point model = input.map.to_model(Point{across.original(x + 0.5, image.width()), down.original(y + 0.5, image.height())});
      const float brightness = mask.at(model, height, width);
      for (int k = 0; k < part.channels(); ++k, ++at) bytes[at] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(part.value(y, x, k) * brightness, 0.0f, 1.0f)));
    }
  lit.image = std::make_shared<const Image>(Image::of_bytes(part.width(), part.height(), part.channels(), std::move(bytes)));
  lit.original = {across.original(0, image.width()), down.original(0, image.height()), across.original(across.count, image.width()), down.original(down.count, image.height())};
  return lit;
}

struct Shown {
  BrightnessMask mask;
  Lit lit;
};
std::shared_ptr<const Shown> shown_of(const FigureInput& input, const RolloutMap& map, RolloutDisplay display) {
  static Kept<std::tuple<std::uint64_t, std::uint64_t, RolloutDisplay>, std::shared_ptr<const Shown>, 6> kept;
  return kept.get({map.rolled.rows.id(), input.trace.input().pixels.id(), display}, [&] {
    Tensor cells({map.grid.rows, map.grid.columns});
    for (int row = 0; row < map.grid.rows; ++row)
      for (int column = 0; column < map.grid.columns; ++column) cells.edit()[row * map.grid.columns + column] = map.grid.at(row, column);
    auto shown = std::make_shared<Shown>();
    shown->mask = brightness_mask(cells, input.grid(), display);
    shown->lit = light(input.trace, shown->mask);
    return shown;
  });
}

std::string key_of(const FigureInput& input, const RolloutOptions& o) {
  return study_key("rollout", input.trace.at(Slot::attn, input.config().depth - 1).id(),
                   {static_cast<int>(o.fusion), o.residual, std::lround(o.discard * 1000), o.divide_columns, o.start_block});
}

/// Whether so many rollouts take longer than a frame may.
bool heavy(const VitConfig& config, std::size_t count) { return static_cast<double>(count) * config.depth * config.heads * config.tokens() * config.tokens() > 8e6; }

/// The five settings matter only where no published variant sets them.
bool own_settings(const Selection& selection) { return choice(selection, rollout_options()[0]) == 0; }

}  // namespace

std::span<const Option> rollout_options() {
  static const std::vector<Option> all{
      {Option::Kind::choice, "rollout.variant", "Variant", 0, 5, 0, {"own settings", "ViT paper", "Keras", "vit-explain", "vit-explain code", "Chefer"}},
      {Option::Kind::choice, "rollout.heads", "Heads", 0, 2, 0, {"mean", "largest", "smallest"}, false, own_settings},
      {Option::Kind::toggle, "rollout.residual", "Residual", 0, 1, 1, {}, false, own_settings},
      {Option::Kind::slider, "rollout.discard", "Discard", 0, 0.95f, 0, {}, false, own_settings},
      {Option::Kind::slider, "rollout.start", "Start block", 0, 63, 0, {}, true, own_settings},
  };
  return all;
}

RolloutChoice rollout_choice(const FigureInput& input) {
  const std::span<const Option> all = rollout_options();
  const int last = input.config().depth - 1;
  RolloutChoice chosen;
  if (const std::size_t variant = choice(input.selection, all[0]); variant > 0) {
    chosen.variant = &rollout_variants()[variant];
    chosen.options = chosen.variant->options;
    chosen.display = chosen.variant->display;
  } else {
    constexpr std::array kinds{HeadFusion::mean, HeadFusion::max, HeadFusion::min};
    chosen.options.fusion = kinds[choice(input.selection, all[1])];
    chosen.options.residual = option(input.selection, all[2]) >= 0.5f;
    chosen.options.discard = static_cast<double>(std::clamp(option(input.selection, all[3]), 0.0f, 0.95f));
    chosen.options.start_block = static_cast<int>(std::lround(std::clamp(option(input.selection, all[4]), 0.0f, static_cast<float>(last))));
  }
  chosen.options.start_block = std::min(chosen.options.start_block, last);
  return chosen;
}

bool not_a_distribution(const RolloutOptions& options) { return options.fusion != HeadFusion::mean || options.discard > 0.0005; }

std::string row_sums_text(const Canvas& c, const RowSums& sums) {
  const auto written = [](double value) { return draw::number(value, 3); };
  if (std::max(std::abs(sums.smallest - 1), std::abs(sums.largest - 1)) < 5e-4) return std::string(c.tr("rows sum to 1"));
  return filled(c.tr("rows sum to {0} to {1}"), {written(sums.smallest), written(sums.largest)});
}

bool rollout_ready(const FigureInput& input) {
  for (int block = 0; block < input.config().depth; ++block)
    if (!input.trace.has(Slot::attn, block)) return false;
  return input.config().patches() > 0;
}

RolloutMap rollout_map(const FigureInput& input, const RolloutOptions& options) {
  const auto known = found<RolloutRows>(input, key_of(input, options));
  RolloutMap map{known ? *known : rollout_by_block(input.trace, options), {}, 0};
  const draw::Matrix rows(map.rolled.rows);
  map.grid = on_grid(rows, rows.rows - 1, input.grid());
  map.kept = prefix_share(rows, rows.rows - 1, input.grid());
  return map;
}

std::vector<Study> rollout_studies(const FigureInput& input, std::span<const RolloutOptions> all) {
  std::vector<Study> studies;
  if (!heavy(input.config(), all.size())) return studies;
  const auto trace = std::make_shared<const Trace>(input.trace);
  for (const RolloutOptions& options : all)
    studies.push_back(study_of<RolloutRows>(key_of(input, options), "Attention rollout", [trace, options](StudyContext& context) -> Result<std::optional<RolloutRows>> {
      const int depth = trace->config().depth;
      std::vector<Tensor> factors;
      for (int block = options.start_block; block < depth; ++block) {
        if (!context.go_on(block - options.start_block, depth - options.start_block)) return std::optional<RolloutRows>();
        factors.push_back(rollout_factor(trace->at(Slot::attn, block), options));
      }
      return std::optional<RolloutRows>(RolloutRows{rollout_rows(factors, rollout_query(trace->grid()).values()), rollout_row_sums(factors)});
    }));
  return studies;
}

bool rollouts_found(const FigureInput& input, std::span<const RolloutOptions> all) {
  if (!heavy(input.config(), all.size())) return true;
  return std::all_of(all.begin(), all.end(), [&](const RolloutOptions& options) { return found<RolloutRows>(input, key_of(input, options)) != nullptr; });
}

Rect lit_picture(Canvas& c, Rect r, const FigureInput& input, const RolloutMap& map, RolloutDisplay display) {
  const PatchGrid& grid = input.grid();
  const Rect place = snug(r, input.trace);
  const draw::PhotoView view = draw::photo(c, place, input.trace);
  const auto shown = shown_of(input, map, display);
  if (shown->lit.image) {
    const Vec a = view.of_original({shown->lit.original.x0, shown->lit.original.y0}), b = view.of_original({shown->lit.original.x1, shown->lit.original.y1});
    const Image& image = *shown->lit.image;
    c.image({a.x, a.y, b.x, b.y}, shown->lit.image, {0, 0, static_cast<double>(image.width()), static_cast<double>(image.height())}, true);
  } else {
    const Tensor& planes = shown->lit.planes;
    const Box all{0, 0, static_cast<double>(planes.dim(2)), static_cast<double>(planes.dim(1))};
    c.planes(view.of_model(all), planes, all);
  }
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const int token = grid.token_of(patch);
    c.tag(view.of_model(grid.pixels(patch)), draw::TokenTarget{token},
          draw::token_name(c, token, grid) + ": " + draw::percent(static_cast<double>(map.grid.at(grid.row(patch), grid.column(patch)))));
  }
  const int pointed = hovered_key(input);
  if (pointed >= grid.prefix() && pointed < grid.tokens()) c.hovered(view.of_model(grid.pixels(grid.patch_of(pointed))).inset(1));
  return place;
}

float lit_bar(Canvas& c, Vec corner, float width, const FigureInput& input, const RolloutMap& map, RolloutDisplay display) {
  const auto shown = shown_of(input, map, display);
  draw::BarStyle style;
  style.heat.map = ColorMap::grey;
  style.heat.span = {static_cast<float>(shown->mask.black), static_cast<float>(shown->mask.white)};
  style.vertical = false;
  style.as_percent = true;
  const Rect bar = draw::rect_at(corner, width, c.u());
  const Rect box = draw::color_bar(c, bar, style);
  return std::max(box.y1, bar.y1) - corner.y;
}

}  // namespace vitscope::figures::attention
