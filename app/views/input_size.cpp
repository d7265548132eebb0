#include "app/views/input_size.h"

#include <string>

#include "app/views/build_parts.h"
#include "core/model/position.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

void input_size_part(ui::Ui& ui, Rect r, const Frame& frame, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const VitConfig& config = frame.model->config;
  // What has been chosen and not yet run; begins with the model's own size whenever that changes.
  std::string& of_model = ui.state().texts["models.input"];
  int &height = ui.state().numbers["models.height"], &width = ui.state().numbers["models.width"];
  if (const std::string own = sides(config.image_height, config.image_width); of_model != own) of_model = own, height = config.image_height, width = config.image_width;
  c.line({r.x0, r.y0}, {r.x1, r.y0}, theme.hairline, c.pixel());
  r.cut_top(u);
  c.text({r.x0, r.cut_top(3 * u).y0 + 0.25f * u}, Phrase{c.tr("Input of {0}"), {frame.model->name}}.text(), c.metrics().small_medium(), theme.text1, Align::left, r.width());
  const Result<VitConfig> other = with_input_size(config, height, width);
  const int step_down = config.t2t ? 16 : config.patch_height, step_across = config.t2t ? 16 : config.patch_width;
  Rect fields = r.cut_top(8 * u);
  const Rect left = fields.cut_left(std::min(36 * u, 0.6f * fields.width()));
  number_field(ui, {left.x0, left.y0, left.x1, left.y0 + 4 * u}, {"models.height", c.tr("height, pixels"), 1, kMaxInputSide, step_down, !other.ok()}, height);
  number_field(ui, {left.x0, left.y0 + 4 * u, left.x1, left.y0 + 8 * u}, {"models.width", c.tr("width, pixels"), 1, kMaxInputSide, step_across, !other.ok()}, width);
  const bool changed = height != config.image_height || width != config.image_width;
  if (const std::string_view run = c.tr("Run on this size"); changed && other.ok() &&
      ui.button("models.resize", {left.x1 + 2 * u, left.y0 + 4.4f * u, left.x1 + 2 * u + ui.button_width(run), left.y0 + 7.6f * u}, run, ui::Ui::Look::filled)) {
    out.push_back(SetInputSize{height, width});
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
}

}  // namespace vitscope::views
