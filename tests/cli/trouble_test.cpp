// What goes wrong: one clear line, nothing lost, the documented exit status.
#include <catch2/catch.hpp>

#include "process.h"

namespace fs = std::filesystem;

TEST_CASE("an unknown command line is status 2 and one line") {
  for (const char* arguments : {"--nonsense", "predict --top -1", "export", "list nothing", "bench --threads x", "predict --model a --preset b", "export --out x --scale 9"}) {
    const Outcome o = vitscope(arguments);
    INFO(arguments << ": " << o.err);
    CHECK(o.status == 2);
    CHECK(one_line(o));
  }
}

TEST_CASE("a missing, damaged or wrong file is status 1 and one line that names it") {
  Scratch dir;
  spit(dir / "damaged.png", "\x89PNG\r\n\x1a\n and then nothing that helps");
  spit(dir / "damaged.jpg", "\xff\xd8\xff\xe0 broken");
  spit(dir / "empty.png", "");
  spit(dir / "damaged.safetensors", std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
  spit(dir / "wrong.npy", "\x93NUMPY garbage");
  for (const std::string& arguments :
       {"predict --image " + (dir / "missing.png"), "predict --image " + (dir / "damaged.png"), "predict --image " + (dir / "damaged.jpg"), "predict --image " + (dir / "empty.png"),
        "predict --image " + dir.path.string(), "predict --model " + (dir / "missing.safetensors"), "predict --model " + (dir / "damaged.safetensors"),
        "dump --out " + (dir / "o") + " --input " + (dir / "wrong.npy"), std::string("info --preset no-such-preset"), std::string("info --preset own:patch=16"),
        std::string("info --preset own:patch=x"), std::string("info --preset own:position=none,place=each-own"), std::string("info --input-size x"), std::string("info --preset vit-b16 --input-size 4096"), "predict --folder " + (dir / "missing")}) {
    const Outcome o = vitscope(arguments);
    INFO(arguments << ": " << o.err);
    CHECK(o.status == 1);
    CHECK(one_line(o));
    CHECK(o.out.empty());
  }
  CHECK_FALSE(fs::exists(dir / "o"));
}

TEST_CASE("every truncation of the shipped model's head is refused") {
  const std::string whole = slurp(VITSCOPE_SOURCE "/assets/models/cifar10-vit.safetensors");
  Scratch dir;
  for (std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{8}, std::size_t{100}, std::size_t{5000}, whole.size() / 2, whole.size() - 1}) {
    spit(dir / "cut.safetensors", whole.substr(0, size));
    const Outcome o = vitscope("predict --model " + (dir / "cut.safetensors"));
    INFO(size << ": " << o.err);
    CHECK(o.status == 1);
    CHECK(one_line(o));
  }
}

TEST_CASE("without a display the window says so") {
  const Outcome o = vitscope("", "-u DISPLAY -u WAYLAND_DISPLAY");
  INFO(o.err);
  CHECK(o.status == 1);
  CHECK(one_line(o));
  CHECK(o.err.find("display") != std::string::npos);
  CHECK(o.err.find("export") != std::string::npos);
}

TEST_CASE("without OpenGL the export says so and writes nothing") {
  Scratch dir;
  const Outcome o = vitscope("export --out " + (dir / "f"), "__EGL_VENDOR_LIBRARY_DIRS=/nonexistent");
  INFO(o.err);
  CHECK(o.status == 1);
  CHECK(one_line(o));
  CHECK((!fs::exists(dir / "f") || fs::is_empty(dir / "f")));
}

TEST_CASE("a folder that cannot be written is named") {
  Scratch dir;
  spit(dir / "file", "kept");
  // A file where the folder should be stops root as well.
  const Outcome o = vitscope("export --figures prediction --out " + (dir / "file/below"));
  CHECK(o.status == 1);
  CHECK(one_line(o));
  const Outcome d = vitscope("dump --out " + (dir / "file/below.safetensors"));
  CHECK(d.status == 1);
  CHECK(one_line(d));
  CHECK(slurp(dir / "file") == "kept");
}

TEST_CASE("an input is never overwritten, even with --force") {
  Scratch dir;
  const std::string model = dir / "model.safetensors";
  fs::copy_file(VITSCOPE_SOURCE "/assets/models/cifar10-vit.safetensors", model);
  const std::string before = slurp(model);
  for (const std::string& out : {model, (dir / "./model.safetensors")}) {
    const Outcome o = vitscope("dump --force --model " + model + " --out " + out);
    CHECK(o.status == 1);
    CHECK(one_line(o));
    CHECK(slurp(model) == before);
  }
}

TEST_CASE("random weights are said") {
  const Outcome o = vitscope("predict --preset vit-ti16 --json");
  REQUIRE(o.status == 0);
  CHECK(nlohmann::json::parse(o.out).at("random_weights") == true);
  CHECK(o.err.find("random") != std::string::npos);
}
