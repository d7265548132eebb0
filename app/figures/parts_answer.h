// Parts of the figures that show the answer: which class they take apart, and in which order classes stand.
#pragma once
#include "app/figures/parts_stream.h"

namespace vitscope::figures::stream {

/// The class under the pointer or the pinned one (a logit or a probability), -1 when there is none.
int hovered_class(const FigureInput& in);
int pinned_class(const FigureInput& in);
/// Key of the option that names a class for all figures of the answer; -1 for the one with the largest logit.
inline constexpr std::string_view kClassOption = "answer.class";
const Option& class_option();
/// The class that was named by kClassOption, -1 when there is none.
int named_class(const FigureInput& in);
/// Under the pointer, pinned, named by the option, or the one with the largest logit.
int chosen_class(const FigureInput& in);
/// The `count` classes with the largest logits, largest first.
std::vector<int> top_classes(const FigureInput& in, int count);
/// "10 classes", "1 output"
std::string outputs_text(const draw::Canvas& c, const VitConfig& config);

}  // namespace vitscope::figures::stream
