// The products and decompositions of the analyses in double precision, compiled once: Eigen's templates cost every file that uses them many seconds.
#pragma once
#include <Eigen/Core>
#include <vector>

namespace vitscope {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// `rows` [n, width] in double precision.
RowMatrix in_double(const float* rows, int n, int width);

/// a b.
RowMatrix product(const RowMatrix& a, const RowMatrix& b);
/// a b^T.
RowMatrix product_transposed(const RowMatrix& a, const RowMatrix& b);

/// Directions of the largest variance of rows whose mean is zero.
struct PrincipalAxes {
  double total = 0;               ///< sum of the squares of all elements
  std::vector<double> variances;  ///< sum of the squared coordinates along each axis, falling
  RowMatrix axes;                 ///< [F, width], unit length; the element with the largest magnitude, the first of equals, is positive
};

/// At most `most` axes, and only those whose variance stands above the rounding of float rows (1e-12 of the total). From the smaller of the two Gram matrices.
/// None when all rows are zero or a number is not finite.
PrincipalAxes principal_axes(const RowMatrix& centred, int most);

}  // namespace vitscope
