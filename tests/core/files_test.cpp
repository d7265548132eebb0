#include "core/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/text.h"
#include "tests/core/file_makers.h"

using namespace vitscope;
using namespace vitscope::test;
namespace fs = std::filesystem;

namespace {

/// An empty folder that goes away with the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("vitscope_files_test_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directory(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator())); }

 private:
  fs::path path_;
};

}  // namespace

TEST_CASE("files are written whole and read back", "[files]") {
  const Folder folder;
  const std::string path = folder / "a.bin";
  Bytes bytes;
  for (unsigned i = 0; i < 100'000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * i));
  REQUIRE(write_file(path, bytes, false).ok());
  CHECK(read_file(path).value() == bytes);
  CHECK(folder.entries() == 1);
  const Bytes front = {1, 2}, back = {3};
  const std::span<const std::uint8_t> parts[] = {front, {}, back};
  REQUIRE(write_file_parts(folder / "b.bin", parts, false).ok());
  CHECK(read_file(folder / "b.bin").value() == Bytes{1, 2, 3});
  REQUIRE(write_file(folder / "empty", {}, false).ok());
  CHECK(read_file(folder / "empty").value().empty());
}

TEST_CASE("nothing is overwritten without force", "[files]") {
  const Folder folder;
  const std::string path = folder / "a.bin";
  REQUIRE(write_file(path, Bytes{1}, false).ok());
  const auto second = write_file(path, Bytes{2}, false);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().text == path + ": exists already; give --force to overwrite it");
  CHECK(read_file(path).value() == Bytes{1});
  REQUIRE(write_file(path, Bytes{3}, true).ok());
  CHECK(read_file(path).value() == Bytes{3});
  CHECK(folder.entries() == 1);
  // A dangling link is something that exists.
  fs::create_symlink(folder / "nowhere", folder / "link");
  CHECK_FALSE(write_file(folder / "link", Bytes{1}, false).ok());
}

TEST_CASE("forced writing goes through links and keeps the mode", "[files]") {
  const Folder folder;
  REQUIRE(write_file(folder / "target", Bytes{1}, false).ok());
  ::chmod((folder / "target").c_str(), 0640);
  fs::create_symlink(folder / "target", folder / "link");
  REQUIRE(write_file(folder / "link", Bytes{7}, true).ok());
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_file(folder / "target").value() == Bytes{7});
  struct stat status {};
  ::stat((folder / "target").c_str(), &status);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("what cannot be read or written is one clear line", "[files]") {
  const Folder folder;
  CHECK(read_file(folder / "none").error().text == (folder / "none") + ": no such file");
  CHECK(read_file(folder / "").error().text.find("is a folder") != std::string::npos);
  CHECK(read_file("").error().text == "(no file name): no such file");
  CHECK(read_file("/dev/null").error().text == "/dev/null: is not a regular file");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(read_file(folder / "pipe").error().text.find("is not a regular file") != std::string::npos);
  CHECK(write_file(folder / "", Bytes{1}, true).error().text.find("is a folder") != std::string::npos);
  CHECK(write_file(folder / "pipe", Bytes{1}, true).error().text.find("is not a regular file") != std::string::npos);
  CHECK(write_file(folder / "no/such/file", Bytes{1}, false).error().text == (folder / "no/such/file") + ": its folder does not exist");
  CHECK_FALSE(write_file("", Bytes{1}, false).ok());
  CHECK(write_file(folder / std::string(300, 'x'), Bytes{1}, false).ok() == false);
  CHECK(write_file(folder / "bad\nname/x", Bytes{1}, false).error().text.find('\n') == std::string::npos);
  REQUIRE(write_file(folder / "big", Bytes(100), false).ok());
  CHECK(read_file(folder / "big", 99).error().text == (folder / "big") + ": is larger than the 99 bytes that are read at most");
  CHECK(read_file(folder / "big", 100).ok());
}

TEST_CASE("CRC-32 has its published check values", "[files]") {
  CHECK(crc32({}) == 0u);
  CHECK(crc32(bytes_of("123456789")) == 0xCBF43926u);
  CHECK(crc32(bytes_of("IEND")) == 0xAE426082u);
}

TEST_CASE("text from outside fits on one line", "[files]") {
  CHECK(printable("plain text") == "plain text");
  CHECK(printable("a\nb\tc\x7F") == "a?b?c?");
  CHECK(printable("h\xC3\xA4user \xE6\xB1\x89 \xF0\x9F\x90\xB1") == "h\xC3\xA4user \xE6\xB1\x89 \xF0\x9F\x90\xB1");
  CHECK(printable("\xC3(\xFF\xE2\x82") == "?(???");
  CHECK(printable("\xC0\xAF\xED\xA0\x80\xF5\x80\x80\x80") == "?????????");
  CHECK(printable("\xC2\x85|\u2028|\u2029") == "?|?|?");
  CHECK(printable("abcdef", 4) == "abcd...");
  CHECK(printable("ab\xC3\xA4", 3) == "ab...");
}
