// A figure in the export panel as it will be written.
#include <cmath>

#include "app/views/export_parts.h"

namespace vitscope::views {

using draw::Align;
using draw::Rect;

void export_preview(ui::Ui& ui, Rect r, const Frame& frame, const ExportChoice& choice, bool dark, int width, Commands& out) {
  draw::Canvas& c = ui.canvas();
  const draw::Theme& theme = c.theme();
  const float u = c.u();
  const draw::Style small = c.metrics().small_style();
  const figures::Figure* figure = choice.previewed();
  if (!figure) return;
  // Drawn larger than it is shown, so that small type stays even. In steps, so that a resized window does not draw it anew for every point.
  const int wanted = std::clamp(static_cast<int>(std::lround(r.width() * c.scale() * 1.6f / 64)) * 64, 320, 3200);
  const ShowPreview wish{std::string(figure->slug), dark, wanted};
  if (!(wish == frame.preview.wish)) out.push_back(wish);

  const Preview& preview = frame.preview;
  const auto image = preview.image;
  const bool current = preview.current && wish == preview.wish;
  const Rect head = r.cut_top(3 * u);
  std::string size;
  if (image && current) size = std::to_string(width) + " × " + std::to_string(std::lround(static_cast<double>(width) * image->height() / image->width())) + " " + std::string(c.tr("pixels"));
  const float left = c.text({head.x1, head.y0}, size, small, theme.text3, Align::right).x0;
  c.text({head.x0, head.y0}, c.tr(figure->title), c.metrics().small_medium(), theme.text1, Align::left, left - head.x0 - 2 * u);

  if (!image) {
    c.outline(r, theme.hairline, 1, 4);
    const std::string_view text = preview.reason.empty() ? c.tr("The preview is being drawn") : std::string_view(preview.reason);
    c.text({r.centre().x, r.centre().y - c.text_height(small) / 2}, text, small, theme.text3, Align::centre, r.width() - 4 * u);
    return;
  }
  Rect page = draw::fit(r, static_cast<float>(image->width()) / static_cast<float>(image->height()));
  for (float spread : {5.0f, 2.0f}) c.fill(page.moved({0, 1}).inset(-spread), draw::kBlack.faded(theme.dark ? 0.16f : 0.05f), 3 + spread);
  c.image(page, image, {0, 0, static_cast<double>(image->width()), static_cast<double>(image->height())}, true);
  c.outline(page, theme.hairline, 1);
  // An older one gives way.
  if (!current) c.fill(page, theme.panel.faded(0.6f));
}

}  // namespace vitscope::views
