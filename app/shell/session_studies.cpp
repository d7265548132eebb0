// What the session does for long analyses: what the page or an export waits for, asked of the worker.
#include <algorithm>

#include "app/shell/session.h"

namespace vitscope::shell {

bool Session::studying() const {
  return std::any_of(wanted_.begin(), wanted_.end(), [&](const Study& study) {
    const StudyState::Status status = worker_.studies().state(study.key).status;
    return status == StudyState::Status::waiting || status == StudyState::Status::running;
  });
}

void Session::want_studies() {
  if (busy_ || !trace_->complete()) return;
  std::vector<Study> wanted;
  if (const figures::Figure* next = export_jobs_.empty() ? nullptr : export_jobs_.front().figure) {
    const figures::Selection selection = selection_for(*next);
    wanted = figures::missing_studies(*next, figure_input(selection, true));
    for (const Study& study : wanted)
      if (const StudyState state = worker_.studies().state(study.key); state.status == StudyState::Status::failed || state.status == StudyState::Status::cancelled)
        return exported(Error{study.title + ": " + (state.reason.empty() ? std::string(language_("cancelled")) : state.reason)});
  } else if (const figures::Figure* figure = shown_figure()) {
    wanted = figures::missing_studies(*figure, figure_input(selection_));
  }
  const bool same = std::equal(wanted.begin(), wanted.end(), wanted_.begin(), wanted_.end(), [](const Study& a, const Study& b) { return a.key == b.key; });
  if (same) return;
  wanted_ = wanted;
  worker_.study(std::move(wanted));
}

}  // namespace vitscope::shell
