// `vitscope export`: options of figures, their short names, and what is said when they are off.
#include <catch2/catch.hpp>

#include "process.h"

using nlohmann::json;

TEST_CASE("list figures names each figure's options, and every value that is listed can be set") {
  const json rows = json::parse(vitscope("list figures --json").out);
  std::string all;
  for (const json& row : rows)
    for (const json& option : row.at("options")) {
      const std::string key = option.at("key"), initial = option.at("initial");
      CHECK(key.find('.') != std::string::npos);
      all += " --set " + key + "=" + initial;
      if (option.at("kind") == "choice")
        for (const json& choice : option.at("choices")) all += " --set '" + key + "=" + choice.get<std::string>() + "'";
    }
  CHECK(all.size() > 100);
  Scratch dir;
  const Outcome o = vitscope("export --width 400 --figures head --out " + (dir / "a") + all);
  INFO(o.err);
  CHECK(o.status == 0);
}

TEST_CASE("--set and its short names change the figure alike") {
  Scratch dir;
  const auto bytes = [&](const std::string& figure, const std::string& options) {
    const Outcome o = vitscope("export --force --width 400 --data csv --figures " + figure + " --out " + (dir / "a") + " " + options);
    INFO(options << ": " << o.err);
    REQUIRE(o.status == 0);
    return slurp(dir / ("a/" + figure + ".csv")) + slurp(dir / ("a/" + figure + ".png"));
  };
  const std::string plain = bytes("rollout", "");
  CHECK(bytes("rollout", "--fusion max") == bytes("rollout", "--set rollout.heads=largest"));
  CHECK(bytes("rollout", "--fusion max") != plain);
  CHECK(bytes("rollout", "--discard 0.9") != plain);
  CHECK(bytes("position-similarity", "--similarity dot") != bytes("position-similarity", ""));
  CHECK(bytes("attention-distance", "--unit cells") != bytes("attention-distance", "--unit pixels"));
  CHECK(bytes("attention-distance", "--definition keras") != bytes("attention-distance", "--definition paper"));
}

TEST_CASE("options that do not exist are status 2 and one line that names what exists") {
  Scratch dir;
  for (const auto& [options, part] :
       {std::pair<const char*, const char*>{"--set rollout.head=mean", "rollout.heads"}, {"--set nothing=1", "rollout"}, {"--set rollout.heads=median", "mean|largest|smallest"},
        {"--unit miles", "pixels|cells|diagonal"}, {"--fusion median", "mean|max|min"}, {"--scale-mode none", "map|block|all"}, {"--query 99,0", "rows 0 to 7"}, {"--query 1e1,0", "cls"}}) {
    const Outcome o = vitscope("export --out " + (dir / "a") + " " + options);
    INFO(options << ": " << o.err);
    CHECK(o.status == 2);
    CHECK(one_line(o));
    CHECK(o.err.find(part) != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(dir / "a"));
  }
}

TEST_CASE("all figures are those that the run has, one that is named is missed") {
  Scratch dir;
  const Outcome all = vitscope("export --width 400 --out " + (dir / "all"));
  CHECK(all.status == 0);
  CHECK(all.err == "");
  CHECK(std::filesystem::exists(dir / "all/prediction.png"));
  CHECK_FALSE(std::filesystem::exists(dir / "all/before-after.png"));
  const Outcome named = vitscope("export --width 400 --figures before-after,head --out " + (dir / "named"));
  CHECK(named.status == 0);
  CHECK(named.err == "vitscope: warning: before-after: this run has no such figure\n");
  CHECK(std::filesystem::exists(dir / "named/head.png"));
}
