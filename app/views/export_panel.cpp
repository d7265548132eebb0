// Writing figures as PNG: the one in view or all of them.
#include "app/draw/number.h"
#include "app/views/panel.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

void export_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  Rect r = panel_frame(ui, window, 92 * u, 64 * u, c.tr("Export figures"), "", out);
  auto& memory = ui.state().scroll;
  const auto row = [&](std::string_view label) {
    Rect line = r.cut_top(4.25f * u);
    line.y1 -= u;
    c.text({line.x0, line.centre().y - c.text_height(small) / 2}, label, small, theme.text3, Align::left, 15 * u);
    line.x0 += 16 * u;
    return line;
  };
  const auto choose = [&](std::string_view label, const std::string& key, std::vector<std::string> labels, float initial) {
    const Rect line = row(label);
    if (!memory.contains(key)) memory[key] = initial;
    float& value = memory[key];
    value = static_cast<float>(ui.segments(key, {line.x0, line.y0, line.x0 + ui.segments_width(labels), line.y1}, labels, static_cast<int>(value)));
    return static_cast<int>(value);
  };
  const std::string title = frame.figure ? std::string(c.tr(frame.figure->title)) : "";
  const int which = choose(c.tr("Figures"), "export.which", {std::string(c.tr("in view")) + ": " + title, std::string(c.tr("all")) + " " + std::to_string(figures::figures().size())}, 0);
  const int scale = choose(c.tr("Scale"), "export.scale", {"1600 px", "3200 px", "4800 px", "6400 px"}, 0) + 1;
  const int dark = choose(c.tr("Page"), "export.dark", {std::string(c.tr("light")), std::string(c.tr("dark"))}, 0);
  const int data = choose(c.tr("Numbers"), "export.data", {std::string(c.tr("none")), std::string(c.tr("CSV and .npy beside"))}, 0);
  Rect line = row(c.tr("Folder"));
  std::string& folder = ui.state().texts["export.folder"];
  if (folder.empty() && ui.state().focus != "export.folder") folder = frame.exporting.folder.empty() ? "vitscope-figures" : frame.exporting.folder;
  ui.text_field("export.folder", line, folder, c.tr("folder that the figures are written to"));
  r.cut_top(u);
  c.paragraph(r.cut_top(5 * u), c.tr("Figures are drawn anew at their own size, without the interface. Files of the same name are replaced."), small, theme.text3);

  Rect foot = r.cut_bottom(4 * u);
  const float width = ui.button_width(c.tr("Export"));
  if (ui.button("export.go", {foot.x1 - width, foot.y0 + 0.5f * u, foot.x1, foot.y1}, c.tr("Export"), ui::Ui::Look::filled)) {
    ExportFigures wish;
    if (which == 0 && frame.figure) wish.figures = {std::string(frame.figure->slug)};
    wish.folder = folder;
    wish.scale = scale;
    wish.dark = dark == 1;
    wish.data = data == 1;
    out.push_back(wish);
  }
  const ExportState& state = frame.exporting;
  if (!state.error.empty()) {
    c.paragraph({foot.x0, foot.y0 - 2 * u, foot.x1 - width - 2 * u, foot.y1}, state.error, small, theme.warning);
  } else if (state.total > 0) {
    const bool done = state.done == state.total;
    const std::string text = done ? std::to_string(state.total) + " " + std::string(c.tr("written to")) + " " + state.folder
                                  : std::to_string(state.done) + " " + std::string(c.tr("of")) + " " + std::to_string(state.total) + ": " + state.current;
    c.text({foot.x0, foot.y0 + u}, text, small, theme.text2, Align::left, foot.width() - width - 3 * u);
    const Rect bar{foot.x0, foot.y0 - 0.5f * u, foot.x1 - width - 2 * u, foot.y0 - 0.5f * u + 3};
    c.fill(bar, theme.raised, 1.5f);
    c.fill({bar.x0, bar.y0, bar.x0 + bar.width() * static_cast<float>(state.done) / static_cast<float>(state.total), bar.y1}, theme.selection, 1.5f);
  }
}

}  // namespace vitscope::views
