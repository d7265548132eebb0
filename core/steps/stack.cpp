// What the small transformers of T2T and TNT compute.
#include "core/steps/stack.h"

#include <algorithm>

#include "core/ops/ops.h"
#include "core/ops/thread_pool.h"

namespace vitscope::stack {

namespace {

/// Sequences that are worth a piece of work of their own.
constexpr int kLeastSequences = 8;

/// [sequences * tokens, 3 * heads * d] to three of [sequences, heads, tokens, d].
void split(ThreadPool& pool, const Stack& s, const float* qkv, float* q, float* k, float* v) {
  if (s.sequences == 1) return ops::split_heads(pool, qkv, s.tokens, s.heads, s.head_width, q, k, v);
  float* const outputs[3] = {q, k, v};
  const std::int64_t width = s.width();
  pool.run(s.sequences, kLeastSequences, [&](int begin, int end) {
    for (int sequence = begin; sequence < end; ++sequence) {
      for (int part = 0; part < 3 * s.heads; ++part) {
        float* to = outputs[part / s.heads] + (static_cast<std::int64_t>(sequence) * s.heads + part % s.heads) * s.tokens * s.head_width;
        for (int token = 0; token < s.tokens; ++token, to += s.head_width)
          std::copy_n(qkv + (static_cast<std::int64_t>(sequence) * s.tokens + token) * 3 * width + part * s.head_width, s.head_width, to);
      }
    }
  });
}

/// [sequences, heads, tokens, d] to [sequences * tokens, heads * d].
void join(ThreadPool& pool, const Stack& s, const float* heads, float* joined) {
  if (s.sequences == 1) return ops::join_heads(pool, heads, s.heads, s.tokens, s.head_width, joined);
  pool.run(s.sequences, kLeastSequences, [&](int begin, int end) {
    for (int sequence = begin; sequence < end; ++sequence) {
      for (int head = 0; head < s.heads; ++head) {
        const float* from = heads + (static_cast<std::int64_t>(sequence) * s.heads + head) * s.tokens * s.head_width;
        for (int token = 0; token < s.tokens; ++token, from += s.head_width)
          std::copy_n(from, s.head_width, joined + (static_cast<std::int64_t>(sequence) * s.tokens + token) * s.width() + head * s.head_width);
      }
    }
  });
}

void norm(StepContext& c, const Stack& s, const float* x, int width, const NormWeights& weights, Slot slot) {
  Tensor y = c.make(slot);
  ops::layer_norm(c.pool, x, s.rows(), width, weights.gain.data(), weights.shift.data(), s.eps, y.edit());
  c.keep(slot, std::move(y));
}

void linear(StepContext& c, const Stack& s, Slot from, const ops::Linear& weights, Slot slot) {
  Tensor y = c.make(slot);
  ops::linear(c.pool, c.in(from).data(), s.rows(), weights, y.edit());
  c.keep(slot, std::move(y));
}

void add(StepContext& c, const float* a, Slot b, Slot slot) {
  Tensor sum = c.make(slot);
  const Tensor& second = c.in(b);
  ops::add(c.pool, a, second.data(), second.size(), sum.edit());
  c.keep(slot, std::move(sum));
}

const Tensor& entering(const StepContext& c, const Stack& s) { return c.trace.at(s.entering, s.entering_block); }

}  // namespace

void run_projections(StepContext& c, const Stack& s) {
  norm(c, s, entering(c, s).data(), s.width_in, s.weights->norm1, s.norm1);
  Tensor qkv = c.scratch({s.rows(), 3 * s.width()});
  ops::linear(c.pool, c.in(s.norm1).data(), s.rows(), s.weights->qkv, qkv.edit());
  Tensor q = c.make(s.q), k = c.make(s.k), v = c.make(s.v);
  split(c.pool, s, qkv.data(), q.edit(), k.edit(), v.edit());
  c.keep(s.q, std::move(q));
  c.keep(s.k, std::move(k));
  c.keep(s.v, std::move(v));
}

void run_attention(StepContext& c, const Stack& s) {
  run_projections(c, s);
  Tensor scores = c.make(s.scores), attn = c.make(s.attn);
  ops::attention_scores(c.pool, c.in(s.q).data(), c.in(s.k).data(), s.sequences * s.heads, s.tokens, s.head_width, s.score_scale, scores.edit());
  ops::softmax_rows(c.pool, scores.data(), s.sequences * s.heads * s.tokens, s.tokens, attn.edit());
  c.keep(s.scores, std::move(scores));
  c.keep(s.attn, std::move(attn));
}

void run_gather(StepContext& c, const Stack& s) {
  Tensor gathered = c.scratch({s.rows(), s.width()});
  ops::weighted_sum(c.pool, c.in(s.attn).data(), c.in(s.v).data(), s.sequences * s.heads, s.tokens, s.head_width, gathered.edit());
  Tensor context = c.make(s.context);
  join(c.pool, s, gathered.data(), context.edit());
  c.keep(s.context, std::move(context));
  run_output(c, s);
}

void run_output(StepContext& c, const Stack& s) {
  linear(c, s, s.context, s.weights->proj, s.proj);
  if (!s.adds_values) return add(c, entering(c, s).data(), s.proj, s.sum);
  Tensor values = c.scratch({s.rows(), s.width()});
  join(c.pool, s, c.in(s.v).data(), values.edit());
  add(c, values.data(), s.proj, s.sum);
}

void run_mlp(StepContext& c, const Stack& s) {
  norm(c, s, c.in(s.sum).data(), s.width(), s.weights->norm2, s.norm2);
  linear(c, s, s.norm2, s.weights->fc1, s.fc1);
  const Tensor& before = c.in(s.fc1);
  Tensor bent = c.make(s.gelu);
  ops::gelu(c.pool, before.data(), before.size(), bent.edit());
  c.keep(s.gelu, std::move(bent));
  linear(c, s, s.gelu, s.weights->fc2, s.fc2);
  add(c, c.in(s.sum).data(), s.fc2, s.out);
}

}  // namespace vitscope::stack
