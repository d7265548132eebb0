// Files that were changed at random: whatever they hold, the answer is a value or one line, never a crash.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "core/image/preprocess.h"
#include "core/model/model.h"
#include "core/model/random.h"
#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

/// How many changed files each test tries; VITSCOPE_FUZZ_ROUNDS multiplies it.
int rounds(int count) {
  const char* factor = std::getenv("VITSCOPE_FUZZ_ROUNDS");
  return count * std::max(1, factor ? std::atoi(factor) : 1);
}

std::size_t below(Random& random, std::size_t limit) { return limit ? static_cast<std::size_t>(random.next() % limit) : 0; }

/// One to four changes: bytes, runs, lengths in either byte order, moved pieces, cut ends.
Bytes changed(Bytes file, Random& random, std::size_t region) {
  constexpr std::uint8_t kTelling[] = {0x00, 0x01, 0x7F, 0x80, 0xFF, 0xFE, '"', '[', '{', '9', '-', ','};
  for (std::size_t change = 0, changes = 1 + below(random, 4); change < changes && !file.empty(); ++change) {
    const std::size_t at = below(random, std::min(region, file.size()));
    switch (below(random, 8)) {
      case 0:
        file[at] = static_cast<std::uint8_t>(random.next());
        break;
      case 1:
        file[at] = static_cast<std::uint8_t>(file[at] ^ (1u << below(random, 8)));
        break;
      case 2:
        file[at] = kTelling[below(random, std::size(kTelling))];
        break;
      case 3:
        for (std::size_t i = at; i < std::min(at + 4, file.size()); ++i) file[i] = kTelling[below(random, 6)];
        break;
      case 4:
        file.resize(at);
        break;
      case 5:
        file.erase(file.begin() + static_cast<std::ptrdiff_t>(at),
                   file.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1 + below(random, 8), file.size())));
        break;
      case 6:
        file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), 1 + below(random, 8), static_cast<std::uint8_t>(random.next()));
        break;
      default: {
        const std::size_t from = below(random, file.size()), length = std::min({below(random, 32), file.size() - from, file.size() - at});
        std::copy_n(Bytes(file).begin() + static_cast<std::ptrdiff_t>(from), length, file.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
  }
  return file;
}

/// Makes the checksums of a PNG's chunks right again, so that what was changed reaches the decoder.
void repair_checksums(Bytes& file) {
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = std::size_t{file[at]} << 24 | std::size_t{file[at + 1]} << 16 | std::size_t{file[at + 2]} << 8 | file[at + 3];
    if (length > file.size() - at - 12) return;
    const std::uint32_t crc = crc32(std::span(file).subspan(at + 4, length + 4));
    for (std::size_t i = 0; i < 4; ++i) file[at + 8 + length + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
    at += 12 + length;
  }
}

void check_line(const Error& error) {
  if (error.text.empty() || error.text.find('\n') != std::string::npos || error.text.size() > 1000) FAIL("not one clear line: " << error.text);
}

/// Decodes, and where that works prepares the picture for a model.
bool survives(const std::string& name, const Bytes& file) {
  const auto picture = decode_picture(name, file);
  if (!picture) {
    check_line(picture.error());
    return false;
  }
  PreprocessSpec spec;
  spec.height = spec.width = 8;
  const auto input = preprocess(std::make_shared<const Picture>(*picture), spec);
  for (const float v : input->pixels.values()) {
    if (!(v >= 0 && v <= 1)) FAIL("a pixel outside 0..1");
  }
  return true;
}

}  // namespace

TEST_CASE("changed pictures never crash", "[hostile]") {
  int decoded = 0;
  std::uint64_t stream = 0;
  for (const char* name : {"rgb.png", "rgba.png",        "palette.png", "rgb16.png",        "interlaced.png", "bilevel.png", "orientation6.png",
                           "rgb.jpg", "progressive.jpg", "grey.jpg",    "orientation6.jpg", "frames.gif",     "rgb.bmp",     "palette.bmp",
                           "rgb.tga", "rle.tga",         "rgb.psd",     "rgb.hdr",          "rgb.ppm",        "grey16.pgm"}) {
    INFO(name);
    const Bytes file = file_bytes(std::string("pictures/") + name);
    const bool png = std::string(name).ends_with(".png");
    Random random(2024, ++stream);
    for (int i = 0; i < rounds(200); ++i) {
      // The front holds sizes and tables, where a change tells more.
      Bytes other = changed(file, random, i % 2 ? 64 : file.size());
      if (png && i % 4 < 3) repair_checksums(other);
      decoded += survives(name, other);
    }
  }
  CHECK(decoded > 100);  // or the changes would be too rough to test anything behind the first check
}

TEST_CASE("changed .npy files never crash", "[hostile]") {
  Random random(2024, 100);
  const std::string path = temporary_path("hostile.npy");
  const Bytes files[] = {npy("|u1", "(4, 5, 3)", Bytes(60, 7)), npy("<f4", "(3, 2, 4)", raw(std::vector<float>(24, 0.25f)), true),
                         npy(">f8", "(4, 4)", Bytes(128)), npy("<f2", "(2, 2, 4)", Bytes(32, 0x11))};
  for (int i = 0; i < rounds(1500); ++i) {
    const Bytes other = changed(files[i % 4], random, 96);
    survives("x.npy", other);
    if (i % 10) continue;
    REQUIRE(write_file(path, other, true).ok());
    const auto input = load_input_values(path);
    if (!input) check_line(input.error());
  }
  std::remove(path.c_str());
}

TEST_CASE("changed checkpoints never crash", "[hostile]") {
  Checkpoint checkpoint = Checkpoint::small();
  checkpoint.metadata["labels"] = "[\"a\", \"b\", \"c\"]";
  const Bytes file = checkpoint.file();
  const std::size_t header = std::size_t{file[0]} + std::size_t{file[1]} * 256;
  Random random(2024, 200);
  int loaded = 0;
  for (int i = 0; i < rounds(3000); ++i) {
    Bytes other = changed(file, random, i % 8 ? header + 8 : 16);
    // The length in front follows the header, so that a longer or shorter one is still read to its end.
    if (i % 3 && other.size() > file.size() - header && other.size() >= 8) {
      const std::size_t length = other.size() - (file.size() - header);
      other[0] = static_cast<std::uint8_t>(length);
      other[1] = static_cast<std::uint8_t>(length >> 8);
    }
    const auto model = parse_model("m", shared(other), i % 2 ? "" : R"({"num_heads": 2, "image_size": [6, 6], "id2label": {"0": "x"}})");
    if (!model) {
      check_line(model.error());
      continue;
    }
    ++loaded;
    for (const std::string& line : (*model)->warnings) check_line(Error{line});
  }
  CHECK(loaded > 5);
}

TEST_CASE("changed config.json files never crash", "[hostile]") {
  Checkpoint checkpoint = Checkpoint::small();
  checkpoint.metadata.clear();
  const auto file = shared(checkpoint.file());
  const std::string config = R"({"architecture":"vit_tiny","model_args":{"img_size":[6,6],"num_heads":2},"pretrained_cfg":{"mean":[0.5,0.5,0.5],"std":[0.5],)"
                             R"("crop_pct":0.9},"layer_norm_eps":1e-6,"labels":["a","b","c"],"id2label":{"0":"a"},"hidden_act":"gelu","global_pool":"token"})";
  Random random(2024, 300);
  for (int i = 0; i < rounds(2000); ++i) {
    const Bytes other = changed(bytes_of(config), random, config.size());
    const auto model = parse_model("m", file, std::string(other.begin(), other.end()));
    if (!model) check_line(model.error());
  }
}
