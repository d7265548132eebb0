// Writing figures as PNG: which ones, how they will look, and how they are written.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "app/views/export_parts.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr std::array kWidths{1600, 3200, 4800, 6400, 8000};
constexpr int kLeastWidth = 400, kMostWidth = 16000;
constexpr std::array<const char*, 3> kData{"none", "csv", "npy"};

/// Cuts a line off the bottom half of the panel: its label stands at the left, what is returned lies behind.
Rect row(draw::Canvas& c, Rect& r, std::string_view label, float room) {
  const float u = c.u();
  Rect line = r.cut_top(4 * u);
  line.y1 -= 0.75f * u;
  const draw::Style small = c.metrics().small_style();
  c.text({line.x0, line.centre().y - c.text_height(small) / 2}, label, small, c.theme().text3, Align::left, room - u);
  line.x0 += room;
  return line;
}

int choose(ui::Ui& ui, Rect& line, std::string_view key, const std::vector<std::string>& labels, int chosen) {
  const float width = ui.segments_width(labels);
  const int now = ui.segments(key, {line.x0, line.y0, line.x0 + width, line.y1}, labels, chosen);
  line.x0 += width;
  return now;
}

/// Widths by click, or any other that is typed.
void width_row(ui::Ui& ui, Rect line, int& width) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  std::vector<std::string> labels;
  int chosen = -1;
  for (std::size_t i = 0; i < kWidths.size(); ++i) {
    labels.push_back(std::to_string(kWidths[i]));
    if (kWidths[i] == width) chosen = static_cast<int>(i);
  }
  std::string& typed = ui.state().texts["export.width"];
  const int now = choose(ui, line, "export.width", labels, chosen);
  if (now != chosen) width = kWidths[static_cast<std::size_t>(now)], typed.clear();
  line.x0 += u;
  const Rect field{line.x0, line.y0, std::min(line.x0 + 12 * u, line.x1), line.y1};
  ui.text_field("export.width.typed", field, typed, c.tr("other"));
  const int number = std::atoi(typed.substr(0, 6).c_str());
  const bool good = number >= kLeastWidth && number <= kMostWidth && typed == std::to_string(number);
  if (good) width = number;
  const std::string hint = typed.empty() || good ? std::string(c.tr("pixels")) : std::to_string(kLeastWidth) + " – " + std::to_string(kMostWidth);
  const draw::Style small = c.metrics().small_style();
  c.text({field.x1 + u, line.centre().y - c.text_height(small) / 2}, hint, small, typed.empty() || good ? c.theme().text3 : c.theme().warning, Align::left, line.x1 - field.x1 - u);
}

/// How far the export has come, or what came of it.
void progress(ui::Ui& ui, Rect r, const ExportState& state) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const draw::Style small = c.metrics().small_style();
  const auto counted = [&] { return std::to_string(state.done) + " " + std::string(c.tr("of")) + " " + std::to_string(state.total); };
  if (!state.error.empty()) {
    const float height = std::min(c.paragraph_height(r.width(), state.error, small), r.height());
    c.paragraph({r.x0, r.centre().y - height / 2, r.x1, r.y1}, state.error, small, theme.warning);
    return;
  }
  const float y = r.centre().y - c.text_height(small) / 2;
  if (state.total == 0) {
    c.text({r.x0, y}, c.tr("Files of the same name are replaced. A figure that is opened again brings back its view."), small, theme.text3, Align::left, r.width());
    return;
  }
  const bool done = state.done == state.total;
  if (done || state.stopped) {
    const std::string text = state.stopped ? std::string(c.tr("Stopped after")) + " " + counted() : std::string(c.tr("Written to")) + " " + state.folder;
    c.text({r.x0, y}, text, c.metrics().small_medium(), state.stopped ? theme.warning : theme.text1, Align::left, r.width());
    return;
  }
  const Rect bar{r.x0, r.y1 - 6, r.x1, r.y1 - 2};
  c.text({r.x0, y - 3}, counted() + "  " + std::string(c.tr(state.current)), small, theme.text2, Align::left, r.width());
  c.fill(bar, theme.raised, 2);
  c.fill({bar.x0, bar.y0, bar.x0 + bar.width() * static_cast<float>(state.done) / static_cast<float>(state.total), bar.y1}, theme.selection, 2);
}

}  // namespace

void export_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  Rect r = panel_frame(ui, window, 168 * u, 112 * u, c.tr("Export figures"), "", out);
  ExportChoice choice(ui, frame);
  Rect list = r.cut_left(std::min(38 * u, 0.3f * r.width()));
  r.cut_left(3 * u);
  export_list(ui, list, frame, choice);

  int& width = choice.number("export.width", kWidths[0]);
  int& dark = choice.number("export.dark", 0);
  int& data = choice.number("export.data", 0);
  Rect below = r.cut_bottom(17 * u);
  r.cut_bottom(2 * u);

  float room = 0;
  for (const char* label : {"Page", "Width", "Folder"}) room = std::max(room, c.text_width(c.tr(label), c.metrics().small_style()) + 2 * u);
  Rect page = row(c, below, c.tr("Page"), room);
  dark = choose(ui, page, "export.dark", {std::string(c.tr("light")), std::string(c.tr("dark"))}, dark);
  page.x0 += 4 * u;
  const draw::Style small = c.metrics().small_style();
  page.x0 = c.text({page.x0, page.centre().y - c.text_height(small) / 2}, c.tr("Numbers beside"), small, c.theme().text3).x1 + 1.5f * u;
  data = choose(ui, page, "export.data", {std::string(c.tr("none")), "CSV", ".npy"}, data);
  width_row(ui, row(c, below, c.tr("Width"), room), width);
  export_preview(ui, r, frame, choice, dark == 1, width, out);
  std::string& folder = ui.state().texts["export.folder"];
  if (folder.empty() && ui.state().focus != "export.folder") folder = frame.exporting.folder.empty() ? "vitscope-figures" : frame.exporting.folder;
  ui.text_field("export.folder", row(c, below, c.tr("Folder"), room), folder, c.tr("folder that the figures are written to"));

  const std::vector<std::string> slugs = choice.slugs();
  const std::size_t pages = slugs.size() + (choice.contact_sheet() ? 1 : 0);
  const bool running = frame.exporting.done < frame.exporting.total && frame.exporting.error.empty() && !frame.exporting.stopped;
  const std::string label = running ? std::string(c.tr("Stop")) : std::string(c.tr("Export")) + " " + std::to_string(pages);
  below.y0 += 0.5f * u;
  Rect foot = below.cut_top(3.75f * u);
  const Rect go = foot.cut_right(ui.button_width(label) + 2 * u);
  foot.x1 -= 2 * u;
  progress(ui, foot, frame.exporting);
  if (!ui.button("export.go", go, label, running || pages == 0 ? ui::Ui::Look::outlined : ui::Ui::Look::filled)) return;
  if (running) out.push_back(StopExport{});
  else if (pages > 0) out.push_back(ExportFigures{slugs, choice.contact_sheet(), folder, width, dark == 1, kData[static_cast<std::size_t>(std::clamp(data, 0, 2))]});
}

}  // namespace vitscope::views
