// LayerNorms outside the blocks that only some architectures have share one way to run and to explain themselves.
#pragma once
#include "core/ops/ops.h"
#include "core/step.h"
#include "core/steps/explain.h"

namespace vitscope::norm_rows {

/// Normalises every row of `from` into `to`; a tensor of one axis is one row.
inline void run(StepContext& c, Slot from, Slot to, const NormWeights& norm) {
  const Tensor& before = c.in(from);
  const int width = before.dim(before.rank() - 1);
  Tensor y = c.make(to);
  ops::layer_norm(c.pool, before.data(), static_cast<int>(before.size() / width), width, norm.gain.data(), norm.shift.data(), c.config().layer_norm_eps,
                  y.edit());
  c.keep(to, std::move(y));
}

}  // namespace vitscope::norm_rows
