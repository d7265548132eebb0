#include "app/export/sheet.h"

#include <cmath>
#include <filesystem>

#include "app/draw/number.h"
#include "app/draw/parts.h"
#include "app/export/data.h"
#include "app/export/png.h"
#include "app/export/saved_view.h"
#include "app/gl/offscreen.h"
#include "core/files.h"

namespace vitscope::exporting {

using draw::Rect;
using draw::Vec;
using figures::Figure;
using figures::FigureInput;

namespace {

struct SheetLayout {
  float margin, title_y, body_y, caption_y, height;
};

std::string subtitle(const draw::Canvas& c, const FigureInput& input) {
  const VitConfig& config = input.config();
  const auto size = [](int a, int b) { return std::to_string(a) + " × " + std::to_string(b); };
  // Tokens that are made by overlapping windows stand for cells that need not be whole pixels.
  const auto side = [](double pixels) { return pixels == std::floor(pixels) ? std::to_string(static_cast<int>(pixels)) : draw::number(pixels, 4); };
  return input.trace.model().name + ", " + size(config.grid.rows(), config.grid.columns()) + " " + std::string(c.tr("patches of")) + " " +
         side(config.grid.cell_height()) + " × " + side(config.grid.cell_width()) + " " + std::string(c.tr("pixels")) + ", " + std::to_string(config.depth) + " " + std::string(c.tr("blocks of")) + " " +
         std::to_string(config.heads) + " " + std::string(c.tr("heads")) + "; " + std::string(c.tr("picture")) + " " + input.trace.input().name + ", " +
         std::string(c.tr(name_of(input.trace.input().spec.mode)));
}

SheetLayout layout_of(const draw::Canvas& c, const Figure& figure, const FigureInput& input) {
  const draw::Metrics& m = c.metrics();
  SheetLayout l{};
  l.margin = (kPageWidth - figure.natural_size.x) / 2;
  l.title_y = 4.5f * m.u;
  l.body_y = l.title_y + heading_height(m, input.trace) + 3.5f * m.u;
  l.caption_y = l.body_y + figure.natural_size.y + 3 * m.u;
  const std::string caption = figure.caption ? figure.caption(c, input) : "";
  l.height = std::ceil(l.caption_y + c.paragraph_height(figure.natural_size.x, caption, m.small_style()) + 4.5f * m.u);
  return l;
}

}  // namespace

void draw_heading(draw::Canvas& c, Rect r, std::string_view heading, const std::string& subject, const FigureInput& input) {
  const draw::Theme& theme = c.theme();
  const draw::Metrics& m = c.metrics();
  float title_end = r.x1;
  if (input.trace.model().random_weights) {
    const std::string_view pill = c.tr("random weights: the numbers mean nothing yet");
    const float width = c.text_width(pill, m.small_medium()) + 3 * m.u;
    const Rect box{r.x1 - width, r.y0 + 0.4f * m.u, r.x1, r.y0 + 3.8f * m.u};
    c.fill(box, theme.warning_tint, 1.7f * m.u);
    c.text({box.centre().x, box.centre().y - c.text_height(m.small_medium()) / 2}, pill, m.small_medium(), theme.warning, draw::Align::centre);
    title_end = box.x0 - 2 * m.u;
  }
  const float x = c.text({r.x0, r.y0}, c.tr(heading), m.title_style(), theme.text1, draw::Align::left, title_end - r.x0).x1;
  if (!subject.empty() && title_end - x > 12 * m.u)
    c.text({x + 2 * m.u, r.y0 + (m.title - m.body) * 0.85f}, subject, m.body_style(), theme.text3, draw::Align::left, title_end - x - 2 * m.u);
  c.text({r.x0, r.y0 + m.title * 1.25f + 0.75f * m.u}, subtitle(c, input), m.body_style(), theme.text2, draw::Align::left, r.width());
  if (const EditsPtr& edits = input.trace.edits()) {
    const std::string text = std::string(c.tr("Under edits")) + ": " + words(*edits, [&](std::string_view english) { return c.tr(english); });
    const float y = r.y0 + m.title * 1.25f + 1.5f * m.u + m.body * 1.25f;
    c.fill({r.x0, y, r.x0 + 3, y + m.body * 1.25f}, theme.selection);
    c.text({r.x0 + 1.5f * m.u, y}, text, m.body_style(), theme.selection, draw::Align::left, r.width() - 1.5f * m.u);
  }
}

float heading_height(const draw::Metrics& m, const Trace& trace) { return m.title * 1.25f + (trace.edits() ? 2 : 1) * (0.75f * m.u + m.body * 1.25f); }

void draw_sheet(draw::Canvas& c, Rect r, const Figure& figure, const FigureInput& input) {
  const draw::Metrics& m = c.metrics();
  const SheetLayout l = layout_of(c, figure, input);
  c.fill(r, c.theme().ground);
  const float left = r.x0 + l.margin, right = r.x1 - l.margin;
  draw_heading(c, {left, r.y0 + l.title_y, right, r.y0 + l.body_y}, figure.title, figure.subject ? figure.subject(c, input) : "", input);
  figure.draw(c, {left, r.y0 + l.body_y, right, r.y0 + l.body_y + figure.natural_size.y}, input);
  if (figure.caption) c.paragraph({left, r.y0 + l.caption_y, right, r.y1}, figure.caption(c, input), m.small_style(), c.theme().text2);
}

Vec sheet_size(const Figure& figure, const FigureInput& input, const draw::Fonts& fonts, const draw::Language& language) {
  draw::CanvasStore store;
  const draw::Canvas measuring({.list = nullptr, .store = &store, .fonts = &fonts, .theme = &draw::light_theme(), .language = &language, .sink = {},
                                .metrics = draw::kPaperMetrics, .scale = fonts.scale(), .time = 1e9, .motion = false});
  return {kPageWidth, layout_of(measuring, figure, input).height};
}

FigureWriter::FigureWriter(gl::Renderer& renderer, SheetOptions options) : renderer_(renderer), options_(options) {
  if (!options_.language) options_.language = &english_;
  fonts_ = std::make_unique<draw::Fonts>(draw::kPaperMetrics, static_cast<float>(options_.scale), *options_.language);
  renderer_.upload_fonts(*fonts_);
}

FigureWriter::~FigureWriter() { renderer_.forget_fonts(*fonts_); }

Result<Image> FigureWriter::render(const Figure& figure, const FigureInput& input) {
  const Vec size = sheet_size(figure, input, *fonts_, *options_.language);
  const draw::Theme& theme = options_.dark ? draw::dark_theme() : draw::light_theme();
  const int width = static_cast<int>(std::lround(size.x * options_.scale)), height = static_cast<int>(std::lround(size.y * options_.scale));
  return gl::render_offscreen(renderer_, width, height, theme.ground, [&](draw::Canvas& canvas) { draw_sheet(canvas, {0, 0, size.x, size.y}, figure, input); }, *fonts_, theme,
                              *options_.language, draw::kPaperMetrics, static_cast<float>(options_.scale));
}

Result<std::monostate> FigureWriter::write(const Figure& figure, const FigureInput& input, const std::string& folder, const std::string& data, bool force) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{folder + ": " + error.message()};
  const Result<Image> image = render(figure, input);
  if (!image) return image.error();
  draw::CanvasStore store;
  const draw::Canvas words({.list = nullptr, .store = &store, .fonts = fonts_.get(), .theme = &draw::light_theme(), .language = options_.language, .sink = {},
                            .metrics = draw::kPaperMetrics, .scale = 1, .time = 0, .motion = false});
  const Texts texts = texts_of(&figure, input, options_.scale, figure.caption ? figure.caption(words, input) : "");
  const std::string base = (std::filesystem::path(folder) / std::string(figure.slug)).string();
  const std::vector<std::uint8_t> png = encode_png(*image, texts, static_cast<int>(std::lround(options_.scale * 7087)));
  if (const auto written = write_file(base + ".png", png, force); !written) return written.error();
  if (data != "none" && figure.data) return write_table(figure.data(input), base, data, force);
  return std::monostate{};
}

}  // namespace vitscope::exporting
