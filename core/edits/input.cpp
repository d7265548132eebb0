// Edits of the picture and of the pixels that the model sees.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/edits/apply.h"
#include "core/edits/permutation.h"

namespace vitscope {

namespace {

double squared_distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double along = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0.0;
  const double x = a.x + along * dx - p.x, y = a.y + along * dy - p.y;
  return x * x + y * y;
}

/// Pictures as floats or bytes, whichever the original has.
class Painter {
 public:
  explicit Painter(const Image& image) : width_(image.width()), height_(image.height()), channels_(image.channels()) {
    if (image.is_bytes()) bytes_.assign(image.bytes().begin(), image.bytes().end());
    else floats_.assign(image.floats().begin(), image.floats().end());
  }
  void paint(const Stroke& stroke) {
    const std::vector<Point>& points = stroke.points;
    if (stroke.box) {
      const Box box{std::min(points[0].x, points[1].x), std::min(points[0].y, points[1].y), std::max(points[0].x, points[1].x), std::max(points[0].y, points[1].y)};
      return each_pixel(box, [&](Point centre) { return box.contains(centre); }, stroke.colour);
    }
    const double r = stroke.radius;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const Point a = points[i == 0 ? 0 : i - 1], b = points[i];
      const Box around{std::min(a.x, b.x) - r, std::min(a.y, b.y) - r, std::max(a.x, b.x) + r, std::max(a.y, b.y) + r};
      each_pixel(around, [&](Point centre) { return squared_distance(centre, a, b) <= r * r; }, stroke.colour);
    }
  }
  Image finish() {
    if (!bytes_.empty()) return Image::of_bytes(width_, height_, channels_, std::move(bytes_));
    return Image::of_floats(width_, height_, channels_, std::move(floats_));
  }

 private:
  /// Colours the pixels whose centre lies in the box and is `inside`.
  template <class Inside>
  void each_pixel(Box box, const Inside& inside, const std::array<float, 3>& colour) {
    const auto limit = [](double value, int size) { return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(size))); };
    const float grey = 0.299f * colour[0] + 0.587f * colour[1] + 0.114f * colour[2];
    for (int y = limit(std::floor(box.y0), height_); y < limit(std::ceil(box.y1), height_); ++y)
      for (int x = limit(std::floor(box.x0), width_); x < limit(std::ceil(box.x1), width_); ++x) {
        if (!inside(Point{x + 0.5, y + 0.5})) continue;
        for (int c = 0; c < channels_; ++c) {
          const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)) * static_cast<std::size_t>(channels_) + static_cast<std::size_t>(c);
          const float value = channels_ == 1 ? grey : colour[static_cast<std::size_t>(c)];
          if (bytes_.empty()) floats_[at] = value;
          else bytes_[at] = static_cast<std::uint8_t>(std::lround(value * 255));
        }
      }
  }

  int width_, height_, channels_;
  std::vector<std::uint8_t> bytes_;
  std::vector<float> floats_;
};

/// The picture with paint, fitted with a moved crop.
InputPtr from_picture(const InputPtr& input, const Edits& edits) {
  const bool painted = std::any_of(edits.begin(), edits.end(), [](const Edit& e) { return e.on && e.kind == EditKind::paint; });
  PreprocessSpec spec = input->spec;
  for (const Edit& edit : edits)
    if (edit.on && edit.kind == EditKind::move_crop) spec.shift_x += edit.x, spec.shift_y += edit.y;
  const bool moved = spec.shift_x != input->spec.shift_x || spec.shift_y != input->spec.shift_y;
  if (!input->picture || (!painted && !moved)) return input;
  PicturePtr picture = input->picture;
  if (painted) {
    Painter painter(picture->image);
    for (const Edit& edit : edits)
      if (edit.on && edit.kind == EditKind::paint)
        for (const Stroke& stroke : edit.strokes) painter.paint(stroke);
    auto other = std::make_shared<Picture>(*picture);
    other->image = painter.finish();
    picture = std::move(other);
  }
  auto fitted = std::make_shared<ModelInput>(*preprocess(picture, spec));
  fitted->name = input->name;
  return fitted;
}

/// Writes one patch, given by a value for each (channel, row, column) of it.
template <class Value>
void write_patch(Tensor& planes, const PatchGrid& grid, int patch, const Value& value) {
  const Box box = grid.pixels(patch);
  const int left = static_cast<int>(box.x0), top = static_cast<int>(box.y0);
  for (int c = 0; c < planes.dim(0); ++c)
    for (int y = 0; y < grid.patch_height(); ++y)
      for (int x = 0; x < grid.patch_width(); ++x)
        planes.edit()[(static_cast<std::ptrdiff_t>(c) * planes.dim(1) + top + y) * planes.dim(2) + left + x] = value(c, y, x);
}

float pixel_of_patch(const Tensor& planes, const PatchGrid& grid, int patch, int c, int y, int x) {
  return planes.at(c, grid.row(patch) * grid.patch_height() + y, grid.column(patch) * grid.patch_width() + x);
}

/// Mean over all patches, [C, P, P].
Tensor mean_patch(const Tensor& planes, const PatchGrid& grid) {
  Tensor mean({planes.dim(0), grid.patch_height(), grid.patch_width()});
  float* out = mean.edit();
  for (int c = 0; c < planes.dim(0); ++c)
    for (int y = 0; y < grid.patch_height(); ++y)
      for (int x = 0; x < grid.patch_width(); ++x) {
        double sum = 0;
        for (int patch = 0; patch < grid.patches(); ++patch) sum += static_cast<double>(pixel_of_patch(planes, grid, patch, c, y, x));
        *out++ = static_cast<float>(sum / grid.patches());
      }
  return mean;
}

}  // namespace

std::vector<PatchOrigin> patch_origins(const Edits& edits, int patches) {
  std::vector<PatchOrigin> origins(static_cast<std::size_t>(patches));
  for (int i = 0; i < patches; ++i) origins[static_cast<std::size_t>(i)].patch = i;
  const auto at = [&](int patch) -> PatchOrigin& { return origins[static_cast<std::size_t>(patch)]; };
  for (const Edit& edit : edits) {
    if (!edit.on) continue;
    if (edit.kind == EditKind::mask && (edit.fill == Fill::grey || edit.fill == Fill::mean)) {
      for (int patch : edit.patches) at(patch) = {edit.fill == Fill::grey ? kGreyPatch : kMeanPatch, &edit};
    } else if (edit.kind == EditKind::swap) {
      std::swap(at(edit.patches[0]), at(edit.patches[1]));
      at(edit.patches[0]).edit = at(edit.patches[1]).edit = &edit;
    } else if (edit.kind == EditKind::shuffle) {
      const std::vector<int> order = permutation(patches, edit.seed);
      const std::vector<PatchOrigin> before = origins;
      for (int i = 0; i < patches; ++i) at(i) = {before[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])].patch, &edit};
    } else if (edit.kind == EditKind::duplicate) {
      for (std::size_t i = 1; i < edit.patches.size(); ++i) at(edit.patches[i]) = {at(edit.patches[0]).patch, &edit};
    }
  }
  return origins;
}

InputPtr edited_input(const InputPtr& input, const Edits& edits, const PatchGrid& grid) {
  const InputPtr before = from_picture(input, edits);
  const std::vector<PatchOrigin> origins = patch_origins(edits, grid.patches());
  if (std::all_of(origins.begin(), origins.end(), [](const PatchOrigin& origin) { return origin.edit == nullptr; })) return before;
  auto after = std::make_shared<ModelInput>(*before);
  after->pixels = Tensor(before->pixels.shape(), before->pixels.values());
  const Tensor mean = mean_patch(before->pixels, grid);
  for (int patch = 0; patch < grid.patches(); ++patch) {
    const PatchOrigin& origin = origins[static_cast<std::size_t>(patch)];
    if (!origin.edit) continue;
    write_patch(after->pixels, grid, patch, [&](int c, int y, int x) {
      if (origin.patch == kGreyPatch) return before->picture ? 0.5f : 0.0f;  // numbers of a file are not known to lie in 0..1: their middle is 0
      return origin.patch == kMeanPatch ? mean.at(c, y, x) : pixel_of_patch(before->pixels, grid, origin.patch, c, y, x);
    });
  }
  after->values = normalised(after->pixels, after->spec);
  return after;
}

}  // namespace vitscope
