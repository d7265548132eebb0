// A selection as JSON text, for figures that bring it back.
#pragma once
#include <string>
#include <string_view>

#include "app/figures/selection.h"

namespace vitscope::figures {

/// One line of JSON: everything but what lies under the pointer. Tensors by name, choices by their words, indices as numbers.
std::string to_json(const Selection& selection);
/// Reads what to_json() wrote, or anything else: what is missing, of a wrong type or unknown stays as in Selection::initial(), numbers are brought
/// into the range of the architecture.
Selection selection_of_json(std::string_view json, const VitConfig& config);

}  // namespace vitscope::figures
