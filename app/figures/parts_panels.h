// Steps that turn one tensor into another with little between: matrices side by side, rows of numbers below one another.
#pragma once
#include <vector>

#include "app/figures/parts_stream.h"

namespace vitscope::figures::stream {

/// A tensor of the run or of the weights. Matrices stand side by side at the left, single rows below one another at the right.
struct Panel {
  std::string title;             ///< translated
  std::string hint = {};         ///< translated; left out where it does not fit
  std::string_view sign = {};    ///< how it follows from what stands before it: "+", "×", "=", "→"
  std::optional<TensorRef> ref = {};  ///< where its cells stand in the run; nothing for weights and rearranged tensors
  Tensor values = {};            ///< two axes or one
  Dim columns = Dim::dim;
  std::optional<Dim> rows = {};  ///< of matrices
  std::optional<draw::Color> color = {};
};
/// A recorded tensor of one or two axes.
Panel recorded(const FigureInput& in, TensorRef ref, std::string title, std::string_view sign = {});
/// Learned numbers of one row.
Panel learned(const draw::Canvas& c, const Tensor& values, std::string title, std::string_view sign, Dim columns = Dim::dim);

void draw_panels(draw::Canvas& c, draw::Rect r, const FigureInput& in, const std::vector<Panel>& panels);
/// Rows of numbers as columns of one table where all are equally long; everything as tensors.
Table panels_data(const std::vector<std::pair<std::string, Tensor>>& tensors);

}  // namespace vitscope::figures::stream
