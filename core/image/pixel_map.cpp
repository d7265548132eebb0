#include <algorithm>

#include "core/image/preprocess.h"

namespace vitscope {

namespace {
Box common_part(const Box& a, const Box& b) {
  Box part{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1), std::min(a.y1, b.y1)};
  part.x1 = std::max(part.x0, part.x1);
  part.y1 = std::max(part.y0, part.y1);
  return part;
}
}  // namespace

PixelMap::PixelMap(double scale_x, double offset_x, double scale_y, double offset_y, Box original, Box model)
    : sx_(scale_x), ox_(offset_x), sy_(scale_y), oy_(offset_y), original_(original), model_(model) {}

Point PixelMap::to_original(Point model) const { return {model.x * sx_ + ox_, model.y * sy_ + oy_}; }

Box PixelMap::to_original(Box model) const {
  const Point a = to_original(Point{model.x0, model.y0}), b = to_original(Point{model.x1, model.y1});
  return {a.x, a.y, b.x, b.y};
}

Point PixelMap::to_model(Point original) const { return {(original.x - ox_) / sx_, (original.y - oy_) / sy_}; }

Box PixelMap::to_model(Box original) const {
  const Point a = to_model(Point{original.x0, original.y0}), b = to_model(Point{original.x1, original.y1});
  return {a.x, a.y, b.x, b.y};
}

Box PixelMap::seen() const { return common_part(to_original(model_), original_); }

Box PixelMap::covered() const { return common_part(to_model(original_), model_); }

}  // namespace vitscope
