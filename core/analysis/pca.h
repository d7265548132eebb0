// Principal components of token rows: reproducible to the bit, so that two figures of the same run agree.
#pragma once
#include <vector>

#include "core/colormap.h"
#include "core/tensor.h"
#include "core/trace.h"

namespace vitscope {

/// Principal component analysis of the rows of a matrix (each row one sample, the mean row subtracted).
struct Pca {
  Tensor mean;                    ///< [D], what was subtracted
  Tensor components;              ///< [F, D], unit length, by falling variance; the largest element of each is positive
  Tensor scores;                  ///< [n, F], the coordinate of each row along each component
  std::vector<double> explained;  ///< share of the variance of each component, 0..1
  int count() const { return static_cast<int>(explained.size()); }
};

/// At most `count` components, and as many as have a variance that stands above rounding (1e-12 of the total), so at most min(n - 1, D). Computed in double from the
/// smaller of the two Gram matrices; the sign is fixed by the element with the largest magnitude, the first of equals. No components when all rows are equal or a number is not finite.
Pca principal_components(const float* rows, int n, int width, int count);

/// The patches after `block` (Trace::stream_before(block + 1)); prefix tokens are left out, because their rows lie far from all patches. Requires that block's output.
Pca token_pca(const Trace& trace, int block, int count);

/// Which scores get the darkest and the brightest shade of a channel: the smallest and the largest, or the quantiles `cut` and 1 - `cut`, beyond which the shade stays.
struct PcaSpan {
  double cut = 0;
};
/// One colour per row: components 1, 2, 3 are red, green, blue, each component over its own span. Components that do not exist, or do not vary, are mid grey (128).
/// After Oquab et al. 2023 (DINOv2), figure 1, which maps three components to three channels.
std::vector<Rgb> token_pca_colors(const Pca& pca, PcaSpan span = {});
/// The scores that get the darkest and the brightest shade of a component.
struct PcaRange {
  double lo = 0, hi = 0;
};
PcaRange pca_range(const Pca& pca, int component, PcaSpan span = {});

}  // namespace vitscope
