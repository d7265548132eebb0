// Options of figures as words: what the command line takes and saved views hold.
#pragma once
#include <string>
#include <string_view>
#include <variant>

#include "app/figures/figure.h"
#include "core/result.h"

namespace vitscope::figures {

/// The option "rollout.heads" of any figure; null when there is none.
const Option* find_option(std::string_view key);
/// What a value may be: "mean|largest|smallest", "on|off", "0..0.95".
std::string values_of(const Option& option);
/// A choice by its name (spaces may be written as -) or its number from 0, "on" or "off", a number in range. Errors say what would work.
Result<float> parse_value(const Option& option, std::string_view text);
/// The value as parse_value() reads it.
std::string value_text(const Option& option, float value);
/// A finite value in the option's range: choices are whole, switches 0 or 1.
float clamped(const Option& option, float value);
/// "KEY=VALUE" into the selection's options. Errors name the options of the figure, or the figures that have options.
Result<std::monostate> set_option(Selection& selection, std::string_view assignment);

}  // namespace vitscope::figures
