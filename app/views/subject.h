// What the inspector talks about: the token and the number that are selected or lie under the pointer.
#pragma once
#include <optional>

#include "app/views/frame.h"

namespace vitscope::views {

struct Subject {
  int token = 0;               ///< always a legal token
  bool under_pointer = false;  ///< else pinned
  std::optional<CellRef> cell; ///< the number to explain; nothing while it has not been computed
  int key = -1;                ///< the key token when the number belongs to a pair of tokens
};
Subject subject_of(const Frame& frame);

/// The number that stands for a tensor of a run: that of a head and a token where the tensor has them, over the token's patch where it lies over the picture or has windows or
/// words, and among features the strongest. Requires trace.has(ref) and a legal token; `head` may be any number.
CellRef standing_cell(const Trace& trace, TensorRef ref, int head, int token);

}  // namespace vitscope::views
