// Parts shared by the figures of the data stream: which token and cell they are about, strips, bars, contributions, crops, ribbons.
#pragma once
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/draw/parts.h"
#include "app/figures/figure.h"

namespace vitscope::figures::stream {

/// The translated phrase with {0}, {1}, ... replaced.
std::string phrase(const draw::Canvas& c, std::string_view english, std::initializer_list<std::string> values);
std::string capitalised(std::string text);

// --- what the figure is about
/// The token whose row is followed through the figure: that of the pinned cell where it lies in one of `slots` of this block, else the query.
int chosen_token(const FigureInput& in, std::initializer_list<TensorRef> tensors = {});
/// The head of figures that cannot show a mean over heads.
int chosen_head(const FigureInput& in);
/// The pinned cell, or the one under the pointer, when it belongs to the tensor. The pointer means nothing on paper.
std::optional<CellRef> pinned_in(const FigureInput& in, TensorRef tensor);
std::optional<CellRef> hovered_in(const FigureInput& in, TensorRef tensor);
/// The token under the pointer, whatever part of it: its patch, its row, a number in its row; -1 for none.
int hovered_token(const FigureInput& in);
/// "block 6", "block 6, head 2 of 6"; counted from 1.
std::string block_subject(const draw::Canvas& c, const FigureInput& in);
std::string head_subject(const draw::Canvas& c, const FigureInput& in);
draw::Color token_color(const draw::Theme& theme, int token, const PatchGrid& grid);
/// "cls", "dist", "r1" or the patch number.
std::string token_label(int token, const PatchGrid& grid);

// --- numbers for display
/// symmetric_range(m, share), remembered for the last few hundred matrices; large ones are sampled by rows.
draw::Span signed_span(const draw::Matrix& m, double share = 0.99);
draw::HeatStyle signed_heat(draw::Span span);
/// A number on an axis whose ticks are `step` apart: as many decimals as the step needs.
std::string tick_text(double value, double step);
double length(std::span<const float> row);
int largest_magnitude(std::span<const float> row);
/// Indices of the `count` largest magnitudes (largest values when `by_value`), falling.
std::vector<int> largest(std::span<const float> row, int count, bool by_value = false);

/// value = sum of products + bias: the largest products and what is left.
struct Contribution {
  int index = 0;
  double a = 0, b = 0, product = 0;
};
struct Contributions {
  std::vector<Contribution> top;  ///< largest |product| first
  int others = 0;
  double others_sum = 0;
  std::optional<double> bias;
  double value = 0;
};
Contributions contributions(std::span<const float> a, std::span<const float> b, const Tensor& bias, int bias_index, int top);

// --- drawing
inline float line_height(const draw::Canvas& c) { return draw::Canvas::text_height(c.metrics().small_style()); }
/// As high as what draw::map() keeps for its title.
inline float heading_height(const draw::Canvas& c) { return line_height(c) + 1.4f * c.u(); }
/// A title at the left end and a hint at the right end of the strip that is cut off the top of `r`; the hint is left out where it does not fit.
void heading(draw::Canvas& c, draw::Rect& r, std::string_view title, std::string_view hint = {}, std::optional<draw::Color> color = {});
/// A recorded matrix with one row per token as a map: axes, red line of the class token, marks, tags. Head `head` of tensors with heads (-1: none).
struct TokenMap {
  TensorRef tensor;
  int head = -1;
  std::string_view title = {}, hint = {};
  draw::Span span = {};
  int token = 0;                     ///< the pinned row
  std::optional<CellRef> hovered = {};  ///< absent: the one under the pointer
  bool bar = false, row_axis = true;
  std::string bar_label = {};
};
draw::Rect token_map(draw::Canvas& c, draw::Rect r, const FigureInput& in, const TokenMap& map);
/// How far below the cells the numbers and the name of the columns reach, for a map that was given `map_height`.
float map_axis_height(const draw::Canvas& c, float map_height);
/// "width D = 192"
std::string dim_name(const draw::Canvas& c, Dim dim, const VitConfig& config);

/// One sign (×, +, =, Σ) in the middle of `r`.
void sign(draw::Canvas& c, draw::Rect r, std::string_view text);

/// One row of numbers grown to the height of `r`. `first` is the cell of column 0, `axis` the index that counts columns.
struct Strip {
  draw::Matrix row;
  draw::HeatStyle heat;
  std::optional<CellRef> first;
  int axis = 1;
  int pinned = -1, hovered = -1;  ///< columns
};
void strip(draw::Canvas& c, draw::Rect r, const Strip& s);
/// The first and last column number below a map or strip, and the name of its columns between them.
void column_axis(draw::Canvas& c, draw::Rect cells, int columns, std::string_view name, draw::Color color);
/// Numbers of a row as thin bars about zero over the whole width of `r`, with numbered lines; their numbers stand left of `r`.
void profile(draw::Canvas& c, draw::Rect r, std::span<const float> values, int hovered = -1);
/// Colour bar with numbers inside `r`, lying, label behind it; where the label does not fit, only its part before the semicolon.
void lying_bar(draw::Canvas& c, draw::Rect r, const draw::HeatStyle& heat, std::string_view label, bool percent = false, bool cut = false);
float lying_bar_height(const draw::Canvas& c);
/// The band that ties a row to what it was made from: the right (bottom) edge of `from` to the left (top) edge of `to`.
void ribbon_right(draw::Canvas& c, draw::Rect from, draw::Rect to, std::optional<draw::Color> color = {});
void ribbon_down(draw::Canvas& c, draw::Rect from, draw::Rect to, std::optional<draw::Color> color = {});
/// The row of a map tied to a strip below the map: the band begins below the cells, so that it does not colour them.
void ribbon_from_row(draw::Canvas& c, draw::Rect cells, draw::Rect row, draw::Rect to);
/// `cells` no larger than it is, with rows (columns) of whole pixels where they are not small.
draw::Rect whole_cells(const draw::Canvas& c, draw::Rect cells, int rows, int columns);
/// The red line of the class token above the cells of a matrix with one row per token.
void class_line(draw::Canvas& c, draw::Rect cells, const PatchGrid& grid);
/// Row `row` of `rows` in a map.
draw::Rect row_of(draw::Rect cells, int row, int rows);
draw::Rect column_of(draw::Rect cells, int column, int columns);

/// One line of a bar list.
struct Bar {
  std::string label, text;
  std::string detail;      ///< between label and bar, left out where it does not fit
  double value = 0;
  draw::Color color{};
  std::optional<draw::Color> label_color;
  bool pinned = false, hovered = false;
  draw::Target target;
  int crop_token = -1;     ///< a little picture of the token before the label
};
struct BarsStyle {
  const Trace* trace = nullptr;  ///< for crops
  bool ground = false;           ///< a quiet track behind bars that begin at 0
  float row_height = 0;          ///< 0: as the text asks
};
/// Bars about one zero line, as many as `r` holds; returns the height used.
float bars(draw::Canvas& c, draw::Rect r, std::span<const Bar> list, const BarsStyle& style = {});
float bar_row_height(const draw::Canvas& c);
draw::Color positive_color();
draw::Color negative_color();
draw::Color sign_color(double value);

/// Contributions as bars; `label` is a phrase with {0} for the index, `input` the cell of index 0 whose index `axis` counts.
struct ContributionStyle {
  std::string_view label;
  std::optional<CellRef> input;
  int axis = 1;
  int hovered = -1;
};
/// Rows are as high as `r` allows, up to 1.4 times their least height.
void contribution_bars(draw::Canvas& c, draw::Rect r, const Contributions& sum, const ContributionStyle& style);
/// How many products fit into a height, bias, rest and sum included.
int contribution_rows(const draw::Canvas& c, float height);

/// What lies under a token in the original picture (in the model input where there is no picture); prefix tokens as a plate with their name.
void token_crop(draw::Canvas& c, draw::Rect r, const Trace& trace, int token);

}  // namespace vitscope::figures::stream
