// Building blocks of explanations: the few rules that many steps share, and the stations back to the pixels.
// Everything is recomputed in double from the numbers that the trace holds.
#pragma once
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/explanation.h"
#include "core/trace.h"

namespace vitscope::why {

/// An operand that does not exist.
inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Three significant digits for formula markup: "0.370", "−1.28", "1.20 × 10^{−5}".
std::string number(double value);
/// For plain text: "16.0 %", "below 0.01 %".
std::string percent(double share);
/// number() with a sign for what is added behind something: "+ 0.37", "− 1.28".
std::string added(double value);
/// "65 × 192"
std::string sizes(std::initializer_list<int> extents);

/// "class token", "distillation token", "register 1" counted from 1, or "patch 27" counted from 0.
std::string token_name(const Trace& trace, int token);
/// What the pooling keeps: "class token", "mean of the patches" or "mean of all tokens".
std::string pooled_name(const VitConfig& config);
/// "green (13, 12)": row and column of the model input; without a colour where the input has one channel.
std::string pixel_name(const VitConfig& config, int channel, int row, int column);
std::string channel_name(const VitConfig& config, int channel);
/// The pixel that an element of a flattened patch holds.
struct PatchPixel {
  int channel, row, column;
};
PatchPixel pixel_of_element(const VitConfig& config, int patch, int element);

using Label = std::function<std::string(int)>;
/// The cell that holds input number j.
using Source = std::function<CellRef(int)>;
/// Number `j` of the row of `token` among the tokens that enter `block` (see Trace::entering).
CellRef entering_cell(const Trace& trace, int block, int token, int j);
/// y = Σ x_j w_j + b for one output of a linear layer. `label` names the inputs, `source` says where they stand.
Explanation linear(std::span<const float> x, const ops::Linear& layer, int output, const Label& label = {}, const Source& source = {});
/// y = (x − μ) / √(σ^2 + ε) · g + b for one column of a row; `source` holds x.
Explanation layer_norm(std::span<const float> row, const NormWeights& norm, float eps, int column, std::optional<CellRef> source = {});
/// y = a + b
Explanation sum(std::string a_label, double a, std::string b_label, double b, std::optional<CellRef> a_cell = {}, std::optional<CellRef> b_cell = {});
/// The value is taken over from `source`, or from the weights.
Explanation copy(std::string rule, double value, std::string note, std::optional<CellRef> source = {});
/// share = e^s / Σ e^s for one column of a row; the terms are the whole row.
Explanation softmax(std::span<const float> row, int column, const Label& label, const Source& source = {});
void sort_by_size(Explanation& explanation);

/// The step that makes the rows of the patches.
std::string_view projection_slug(const VitConfig& config);
/// Appends one station. `slug` is that of a step, empty for none.
void station(Explanation& e, std::string what, std::string count, std::string_view slug, int block = -1);
/// The last station of what depends on one patch alone: its pixels.
void pixels_of_patch(Explanation& e, const Trace& trace);
/// The last stations of a number that a patch ("patch 27") has before its position is added: its row, its pixels where they have a part in it.
void row_of_patch(Explanation& e, const Trace& trace, const std::string& patch);
/// From the tokens that enter `block` (block = depth: that enter the final norm) down to the pixels. `tokens` are the ones that this cell
/// depends on; empty means all.
void stations_below(Explanation& e, const Trace& trace, int block, const std::vector<int>& tokens);

}  // namespace vitscope::why
