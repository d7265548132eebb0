// Why a number is what it is: the rule with its true operands.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/slots.h"

namespace vitscope {

/// One summand of the value. `a` and `b` are its operands as the columns name them; operands that do not exist are NaN.
struct Term {
  std::string label;   ///< index or name, such as "9" or "patch 27"
  double a, b;
  double product;      ///< what this term adds
  std::optional<CellRef> a_cell, b_cell;  ///< where the operands stand in the run; nothing for weights and constants
};

/// One station on the way back to the pixels.
struct Station {
  std::string what;    ///< "token rows after LayerNorm"
  std::string count;   ///< "192 numbers"
  const struct Step* step = nullptr;  ///< where a click leads; null for none
  int block = -1;
};

/// The formula of one cell. `rule`, `numbers` and the headings are formula markup (see Step); labels, note and stations are plain text.
/// Where the rule is a sum, value = factor * (sum of the products) + rest, with a factor that only scores have (their scale).
/// Where it is a softmax, the terms are the whole row with exponentials and shares.
struct Explanation {
  std::string rule;        ///< "score = Σ_j q_j k_j / √d"
  std::string numbers;     ///< "2.09 / 5.66", what stands before the result
  double value = 0;        ///< recomputed from the operands
  /// Headings of the terms: "j", "q", "k", "product"; empty columns are not drawn.
  std::string label_column, a_column, b_column, product_column;
  std::vector<Term> terms; ///< all of them, largest |product| first
  double rest = 0;         ///< what is added to the sum of the terms: a bias; 0 when there is none
  std::string rest_label;  ///< "bias"
  std::optional<CellRef> source;  ///< the number that this one is a copy of; nothing where there are terms, and at the ends of the way
  std::string note;        ///< one sentence in plain words
  std::vector<Station> stations;  ///< from this cell down to the pixels or weights
};

/// The numbers of the run that a number was made from, the most important one first, each once. Empty at the ends of the way back: pixels and weights.
std::vector<CellRef> operands(const Explanation& explanation);

}  // namespace vitscope
