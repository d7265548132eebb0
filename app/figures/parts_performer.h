// The pages of T2T's token performers: random features, the sum of keys and values, and what each window reads of it.
#pragma once
#include "app/figures/parts_token.h"

namespace vitscope::figures::inside {

/// n = 0 for the performer behind the first soft split, 1 for the one behind the second. Where a run has no performers, none of them is ready.
bool performer_ready(const FigureInput& in, int n, Slot slot1, Slot slot2);
/// `maps` chooses whose features the small maps show: 0 queries, 1 keys.
void draw_features(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider, const Option& maps);
void draw_summary(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
void draw_read(draw::Canvas& c, draw::Rect r, const FigureInput& in, int n, const Option& slider);
/// "window 12, 3136 windows, 32 random features"
std::string performer_subject(const draw::Canvas& c, const FigureInput& in, int n, const Option& slider);

}  // namespace vitscope::figures::inside
