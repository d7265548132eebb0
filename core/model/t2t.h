// Tokens-to-Token (Yuan et al. 2021, "Tokens-to-Token ViT"): tokens are made by overlapping windows, three times, with a small transformer between.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace vitscope {

/// Overlapping windows over an image, counted row by row; each becomes a row of numbers: channel, then row, then column of the window. What lies beyond
/// the image is zero.
struct SoftSplit {
  int channels = 0, height = 0, width = 0;  ///< of the image that is cut: pixels, or tokens of the step before
  int kernel = 0, stride = 0, padding = 0;
  int rows = 0, columns = 0;  ///< of windows: floor((side + 2 padding - kernel) / stride) + 1

  int windows() const { return rows * columns; }
  int length() const { return channels * kernel * kernel; }
  /// Row and column of the image at which a window begins; negative in the padding.
  int top(int window) const { return window / columns * stride - padding; }
  int left(int window) const { return window % columns * stride - padding; }

  /// A place of the image: element `element` of a window.
  struct Place {
    int channel = 0, row = 0, column = 0;
    bool padding = false;  ///< beyond the image: the number is zero
  };
  Place place(int window, int element) const;
  bool operator==(const SoftSplit&) const = default;
};

/// What makes the windows of a split meet: attention among all pairs of them, or a performer (Choromanski et al. 2021, "Rethinking Attention with Performers"; the form
/// of T2T-ViT's code), which has no matrix of pairs. With W [m, e] drawn once and never trained, phi(u) = exp(W u - |u|^2 / 2) / sqrt(m):
///   S = sum_j v_j phi(k_j)^T [e, m],  s = sum_j phi(k_j) [m],  D_i = phi(q_i) . s,  context_i = S phi(q_i) / (D_i + kPerformerEps)
inline constexpr double kPerformerEps = 1e-8;

struct T2tConfig {
  std::array<SoftSplit, 3> splits;
  int heads = 1, head_width = 0;       ///< of the token transformers; heads * head_width = width of what they make
  int hidden = 0;                      ///< of their MLPs
  std::array<float, 2> score_scale{};  ///< of their scores
  bool qkv_bias = false;
  int features = 0;  ///< m, random features of a performer, which has one head and no scale; 0: attention. W counts among the parameters, as all that a file stores

  bool performer() const { return features > 0; }
  int width() const { return heads * head_width; }
  /// Multiply-adds of splits 1 to 3 and both token transformers, without the projection to D. Squares of norms and divisions are not counted.
  std::int64_t multiply_adds() const;
};

struct SplitSizes {
  int kernel = 0, stride = 0, padding = 0;
};
/// The window sizes of LANL's code for kernels: stride (k + 1) / 2, padding (k + 1) / 4, both rounded down. Kernels 7, 3, 3 give the original 7/4/2, 3/2/1,
/// 3/2/1.
SplitSizes lanl_split(int kernel);
/// Three splits one behind the other over pictures of `height` x `width`, the second and third over images of `width_inside` channels. Nothing when a
/// window does not fit; then `why` says so.
std::optional<std::array<SoftSplit, 3>> soft_splits(int channels, int height, int width, int width_inside, const std::array<SplitSizes, 3>& sizes,
                                                    std::string& why);

}  // namespace vitscope
