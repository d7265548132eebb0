// The pages of the token transformers of T2T: attention among windows, what they gather, their MLP, and the image that they become.
#pragma once
#include "app/figures/parts_inside.h"

namespace vitscope::figures::inside {

/// n = 0 for the token transformer behind the first soft split, 1 for the one behind the second.
bool token_ready(const FigureInput& in, int n, Slot slot1, Slot slot2);
void draw_token_attention(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
void draw_token_gather(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
void draw_token_mlp(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
void draw_restructure(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
std::string token_subject(const draw::Canvas& c, const FigureInput& in, int n, const Option& slider);
/// Columns: window, share that the chosen window gives it.
Table token_attention_data(const FigureInput& in, int n, const Option& slider);
Table token_tensors(const FigureInput& in, std::initializer_list<std::pair<const char*, Slot>> tensors);

}  // namespace vitscope::figures::inside
