#include "app/views/input_size.h"

#include <charconv>
#include <string>

#include "app/views/build_parts.h"
#include "core/model/architecture.h"
#include "core/model/position.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

namespace {

struct Wanted {
  int height = 0, width = 0;
};

/// What has been chosen and not yet run; begins with the model's own size whenever that changes.
Wanted wanted(const std::string& kept, const VitConfig& config) {
  const std::string own = std::to_string(config.image_height) + "x" + std::to_string(config.image_width) + " ";
  Wanted size{config.image_height, config.image_width};
  if (!kept.starts_with(own)) return size;
  const char* at = kept.data() + own.size();
  const char* const end = kept.data() + kept.size();
  at = std::from_chars(at, end, size.height).ptr;
  if (at < end) std::from_chars(at + 1, end, size.width);
  return size;
}

std::string kept_text(const VitConfig& config, Wanted size) {
  return std::to_string(config.image_height) + "x" + std::to_string(config.image_width) + " " + std::to_string(size.height) + "x" + std::to_string(size.width);
}

/// The architecture on inputs of this size, or why it cannot be.
Result<VitConfig> on_size(const VitConfig& config, Wanted size) {
  VitConfig other = config;
  other.image_height = size.height;
  other.image_width = size.width;
  if (!config.t2t) {
    const auto grid = PatchGrid::make(size.height, size.width, config.patch_height, config.patch_width, config.grid.prefix_tokens());
    if (const auto* refusal = std::get_if<GridRefusal>(&grid)) return Error{refusal->text()};
    other.grid = std::get<PatchGrid>(grid);
  }
  if (const auto off = input_size_refusal(other.grid)) return Error{*off};
  if (const auto off = run_refusal(other)) return Error{*off};
  return other;
}

std::string sides(int a, int b) { return std::to_string(a) + " × " + std::to_string(b); }

}  // namespace

void input_size_part(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const VitConfig& config = frame.model->config;
  std::string& kept = ui.state().texts["models.input"];
  Wanted size = wanted(kept, config);
  c.line({r.x0, r.y0}, {r.x1, r.y0}, theme.hairline, c.pixel());
  r.cut_top(u);
  c.text({r.x0, r.cut_top(3 * u).y0 + 0.25f * u}, Phrase{c.tr("Input of {0}"), {frame.model->name}}.text(), c.metrics().small_medium(), theme.text1, Align::left, r.width());
  const Result<VitConfig> other = on_size(config, size);
  const int step_down = config.t2t ? 16 : config.patch_height, step_across = config.t2t ? 16 : config.patch_width;
  Rect fields = r.cut_top(8 * u);
  const Rect left = fields.cut_left(std::min(36 * u, 0.6f * fields.width()));
  number_field(ui, {left.x0, left.y0, left.x1, left.y0 + 4 * u}, {"models.height", c.tr("height, pixels"), 1, kMaxInputSide, step_down, !other.ok()}, size.height);
  number_field(ui, {left.x0, left.y0 + 4 * u, left.x1, left.y0 + 8 * u}, {"models.width", c.tr("width, pixels"), 1, kMaxInputSide, step_across, !other.ok()}, size.width);
  const bool changed = size.height != config.image_height || size.width != config.image_width;
  if (const std::string_view run = c.tr("Run on this size"); changed && other.ok() &&
      ui.button("models.resize", {left.x1 + 2 * u, left.y0 + 4.4f * u, left.x1 + 2 * u + ui.button_width(run), left.y0 + 7.6f * u}, run, ui::Ui::Look::filled)) {
    out.push_back(SetInputSize{size.height, size.width});
    ui.state().focus.clear();
  }
  std::string text;
  if (!other.ok()) text = other.error().text;
  else if (config.t2t) text = std::string(c.tr("Windows overlap: any size works that they fit into."));
  else
    text = Phrase{changed ? c.tr("{0} patches instead of {1}; the table of positions is resampled from {2}.") : c.tr("{0} patches; the table of positions was made for {2}."),
                  {sides(other->grid.rows(), other->grid.columns()), sides(config.grid.rows(), config.grid.columns()), sides(frame.model->weights.stored_rows, frame.model->weights.stored_columns)}}
               .text();
  c.paragraph(r, text, small, other.ok() ? theme.text3 : theme.warning);
  kept = kept_text(config, size);
}

}  // namespace vitscope::views
