// Figure 6 of the ViT paper: pictures beside themselves, brightened by attention rollout.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/study.h"
#include "core/trace.h"

namespace vitscope {

/// rollout [N], one share for each patch, in raster order -> brightness [height, width], 0..1: divided by the largest share, upscaled with a Lanczos kernel of
/// three lobes (weights renormalised at the edges), blurred with a Gaussian one patch wide (standard deviation half a patch), then spread from its minimum
/// to its maximum; 1 everywhere when all shares are equal. Source: Dosovitskiy et al. 2021, D.8, and the authors' answers in
/// google-research/vision_transformer issues 18 and 27; neither says how wide the blur is.
Tensor rollout_brightness(const Tensor& rollout, const PatchGrid& grid, int height, int width);

struct GalleryEntry {
  std::string name;
  std::shared_ptr<const Image> seen;      ///< the part of the picture that the model sees, at most kGallerySide on its longer side
  std::shared_ptr<const Image> attended;  ///< the same times the brightness
  Tensor rollout;                         ///< [N] shares of the patches in the class token's row
  int best = -1;                          ///< the most likely class; -1 for models with one output
  double probability = 0;
};
inline constexpr int kGallerySide = 512;

struct RolloutGallery {
  std::vector<GalleryEntry> entries;
};

/// One picture of a finished run, whose model has a class token.
GalleryEntry gallery_entry(const Trace& trace);

/// Loads a picture, on the computing thread.
using PictureSource = std::function<Result<PicturePtr>()>;
/// The open run first, then one forward pass for each of the first `most` other pictures that can be read, fitted as the open one; the rest is left out.
/// Nothing when it was stopped.
std::optional<RolloutGallery> rollout_gallery(const TracePtr& open, const std::vector<PictureSource>& others, std::size_t most, StudyContext& context);

}  // namespace vitscope
