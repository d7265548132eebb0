// t-SNE: points of many dimensions as points of the plane, near ones near.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/study.h"
#include "core/tensor.h"

namespace vitscope {

/// The defaults are those of scikit-learn's TSNE with init="pca" and method="exact".
struct TsneOptions {
  double perplexity = 30;      ///< see tsne_perplexity()
  double exaggeration = 12;    ///< of the first `exaggerated` steps
  int exaggerated = 250, steps = 1000;
  bool random_start = false;   ///< else the first two principal components
  std::uint64_t seed = 0;      ///< of the random start
};

/// What can be used with so many points: the wanted one where it is below their number, else (points - 1) / 3 rounded down, at least 1.
double tsne_perplexity(double wanted, int points);

struct Tsne {
  int points = 0;
  double perplexity = 0, learning_rate = 0;
  std::vector<double> x, y;              ///< where each point ends
  std::vector<double> pca_x, pca_y;      ///< its first two principal components
  double explained[2] = {0, 0};          ///< share of the variance that each of the two holds
  double divergence_start = 0, divergence_end = 0;  ///< Kullback-Leibler divergence of the neighbourhoods, before and after, natural logarithm
};

/// points [N, F] with N >= 2 -> a place in the plane for each row. Exact sums over all pairs, in double precision; Euclidean distances; learning rate
/// max(N / exaggeration / 4, 50); momentum 0.5, then 0.8; gains +0.2 and * 0.8. The same bits for any number of threads.
/// Nothing when it was stopped. Source: van der Maaten & Hinton 2008; scikit-learn, sklearn/manifold/_t_sne.py.
std::optional<Tsne> tsne(const Tensor& points, const TsneOptions& options, StudyContext& context);

/// The matrix [N, F] with rows and columns exchanged, without its first `skip` rows: [F, N - skip]. For points that are channels.
Tensor columns_as_rows(const Tensor& matrix, int skip = 0);

}  // namespace vitscope
