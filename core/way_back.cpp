#include "core/way_back.h"

#include <algorithm>
#include <cstdio>

#include "core/edits/apply.h"
#include "core/step.h"

namespace vitscope {

namespace {
constexpr std::size_t kTermsInText = 5;

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}
}  // namespace

std::string cell_text(const CellRef& cell) {
  const int index[4] = {cell.i, cell.j, cell.k, cell.l};
  std::string text;
  for (std::size_t axis = 0; axis < info(cell.tensor.slot).dims.size(); ++axis) text += (axis ? ", " : "") + std::to_string(index[axis]);
  return name_of(cell.tensor) + " [" + text + "]";
}

std::vector<CellRef> strongest_way(const Trace& trace, const CellRef& from) {
  std::vector<CellRef> way;
  CellRef cell = from;
  while (trace.has(cell.tensor)) {
    way.push_back(cell);
    const std::vector<CellRef> next = operands(explain(trace, cell));
    if (next.empty()) break;
    cell = next.front();
  }
  return way;
}

std::string plain_formula(std::string_view markup) {
  std::string text;
  for (const char c : markup)
    if (c != '{' && c != '}') text += c;
  return text;
}

std::string way_text(const Trace& trace, std::span<const CellRef> way) {
  std::string text;
  for (const CellRef& cell : way) {
    if (!trace.has(cell.tensor)) break;
    const Explanation e = explain(trace, cell);
    text += (text.empty() ? "" : "\n") + cell_text(cell) + " = " + number_text(static_cast<double>(trace.value(cell))) + "\n";
    text += "  " + plain_formula(e.rule) + (e.numbers.empty() ? "" : " = " + plain_formula(e.numbers)) + "\n";
    double rest = 0;
    for (std::size_t i = 0; i < e.terms.size(); ++i) {
      const Term& term = e.terms[i];
      if (i >= kTermsInText) {
        rest += term.product;
        continue;
      }
      text += "  " + (term.label.empty() ? plain_formula(e.a_column) : term.label) + ": " + number_text(term.product);
      if (term.a_cell) text += " from " + cell_text(*term.a_cell);
      if (term.b_cell) text += " and " + cell_text(*term.b_cell);
      text += "\n";
    }
    if (e.terms.size() > kTermsInText) text += "  " + std::to_string(e.terms.size() - kTermsInText) + " more: " + number_text(rest) + "\n";
    if (!e.rest_label.empty()) text += "  " + e.rest_label + ": " + number_text(e.rest) + "\n";
    if (e.source) text += "  from " + cell_text(*e.source) + "\n";
  }
  return text;
}

}  // namespace vitscope
