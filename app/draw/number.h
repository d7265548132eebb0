// Numbers as text.
#pragma once
#include <cstdint>
#include <string>

namespace vitscope::draw {

/// `digits` significant digits with a true minus sign: "−1.32", "0.0718", "12.3 k" is never used. NaN: "NaN", infinities: "∞", "−∞".
std::string number(double value, int digits = 3);
/// With an explicit sign: "+1.68", "−0.56".
std::string signed_number(double value, int digits = 3);
/// Full precision of a float (up to 9 digits), for tooltips.
std::string exact(float value);
/// 0.0722 -> "7.22 %"
std::string percent(double share, int digits = 3);
/// 2693578 -> "2,693,578"; 2.7 M with `brief`.
std::string count(std::int64_t n, bool brief = false);
/// For numbers inside cells: at most about four characters, ".72", "−.5", "1", "12".
std::string cell_number(double value);
/// A step of 1, 2 or 5 times a power of ten that divides `range` into about `wanted` ticks.
double tick_step(double range, int wanted);
/// A tick's value with the decimals that its step needs: 0.25 -> "−0.50".
std::string tick_number(double value, double step);

}  // namespace vitscope::draw
