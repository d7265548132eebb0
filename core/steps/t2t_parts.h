// What the steps of Tokens-to-Token share.
#pragma once
#include <string>

#include "core/steps/performer.h"
#include "core/steps/stack.h"

namespace vitscope::t2t {

inline bool applies(const VitConfig& config) { return config.t2t.has_value(); }
inline bool has_attention(const VitConfig& config) { return config.t2t && !config.t2t->performer(); }
inline bool has_performers(const VitConfig& config) { return config.t2t && config.t2t->performer(); }

/// The slots that belong to split `n` and to the token transformer behind it, n = 0 or 1.
Slot split_slot(int n);
Slot image_slot(int n);
/// Token transformer `n`: 0 behind the first split, 1 behind the second.
Stack token_transformer(const Model& model, int n);
/// The same with what a performer has beside, of a model that has performers.
Performer token_performer(const Model& model, int n);
inline const SoftSplit& split_of(const VitConfig& config, int n) { return config.t2t->splits[static_cast<std::size_t>(n)]; }

/// "window 12"; the windows of the last split are the patches.
std::string window_name(int n, int window);
/// Stations from the windows of split `n` down to the pixels of the whole picture.
void stations_below_split(Explanation& e, const Trace& trace, int n);

}  // namespace vitscope::t2t
