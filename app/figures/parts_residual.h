// A residual connection: what a part of a block has computed is added to the stream that went around it.
#pragma once
#include "app/figures/parts_stream.h"

namespace vitscope::figures::stream {

struct ResidualPage {
  TensorRef before, addition, after;
  std::string_view addition_title;  ///< English
};

bool residual_ready(const FigureInput& in, const ResidualPage& page);
void draw_residual(draw::Canvas& c, draw::Rect r, const FigureInput& in, const ResidualPage& page);
std::string residual_caption(const draw::Canvas& c, const FigureInput& in);
Table residual_data(const FigureInput& in, const ResidualPage& page);

}  // namespace vitscope::figures::stream
