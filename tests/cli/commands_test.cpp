// The subcommands as scripts use them.
#include <catch2/catch.hpp>

#include <sstream>
#include <map>
#include <set>

#include "process.h"

using nlohmann::json;

TEST_CASE("predict names the first built-in picture") {
  const Outcome o = vitscope("predict --json");
  INFO(o.err);
  REQUIRE(o.status == 0);
  const json j = json::parse(o.out);
  CHECK(j.at("image") == "ship.jpg");
  CHECK(j.at("random_weights") == false);
  CHECK(j.at("top").size() == 5);
  CHECK(j.at("top")[0].at("label") == "ship");
  CHECK(j.at("top")[0].at("prob").get<double>() >= 0.6);
  CHECK_FALSE(j.contains("probs"));
}

TEST_CASE("predict --top 0 lists every class and the probabilities sum to one") {
  const json j = json::parse(vitscope("predict --json --top 0").out);
  REQUIRE(j.at("probs").size() == 10);
  REQUIRE(j.at("logits").size() == 10);
  CHECK(j.at("top").size() == 10);
  double sum = 0;
  for (double p : j.at("probs")) sum += p;
  CHECK(sum == Approx(1).margin(1e-5));
  for (std::size_t i = 1; i < 10; ++i) CHECK(j.at("top")[i - 1].at("prob").get<double>() >= j.at("top")[i].at("prob").get<double>());
}

TEST_CASE("every colour picture that ships is recognised with at least 60 %") {
  const json pictures = json::parse(vitscope("list pictures --json").out);
  const std::map<std::string, std::string> other{{"sailboat", "ship"}, {"takeoff", "airplane"}};
  int colour = 0;
  for (const json& row : pictures) {
    const std::string name = row.at("slug");
    if (!name.ends_with(".jpg")) continue;
    ++colour;
    const json j = json::parse(vitscope("predict --json --image " + name).out);
    const std::string label = j.at("top")[0].at("label");
    INFO(name << " is taken for " << label);
    const std::string stem = name.substr(0, name.find('.'));
    CHECK(label == (other.contains(stem) ? other.at(stem) : stem));
    CHECK(j.at("top")[0].at("prob").get<double>() >= 0.6);
  }
  CHECK(colour >= 6);
}

TEST_CASE("info tells the shipped model and exact parameter counts of presets") {
  const json shipped = json::parse(vitscope("info --json").out);
  CHECK(shipped.at("parameters") == 2693578);
  CHECK(shipped.at("grid") == json({8, 8}));
  CHECK(shipped.at("tokens") == 65);
  CHECK(shipped.at("labels_known") == true);
  const json b16 = json::parse(vitscope("info --json --preset vit-b16 2>/dev/null").out);
  CHECK(b16.at("parameters") == 86567656);
  CHECK(b16.at("random_weights") == true);
  CHECK(b16.at("macs").get<double>() == Approx(17.6e9).epsilon(0.01));
  CHECK_FALSE(b16.at("warnings").empty());
  const json own = json::parse(vitscope("info --json --preset own:height=60,width=100,channels=1,patch=20,dim=768,depth=12,heads=4,hidden=1152,classes=1,position=sinusoid,bias=off 2>/dev/null").out);
  CHECK(own.at("name") == "own 60x100/20");
  CHECK(own.at("parameters") == 49937665);
  CHECK(own.at("grid") == json({3, 5}));
  const json offsets = json::parse(vitscope("info --json --preset own:position=relative,depth=2,dim=24,heads=2 2>/dev/null").out);
  CHECK((offsets.at("relative_position") == true && offsets.at("position_place") == "once"));
  CHECK(json::parse(vitscope("info --json --preset own:place=each-own 2>/dev/null").out).at("position_place") == "each-own");
  // Windows of T2T share the picture: cells need not be whole pixels; patch_size rounds them to the nearest.
  const json hybrid = json::parse(vitscope("info --json --preset vit-ti16-r 2>/dev/null").out);
  CHECK((hybrid.at("family") == "vit-hybrid" && hybrid.at("parameters") == 6337704 && hybrid.at("feature_map") == json{64, 56, 56} && hybrid.at("patch_size") == json{32, 32}));
  CHECK(hybrid.at("macs") == 433681920);
  CHECK(b16.at("feature_map").is_null());
  const json wide = json::parse(vitscope("info --json --preset own:height=28,width=28,channels=256,patch=14,dim=64,depth=1,heads=2,hidden=64,classes=10 2>/dev/null").out);
  CHECK((wide.at("channels") == 256 && wide.at("channels_from") == "the 256 channels are red, green and blue of the picture in turn" && wide.at("mean").size() == 3));
  CHECK(wide.at("warnings").dump().find("in turn") != std::string::npos);
  CHECK(b16.at("channels_from") == "red, green, blue");
  const json t2t = json::parse(vitscope("info --json --preset t2t-picture 2>/dev/null").out);
  CHECK(t2t.at("grid") == json({2, 3}));
  CHECK(t2t.at("cell_size")[0] == 30);
  CHECK(t2t.at("cell_size")[1].get<double>() == Approx(100.0 / 3));
  CHECK(t2t.at("patch_size") == json({30, 33}));
  CHECK((t2t.at("windows_meet_by") == "attention" && !t2t.contains("random_features")));
  const json performer = json::parse(vitscope("info --json --preset t2t-vit-7-performer 2>/dev/null").out);
  CHECK((performer.at("windows_meet_by") == "performers" && performer.at("random_features") == 32 && performer.at("token_width") == 64));
  CHECK((performer.at("parameters") == 4310222 && performer.at("parameters_include").dump().find("not trained") != std::string::npos));
}

TEST_CASE("1000 classes without names go by ImageNet's, which info and predict say are assumed") {
  const json info = json::parse(vitscope("info --json --preset vit-ti16 2>/dev/null").out);
  CHECK(info.at("labels_known") == false);
  CHECK(info.at("labels_assumed") == true);
  CHECK(info.at("labels").size() == 1000);
  CHECK(info.at("labels")[281] == "tabby");
  const Outcome run = vitscope("predict --json --top 1000 --preset own:depth=1,dim=24,heads=2,hidden=24,classes=1000");
  REQUIRE(run.status == 0);
  CHECK(run.err.find("vitscope: warning: its classes go by the names of ImageNet's 1000, assumed from their number\n") != std::string::npos);
  CHECK(run.err.find("random weights") != std::string::npos);
  const json predicted = json::parse(run.out);
  CHECK(predicted.at("warnings").size() == 2);
  CHECK(predicted.at("random_weights") == true);
  REQUIRE(predicted.at("top").size() == 1000);
  for (const json& line : predicted.at("top")) CHECK(line.at("label") == info.at("labels")[line.at("class").get<std::size_t>()]);
  const json fewer = json::parse(vitscope("info --json --preset own:depth=1,dim=24,heads=2,hidden=24,classes=999 2>/dev/null").out);
  CHECK((fewer.at("labels_known") == false && fewer.at("labels_assumed") == false && fewer.at("labels").empty()));
  CHECK(json::parse(vitscope("info --json").out).at("labels_assumed") == false);
}

TEST_CASE("--input-size runs a model on pictures of another size") {
  const json larger = json::parse(vitscope("info --json --input-size 48x64").out);
  CHECK(larger.at("image_size") == json({48, 64}));
  CHECK(larger.at("grid") == json({12, 16}));
  CHECK(larger.at("position_resampled") == true);
  CHECK(json::parse(vitscope("predict --json --input-size 64").out).at("top")[0].at("label") == "ship");
  const Outcome off = vitscope("predict --input-size 50");
  CHECK(off.status == 1);
  CHECK(one_line(off));
  CHECK(off.err.find("4 does not divide 50 x 50") != std::string::npos);
}

TEST_CASE("dump writes the named tensors and never overwrites without --force") {
  Scratch dir;
  const std::string out = dir / "a.safetensors";
  REQUIRE(vitscope("dump --out " + out + " --tensors 'blocks.3.*'").status == 0);
  const std::string bytes = slurp(out);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const json head = json::parse(bytes.substr(8, length));
  CHECK(head.contains("blocks.3.attn"));
  CHECK(head.at("blocks.3.attn").at("shape") == json({6, 65, 65}));
  CHECK_FALSE(head.contains("blocks.2.attn"));
  const Outcome again = vitscope("dump --out " + out);
  CHECK(again.status == 1);
  CHECK(one_line(again));
  CHECK(slurp(out) == bytes);
  CHECK(vitscope("dump --out " + out + " --tensors logits --force").status == 0);
  CHECK(slurp(out) != bytes);
  CHECK(vitscope("dump --out " + (dir / "b") + " --tensors nothing").status == 2);
}

TEST_CASE("list names steps, figures, presets and tensors") {
  for (const char* what : {"steps", "figures", "presets", "tensors", "pictures"}) {
    const Outcome o = vitscope(std::string("list --json ") + what);
    INFO(what << o.err);
    REQUIRE(o.status == 0);
    CHECK(json::parse(o.out).size() >= 5);
  }
  CHECK(json::parse(vitscope("list --json steps").out).size() == 23);
}

TEST_CASE("bench prints its figures") {
  const json j = json::parse(vitscope("bench --json --runs 3 --threads 2 --figures attention-distance,occlusion").out);
  CHECK(j.at("threads") == 2);
  CHECK(j.at("runs") == 3);
  for (const char* key : {"forward_ms", "forward_plain_ms"}) {
    CHECK(j.at(key).at("min").get<double>() > 0);
    CHECK(j.at(key).at("median").get<double>() >= j.at(key).at("min").get<double>());
    CHECK(j.at(key).at("max").get<double>() >= j.at(key).at("median").get<double>());
  }
  CHECK(j.at("peak_rss_mb").get<double>() > 1);
  REQUIRE(j.at("figures_ms").size() == 2);
  for (const char* slug : {"attention-distance", "occlusion"}) CHECK(j.at("figures_ms").at(slug).get<double>() > 0);
  CHECK(vitscope("bench --figures nonsense").status == 2);
  REQUIRE(j.at("edited_ms").size() == 5);
  for (const auto& [edit, times] : j.at("edited_ms").items()) CHECK(times.at("min").get<double>() > 0);
}

TEST_CASE("export compares the attention of two pictures", "[inspect]") {
  Scratch dir;
  const std::string pictures = " --figures attention-compare --width 800 --data csv --force --block 4 --head 2";
  REQUIRE(vitscope("export --out " + (dir / "one") + " --image ship.jpg" + pictures).status == 0);
  REQUIRE(vitscope("export --out " + (dir / "two") + " --image ship.jpg --compare-image frog.jpg" + pictures).status == 0);
  CHECK(slurp(dir / "one/attention-compare.png") != slurp(dir / "two/attention-compare.png"));
  CHECK(vitscope("export --out " + (dir / "three") + " --compare-image nowhere.png" + pictures).status != 0);
}

TEST_CASE("export sets the t-SNE of two models beside each other", "[inspect]") {
  Scratch dir;
  const std::string figure = " --figures t-sne-two --set t-sne.points=channels --width 800 --data csv --preset own:height=40,width=40,patch=8,dim=24,depth=2,heads=2,hidden=32";
  const Outcome two = vitscope("export --out " + (dir / "two") + " --compare-preset own:height=40,width=40,patch=8,dim=36,depth=3,heads=3,hidden=32" + figure);
  REQUIRE(two.status == 0);
  // 36 channels of run 0, then 24 of run 1.
  std::istringstream lines(slurp(dir / "two/t-sne-two.csv"));
  std::string line;
  int rows[2] = {0, 0};
  std::getline(lines, line);
  CHECK(line.starts_with("run,channel,tsne_x,tsne_y"));
  while (std::getline(lines, line)) ++rows[line.at(0) - '0'];
  CHECK(rows[0] == 36);
  CHECK(rows[1] == 24);
  const Outcome alone = vitscope("export --out " + (dir / "alone") + figure);
  CHECK(alone.err.find("t-sne-two: this run has no such figure") != std::string::npos);
  const Outcome both = vitscope("export --out " + (dir / "both") + " --compare-preset vit-ti16 --compare-model nowhere.safetensors" + figure);
  CHECK(both.status == 2);
}

TEST_CASE("export writes the same bytes twice, in both themes, with data") {
  Scratch dir;
  const std::string figures = " --figures softmax,prediction --data csv";
  REQUIRE(vitscope("export --out " + (dir / "a") + figures).status == 0);
  REQUIRE(vitscope("export --out " + (dir / "b") + figures).status == 0);
  REQUIRE(vitscope("export --out " + (dir / "c") + figures + " --theme dark --width 800").status == 0);
  for (const char* name : {"softmax.png", "prediction.png", "prediction.csv"}) {
    const std::string a = slurp(dir / (std::string("a/") + name));
    INFO(name);
    CHECK(a.size() > 100);
    CHECK(a == slurp(dir / (std::string("b/") + name)));
  }
  CHECK(slurp(dir / "a/softmax.png") != slurp(dir / "c/softmax.png"));
  const Outcome again = vitscope("export --out " + (dir / "a") + figures);
  CHECK(again.status == 1);
  CHECK(one_line(again));
}

TEST_CASE("info and list follow the architecture") {
  const json deit = json::parse(vitscope("info --json --preset deit-ti16-distilled 2>/dev/null").out);
  CHECK(deit.at("family") == "deit");
  CHECK(deit.at("prefix_tokens") == 2);
  CHECK(deit.at("tokens") == 198);
  CHECK(deit.at("answer_heads") == 2);
  const json lanl = json::parse(vitscope("info --json --preset lanl-mountain 2>/dev/null").out);
  CHECK(lanl.at("family") == "lanl");
  CHECK(lanl.at("grid") == json({3, 5}));
  CHECK(lanl.at("classes") == 1);
  const auto slugs = [](const std::string& command) {
    std::set<std::string> all;
    for (const json& row : json::parse(vitscope(command).out)) all.insert(row.at("slug").get<std::string>());
    return all;
  };
  const auto plain = slugs("list steps --json"), old_one = slugs("list steps --json --preset lucidrains-224-32-128 2>/dev/null");
  CHECK((plain.contains("final-norm") && !plain.contains("head-norm") && !plain.contains("two-heads")));
  CHECK((old_one.contains("head-norm") && !old_one.contains("final-norm")));
  CHECK(slugs("list figures --json --preset deit-ti16-distilled 2>/dev/null").contains("two-heads"));
  CHECK(slugs("list tensors --json --preset deit-ti16-distilled 2>/dev/null").contains("logits.dist"));
}
