#include "app/figures/parts_answer.h"

#include <cmath>

#include "app/draw/number.h"

namespace vitscope::figures::stream {

namespace {
int class_of(const std::optional<CellRef>& logit, const std::optional<CellRef>& share) { return logit ? logit->i : share ? share->i : -1; }
}  // namespace

int hovered_class(const FigureInput& in) { return class_of(hovered_in(in, {Slot::logits, -1}), hovered_in(in, {Slot::probs, -1})); }
int pinned_class(const FigureInput& in) { return class_of(pinned_in(in, {Slot::logits, -1}), pinned_in(in, {Slot::probs, -1})); }

const Option& class_option() {
  static const Option option{Option::Kind::number, kClassOption, "Class", -1, 1e6f, -1, {}};
  return option;
}

int named_class(const FigureInput& in) {
  const auto found = in.selection.options.find(kClassOption);
  const long value = found == in.selection.options.end() || !std::isfinite(found->second) ? -1 : std::lround(found->second);
  return value >= 0 && value < in.config().classes ? static_cast<int>(value) : -1;
}

int chosen_class(const FigureInput& in) {
  if (const int hovered = hovered_class(in); hovered >= 0) return hovered;
  if (const int pinned = pinned_class(in); pinned >= 0) return pinned;
  if (const int named = named_class(in); named >= 0) return named;
  return top_classes(in, 1).front();
}

std::vector<int> top_classes(const FigureInput& in, int count) { return largest(in.trace.at(Slot::logits).values(), count, true); }

std::string outputs_text(const draw::Canvas& c, const VitConfig& config) {
  return config.classes == 1 ? std::string(c.tr("1 output")) : phrase(c, "{0} classes", {draw::count(config.classes)});
}

}  // namespace vitscope::figures::stream
