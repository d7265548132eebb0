// All figures of a run on one page, small.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/export/sheet.h"

namespace vitscope::exporting {

/// Figures are added one by one, so that whoever waits can be told how far it has come; then the page is put together.
class ContactSheet {
 public:
  ContactSheet(gl::Renderer& renderer, SheetOptions options);
  ~ContactSheet();
  Result<std::monostate> add(const figures::Figure& figure, const figures::FigureInput& input);
  /// The page of what was added: four columns below a heading with model and picture.
  Result<Image> render(const figures::FigureInput& input);
  /// FOLDER/contact-sheet.png with the text chunks of a figure.
  Result<std::monostate> write(const figures::FigureInput& input, const std::string& folder, bool force);
  static std::string path_in(const std::string& folder);

 private:
  struct Tile {
    std::string title, subject;
    Image image;
  };
  gl::Renderer& renderer_;
  SheetOptions options_;
  draw::Language english_;
  std::unique_ptr<draw::Fonts> page_fonts_, tile_fonts_;
  std::vector<Tile> tiles_;
};

}  // namespace vitscope::exporting
