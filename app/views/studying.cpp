// The page of a figure whose studies are missing: how far they are, a way to stop them, and a way to start them again.
#include "app/figures/attention_words.h"
#include "app/views/view.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;
using figures::attention::filled;

namespace {

using Status = StudyState::Status;

/// "about 40 s left", once enough has been done to tell.
std::string time_left(const draw::Canvas& c, const StudyState& state) {
  if (state.done < 1 || state.seconds < 1 || state.done >= state.total) return {};
  const double left = state.seconds * (state.total - state.done) / state.done;
  if (left < 90) return filled(c.tr("about {0} s left"), {std::to_string(static_cast<int>(left) + 1)});
  return filled(c.tr("about {0} min left"), {std::to_string(static_cast<int>(left / 60 + 0.5))});
}

std::string progress_text(const draw::Canvas& c, const StudyState& state) {
  if (state.status == Status::waiting || state.status == Status::absent) return std::string(c.tr("waiting for its turn"));
  if (state.status == Status::cancelled) return std::string(c.tr("stopped; what had been computed is not kept"));
  if (state.status == Status::failed) return state.reason;
  if (state.total == 0) return std::string(c.tr("beginning"));
  const std::string left = time_left(c, state);
  return filled(c.tr("{0} of {1}"), {std::to_string(state.done), std::to_string(state.total)}) + (left.empty() ? "" : " · " + left);
}

}  // namespace

void studying(ui::Ui& ui, Rect r, std::span<const Study> missing, const Studies& studies, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style(), heading = c.metrics().heading_style();
  const Study& study = missing.front();
  const StudyState state = studies.state(study.key);
  const bool ended = state.status == Status::cancelled || state.status == Status::failed;

  const float width = std::min(56 * u, r.width() - 4 * u);
  const std::string text = progress_text(c, state);
  const float words = c.paragraph_height(width, text, small), title = draw::Canvas::text_height(heading);
  const float height = title + 2 * u + 1 * u + words + 2 * u + 4 * u;
  Rect box = draw::rect_at({r.centre().x - width / 2, std::max(r.y0, r.y0 + (r.height() - height) * 0.42f)}, width, height);
  c.text({box.x0, box.y0}, c.tr(study.title), heading, theme.text1, Align::left, width);
  box.y0 += title + 1.25f * u;
  const Rect track{box.x0, box.y0, box.x1, box.y0 + 0.5f * u};
  c.fill(track, theme.raised, 0.25f * u);
  const float share = state.total > 0 ? std::clamp(static_cast<float>(state.done) / static_cast<float>(state.total), 0.0f, 1.0f) : 0;
  if (share > 0 && !ended) c.fill({track.x0, track.y0, track.x0 + std::max(0.5f * u, share * track.width()), track.y1}, theme.block, 0.25f * u);
  box.y0 += 1.25f * u;
  c.paragraph({box.x0, box.y0, box.x1, box.y0 + words + 1}, text, small, state.status == Status::failed ? theme.warning : theme.text2);
  box.y0 += words + 1.5f * u;
  const std::string_view label = ended ? c.tr(state.status == Status::failed ? "Try again" : "Compute") : c.tr("Cancel");
  const Rect button = draw::rect_at({box.x0, box.y0}, ui.button_width(label), 3.25f * u);
  if (ui.button(ended ? "study.compute" : "study.cancel", button, label, ended ? ui::Ui::Look::filled : ui::Ui::Look::outlined)) {
    if (ended) out.push_back(ComputeStudies{});
    else out.push_back(CancelStudies{});
  }
  if (!ended) ui.key_cap({button.x1 + u, button.centre().y - ui::Ui::kKeyCapHeight / 2}, "Esc");
}

}  // namespace vitscope::views
