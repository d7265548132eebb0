// A learned matrix applied to every token: matrix in, weights, matrix out, and one element of the result as the sum that it is.
#pragma once
#include "app/figures/parts_stream.h"
#include "core/ops/ops.h"

namespace vitscope::figures::stream {

struct LinearPage {
  TensorRef in, out;
  const ops::Linear* weights = nullptr;
  std::string_view in_title, weights_title, out_title;
  std::string_view in_word;  ///< phrase for one number of the input row, with {0} for its index
};

/// The number of `out` that is taken apart: under the pointer, pinned, or the largest of the chosen token's row.
CellRef chosen_element(const FigureInput& in, const LinearPage& page);
void draw_linear(draw::Canvas& c, draw::Rect r, const FigureInput& in, const LinearPage& page);
Table linear_data(const FigureInput& in, const LinearPage& page);

}  // namespace vitscope::figures::stream
