#include "app/figures/attention_options.h"

namespace vitscope::figures::attention {

const Option& reading_option() {
  static const Option option{Option::Kind::choice, "attention.reading", "Show", 0, 1, 0, {"where it looks", "who looks at it"}};
  return option;
}

const Option& smooth_option() {
  static const Option option{Option::Kind::toggle, "attention.smooth", "Smooth", 0, 1, 0, {}};
  return option;
}

const Option& opacity_option() {
  static const Option option{Option::Kind::slider, "attention.opacity", "Opacity", 0, 1, 1, {}};
  return option;
}

const Option& range_option() {
  static const Option option{Option::Kind::slider, "attention.range", "Range to", 0, 1, 0, {}, false, nullptr, true};
  return option;
}

bool reads_column(const Selection& selection) { return option(selection, reading_option()) > 0.5f; }

}  // namespace vitscope::figures::attention
