// The operations of a Vision Transformer on plain float arrays, row-major, without batch axis.
// Every function gives the same bits for any number of threads. All sizes are positive; no argument aliases an
// output unless it says so. T tokens, D width, H heads, d head width, M hidden width.
#pragma once
#include <memory>
#include <string_view>

#include "core/tensor.h"

namespace vitscope {
class ThreadPool;
}

namespace vitscope::ops {

/// A weight matrix [out, in] and its bias [out] (or none), with the copy that the fast kernel reads. The copy is packed
/// on first use by linear(), once, safely from any thread. Cheap to copy: copies share everything.
class Linear {
 public:
  Linear() = default;
  Linear(Tensor weight, Tensor bias);  ///< weight [out, in] (more than two axes: the rest is flattened), bias [out] or empty
  int in() const;
  int out() const;
  bool empty() const { return weight_.empty(); }
  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }
  struct Packed;
  const Packed& packed() const;

 private:
  Tensor weight_, bias_;
  struct Lazy;
  std::shared_ptr<Lazy> lazy_;
};

/// y [rows, out] = x [rows, in] W^T + b.
void linear(ThreadPool&, const float* x, int rows, const Linear& w, float* y);

/// y[r] = (x[r] - mean) / sqrt(biased variance + eps) * gain + shift, for each row of `width`.
void layer_norm(ThreadPool&, const float* x, int rows, int width, const float* gain, const float* shift, float eps, float* y);

/// y[r] = softmax of row x[r]; the row maximum is subtracted first. x may be y.
void softmax_rows(ThreadPool&, const float* x, int rows, int width, float* y);

/// y = x/2 (1 + erf(x / sqrt 2)), element by element (Hendrycks & Gimpel 2016, exact form). x may be y.
void gelu(ThreadPool&, const float* x, std::int64_t count, float* y);

/// sum = a + b, element by element; sum may be a or b.
void add(ThreadPool&, const float* a, const float* b, std::int64_t count, float* sum);

/// Splits the rows of qkv [T, 3*H*d] (q, k, v in this order, each head by head) into q, k, v, each [H, T, d].
void split_heads(ThreadPool&, const float* qkv, int tokens, int heads, int head_width, float* q, float* k, float* v);

/// scores [H, T, T] = scale * q k^T; row = query, column = key; q, k [H, T, d].
void attention_scores(ThreadPool&, const float* q, const float* k, int heads, int tokens, int head_width, float scale, float* scores);

/// out [H, T, d] = attn [H, T, T] v [H, T, d], head by head.
void weighted_sum(ThreadPool&, const float* attn, const float* v, int heads, int tokens, int head_width, float* out);

/// joined [T, H*d]: the heads [H, T, d] side by side.
void join_heads(ThreadPool&, const float* heads_out, int heads, int tokens, int head_width, float* joined);

/// Where windows of an image lie: window (r, c) begins at row top + r * stride, column left + c * stride. What lies beyond the bounds is zero.
struct Windows {
  int channels = 0, height = 0, width = 0;  ///< of the image [channels, height, width]
  int kernel = 0, stride = 0;
  int rows = 0, columns = 0;  ///< of windows
  int top = 0, left = 0;
  int bound_top = 0, bound_left = 0, bound_bottom = 0, bound_right = 0;  ///< the part of the image that windows see, half-open
};
/// rows [rows * columns, channels * kernel * kernel]: one window a row, as channel, row, column of the window (PyTorch's Unfold, transposed).
void unfold(ThreadPool&, const float* image, const Windows& w, float* rows);

/// The transpose: out [columns, rows] of x [rows, columns].
void transpose(ThreadPool&, const float* x, int rows, int columns, float* out);

/// Which build of the kernels runs on this processor: "x86-64-v4", "x86-64-v3" or "generic".
std::string_view kernel_name();

}  // namespace vitscope::ops
