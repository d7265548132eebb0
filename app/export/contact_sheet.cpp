#include "app/export/contact_sheet.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "app/export/png.h"
#include "app/export/saved_view.h"
#include "app/gl/offscreen.h"
#include "core/files.h"

namespace vitscope::exporting {

using draw::Rect;
using figures::Figure;
using figures::FigureInput;

namespace {

constexpr int kColumns = 4;
constexpr float kMargin = 60, kGap = 36;
/// Every figure is laid out at this width, so that type is equally large on all tiles.
constexpr float kTileLayout = 1340;
constexpr float kTileWidth = (kPageWidth - 2 * kMargin - (kColumns - 1) * kGap) / kColumns;

int pixels(double points, double scale) { return static_cast<int>(std::lround(points * scale)); }

void paste(std::vector<std::uint8_t>& page, int page_width, const Image& tile, int x, int y) {
  const auto at = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  for (int row = 0; row < tile.height(); ++row)
    std::memcpy(&page[at(std::int64_t{3} * (std::int64_t{y + row} * page_width + x))], &tile.bytes()[at(std::int64_t{3} * row * tile.width())], at(std::int64_t{3} * tile.width()));
}

}  // namespace

ContactSheet::ContactSheet(gl::Renderer& renderer, SheetOptions options) : renderer_(renderer), options_(options) {
  if (!options_.language) options_.language = &english_;
  page_fonts_ = std::make_unique<draw::Fonts>(draw::kPaperMetrics, static_cast<float>(options_.scale), *options_.language);
  const int width = pixels(static_cast<double>(kTileWidth), options_.scale);
  tile_fonts_ = std::make_unique<draw::Fonts>(draw::kPaperMetrics, static_cast<float>(width) / kTileLayout, *options_.language);
  renderer_.upload_fonts(*page_fonts_);
  renderer_.upload_fonts(*tile_fonts_);
}

ContactSheet::~ContactSheet() {
  renderer_.forget_fonts(*page_fonts_);
  renderer_.forget_fonts(*tile_fonts_);
}

Result<std::monostate> ContactSheet::add(const Figure& figure, const FigureInput& input) {
  const draw::Theme& theme = options_.dark ? draw::dark_theme() : draw::light_theme();
  const float scale = tile_fonts_->scale();
  const int width = pixels(static_cast<double>(kTileLayout), static_cast<double>(scale)), height = pixels(static_cast<double>(figure.natural_size.y), static_cast<double>(scale));
  Tile tile{std::string((*options_.language)(figure.title)), {}, {}};
  Result<Image> image = gl::render_offscreen(
      renderer_, width, height, theme.ground,
      [&](draw::Canvas& canvas) {
        figure.draw(canvas, {0, 0, kTileLayout, figure.natural_size.y}, input);
        if (figure.subject) tile.subject = figure.subject(canvas, input);
      },
      *tile_fonts_, theme, *options_.language, draw::kPaperMetrics, scale);
  if (!image) return image.error();
  tile.image = std::move(*image);
  tiles_.push_back(std::move(tile));
  return std::monostate{};
}

Result<Image> ContactSheet::render(const FigureInput& input) {
  const draw::Metrics& m = draw::kPaperMetrics;
  const double scale = options_.scale;
  const draw::Theme& theme = options_.dark ? draw::dark_theme() : draw::light_theme();
  const float label = 2 * m.small * 1.25f + m.u;
  const float top = 4.5f * m.u + heading_height(m, input.trace) + 3.5f * m.u;
  // Where each tile lies, in points; a row is as high as its highest tile.
  std::vector<draw::Vec> places;
  float y = top;
  for (std::size_t first = 0; first < tiles_.size(); first += kColumns) {
    float highest = 0;
    for (std::size_t i = first; i < std::min(first + kColumns, tiles_.size()); ++i) {
      places.push_back({kMargin + static_cast<float>(i - first) * (kTileWidth + kGap), y});
      highest = std::max(highest, static_cast<float>(tiles_[i].image.height() / scale));
    }
    y += label + highest + kGap;
  }
  const int width = pixels(static_cast<double>(kPageWidth), scale), height = pixels(static_cast<double>(y + 2 * m.u), scale);
  const Result<Image> page = gl::render_offscreen(
      renderer_, width, height, theme.ground,
      [&](draw::Canvas& c) {
        draw_heading(c, {kMargin, 4.5f * m.u, kPageWidth - kMargin, top}, "Contact sheet", std::to_string(tiles_.size()) + " " + std::string(c.tr("figures")), input);
        for (std::size_t i = 0; i < tiles_.size(); ++i) {
          c.text(places[i], tiles_[i].title, m.small_medium(), theme.text1, draw::Align::left, kTileWidth);
          c.text({places[i].x, places[i].y + m.small * 1.25f}, tiles_[i].subject, m.small_style(), theme.text3, draw::Align::left, kTileWidth);
        }
      },
      *page_fonts_, theme, *options_.language, m, static_cast<float>(scale));
  if (!page) return page.error();
  std::vector<std::uint8_t> bytes(page->bytes().begin(), page->bytes().end());
  for (std::size_t i = 0; i < tiles_.size(); ++i)
    paste(bytes, width, tiles_[i].image, pixels(static_cast<double>(places[i].x), scale), pixels(static_cast<double>(places[i].y + label), scale));
  return Image::of_bytes(width, height, 3, std::move(bytes));
}

std::string ContactSheet::path_in(const std::string& folder) { return (std::filesystem::path(folder) / "contact-sheet.png").string(); }

Result<std::monostate> ContactSheet::write(const FigureInput& input, const std::string& folder, bool force) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error{folder + ": " + error.message()};
  const Result<Image> image = render(input);
  if (!image) return image.error();
  const Texts texts = texts_of(nullptr, input, options_.scale, "All figures of one run.");
  return write_file(path_in(folder), encode_png(*image, texts, static_cast<int>(std::lround(options_.scale * 7087))), force);
}

}  // namespace vitscope::exporting
