// Small pictures and names of tensors and tokens.
#include <cmath>

#include "app/draw/parts.h"

namespace vitscope::draw {

void tensor_glyph(Canvas& c, Vec centre, Slot slot, const VitConfig& config) {
  const Theme& theme = c.theme();
  std::span<const Dim> dims = info(slot).dims;
  const bool sheets = !dims.empty() && dims.front() == Dim::heads;
  // Heads lie behind each other; so do the channels of a picture. Of four dimensions the last three make one row.
  if (dims.size() == 3) dims = dims.subspan(1);
  int rows = 1, columns = 1;
  Color row_color = theme.text2, column_color = theme.text2;
  if (dims.size() == 1) {
    columns = extent(dims[0], config);
    row_color = column_color = color_of(dims[0], theme);
  } else if (dims.size() >= 2) {
    rows = extent(dims[0], config);
    for (Dim dim : dims.subspan(1)) columns *= extent(dim, config);
    row_color = color_of(dims[0], theme);
    column_color = color_of(dims.back(), theme);
  }
  const bool has_prefix = dims.size() >= 2 && dims[0] == Dim::tokens && config.prefix_tokens > 0;
  const auto side = [](int n) { return 4 + 2 * std::log2(static_cast<float>(std::max(n, 1))); };
  const float h = std::min(std::round(side(rows)), 32.0f), w = std::min(std::round(side(columns)), 36.0f);
  const Rect r = rect_at({std::round(centre.x - w / 2), std::round(centre.y - h / 2)}, w, h);
  if (sheets)
    for (int i = 2; i >= 1; --i) {
      const float d = 2 * static_cast<float>(i);
      c.line({r.x0 + d, r.y0 - d + 0.5f}, {r.x1 + d, r.y0 - d + 0.5f}, theme.heads);
      c.line({r.x1 + d - 0.5f, r.y0 - d}, {r.x1 + d - 0.5f, r.y1 - d}, theme.heads);
    }
  c.fill(r, (has_prefix || dims.size() != 1 ? row_color : column_color).faded(theme.dark ? 0.2f : 0.16f));
  if (has_prefix) c.fill({r.x0, r.y0, r.x1, r.y0 + 3}, prefix_color(theme, 0, config.grid.prefix_tokens()));
  c.fill({r.x0, r.y0, r.x0 + 2, r.y1}, row_color);
  c.fill({r.x0, r.y1 - 2, r.x1, r.y1}, column_color);
}

Color prefix_color(const Theme& theme, int token, const PrefixTokens& prefix) {
  return prefix.role(token) == PrefixRole::class_token ? theme.class_token : theme.other_token;
}

std::string token_name(const Canvas& c, int token, const PatchGrid& grid) {
  if (const int patch = grid.patch_of(token); patch >= 0) return std::string(c.tr("patch")) + " " + std::to_string(patch);
  const PrefixTokens& prefix = grid.prefix_tokens();
  if (prefix.role(token) != PrefixRole::register_token) return std::string(c.tr(prefix.name(token)));
  return std::string(c.tr("register")) + " " + std::to_string(prefix.register_number(token));
}

std::string token_place(const Canvas& c, int token, const PatchGrid& grid) {
  const int patch = grid.patch_of(token);
  if (patch < 0) return std::string(c.tr("in front of all patches"));
  return std::string(c.tr("row")) + " " + std::to_string(grid.row(patch)) + ", " + std::string(c.tr("column")) + " " +
         std::to_string(grid.column(patch));
}

}  // namespace vitscope::draw
