// Options of figures as words.
#include <catch2/catch.hpp>
#include <cmath>

#include "app/figures/option_text.h"

using namespace vitscope;
using figures::Option;

TEST_CASE("every value that an option can take is read back from its own words") {
  int options = 0;
  for (const figures::Figure* figure : figures::figures())
    for (const Option& option : figure->options) {
      ++options;
      INFO(option.key);
      CHECK(figures::find_option(option.key)->kind == option.kind);
      std::vector<float> values{option.lo, option.initial};
      if (option.choices.empty()) values.push_back(option.hi);
      for (std::size_t i = 0; i < option.choices.size(); ++i) values.push_back(static_cast<float>(i));
      for (float value : values) {
        const auto read = figures::parse_value(option, figures::value_text(option, value));
        REQUIRE(read);
        CHECK(*read == Approx(value));
      }
      const float most = option.choices.empty() ? option.hi : static_cast<float>(option.choices.size() - 1);
      for (const char* wrong : {"", "no-such-value", "1e30", "-1e30", "nan", "0.5x"}) CHECK_FALSE(figures::parse_value(option, wrong));
      CHECK(figures::clamped(option, NAN) == option.initial);
      CHECK(figures::clamped(option, 1e30f) == most);
      CHECK(figures::clamped(option, -1e30f) == option.lo);
    }
  CHECK(options > 5);
}

TEST_CASE("an assignment sets the option, or says what exists") {
  figures::Selection s;
  REQUIRE(figures::set_option(s, "rollout.heads=largest"));
  CHECK(s.options.at("rollout.heads") == 1);
  REQUIRE(figures::set_option(s, "rollout.heads=2"));
  CHECK(s.options.at("rollout.heads") == 2);
  REQUIRE(figures::set_option(s, "attention.smooth=on"));
  CHECK(s.options.at("attention.smooth") == 1);
  REQUIRE(figures::set_option(s, "position-similarity.kind=Dot_Product"));
  const auto says = [&](const char* assignment, const char* part) {
    const auto set = figures::set_option(s, assignment);
    REQUIRE_FALSE(set);
    INFO(set.error().text);
    CHECK(set.error().text.find(part) != std::string::npos);
    CHECK(set.error().text.find('\n') == std::string::npos);
  };
  says("rollout.head=mean", "rollout.discard");
  says("nothing.at-all=1", "position-similarity");
  says("rollout.heads=median", "mean|largest|smallest");
  says("patches.explode=2", "0..1");
  says("attention.smooth=maybe", "on|off");
  says("rollout.heads", "KEY=VALUE");
}
