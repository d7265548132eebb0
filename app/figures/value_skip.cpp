// The values join the projected context once more.
#include "app/figures/kept.h"
#include "app/figures/parts_panels.h"

namespace vitscope::figures {

namespace {

using namespace stream;

bool ready(const FigureInput& in) { return in.trace.has(Slot::attn_proj, in.block()) && in.trace.has(Slot::v, in.block()) && in.trace.has(Slot::attn_out, in.block()); }

/// The values with their heads side by side, as they are added.
Tensor joined_values(const FigureInput& in) {
  static Kept<std::uint64_t, Tensor, 4> kept;
  const Tensor& v = in.trace.at(Slot::v, in.block());
  return kept.get(v.id(), [&] {
    const auto heads = static_cast<std::size_t>(v.dim(0)), tokens = static_cast<std::size_t>(v.dim(1)), width = static_cast<std::size_t>(v.dim(2));
    Tensor joined({v.dim(1), v.dim(0) * v.dim(2)});
    for (std::size_t head = 0; head < heads; ++head)
      for (std::size_t token = 0; token < tokens; ++token)
        for (std::size_t k = 0; k < width; ++k) joined.edit()[(token * heads + head) * width + k] = v.data()[(head * tokens + token) * width + k];
    return joined;
  });
}

void draw_figure(draw::Canvas& c, draw::Rect r, const FigureInput& in) {
  Panel values;
  values.title = c.tr("Values, heads side by side");
  values.sign = "+";
  values.values = joined_values(in);
  values.columns = Dim::joined_heads;
  values.rows = Dim::tokens;
  draw_panels(c, r, in, {recorded(in, {Slot::attn_proj, in.block()}, std::string(c.tr("Projected context"))), values,
                         recorded(in, {Slot::attn_out, in.block()}, std::string(c.tr("Attention output")), "=")});
}

std::string caption(const draw::Canvas& c, const FigureInput& in) {
  return phrase(c,
                "What attention returns in block {0}: the context behind the output projection plus the token's own values, cell by cell, no unit. Rows are tokens, columns the {1} numbers of a token; "
                "colours are cut at 99 % of the magnitudes of each map, white is 0.",
                {std::to_string(in.block() + 1), std::to_string(in.config().dim)});
}

Table data(const FigureInput& in) {
  return panels_data({{"attn_proj", in.trace.at(Slot::attn_proj, in.block())}, {"v", in.trace.at(Slot::v, in.block())}, {"attn_out", in.trace.at(Slot::attn_out, in.block())}});
}

}  // namespace

const Figure& value_skip() {
  static const Figure figure{"value-skip", "Own values added", "value-skip", {1340, 680}, ready, draw_figure, block_subject, caption, data, {}};
  return figure;
}

}  // namespace vitscope::figures
