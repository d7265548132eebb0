// The page of a soft split: the window over the padded image, its numbers, its row among all rows.
#pragma once
#include "app/figures/parts_inside.h"

namespace vitscope::figures::inside {

bool split_ready(const FigureInput& in, int n);
void draw_split(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
std::string split_subject(const draw::Canvas& c, const FigureInput& in, int n, const Option& slider);
std::string split_caption(const draw::Canvas& c, const FigureInput& in, int n);
Table split_data(const FigureInput& in, int n);

}  // namespace vitscope::figures::inside
