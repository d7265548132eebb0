// Products with weights: packing on first use, and the division of the output over threads.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <mutex>

#include "core/ops/kernels.h"
#include "core/ops/ops.h"
#include "core/ops/scratch.h"

namespace vitscope::ops {

struct Linear::Packed {
  const Kernels* kernels = nullptr;
  Floats panels;
  Floats start;  ///< the bias, filled up with zeros to whole vectors
};

struct Linear::Lazy {
  std::once_flag once;
  Packed packed;
};

Linear::Linear(Tensor weight, Tensor bias) : weight_(std::move(weight)), bias_(std::move(bias)) {
  assert(bias_.empty() || bias_.size() == weight_.dim(0));
  if (!weight_.empty()) lazy_ = std::make_shared<Lazy>();
}

int Linear::in() const { return empty() ? 0 : static_cast<int>(weight_.size() / weight_.dim(0)); }

int Linear::out() const { return empty() ? 0 : weight_.dim(0); }

const Linear::Packed& Linear::packed() const {
  assert(!empty());
  std::call_once(lazy_->once, [this] {
    Packed packed;
    packed.kernels = &kernels();
    packed.panels = allocate_floats(packed.kernels->packed_size(out(), in()));
    packed.kernels->pack_transposed(weight_.data(), in(), out(), in(), packed.panels.get());
    const std::int64_t padded = packed.kernels->packed_size(out(), 1);
    packed.start = allocate_floats(padded);
    std::fill_n(packed.start.get(), padded, 0.0F);
    if (!bias_.empty()) std::memcpy(packed.start.get(), bias_.data(), static_cast<std::size_t>(out()) * sizeof(float));
    lazy_->packed = std::move(packed);
  });
  return lazy_->packed;
}

void linear(ThreadPool& pool, const float* x, int rows, const Linear& w, float* y) {
  const Linear::Packed& packed = w.packed();
  const Kernels& k = *packed.kernels;
  Product whole;
  whole.a = x;
  whole.a_stride = w.in();
  whole.panels = packed.panels.get();
  whole.depth = w.in();
  whole.columns = w.out();
  whole.start = packed.start.get();
  whole.c_stride = w.out();

  // Groups of panels are the better division, because each thread then reads only its share of the weights. Where panels
  // are few, the rows are divided too.
  const int panels = k.panels(w.out());
  const int tiles = (rows + k.tile - 1) / k.tile;
  const double work = static_cast<double>(rows) * w.in() * w.out();
  constexpr double kLeastWork = 100e3;  // multiplications that outweigh handing out a chunk
  const int wanted = pool.threads() == 1 ? 1 : std::max(1, static_cast<int>(std::min(pool.threads() * 4.0, work / kLeastWork)));
  const int panel_group = (panels + wanted - 1) / wanted;
  const int panel_groups = (panels + panel_group - 1) / panel_group;
  const int row_groups = std::min(tiles, (wanted + panel_groups - 1) / panel_groups);
  const int row_group = (tiles + row_groups - 1) / row_groups * k.tile;
  const auto body = [&](int begin, int end) {
    for (int item = begin; item < end; ++item) {
      Product part = whole;
      const int row = item / panel_groups * row_group;
      part.rows = std::min(row_group, rows - row);
      if (part.rows <= 0) continue;
      part.a = x + static_cast<std::int64_t>(row) * w.in();
      part.c = y + static_cast<std::int64_t>(row) * w.out();
      part.first_panel = item % panel_groups * panel_group;
      part.last_panel = std::min(part.first_panel + panel_group, panels);
      k.multiply(part);
    }
  };
  pool.run(row_groups * panel_groups, 1, std::cref(body));
}

}  // namespace vitscope::ops
