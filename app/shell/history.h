// The lists of edits that were, for undo and redo.
#pragma once
#include <optional>
#include <vector>

#include "core/edits/edits.h"

namespace vitscope::shell {

/// Whole lists: going back is complete whatever a change was.
class EditHistory {
 public:
  /// Number of the edit that was changed, where it was only changed. Several changes of the same one in a row count as one.
  using Change = std::optional<std::size_t>;

  /// Null before the first edit.
  const EditsPtr& now() const { return lists_[at_]; }
  Edits list() const { return now() ? *now() : Edits{}; }
  void push(EditsPtr edits, Change change = {}) {
    lists_.resize(at_ + 1);
    const bool again = change && change == last_ && at_ > 0;
    if (again) lists_[at_] = std::move(edits);
    else lists_.push_back(std::move(edits)), ++at_;
    last_ = change;
  }
  /// Another list in place of the current one; what was before and behind it stays.
  void replace(EditsPtr edits) { lists_[at_] = std::move(edits); }
  bool can_undo() const { return at_ > 0; }
  bool can_redo() const { return at_ + 1 < lists_.size(); }
  bool undo() {
    if (!can_undo()) return false;
    --at_, last_.reset();
    return true;
  }
  bool redo() {
    if (!can_redo()) return false;
    ++at_, last_.reset();
    return true;
  }

 private:
  std::vector<EditsPtr> lists_{nullptr};
  std::size_t at_ = 0;
  Change last_;
};

}  // namespace vitscope::shell
