// JSON on standard output.
#pragma once
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"

namespace vitscope::cli {

using Json = nlohmann::ordered_json;

/// A finite number, or 0 where the value is not finite: JSON has no other numbers.
inline double finite(double value) { return value == value && value - value == 0 ? value : 0.0; }

inline int print(const Json& json) {
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0) return fail("standard output: cannot be written");
  return kDone;
}

}  // namespace vitscope::cli
