// Restructurization: tokens become an image again.
#include "core/ops/ops.h"
#include "core/steps/t2t_parts.h"

namespace vitscope {
namespace {

constexpr Slot kReads1[] = {Slot::t2t1_out}, kReads2[] = {Slot::t2t2_out};
constexpr Slot kWrites1[] = {Slot::t2t1_image}, kWrites2[] = {Slot::t2t2_image};

template <int kIndex>
constexpr Slot kSource = kIndex == 0 ? Slot::t2t1_out : Slot::t2t2_out;

template <int kIndex>
void run(StepContext& c) {
  const Slot target = t2t::image_slot(kIndex);
  Tensor image = c.make(target);
  ops::transpose(c.pool, c.in(kSource<kIndex>).data(), t2t::split_of(c.config(), kIndex).windows(), c.config().t2t->width(), image.edit());
  c.keep(target, std::move(image));
}

template <int kIndex>
Explanation explain_cell(const Trace& trace, const CellRef& cell) {
  const int window = cell.j * t2t::split_of(trace.config(), kIndex).columns + cell.k;
  const std::string name = t2t::window_name(kIndex, window);
  Explanation e = why::copy("channel " + std::to_string(cell.i) + " at (" + std::to_string(cell.j) + ", " + std::to_string(cell.k) + ") = number " +
                                std::to_string(cell.i) + " of " + name,
                            static_cast<double>(trace.at(kSource<kIndex>).at(window, cell.i)),
                            "Only the place changes: the windows stand again where they lay, one image for each number of a token.",
                            CellRef{{kSource<kIndex>}, window, cell.i});
  why::station(e, "a pixel of the image of tokens", "1 number", kIndex == 0 ? "t2t-restructure1" : "t2t-restructure2");
  why::station(e, name, std::to_string(trace.config().t2t->width()) + " numbers", kIndex == 0 ? "t2t-mlp1" : "t2t-mlp2");
  t2t::stations_below_split(e, trace, kIndex);
  return e;
}

template <int kIndex>
Step restructure(std::string_view slug, std::string_view title, std::string_view sizes) {
  return {.slug = slug,
          .title = title,
          .short_title = title,
          .stage = Stage::embed,
          .reads = kIndex == 0 ? std::span<const Slot>(kReads1) : kReads2,
          .writes = kIndex == 0 ? std::span<const Slot>(kWrites1) : kWrites2,
          .result = t2t::image_slot(kIndex),
          .formula = "I[ c , y , x ] = x_{y · columns + x}[ c ]",
          .sizes = sizes,
          .sentence = "The rows are laid out again where their windows lay: an image of {e} channels.",
          .teaching =
              "A row of tokens has no neighbours above and below; an image has. "
              "Nothing is computed here, but now the next window can join tokens that lie next to each other in the picture.",
          .run = run<kIndex>,
          .explain = explain_cell<kIndex>,
          .applies = t2t::applies};
}

}  // namespace

Step t2t_restructure1_step() { return restructure<0>("t2t-restructure1", "Restructure 1", "{n₁} × {e} → {e} × {r₁} × {c₁}"); }

Step t2t_restructure2_step() { return restructure<1>("t2t-restructure2", "Restructure 2", "{n₂} × {e} → {e} × {r₂} × {c₂}"); }

}  // namespace vitscope
