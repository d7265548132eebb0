// Attention does not know the order of its tokens: a small example in whole numbers, and the same measured on any queries, keys and values.
#pragma once
#include <span>
#include <vector>

#include "core/tensor.h"

namespace vitscope {

/// Queries, keys and values of one head, tokens as rows: [T, d].
struct QkvRows {
  Tensor q, k, v;
};
/// Four tokens of nine whole numbers from 1 to 19 each: NumPy's legacy generator with seed 21, randint(1, 20, (4, 9)) for Q, K and V in this order.
QkvRows order_demo_rows();

/// The products of attention in double: A = Q K^T, or softmax(Q K^T / sqrt(d)) row by row; and A V.
struct Attended {
  int tokens = 0, width = 0;
  std::vector<double> a;   ///< [T, T]
  std::vector<double> av;  ///< [T, d]
  double a_at(int query, int key) const { return a[static_cast<std::size_t>(query) * static_cast<std::size_t>(tokens) + static_cast<std::size_t>(key)]; }
  double av_at(int token, int element) const { return av[static_cast<std::size_t>(token) * static_cast<std::size_t>(width) + static_cast<std::size_t>(element)]; }
};
Attended attend(const QkvRows& rows, bool softmax);

/// Rows in another order: row i of the result is row order[i].
QkvRows reordered(const QkvRows& rows, std::span<const int> order);
/// 0, 1, 2, ... with two places exchanged.
std::vector<int> swapped_order(int count, int a, int b);

/// How far attention is from changing order with its tokens: the largest difference between "reorder, then attend" and "attend, then reorder".
struct OrderChange {
  double a = 0, av = 0;
  double first_row = 0;  ///< largest change of row 0 of A V, which is the class token's: 0 where the order leaves row 0 in place
};
OrderChange order_change(const QkvRows& rows, std::span<const int> order, bool softmax);

}  // namespace vitscope
