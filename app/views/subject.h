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

}  // namespace vitscope::views
