// From a picture of any size to the numbers a model sees, and the exact way back.
#pragma once
#include <array>
#include <memory>
#include <string_view>

#include "core/geometry.h"
#include "core/image/image.h"
#include "core/tensor.h"

namespace vitscope {

enum class ResizeMode { crop, stretch, pad };
/// "crop", "stretch", "pad"
std::string_view name_of(ResizeMode mode);

/// What a model expects of its input.
struct PreprocessSpec {
  int height = 0, width = 0, channels = 3;
  ResizeMode mode = ResizeMode::crop;
  /// crop only: share of the resized picture's side that the input covers (timm's crop_pct), 0 < f <= 1. The picture is resized,
  /// keeping its shape, until it covers height/f x width/f; then the middle is cut out.
  double crop_fraction = 1.0;
  /// crop only: how far the cut is moved to the right and down, in pixels of the original picture, as far as the picture reaches.
  double shift_x = 0, shift_y = 0;
  /// Of each channel, or of each colour where there are more than four channels: see constants_of() in channels.h.
  std::array<float, 4> mean{0.5f, 0.5f, 0.5f, 0.5f}, std{0.5f, 0.5f, 0.5f, 0.5f};
};

/// The one type that answers where a model pixel lies in the original picture. Both maps are affine per axis and inverse to
/// each other: original = model * scale + offset. Coordinates are continuous; pixel (row y, column x) covers [x, x+1) x [y, y+1).
class PixelMap {
 public:
  PixelMap() = default;
  PixelMap(double scale_x, double offset_x, double scale_y, double offset_y, Box original, Box model);
  Point to_original(Point model) const;
  Box to_original(Box model) const;
  Point to_model(Point original) const;
  Box to_model(Box original) const;
  /// The part of the original picture that the model sees (clipped to the picture).
  Box seen() const;
  /// The part of the model input that shows the picture; smaller than the input where it was padded.
  Box covered() const;

 private:
  double sx_ = 1, ox_ = 0, sy_ = 1, oy_ = 0;
  Box original_, model_;
};

/// A picture made ready for a model. Immutable once made.
struct ModelInput {
  PicturePtr picture;  ///< null when the values came from a file of numbers
  std::string name;    ///< the picture's name, or the file of numbers
  PreprocessSpec spec;
  PixelMap map;                    ///< identity when there is no picture
  Tensor pixels;                   ///< [C, H, W], 0..1, after resizing, before normalising; for files of numbers a copy of `values`
  Tensor values;                   ///< [C, H, W], (pixels - mean) / std per channel
  std::vector<std::string> notes;  ///< such as "grey picture repeated for 3 channels"
};
using InputPtr = std::shared_ptr<const ModelInput>;

/// Resizes, cuts or pads (with grey 0.5), converts channels (grey -> repeated; colour -> luma 0.299 R + 0.587 G + 0.114 B for one channel, for other
/// numbers than three red, green and blue in turn, see channels.h) and normalises.
InputPtr preprocess(PicturePtr picture, const PreprocessSpec& spec);
/// Pixels [C, H, W] of 0..1 as a model with this spec sees them: (pixels - mean) / std per channel.
Tensor normalised(const Tensor& pixels, const PreprocessSpec& spec);
/// Takes float numbers [C, H, W] as they are.
InputPtr input_of_values(std::string name, Tensor values);
/// Reads a .npy file of float32 [C, H, W] (C up to kMostChannels) that is fed as it is. Errors name the file, the found and the expected shape or type.
Result<InputPtr> load_input_values(const std::string& path);

}  // namespace vitscope
