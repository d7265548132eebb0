// --edits, as scripts use it.
#include <catch2/catch.hpp>

#include "process.h"

using nlohmann::json;

namespace {
const char* const kHeadOff = R"({"vitscope_edits": 1, "edits": [{"kind": "head-off", "block": 5, "heads": "all"}, {"kind": "shuffle", "seed": 3, "on": false}]})";
}

TEST_CASE("predict under edits says so and answers something else") {
  Scratch dir;
  spit(dir / "edits.json", kHeadOff);
  const json plain = json::parse(vitscope("predict --json").out);
  const Outcome o = vitscope("predict --json --edits '" + (dir / "edits.json") + "'");
  INFO(o.err);
  REQUIRE(o.status == 0);
  const json edited = json::parse(o.out);
  CHECK(edited.at("edits").size() == 2);
  CHECK(edited.at("edits")[0].at("kind") == "head-off");
  CHECK(edited.at("top")[0].at("logit") != plain.at("top")[0].at("logit"));
  CHECK_FALSE(plain.contains("edits"));
  CHECK(vitscope("predict --edits '" + (dir / "edits.json") + "'").out.starts_with("under edits: all heads of block 6 off\n"));
}

TEST_CASE("dump and export under edits") {
  Scratch dir;
  spit(dir / "edits.json", kHeadOff);
  const std::string edits = " --edits '" + (dir / "edits.json") + "'";
  REQUIRE(vitscope("dump --tensors 'blocks.5.attn_out' --out '" + (dir / "a.safetensors") + "'" + edits).status == 0);
  CHECK(slurp(dir / "a.safetensors").find("vitscope_edits") != std::string::npos);
  const Outcome o = vitscope("export --figures prediction,before-after --out '" + (dir / "figures") + "'" + edits);
  INFO(o.err);
  REQUIRE(o.status == 0);
  const std::string png = slurp(dir / "figures/before-after.png");
  CHECK(png.find("vitscope:edits") != std::string::npos);
  CHECK(png.find("head-off") != std::string::npos);
}

TEST_CASE("files of edits that are off end in one line") {
  Scratch dir;
  const auto run = [&](const std::string& text) {
    spit(dir / "edits.json", text);
    const Outcome o = vitscope("predict --edits '" + (dir / "edits.json") + "'");
    CHECK(o.status == 1);
    CHECK(one_line(o));
    CHECK(o.err.find("edits.json: ") != std::string::npos);
    return o.err;
  };
  CHECK(run("{").find("is not JSON") != std::string::npos);
  CHECK(run(R"({"vitscope_edits": 1, "edits": [{"kind": "head-off", "block": 99, "heads": "all"}]})").find("block 99: the model has blocks 0 to 5") != std::string::npos);
  CHECK(run(R"({"vitscope_edits": 1, "edits": [{"kind": "mask", "patches": [64], "with": "grey"}]})").find("patches 0 to 63") != std::string::npos);
  CHECK(vitscope("predict --edits /nowhere.json").status == 1);
}
