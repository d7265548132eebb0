// Opening pictures and models: what ships, what was open before, and the folders of the machine.
#include <cmath>

#include "app/draw/number.h"
#include "app/views/input_size.h"
#include "app/views/panel.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

constexpr float kTile = 15;  // units

std::string size_text(std::uint64_t bytes) {
  const auto n = static_cast<double>(bytes);
  if (n < 1024) return std::to_string(bytes) + " B";
  if (n < 1024 * 1024) return draw::number(n / 1024, 3) + " kB";
  return draw::number(n / 1024 / 1024, 3) + " MB";
}

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

/// A picture with its name below; true when it was clicked.
bool tile(ui::Ui& ui, std::string_view key, Rect r, std::string_view name, const std::shared_ptr<const Image>& thumbnail, std::string_view state, bool failed) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  if (ui.hovering(r)) c.fill(r, theme.raised, 5);
  Rect body = r.inset(0.75f * u);
  const Rect label = body.cut_bottom(2.25f * u);
  if (thumbnail) {
    const Rect box = draw::fit(body, static_cast<float>(thumbnail->width()) / static_cast<float>(thumbnail->height()));
    c.image(box, thumbnail, {0, 0, static_cast<double>(thumbnail->width()), static_cast<double>(thumbnail->height())});
  } else {
    c.outline(body, failed ? theme.warning : theme.hairline, 1, 3);
    if (failed) c.text({body.centre().x, body.y0 + 1.5f * u}, "!", c.metrics().heading_style(), theme.warning, Align::centre);
    c.paragraph({body.x0 + u, body.y0 + (failed ? 4.5f : 3) * u, body.x1 - u, body.y1}, state, small, failed ? theme.warning : theme.text3);
  }
  c.text({label.centre().x, label.y0 + 0.5f * u}, name, small, theme.text1, Align::centre, label.width());
  return ui.clicked(key, r);
}

/// One line of a list: name left, detail right.
bool line(ui::Ui& ui, std::string_view key, Rect r, std::string_view name, std::string_view detail, bool strong = false) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  if (ui.hovering(r)) c.fill(r, theme.raised, 4);
  const draw::Style small = c.metrics().small_style();
  const float y = r.centre().y - c.text_height(small) / 2;
  const float right = detail.empty() ? r.x1 - u : c.text({r.x1 - u, y}, detail, small, theme.text3, Align::right, r.width() - c.text_width(name, strong ? c.metrics().small_medium() : small) - 4 * u).x0 - u;
  c.text({r.x0 + u, y}, name, strong ? c.metrics().small_medium() : small, theme.text1, Align::left, right - r.x0 - u);
  return ui.clicked(key, r);
}

Rect heading(draw::Canvas& c, Rect& r, std::string_view text) {
  const Rect row = r.cut_top(3.25f * c.u());
  c.text({row.x0, row.y0 + 0.25f * c.u()}, text, c.metrics().small_medium(), c.theme().text2, Align::left, row.width());
  return row;
}

/// Path of the folder with a way up, and a filter.
void folder_bar(ui::Ui& ui, Rect& r, const Browser& browser, std::string_view key, std::string& filter, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const float u = c.u();
  Rect row = r.cut_top(4 * u);
  row.y1 -= 0.75f * u;
  const float up = ui.button_width(c.tr("Up"));
  if (ui.button(std::string(key) + ".up", row.cut_left(up), c.tr("Up")) && !browser.parent.empty()) out.push_back(BrowseTo{browser.parent});
  row.x0 += u;
  Rect field = row.cut_right(28 * u);
  row.x1 -= u;
  c.text({row.x0, row.centre().y - 8}, browser.folder, c.metrics().small_style(), c.theme().text2, Align::left, row.width());
  if (ui.text_field(std::string(key) + ".filter", field, filter, c.tr("filter, or type a path and press Enter")) && !filter.empty()) {
    const std::string path = filter[0] == '/' ? filter : browser.folder + "/" + filter;
    if (path.ends_with('/')) out.push_back(BrowseTo{path});
    else if (key == "models") out.push_back(OpenModel{path});
    else out.push_back(OpenPicture{path});
    filter.clear();
  }
}

std::string& filter_of(ui::Ui& ui, const std::string& key) { return ui.state().texts[key]; }

}  // namespace

void open_picture_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const Browser& browser = frame.browser;
  Rect r = panel_frame(ui, window, 132 * u, 110 * u, c.tr("Open a picture"), c.tr("PNG, JPEG, .npy and others; or drop a file on the window"), out);

  Rect modes = r.cut_bottom(4 * u);
  modes.y0 += u;
  const std::vector<std::string> names{std::string(c.tr("crop")), std::string(c.tr("stretch")), std::string(c.tr("pad"))};
  const float label = c.text({modes.x0, modes.centre().y - 8}, c.tr("How it is fitted to the model's input"), c.metrics().small_style(), theme.text3).x1;
  const int mode = static_cast<int>(frame.resize_mode);
  const int now = ui.segments("pictures.mode", {label + 2 * u, modes.y0, label + 2 * u + ui.segments_width(names), modes.y1}, names, mode);
  if (now != mode) out.push_back(SetResizeMode{static_cast<ResizeMode>(now)});
  r.y1 -= u;

  Rect side = r.cut_left(30 * u);
  r.x0 += 3 * u;
  heading(c, side, c.tr("Built-in pictures"));
  const int across = 2;
  const float w = side.width() / across;
  int i = 0;
  const Rect list = side;
  const float rows = std::ceil(static_cast<float>(browser.builtins.size()) / across);
  const float needed = rows * (kTile - 2.5f) * u + (browser.recent_pictures.empty() ? 0 : 5 * u + 2.75f * u * static_cast<float>(browser.recent_pictures.size()));
  const float dy = ui.begin_scroll("pictures.side", list, needed);
  Rect at = list.moved({0, dy});
  for (const Browser::Builtin& builtin : browser.builtins) {
    const Rect box = draw::rect_at({at.x0 + w * static_cast<float>(i % across), at.y0 + (kTile - 2.5f) * u * static_cast<float>(i / across)}, w, (kTile - 2.5f) * u);
    if (tile(ui, "builtin." + builtin.name, box, builtin.title, builtin.thumbnail, "", false)) out.push_back(OpenBuiltin{builtin.name});
    ++i;
  }
  at.y0 += rows * (kTile - 2.5f) * u;
  if (!browser.recent_pictures.empty()) {
    at.y0 += 1.5f * u;
    at.y1 = at.y0 + 1000 * u;
    heading(c, at, c.tr("Opened before"));
    for (std::size_t k = 0; k < browser.recent_pictures.size(); ++k)
      if (line(ui, "recent." + std::to_string(k), at.cut_top(2.75f * u), base_name(browser.recent_pictures[k]), "")) out.push_back(OpenPicture{browser.recent_pictures[k]});
  }
  ui.end_scroll();

  std::string& filter = filter_of(ui, "pictures.filter");
  folder_bar(ui, r, browser, "pictures", filter, out);
  if (!browser.error.empty()) {
    c.paragraph(r, browser.error, c.metrics().small_style(), theme.warning);
    return;
  }
  std::vector<const FolderEntry*> folders, pictures;
  for (const FolderEntry& entry : browser.entries)
    if (filter.empty() || filter[0] == '/' || entry.name.find(filter) != std::string::npos) (entry.folder ? folders : pictures).push_back(&entry);
  if (folders.empty() && pictures.empty()) {
    c.text({r.centre().x, r.centre().y - 2 * u}, c.tr("No pictures in this folder"), c.metrics().heading_style(), theme.text2, Align::centre);
    c.text({r.centre().x, r.centre().y + u}, c.tr("go up, or type a path above"), c.metrics().small_style(), theme.text3, Align::centre);
    return;
  }
  const int columns = std::max(1, static_cast<int>((r.width() - u) / (kTile * u)));
  const float cell = (r.width() - u) / static_cast<float>(columns);
  const int folder_columns = std::max(1, static_cast<int>((r.width() - u) / (24 * u)));
  const float folder_cell = (r.width() - u) / static_cast<float>(folder_columns);
  const float folder_height = 3 * u * std::ceil(static_cast<float>(folders.size()) / static_cast<float>(folder_columns)) + (folders.empty() ? 0 : u);
  const float height = folder_height + kTile * u * std::ceil(static_cast<float>(pictures.size()) / static_cast<float>(columns));
  const float offset = ui.begin_scroll("pictures.folder", r, height);
  for (std::size_t k = 0; k < folders.size(); ++k) {
    const auto row = static_cast<float>(k / static_cast<std::size_t>(folder_columns)), column = static_cast<float>(k % static_cast<std::size_t>(folder_columns));
    const Rect box = draw::rect_at({r.x0 + column * folder_cell, r.y0 + offset + row * 3 * u}, folder_cell - u, 2.75f * u);
    if (box.y1 > r.y0 && box.y0 < r.y1 && line(ui, "folder." + folders[k]->name, box, folders[k]->name + "/", "", true)) out.push_back(BrowseTo{folders[k]->path});
  }
  for (std::size_t k = 0; k < pictures.size(); ++k) {
    const auto row = static_cast<float>(k / static_cast<std::size_t>(columns)), column = static_cast<float>(k % static_cast<std::size_t>(columns));
    const Rect box = draw::rect_at({r.x0 + column * cell, r.y0 + offset + folder_height + row * kTile * u}, cell, kTile * u);
    if (box.y1 < r.y0 || box.y0 > r.y1) continue;
    const FolderEntry& entry = *pictures[k];
    if (tile(ui, "file." + entry.name, box, entry.name, entry.thumbnail, entry.failed ? entry.reason : std::string(c.tr("loading")), entry.failed) && !entry.failed)
      out.push_back(OpenPicture{entry.path});
  }
  ui.end_scroll();
}

void open_model_panel(ui::Ui& ui, Rect window, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const Browser& browser = frame.browser;
  Rect r = panel_frame(ui, window, 132 * u, 92 * u, c.tr("Open a model"), c.tr("safetensors, PyTorch's .pth, .pt and .bin, or .npz of the original Flax models"), out);
  const Rect list = r.cut_left(50 * u);
  r.x0 += 3 * u;
  const float before = browser.recent_models.empty() ? 0 : 5 * u + 2.75f * u * static_cast<float>(browser.recent_models.size());
  const float needed = 12.5f * u + 2.75f * u * static_cast<float>(presets().size()) + before;
  Rect side = list.moved({0, ui.begin_scroll("models.side", list, needed)});
  side.y1 = side.y0 + needed + u;
  if (needed > list.height()) side.x1 -= 1.5f * u;
  heading(c, side, c.tr("Shipped"));
  if (line(ui, "model.shipped", side.cut_top(3 * u), "cifar10-vit", c.tr("trained, ten classes"), true)) out.push_back(OpenShipped{});
  side.cut_top(1.5f * u);
  Rect presets_head = heading(c, side, c.tr("Architectures with random weights"));
  const std::string_view build = c.tr("Build one …");
  if (ui.button("models.build", {presets_head.x1 - ui.button_width(build), presets_head.y0 - 0.5f * u, presets_head.x1, presets_head.y1 - 0.25f * u}, build)) out.push_back(ShowPanel{Panel::building});
  for (const Preset& preset : presets())
    if (line(ui, "preset." + std::string(preset.name), side.cut_top(2.75f * u), preset.name, c.tr(preset.about)))
      out.push_back(OpenPreset{std::string(preset.name)});
  side.cut_top(1.5f * u);
  if (!browser.recent_models.empty()) {
    heading(c, side, c.tr("Opened before"));
    for (std::size_t k = 0; k < browser.recent_models.size(); ++k)
      if (line(ui, "recent." + std::to_string(k), side.cut_top(2.75f * u), base_name(browser.recent_models[k]), "")) out.push_back(OpenModel{browser.recent_models[k]});
  }
  ui.end_scroll();
  input_size_part(ui, r.cut_bottom(kInputSizeHeight * u), frame, out);
  r.cut_bottom(u);
  std::string& filter = filter_of(ui, "models.filter");
  folder_bar(ui, r, browser, "models", filter, out);
  if (!browser.error.empty()) {
    c.paragraph(r, browser.error, c.metrics().small_style(), theme.warning);
    return;
  }
  std::vector<const FolderEntry*> entries;
  for (const FolderEntry& entry : browser.entries)
    if (filter.empty() || filter[0] == '/' || entry.name.find(filter) != std::string::npos) entries.push_back(&entry);
  if (entries.empty()) {
    c.text({r.centre().x, r.centre().y - 2 * u}, c.tr("No models in this folder"), c.metrics().heading_style(), theme.text2, Align::centre);
    c.text({r.centre().x, r.centre().y + u}, c.tr("go up, or type a path above"), c.metrics().small_style(), theme.text3, Align::centre);
    return;
  }
  const float offset = ui.begin_scroll("models.folder", r, 2.75f * u * static_cast<float>(entries.size()));
  for (std::size_t k = 0; k < entries.size(); ++k) {
    const Rect box = draw::rect_at({r.x0, r.y0 + offset + 2.75f * u * static_cast<float>(k)}, r.width() - 1.5f * u, 2.75f * u);
    if (box.y1 < r.y0 || box.y0 > r.y1) continue;
    const FolderEntry& entry = *entries[k];
    if (line(ui, "file." + entry.name, box, entry.name + (entry.folder ? "/" : ""), entry.folder ? "" : size_text(entry.bytes), entry.folder)) {
      if (entry.folder) out.push_back(BrowseTo{entry.path});
      else out.push_back(OpenModel{entry.path});
    }
  }
  ui.end_scroll();
}

}  // namespace vitscope::views
