// The small examples of the tutorials: order of tokens, kinds of norms, kinds of position tables.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "core/analysis/embedding.h"
#include "core/analysis/norm_kinds.h"
#include "core/analysis/order_demo.h"
#include "core/model/position.h"
#include "tests/core/small_model.h"

using namespace vitscope;

TEST_CASE("whole numbers of the order demo", "[analysis]") {
  const Attended plain = attend(order_demo_rows(), false);
  const double expected[4][4] = {{1111, 1014, 895, 1003}, {1030, 876, 968, 984}, {875, 667, 849, 832}, {1200, 1098, 966, 964}};
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) CHECK(plain.a_at(i, j) == expected[i][j]);
  CHECK(plain.av_at(0, 0) == 43995);
}

TEST_CASE("attention changes order with its tokens, and only without positions is the first row's output the same", "[analysis]") {
  const QkvRows rows = order_demo_rows();
  const auto order = swapped_order(4, 0, 2);
  CHECK(order == std::vector{2, 1, 0, 3});
  const Attended before = attend(rows, false), after = attend(reordered(rows, order), false);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) CHECK(after.a_at(i, j) == before.a_at(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]));
    for (int j = 0; j < 9; ++j) CHECK(after.av_at(i, j) == before.av_at(order[static_cast<std::size_t>(i)], j));
  }
  const OrderChange plain = order_change(rows, order, false), soft = order_change(rows, order, true);
  CHECK(plain.a == 0);
  CHECK(plain.av == 0);
  CHECK(soft.a < 1e-14);
  CHECK(soft.av < 1e-13);
  CHECK(plain.first_row > 1000);  // row 0 is one of the two that change places
  const OrderChange behind = order_change(rows, swapped_order(4, 1, 3), true);
  CHECK(behind.first_row < 1e-13);  // row 0 stays: its output does not feel the order of the others
  // Against a change that is none of order: other values must be seen.
  QkvRows other = rows;
  other.v = test::Draw(3)({4, 9}, 1);
  CHECK(std::abs(attend(other, true).av_at(0, 0) - attend(rows, true).av_at(0, 0)) > 0.1);
}

TEST_CASE("attention of whole numbers after scale and softmax sums to 1", "[analysis]") {
  const Attended soft = attend(order_demo_rows(), true);
  for (int i = 0; i < 4; ++i) CHECK(soft.a_at(i, 0) + soft.a_at(i, 1) + soft.a_at(i, 2) + soft.a_at(i, 3) == Approx(1));
  CHECK(soft.a_at(0, 0) == Approx(1).margin(1e-6));  // 1111 stands 97 / 3 above the next
}

TEST_CASE("LayerNorm sees a token, BatchNorm a feature", "[analysis]") {
  const Tensor toy = norm_toy(), layer = layer_normed(toy), batch = batch_normed(toy);
  for (const int row : {0, 1}) {  // twice the token is the same token
    CHECK(layer.at(row, 0) == Approx(-1.3416).margin(5e-5));
    CHECK(layer.at(row, 1) == Approx(-0.4472).margin(5e-5));
    CHECK(layer.at(row, 2) == Approx(0.4472).margin(5e-5));
    CHECK(layer.at(row, 3) == Approx(1.3416).margin(5e-5));
  }
  for (const int column : {0, 1, 2}) {
    CHECK(layer.at(2, column) == Approx(-0.5774).margin(5e-5));
    CHECK(batch.at(0, column) == Approx(0).margin(5e-5));
    CHECK(batch.at(1, column) == Approx(1.2247).margin(5e-5));
    CHECK(batch.at(2, column) == Approx(-1.2247).margin(5e-5));
  }
  CHECK(layer.at(2, 3) == Approx(1.7321).margin(5e-5));
  CHECK(batch.at(0, 3) == Approx(-1.2247).margin(5e-5));
  CHECK(batch.at(1, 3) == Approx(0).margin(5e-5));
  CHECK(batch.at(2, 3) == Approx(1.2247).margin(5e-5));
  const NormChange change = change_without_last(with_row(toy, {4, 3, 2, 1}));
  CHECK(change.layer == 0);
  CHECK(change.batch > 0.1);
}

TEST_CASE("numbers without variance become zeros", "[analysis]") {
  const float equal[] = {2, 2, 2, 2};
  for (const Tensor& normed : {layer_normed(Tensor({2, 2}, equal)), batch_normed(Tensor({2, 2}, equal)), layer_normed(Tensor({2, 2}, equal), 1e-6)})
    for (const float value : normed.values()) CHECK(value == 0);
}

TEST_CASE("the sinusoid table has the known numbers", "[analysis]") {
  const Tensor table = sinusoidal_table(176, 768);
  for (int j = 0; j < 768; ++j) REQUIRE(table.at(0, j) == (j % 2 ? 1.0f : 0.0f));
  const double first[] = {.8415, .5403, .8284, .5601};
  for (int j = 0; j < 4; ++j) CHECK(table.at(1, j) == Approx(first[j]).margin(5e-5));
  CHECK(table.at(175, 766) == Approx(.0179).margin(5e-5));
  CHECK(table.at(175, 767) == Approx(.9998).margin(5e-5));
  for (const int dim : {768, 400}) {
    const Tensor rows = sinusoidal_table(20, dim);
    for (int i = 0; i < 20; ++i) {
      const auto row = rows.row(i);
      CHECK(std::inner_product(row.begin(), row.end(), row.begin(), 0.0) == Approx(dim / 2).epsilon(1e-6));
    }
  }
}

TEST_CASE("along the raster the neighbour below is far, in two dimensions it is near", "[analysis]") {
  const PatchGrid grid = std::get<PatchGrid>(PatchGrid::make(224, 224, 16, 16, 0));
  const Tensor line = position_similarity(sinusoidal_table(196, 768), grid), plane = position_similarity(sinusoidal_grid_table(grid.rows(), grid.columns(), 0, 768), grid);
  const int at = grid.patch_at(4, 4);
  CHECK(line.at(at, grid.patch_at(4, 5)) == Approx(.9734).margin(5e-5));
  CHECK(line.at(at, grid.patch_at(4, 9)) == Approx(.7410).margin(5e-5));
  CHECK(line.at(at, grid.patch_at(5, 4)) == Approx(.6571).margin(5e-5));
  CHECK(line.at(at, grid.patch_at(6, 4)) == Approx(.5741).margin(5e-5));
  CHECK(plane.at(at, grid.patch_at(4, 5)) == Approx(.9864).margin(5e-5));
  CHECK(plane.at(at, grid.patch_at(5, 4)) == Approx(.9864).margin(5e-5));
  CHECK(plane.at(at, grid.patch_at(4, 9)) == Approx(.8708).margin(5e-5));
  CHECK(plane.at(at, grid.patch_at(9, 4)) == Approx(.8708).margin(5e-5));
  CHECK(plane.at(at, grid.patch_at(5, 5)) == Approx(.9729).margin(5e-5));
  CHECK(plane.at(0, 195) == Approx(.6632).margin(5e-5));
  // On a grid that is not square rows and columns are not exchanged.
  const PatchGrid wide = std::get<PatchGrid>(PatchGrid::make(60, 100, 20, 20, 1));
  const Tensor table = sinusoidal_grid_table(wide.rows(), wide.columns(), 0, 8);
  CHECK(table.shape() == Shape{15, 8});
  CHECK(table.at(wide.patch_at(0, 4), 0) == Approx(std::sin(4.0)));
  CHECK(table.at(wide.patch_at(2, 0), 4) == Approx(std::sin(2.0)));
  CHECK(table.at(wide.patch_at(2, 0), 0) == 0);
  const Tensor odd = sinusoidal_grid_table(wide.rows(), wide.columns(), 0, 7);
  CHECK(odd.at(wide.patch_at(1, 1), 0) == Approx(std::sin(1.0)));
  for (int j = 4; j < 7; ++j) CHECK(odd.at(wide.patch_at(1, 1), j) == 0);
}
