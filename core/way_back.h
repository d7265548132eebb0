// The way back from a number to the pixels and weights that it was made from.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/trace.h"

namespace vitscope {

/// "blocks.3.attn [1, 0, 27]"
std::string cell_text(const CellRef& cell);

/// The cell and then, one after another, the most important operand of the one before (operands() of its explanation), down to a pixel or a weight. Operands that the
/// trace does not hold end it.
std::vector<CellRef> strongest_way(const Trace& trace, const CellRef& from);

/// Formula markup as plain text: no braces, lowered and raised characters stand in the line ("q_j", "σ^2").
std::string plain_formula(std::string_view markup);

/// One paragraph for each cell: its name and value, the rule, the numbers, the largest terms, and what the rest adds up to. For the clipboard.
std::string way_text(const Trace& trace, std::span<const CellRef> way);

}  // namespace vitscope
