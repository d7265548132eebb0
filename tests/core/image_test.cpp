#include "core/image/image.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;

namespace {

nlohmann::json read_json(const std::string& name) { return nlohmann::json::parse(std::ifstream(data_path(name))); }

std::string picture_refusal(const Bytes& file, const std::string& name = "x.bin") {
  const auto picture = decode_picture(name, file);
  REQUIRE_FALSE(picture.ok());
  const std::string text = picture.error().text;
  CHECK(text.rfind(name + ": ", 0) == 0);
  CHECK(text.find('\n') == std::string::npos);
  return text;
}

Image decoded(const Bytes& file) { return decode_picture("x", file).value().image; }

}  // namespace

TEST_CASE("pictures of every kind hold what Pillow finds in them", "[image]") {
  for (const auto& c : read_json("pictures/cases.json")) {
    const std::string name = c["file"], expected_name = c["expected"];
    INFO(name);
    const auto picture = load_picture(data_path("pictures/" + name));
    const auto expected = load_picture(data_path("pictures/" + expected_name));
    REQUIRE(picture.ok());
    REQUIRE(expected.ok());
    const Image &got = picture->image, &want = expected->image;
    REQUIRE(got.width() == want.width());
    REQUIRE(got.height() == want.height());
    REQUIRE(got.channels() == want.channels());
    CHECK(got.is_bytes() == want.is_bytes());
    const float steps = want.is_bytes() ? 255.0f : 65535.0f;
    float worst = 0;
    for (int y = 0; y < got.height(); ++y)
      for (int x = 0; x < got.width(); ++x)
        for (int k = 0; k < got.channels(); ++k) worst = std::max(worst, std::abs(got.value(y, x, k) - want.value(y, x, k)) * steps);
    CHECK(worst <= c["tolerance"].get<float>() + 0.01f);
    CHECK(picture->name == name);
    CHECK(picture->path == data_path("pictures/" + name));
  }
}

TEST_CASE("the eight EXIF orientations bring the same picture upright", "[image]") {
  // A red corner marks the picture's upper left; Pillow turned the expected arrays, this looks at the pixels themselves.
  const Image stored = load_picture(data_path("pictures/orientation1.jpg")).value().image;
  const auto red_at = [](const Image& image, bool right, bool bottom) {
    const int x = right ? image.width() - 2 : 1, y = bottom ? image.height() - 2 : 1;
    return image.value(y, x, 0) > 0.8f && image.value(y, x, 1) < 0.3f && image.value(y, x, 2) < 0.3f;
  };
  CHECK(red_at(stored, false, false));
  struct Corner {
    bool right, bottom, swapped;
  };
  const Corner corners[] = {{false, false, false}, {true, false, false}, {true, true, false}, {false, true, false},
                            {false, false, true},  {true, false, true},  {true, true, true},  {false, true, true}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO(orientation);
    const auto picture = load_picture(data_path("pictures/orientation" + std::to_string(orientation) + ".jpg"));
    const Corner& corner = corners[orientation - 1];
    CHECK(red_at(picture->image, corner.right, corner.bottom));
    CHECK(picture->image.width() == (corner.swapped ? stored.height() : stored.width()));
    CHECK(picture->notes.size() == (orientation == 1 ? 0u : 1u));
  }
}

TEST_CASE("alpha is laid over white", "[image]") {
  const Image colour = decoded(npy("|u1", "(1, 3, 4)", {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128}));
  REQUIRE(colour.channels() == 3);
  CHECK(std::vector<int>(colour.bytes().begin(), colour.bytes().end()) == std::vector<int>{10, 20, 30, 255, 255, 255, 127, 177, 255});
  const Image grey = decoded(npy("<f4", "(1, 2, 2)", raw<float>({0.5f, 1.0f, 0.5f, 0.5f})));
  REQUIRE(grey.channels() == 1);
  CHECK(grey.value(0, 0, 0) == 0.5f);
  CHECK(grey.value(0, 1, 0) == 0.75f);
  CHECK(decode_picture("x", npy("|u1", "(1, 1, 2)", {7, 255}))->notes.empty());
  CHECK(decode_picture("x", npy("|u1", "(1, 1, 2)", {7, 254}))->notes == std::vector<std::string>{"transparency laid over white"});
}

TEST_CASE(".npy pictures of every type, byte order and memory order", "[image]") {
  SECTION("bytes stay bytes") {
    const Image image = decoded(npy("|u1", "(2, 3)", {1, 2, 3, 4, 5, 6}));
    CHECK(image.is_bytes());
    CHECK(image.width() == 3);
    CHECK(image.height() == 2);
    CHECK(image.value(1, 0, 0) == 4 / 255.0f);
  }
  SECTION("column-major") {
    const Image image = decoded(npy("|u1", "(2, 3)", {1, 4, 2, 5, 3, 6}, true));
    CHECK(std::vector<int>(image.bytes().begin(), image.bytes().end()) == std::vector<int>{1, 2, 3, 4, 5, 6});
    Bytes data(2 * 3 * 3);
    for (std::size_t y = 0; y < 2; ++y)
      for (std::size_t x = 0; x < 3; ++x)
        for (std::size_t c = 0; c < 3; ++c) data[y + 2 * x + 6 * c] = static_cast<std::uint8_t>(100 * y + 10 * x + c);
    const Image colour = decoded(npy("|u1", "(2, 3, 3)", data, true));
    for (std::size_t i = 0, y = 0; y < 2; ++y)
      for (std::size_t x = 0; x < 3; ++x)
        for (std::size_t c = 0; c < 3; ++c) CHECK(colour.bytes()[i++] == 100 * y + 10 * x + c);
  }
  SECTION("16 bit") {
    CHECK(decoded(npy("<u2", "(1, 2)", raw<std::uint16_t>({65535, 1}))).value(0, 1, 0) == 1 / 65535.0f);
    CHECK(decoded(npy(">u2", "(1, 2)", {0xFF, 0xFF, 0x80, 0x00})).value(0, 1, 0) == Approx(32768 / 65535.0));
  }
  SECTION("floats") {
    CHECK(decoded(npy("<f2", "(1, 2)", {0x00, 0x38, 0x00, 0x3C})).value(0, 0, 0) == 0.5f);
    CHECK(decoded(npy("<f4", "(1, 2)", raw<float>({0.1f, 1.0f}))).value(0, 0, 0) == 0.1f);
    CHECK(decoded(npy(">f4", "(1, 1)", {0x3F, 0x40, 0x00, 0x00})).value(0, 0, 0) == 0.75f);
    CHECK(decoded(npy("<f8", "(1, 1, 1)", raw<double>({0.3}))).value(0, 0, 0) == 0.3f);
  }
}

TEST_CASE("binary PGM and PPM", "[image]") {
  const Image dim = decoded(bytes_of("P5 # a comment\n2 1\t15\n\x0F\x03"));
  CHECK(dim.value(0, 0, 0) == 1.0f);
  CHECK(dim.value(0, 1, 0) == 0.2f);
  const Image colour = decoded(bytes_of("P6\n1 1\n255\nabc"));
  CHECK(colour.is_bytes());
  CHECK(colour.channels() == 3);
  CHECK(picture_refusal(bytes_of("P6\n1 1\n255\nab")).find("ends early") != std::string::npos);
  CHECK(picture_refusal(bytes_of("P5\n1 1\n0\nab")).find("largest value 0") != std::string::npos);
  CHECK(picture_refusal(bytes_of("P5\n99999999999 1\n0\nab")).find("its header") != std::string::npos);
  CHECK(picture_refusal(bytes_of("P5 1 1 255")).find("its header") != std::string::npos);
  CHECK(picture_refusal(bytes_of("P5#")).find("its header") != std::string::npos);
}

TEST_CASE("float pictures beyond 0..1 are scaled with a note", "[image]") {
  const auto bytes_like = decode_picture("x", npy("<f4", "(1, 2)", raw<float>({0.0f, 51.0f}))).value();
  CHECK(bytes_like.image.value(0, 1, 0) == Approx(0.2f));
  CHECK(bytes_like.notes == std::vector<std::string>{"values 0 to 51 divided by 255"});
  const auto other = decode_picture("x", npy("<f8", "(1, 3)", raw<double>({-1.0, 0.0, 3.0}))).value();
  CHECK(other.image.value(0, 0, 0) == 0.0f);
  CHECK(other.image.value(0, 1, 0) == 0.25f);
  CHECK(other.image.value(0, 2, 0) == 1.0f);
  CHECK(other.notes == std::vector<std::string>{"values -1 to 3 scaled to 0 to 1"});
  const auto flat = decode_picture("x", npy("<f8", "(1, 2)", raw<double>({-4.0, -4.0}))).value();
  CHECK(flat.image.value(0, 0, 0) == 0.5f);
  CHECK(flat.notes.size() == 1);
  CHECK(picture_refusal(npy("<f8", "(1, 2)", raw<double>({-1e308, 1e308}))).find("too far") != std::string::npos);
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(picture_refusal(npy("<f4", "(1, 3)", raw<float>({nan, 0.5f, infinity}))) == "x.bin: 2 of its 3 values are no finite numbers (NaN or infinity)");
}

TEST_CASE("refusals say what was found and what works", "[image]") {
  CHECK(picture_refusal({}) == "x.bin: the file is empty");
  CHECK(picture_refusal(bytes_of("hello")).find("PNG, JPEG") != std::string::npos);
  CHECK(picture_refusal(bytes_of("RIFF1234WEBPVP8 ")).find("is a WebP picture") != std::string::npos);
  CHECK(picture_refusal(npy("<i4", "(2, 2)", Bytes(16))) == "x.bin: holds numbers of type i4; u1, u2, f2, f4 and f8 can be pictures");
  CHECK(picture_refusal(npy("<f4", "(3, 8, 8)", Bytes(768))) ==
        "x.bin: has the shape 3 x 8 x 8; a picture has [height, width] or [height, width, 1 to 4 channels]; move the channels from the first to the last axis");
  CHECK(picture_refusal(npy("<f4", "(4,)", Bytes(16))).find("has the shape 4;") != std::string::npos);
  CHECK(picture_refusal(npy("<f4", "()", Bytes(4))).find("a single number") != std::string::npos);
  CHECK(picture_refusal(npy("|u1", "(0, 5)", {})).find("at least 1") != std::string::npos);
  CHECK(picture_refusal(npy("|u1", "(1, 40000)", Bytes(40000))).find("sides up to 32768 work") != std::string::npos);
  CHECK(picture_refusal(npy("|u1", "(2, 2)", Bytes(5))) == "x.bin: holds 5 bytes of numbers, expected 4 for 2 x 2 of type u1");
  CHECK(picture_refusal(npy("|u1", "(281474976710655, 281474976710655)", Bytes(5))).find("more than a file can hold") != std::string::npos);
  CHECK(picture_refusal(npy("|O", "(2, 2)", Bytes(32))).find("not plain numbers") != std::string::npos);
  for (const char* header :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (4)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1)}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1)} x",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 99999999999999999999)}"}) {
    INFO(header);
    CHECK(picture_refusal(npy_of_header(header, Bytes(4))).find("header is damaged") != std::string::npos);
  }
}

TEST_CASE("a picture that ends early or was changed on the way is refused", "[image]") {
  for (const char* name : {"rgb.png", "interlaced.png", "rgb.jpg", "progressive.jpg", "rgb.bmp", "rgb.ppm", "rgb.tga", "rle.tga", "frames.gif", "rgb.psd",
                           "rgb.hdr", "grey16.pgm"}) {
    INFO(name);
    Bytes file = file_bytes(std::string("pictures/") + name);
    // TGA may carry a footer behind the picture, GIF has more frames: what is cut must belong to the (first) picture.
    file.resize(std::string(name) == "frames.gif" ? 200 : std::string(name).ends_with(".tga") ? file.size() - 60 : file.size() - 20);
    CHECK_FALSE(decode_picture(name, file).ok());
  }
  Bytes png = file_bytes("pictures/rgb.png");
  png[png.size() / 2] ^= 1;
  CHECK(picture_refusal(png).find("fails its checksum") != std::string::npos);
}

TEST_CASE("the name of an unknown PNG chunk does not break the line", "[image]") {
  Bytes png = bytes_of("\x89PNG\r\n\x1A\n");
  const Bytes whole = file_bytes("pictures/rgb.png");
  const Bytes chunk = {0, 0, 0, 0, 'A', '\n', 'B', 'C', 0, 0, 0, 0};
  png.insert(png.end(), whole.begin() + 8, whole.begin() + 33);
  png.insert(png.end(), chunk.begin(), chunk.end());
  png.insert(png.end(), whole.begin() + 33, whole.end());
  const std::uint32_t crc = crc32(std::span(png).subspan(37, 4));
  for (std::size_t i = 0; i < 4; ++i) png[41 + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  CHECK(picture_refusal(png) == "x.bin: damaged or unsupported PNG (A?BC PNG chunk not known)");
}

TEST_CASE("JPEG segments are checked before they are decoded", "[image]") {
  const Bytes file = file_bytes("pictures/rgb.jpg");
  const auto huffman =
      static_cast<std::size_t>(std::adjacent_find(file.begin(), file.end(), [](int a, int b) { return a == 0xFF && b == 0xC4; }) - file.begin());
  REQUIRE(huffman + 30 < file.size());
  Bytes crowded = file;
  for (std::size_t i = 0; i < 16; ++i) crowded[huffman + 5 + i] = 0xFF;
  CHECK(picture_refusal(crowded) == "x.bin: damaged JPEG (holds a Huffman table that cannot be)");
  Bytes endless = file;
  endless[huffman + 2] = 0xFF;
  CHECK(picture_refusal(endless) == "x.bin: damaged JPEG (holds a segment that runs past its end)");
  Bytes short_segment = file;
  short_segment[huffman + 2] = short_segment[huffman + 3] = 0;
  CHECK(picture_refusal(short_segment) == "x.bin: damaged JPEG (holds a segment that runs past its end)");
  // Comments, fill bytes in front of a marker and bytes behind the end are harmless.
  Bytes dressed = file;
  const Bytes comment = {0xFF, 0xFE, 0x00, 0x06, 0xFF, 0xC4, 0xFF, 0xFF, 0xFF};
  dressed.insert(dressed.begin() + static_cast<std::ptrdiff_t>(huffman), comment.begin(), comment.end());
  dressed.insert(dressed.end(), 50, 0xFF);
  const Image plain = decoded(file), same = decoded(dressed);
  CHECK(std::equal(plain.bytes().begin(), plain.bytes().end(), same.bytes().begin(), same.bytes().end()));
}

TEST_CASE("a few bytes cannot claim a huge picture", "[image]") {
  Bytes bmp = file_bytes("pictures/rgb.bmp");
  bmp[18] = bmp[19] = bmp[22] = bmp[23] = 0x00;
  bmp[18 + 1] = bmp[22 + 1] = 0x3F;  // 16128 x 16128
  CHECK(picture_refusal(bmp).find("claims 16128 x 16128 pixels in") != std::string::npos);
  bmp[18 + 2] = 1;
  CHECK_FALSE(decode_picture("x", bmp).ok());
}

TEST_CASE("missing pictures and folders are one clear line", "[image]") {
  CHECK(load_picture("/nowhere/at/all.png").error().text == "/nowhere/at/all.png: no such file");
  CHECK(load_picture("/").error().text == "/: is a folder, not a file");
  CHECK(decode_picture("evil\nname\x01.png", {}).error().text == "evil?name?.png: the file is empty");
}

TEST_CASE("damaged EXIF leaves the picture as it is", "[image]") {
  const Bytes file = file_bytes("pictures/orientation6.jpg");
  const auto exif = std::search(file.begin(), file.end(), std::begin("Exif"), std::end("Exif") - 1) - file.begin();
  REQUIRE(exif > 2);
  const auto begin = static_cast<std::size_t>(exif), length = std::size_t{file[begin - 2]} * 256 + file[begin - 1];
  for (std::size_t i = begin; i < begin + length - 2; ++i) {
    for (const int value : {0, 0xFF, 0x7F}) {
      Bytes changed = file;
      changed[i] = static_cast<std::uint8_t>(value);
      const auto picture = decode_picture("x.jpg", changed);
      CHECK(picture.ok());
    }
  }
}
