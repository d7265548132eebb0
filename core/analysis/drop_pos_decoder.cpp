#include "core/analysis/drop_pos_decoder.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/model/random.h"
#include "core/ops/thread_pool.h"

namespace vitscope {

namespace {

Tensor filled(int width, float value) {
  Tensor tensor({width});
  std::fill_n(tensor.edit(), tensor.size(), value);
  return tensor;
}

NormWeights plain_norm(int width) { return {filled(width, 1), filled(width, 0)}; }

/// Uniform in -1..1, from 24 bits: the same on every machine.
float evenly(std::uint32_t bits) { return static_cast<float>(static_cast<std::int32_t>(bits >> 8) - (1 << 23)) * 0x1p-23f; }

/// Collects matrices and fills all of them at once, each from a random sequence of its own.
class Matrices {
 public:
  ops::Linear linear(int out, int in) {
    matrices_.emplace_back(Shape{out, in});
    return {matrices_.back(), filled(out, 0)};
  }
  void fill(ThreadPool& pool, std::uint64_t seed) {
    pool.run(static_cast<int>(matrices_.size()), 1, [&](int begin, int end) {
      for (int i = begin; i < end; ++i) {
        Tensor& matrix = matrices_[static_cast<std::size_t>(i)];
        float* values = matrix.edit();
        const std::int64_t count = matrix.size();
        const float bound = static_cast<float>(std::sqrt(6.0 / (matrix.dim(0) + matrix.dim(1))));
        Random random(seed, static_cast<std::uint64_t>(i) + 2);  // 1 belongs to the vector in place of positions
        std::uint64_t bits = 0;
        for (std::int64_t j = 0; j < count; ++j) {
          bits = j % 2 == 0 ? random.next() : bits << 32;
          values[j] = bound * evenly(static_cast<std::uint32_t>(bits >> 32));
        }
      }
    });
  }

 private:
  std::vector<Tensor> matrices_;
};

void run_norm(ThreadPool& pool, const Tensor& x, const NormWeights& norm, float eps, Tensor& y) {
  ops::layer_norm(pool, x.data(), x.dim(0), x.dim(1), norm.gain.data(), norm.shift.data(), eps, y.edit());
}

Tensor run_linear(ThreadPool& pool, const Tensor& x, const ops::Linear& w) {
  Tensor y({x.dim(0), w.out()});
  ops::linear(pool, x.data(), x.dim(0), w, y.edit());
  return y;
}

/// x [rows, W] becomes what a pre-norm block makes of it.
void run_block(ThreadPool& pool, const BlockWeights& b, int heads, float eps, Tensor& x) {
  const int rows = x.dim(0), width = x.dim(1), head_width = width / heads;
  Tensor normed(x.shape());
  run_norm(pool, x, b.norm1, eps, normed);
  const Tensor qkv = run_linear(pool, normed, b.qkv);
  const Shape apart{heads, rows, head_width}, maps{heads, rows, rows};
  Tensor q(apart), k(apart), v(apart), attn(maps);
  ops::split_heads(pool, qkv.data(), rows, heads, head_width, q.edit(), k.edit(), v.edit());
  Tensor scores(maps);
  ops::attention_scores(pool, q.data(), k.data(), heads, rows, head_width, static_cast<float>(1.0 / std::sqrt(static_cast<double>(head_width))), scores.edit());
  ops::softmax_rows(pool, scores.data(), heads * rows, rows, attn.edit());
  Tensor gathered(apart), joined(x.shape());
  ops::weighted_sum(pool, attn.data(), v.data(), heads, rows, head_width, gathered.edit());
  ops::join_heads(pool, gathered.data(), heads, rows, head_width, joined.edit());
  const Tensor attended = run_linear(pool, joined, b.proj);
  ops::add(pool, x.data(), attended.data(), x.size(), x.edit());
  run_norm(pool, x, b.norm2, eps, normed);
  Tensor hidden = run_linear(pool, normed, b.fc1);
  ops::gelu(pool, hidden.data(), hidden.size(), hidden.edit());
  const Tensor changed = run_linear(pool, hidden, b.fc2);
  ops::add(pool, x.data(), changed.data(), x.size(), x.edit());
}

}  // namespace

DropPosWeights drop_pos_decoder(ThreadPool& pool, int dim, int cells, int blocks, std::uint64_t seed) {
  constexpr int kWidth = kDropPosWidth;
  Matrices matrices;
  DropPosWeights decoder;
  decoder.heads = kDropPosHeads;
  decoder.embed = matrices.linear(kWidth, dim);
  decoder.predict = matrices.linear(cells, kWidth);
  for (int i = 0; i < blocks; ++i) {
    BlockWeights& b = decoder.blocks.emplace_back();
    b.norm1 = plain_norm(kWidth);
    b.qkv = matrices.linear(3 * kWidth, kWidth);
    b.proj = matrices.linear(kWidth, kWidth);
    b.norm2 = plain_norm(kWidth);
    b.fc1 = matrices.linear(kDropPosMlpRatio * kWidth, kWidth);
    b.fc2 = matrices.linear(kWidth, kDropPosMlpRatio * kWidth);
  }
  decoder.norm = plain_norm(kWidth);
  matrices.fill(pool, seed);
  return decoder;
}

Tensor drop_pos_logits(ThreadPool& pool, const Tensor& tokens, const DropPosWeights& decoder) {
  Tensor x = run_linear(pool, tokens, decoder.embed);
  for (const BlockWeights& block : decoder.blocks) run_block(pool, block, decoder.heads, decoder.layer_norm_eps, x);
  Tensor normed(x.shape());
  run_norm(pool, x, decoder.norm, decoder.layer_norm_eps, normed);
  return run_linear(pool, normed, decoder.predict);
}

bool has_drop_pos_decoder(const Model& model) {
  const DropPosWeights& decoder = model.weights.drop_pos;
  return !decoder.empty() && decoder.embed.in() == model.config.dim && decoder.predict.out() == model.config.patches();
}

}  // namespace vitscope
