#include "app/draw/number.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace vitscope::draw;

TEST_CASE("numbers keep three significant digits and a true minus sign") {
  CHECK(number(-1.3187) == "−1.32");
  CHECK(number(0.07181) == "0.0718");
  CHECK(number(0) == "0");
  CHECK(number(-0.0) == "0");
  CHECK(number(12.345) == "12.3");
  CHECK(number(9.999) == "10.0");
  CHECK(number(3072) == "3072");
  CHECK(number(0.5, 1) == "0.5");
  CHECK(number(2.5e-7) == "2.50×10⁻⁷");
  CHECK(number(-3e12) == "−3.00×10¹²");
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(number(-std::numeric_limits<double>::infinity()) == "−∞");
  CHECK(signed_number(1.68) == "+1.68");
  CHECK(signed_number(-0.56) == "−0.560");
  CHECK(signed_number(0) == "0");
}

TEST_CASE("exact numbers give the same float back") {
  CHECK(exact(0.072151f) == "0.072151");
  CHECK(exact(-1.5f) == "−1.5");
  CHECK(exact(0.1f) == "0.1");
  CHECK(exact(1e-10f) == "1×10⁻¹⁰");
  CHECK(exact(-0.0f).ends_with("0"));
  const std::string third = exact(1.0f / 3);
  CHECK(std::stof(third) == 1.0f / 3);
}

TEST_CASE("shares, counts and cells") {
  CHECK(percent(0.0722) == "7.22 %");
  CHECK(percent(1) == "100 %");
  CHECK(percent(0) == "0 %");
  CHECK(percent(1e-7) == "< 0.001 %");
  CHECK(count(2693578) == "2,693,578");
  CHECK(count(2693578, true) == "2.7 M");
  CHECK(count(86567656, true) == "86.6 M");
  CHECK(count(304000000, true) == "304 M");
  CHECK(count(17600000000, true) == "17.6 G");
  CHECK(count(999999999, true) == "1.0 G");
  CHECK(count(-1234) == "−1,234");
  CHECK(count(999) == "999");
  CHECK(cell_number(0.72) == ".72");
  CHECK(cell_number(-0.5) == "−.50");
  CHECK(cell_number(1) == "1");
  CHECK(cell_number(1.44) == "1.4");
  CHECK(cell_number(12.3) == "12");
  CHECK(cell_number(-0.001) == "0");
  CHECK(cell_number(0.997) == "1");
  CHECK(cell_number(123456) == "1e5");
}

TEST_CASE("ticks stand at round numbers") {
  CHECK(tick_step(6, 3) == Approx(2));
  CHECK(tick_step(1, 4) == Approx(0.2));
  CHECK(tick_step(0, 4) == 1);
  CHECK(tick_step(std::numeric_limits<double>::infinity(), 4) == 1);
  CHECK(tick_number(-0.5, 0.25) == "−0.50");
  CHECK(tick_number(4, 2) == "4");
  CHECK(tick_number(-1e-12, 0.5) == "0.0");
  for (double range : {1e-6, 0.03, 1.0, 7.0, 577.0, 1e9})
    for (int wanted : {1, 2, 5, 10}) {
      const double ticks = range / tick_step(range, wanted);
      CHECK(ticks > 0.4 * wanted);
      CHECK(ticks < 2.6 * wanted);
    }
}
