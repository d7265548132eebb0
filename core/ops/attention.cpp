// Self-attention, head by head: splitting, scores, weighted sum, joining.
#include <algorithm>

#include "core/ops/kernels.h"
#include "core/ops/ops.h"
#include "core/ops/scratch.h"

namespace vitscope::ops {
namespace {

/// One product for each head, with the same sizes: c [rows, columns] = scale * a [rows, depth] B [depth, columns]. The operands of
/// the heads follow one another. pack(head, panels) lays out B; without it, b is in panels already.
struct HeadProducts {
  int heads, rows, depth, columns;
  float scale;
  const float* a;
  const float* b;
  float* c;
};

void multiply_rows(const Kernels& k, const HeadProducts& h, int head, int row, int rows, const float* panels) {
  Product p;
  const std::int64_t first = static_cast<std::int64_t>(head) * h.rows + row;
  p.a = h.a + first * h.depth;
  p.a_stride = h.depth;
  p.rows = rows;
  p.panels = panels;
  p.depth = h.depth;
  p.columns = h.columns;
  p.last_panel = k.panels(h.columns);
  p.scale = h.scale;
  p.c = h.c + first * h.columns;
  p.c_stride = h.columns;
  k.multiply(p);
}

template <typename Pack>
void multiply_heads(ThreadPool& pool, const Kernels& k, const HeadProducts& h, bool packed, const Pack& pack) {
  const std::int64_t size = k.packed_size(h.columns, h.depth);
  const int wanted = pool.threads() == 1 ? 1 : pool.threads() * 4;
  const int tiles = (h.rows + k.tile - 1) / k.tile;
  const int groups = std::min(tiles, (wanted + h.heads - 1) / h.heads);
  if (groups == 1) {
    const auto body = [&](int begin, int end) {
      float* panels = packed ? nullptr : scratch(size);
      for (int head = begin; head < end; ++head) {
        if (!packed) pack(head, panels);
        multiply_rows(k, h, head, 0, h.rows, packed ? h.b + head * size : panels);
      }
    };
    pool.run(h.heads, pool.threads() == 1 ? h.heads : 1, std::cref(body));
    return;
  }
  const float* panels = h.b;
  if (!packed) {
    float* all = scratch(size * h.heads);
    const auto body = [&](int begin, int end) {
      for (int head = begin; head < end; ++head) pack(head, all + head * size);
    };
    pool.run(h.heads, (h.heads + pool.threads() - 1) / pool.threads(), std::cref(body));
    panels = all;
  }
  const int group = (tiles + groups - 1) / groups * k.tile;
  const auto body = [&](int begin, int end) {
    for (int item = begin; item < end; ++item) {
      const int head = item / groups, row = item % groups * group;
      if (row < h.rows) multiply_rows(k, h, head, row, std::min(group, h.rows - row), panels + head * size);
    }
  };
  pool.run(h.heads * groups, 1, std::cref(body));
}

/// Calls body(first, count) for blocks of tokens small enough that their `row` floats each stay in the second-level cache.
template <typename Body>
void run_token_blocks(ThreadPool& pool, int tokens, int row, const Body& body) {
  constexpr int kBlockFloats = 16384;
  const int block = std::max(1, kBlockFloats / row);
  const int blocks = (tokens + block - 1) / block;
  run_chunks(pool, blocks, 4, [&](int begin, int end) {
    for (int i = begin; i < end; ++i) body(i * block, std::min(block, tokens - i * block));
  });
}

}  // namespace

void split_heads(ThreadPool& pool, const float* qkv, int tokens, int heads, int head_width, float* q, float* k, float* v) {
  const Kernels& kernel = kernels();
  const int parts = 3 * heads;
  const std::int64_t row = static_cast<std::int64_t>(parts) * head_width;
  float* const outputs[3] = {q, k, v};
  run_token_blocks(pool, tokens, parts * head_width, [&](int first, int count) {
    for (int part = 0; part < parts; ++part) {
      float* to = outputs[part / heads] + (static_cast<std::int64_t>(part % heads) * tokens + first) * head_width;
      kernel.copy_rows(qkv + first * row + part * head_width, row, count, head_width, to, head_width);
    }
  });
}

void join_heads(ThreadPool& pool, const float* heads_out, int heads, int tokens, int head_width, float* joined) {
  const Kernels& kernel = kernels();
  const std::int64_t row = static_cast<std::int64_t>(heads) * head_width;
  run_token_blocks(pool, tokens, heads * head_width, [&](int first, int count) {
    for (int head = 0; head < heads; ++head) {
      const float* from = heads_out + (static_cast<std::int64_t>(head) * tokens + first) * head_width;
      kernel.copy_rows(from, head_width, count, head_width, joined + first * row + head * head_width, row);
    }
  });
}

void attention_scores(ThreadPool& pool, const float* q, const float* k, int heads, int tokens, int head_width, float scale, float* scores) {
  const Kernels& kernel = kernels();
  const HeadProducts products{heads, tokens, head_width, tokens, scale, q, k, scores};
  multiply_heads(pool, kernel, products, false, [&](int head, float* panels) {
    kernel.pack_transposed(k + static_cast<std::int64_t>(head) * tokens * head_width, head_width, tokens, head_width, panels);
  });
}

void weighted_sum(ThreadPool& pool, const float* attn, const float* v, int heads, int tokens, int head_width, float* out) {
  const Kernels& kernel = kernels();
  const HeadProducts products{heads, tokens, tokens, head_width, 1.0F, attn, v, out};
  const bool packed = head_width <= kernel.panel && head_width % kernel.lanes == 0;
  multiply_heads(pool, kernel, products, packed, [&](int head, float* panels) {
    kernel.pack_rows(v + static_cast<std::int64_t>(head) * tokens * head_width, head_width, head_width, tokens, panels);
  });
}

}  // namespace vitscope::ops
