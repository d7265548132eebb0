// What the session does for what-if: runs under another list of edits, masks and paints with the pointer, files of edits.
#include <algorithm>
#include <cmath>

#include "app/shell/session.h"

namespace vitscope::shell {

namespace {
// What a file of edits takes of one stroke and of one painting.
constexpr std::size_t kMostPoints = 100000, kMostStrokes = 10000;
}  // namespace

void Session::run_edited(EditHistory::Change change, Edits edits) {
  edits_.push(std::make_shared<const Edits>(std::move(edits)), change);
  run();
}

void Session::mask_patch(int patch) {
  if (masking_ < 0) return;
  Edits edits = edits_.list();
  const auto mask = std::find_if(edits.begin(), edits.end(), [&](const Edit& edit) { return edit.on && edit.kind == EditKind::mask && edit.fill == static_cast<Fill>(masking_); });
  if (mask == edits.end()) {
    Edit edit;
    edit.fill = static_cast<Fill>(masking_);
    edit.patches = {patch};
    edits.push_back(edit);
  } else if (const auto at = std::find(mask->patches.begin(), mask->patches.end(), patch); at == mask->patches.end()) {
    mask->patches.push_back(patch);
  } else if (mask->patches.size() > 1) {
    mask->patches.erase(at);
  } else {
    edits.erase(mask);
  }
  run_edited({}, std::move(edits));
}

void Session::paint_to(const views::PaintTo& wish) {
  const PicturePtr& picture = trace_->input().picture;
  if (brush_.colour < 0 || !picture) return;
  Edits edits = edits_.list();
  const double side = std::max(picture->image.width(), picture->image.height()), radius = std::max(0.5, static_cast<double>(brush_.size) * side);
  const bool goes_on = !edits.empty() && edits.back().kind == EditKind::paint && edits.back().on;
  if (!wish.begins) {
    if (!goes_on || edits.back().strokes.back().box) return;
    Stroke& stroke = edits.back().strokes.back();
    const Point last = stroke.points.back();
    // Points closer than this change nothing that can be seen.
    if (stroke.points.size() >= kMostPoints || std::hypot(wish.at.x - last.x, wish.at.y - last.y) < 0.2 * stroke.radius) return;
    stroke.points.push_back(wish.at);
    edits_.replace(std::make_shared<const Edits>(std::move(edits)));  // a stroke is undone as a whole
    return run();
  }
  if (!goes_on || edits.back().strokes.size() >= kMostStrokes) edits.push_back({.kind = EditKind::paint});
  Stroke stroke;
  stroke.points = {wish.at};
  stroke.radius = radius;
  stroke.colour = views::kBrushColours[brush_.colour].rgb;
  edits.back().strokes.push_back(std::move(stroke));
  run_edited({}, std::move(edits));
}

void Session::load_edits_of(const std::string& path) {
  const Result<EditsPtr> loaded = load_edits(path);
  if (loaded) return run_edited({}, **loaded);
  message_ = views::Message{std::string(language_("These edits cannot be loaded")), loaded.error().text, {{std::string(language_("Go on")), views::DismissMessage{}}}, true};
}

void Session::save_edits_to(const std::string& path) {
  const auto saved = save_edits(path, edits_.list(), true);
  const std::vector<views::Message::Way> go_on{{std::string(language_("Go on")), views::DismissMessage{}}};
  message_ = saved ? views::Message{std::string(language_("Edits saved")), path, go_on, false}
                   : views::Message{std::string(language_("These edits cannot be saved")), saved.error().text, go_on, true};
}

}  // namespace vitscope::shell
