#include "app/figures/parts_compared.h"

#include <algorithm>
#include <cmath>

#include "app/draw/number.h"
#include "app/figures/kept.h"

namespace vitscope::figures::edits {

using namespace stream;
using draw::Align;
using draw::Canvas;
using draw::Rect;

namespace {
constexpr double kLeast = 1e-8, kMost = 10;  // ends of the scale of relative differences
}

std::shared_ptr<const std::vector<TensorDifference>> compared_runs(const FigureInput& in) {
  using Differences = std::vector<TensorDifference>;
  static Kept<std::pair<std::uint64_t, std::uint64_t>, std::shared_ptr<const Differences>, 4> kept;
  const Trace& before = *unedited(in);
  return kept.get({before.at(Slot::logits).id(), in.trace.at(Slot::logits).id() ^ (in.trace.has(Slot::probs) ? in.trace.at(Slot::probs).id() << 20 : 0)},
                  [&] { return std::make_shared<const Differences>(differences(before, in.trace)); });
}

void invitation_to_edit(Canvas& c, Rect r) {
  const float u = c.u();
  const auto heading_style = c.metrics().heading_style();
  const float width = std::min(r.width(), 64 * u);
  const Rect box = draw::rect_at({r.centre().x - width / 2, r.centre().y - 6 * u}, width, 12 * u);
  c.text({box.x0, box.y0}, c.tr("This run has no edits"), heading_style, c.theme().text2, Align::left, width);
  c.paragraph({box.x0, box.y0 + 3.5f * u, box.x1, r.y1},
              c.tr("Press **I** and change something: mask a patch, switch off a head, take the positions away. The answer without the edit stays beside the new one, and this page shows where the two runs part."),
              c.metrics().body_style(), c.theme().text3);
  c.tag(box, std::monostate{});
}

void difference_chart(Canvas& c, Rect r, const FigureInput& in, std::optional<TensorRef> marked) {
  const auto& theme = c.theme();
  const float u = c.u(), lh = line_height(c);
  const auto small = c.metrics().small_style();
  const auto kept = compared_runs(in);
  const std::vector<TensorDifference>& list = *kept;
  const std::size_t first = first_difference(list);
  const std::string where = first < list.size() ? phrase(c, "the runs part at {0}", {name_of(list[first].tensor)}) : std::string(c.tr("the runs are equal to the last bit"));
  heading(c, r, c.tr("Difference of every tensor"), where);
  const float axis = c.text_width("10⁻⁸", small) + u;
  Rect plot{r.x0 + axis, r.y0 + 0.5f * lh, r.x1, r.y1 - 1.5f * lh};
  const double low = std::log10(kLeast), high = std::log10(kMost);
  const auto y_of = [&](double relative) { return plot.y1 - plot.height() * static_cast<float>((std::clamp(std::log10(std::max(relative, kLeast)), low, high) - low) / (high - low)); };
  constexpr std::pair<double, std::string_view> ticks[] = {{1e-8, "10⁻⁸"}, {1e-6, "10⁻⁶"}, {1e-4, "10⁻⁴"}, {1e-2, "0.01"}, {1, "1"}};
  float lowest = plot.y1 + 2 * lh;
  for (const auto& [value, text] : ticks) {
    const float y = y_of(value);
    c.line({plot.x0, y}, {plot.x1, y}, theme.hairline, c.pixel());
    if (lowest - y < lh) continue;  // no room for a number
    lowest = y;
    c.text({plot.x0 - 0.5f * u, y - lh / 2}, text, small, theme.text3, Align::right);
  }
  if (list.empty()) return;
  const float pitch = plot.width() / static_cast<float>(list.size());
  float named = plot.x0 - 100;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const TensorDifference& d = list[i];
    const float x = plot.x0 + pitch * static_cast<float>(i);
    const bool starts = i == 0 || d.tensor.block != list[i - 1].tensor.block;
    if (starts && i > 0) c.line({x, plot.y0}, {x, plot.y1}, theme.hairline, c.pixel());
    if (starts) {
      const std::string name = d.tensor.block >= 0 ? std::to_string(d.tensor.block + 1) : std::string(c.tr(i == 0 ? "embed" : "answer"));
      const float width = c.text_width(name, small);
      const float left = std::min(x + 1, plot.x1 - width);
      if (left > named + 0.75f * u) {
        c.text({left, plot.y1 + 0.25f * lh}, name, small, theme.text3);
        named = left + width;
      }
    }
    const Rect column{x, plot.y0, x + pitch, plot.y1};
    if (d.largest > 0) {
      const float gap = pitch > 4 ? 1.0f : 0.0f;
      c.fill({x + gap / 2, y_of(d.relative()), x + pitch - gap / 2, plot.y1}, (marked ? d.tensor == *marked : i == first) ? theme.selection : d.tensor.block >= 0 ? theme.block.faded(0.75f) : theme.text3);
    }
    const Place place{&writer_of(d.tensor.slot, in.config()), info(d.tensor.slot).scope == Scope::block ? d.tensor.block : -1};
    const std::string tip = name_of(d.tensor) + ": " + (d.largest > 0 ? phrase(c, "largest difference {0}, relative {1}", {draw::number(d.largest), draw::number(d.relative())}) : std::string(c.tr("equal")));
    if (marked) c.tag(column, draw::CellTarget{d.at}, tip);
    else c.tag(column, draw::PlaceTarget{place}, tip);
  }
}

}  // namespace vitscope::figures::edits
