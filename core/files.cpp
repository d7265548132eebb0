#include "core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "core/text.h"

namespace vitscope {

namespace {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  /// Closes now; false when the system reports a failed write only here.
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;
  }

 private:
  int fd_;
};

std::string reason(int code) {
  switch (code) {
    case ENOENT:
      return "no such file";
    case EACCES:
    case EPERM:
      return "permission denied";
    case EISDIR:
      return "is a folder, not a file";
    case ENOTDIR:
      return "a part of the path is not a folder";
    case ENAMETOOLONG:
      return "the name is too long";
    case ENOSPC:
    case EDQUOT:
      return "no space left on the disk";
    case EROFS:
      return "the disk can only be read";
    case ELOOP:
      return "too many links in the path";
    case EMFILE:
    case ENFILE:
      return "too many open files";
    case EFBIG:
      return "the file grows too large";
    case EIO:
      return "the disk reports an input or output error";
    default:
      return std::strerror(code);
  }
}

Error failure(const std::string& path, const std::string& what) { return Error{(path.empty() ? "(no file name)" : printable(path)) + ": " + what}; }

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::string& path, std::uint64_t limit) {
  if (path.find('\0') != std::string::npos) return failure(path, "no such file");
  // Without O_NONBLOCK, opening a named pipe would wait for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) return failure(path, reason(errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure(path, reason(errno));
  if (S_ISDIR(status.st_mode)) return failure(path, reason(EISDIR));
  if (!S_ISREG(status.st_mode)) return failure(path, "is not a regular file");
  const std::string too_large = "is larger than the " + std::to_string(limit) + " bytes that are read at most";
  if (static_cast<std::uint64_t>(status.st_size) > limit) return failure(path, too_large);
  try {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size) + 1);
    std::size_t filled = 0;
    // The file may shrink or grow meanwhile: what is there when its end comes is what counts.
    for (;;) {
      if (filled == bytes.size()) bytes.resize(bytes.size() + std::max<std::size_t>(bytes.size() / 2, 4096));
      const ssize_t got = ::read(file.get(), bytes.data() + filled, std::min<std::size_t>(bytes.size() - filled, std::size_t{1} << 30));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return failure(path, reason(errno));
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
      if (filled > limit) return failure(path, too_large);
    }
    bytes.resize(filled);
    return bytes;
  } catch (const std::bad_alloc&) {
    return failure(path, "not enough memory for its " + std::to_string(status.st_size) + " bytes");
  }
}

namespace {

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

/// Folder of `path` with its trailing slash; empty for a bare name.
std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

/// The file that `path` names after following links, so that replacing it leaves the link in place.
std::string resolved(const std::string& path) {
  char* real = ::realpath(path.c_str(), nullptr);
  if (!real) return path;
  std::string result = real;
  std::free(real);
  return result;
}

/// Gives `from` the name `to` unless that exists; 0 or the error number.
int rename_without_clobbering(const std::string& from, const std::string& to) {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
#endif
  if (::link(from.c_str(), to.c_str()) == 0) {
    ::unlink(from.c_str());
    return 0;
  }
  if (errno == EEXIST) return errno;
  // A file system without hard links: look, then rename.
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

/// A file beside `target` under a name that nobody has; `name` receives it.
int open_beside(const std::string& target, std::string& name) {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; attempt < 1000; ++attempt) {
    name = folder_of(target) + ".vitscope-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
    const int fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

}  // namespace

Result<std::monostate> write_file(const std::string& path, std::span<const std::uint8_t> bytes, bool force) {
  return write_file_parts(path, {&bytes, 1}, force);
}

Result<std::monostate> write_file_parts(const std::string& path, std::span<const std::span<const std::uint8_t>> parts, bool force) {
  const std::string exists = "exists already; give --force to overwrite it";
  if (path.empty() || path.find('\0') != std::string::npos) return failure(path, "cannot be the name of a file");
  struct stat status {};
  const bool link_there = ::lstat(path.c_str(), &status) == 0;
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) return failure(path, reason(EISDIR));
  if (link_there && !force) return failure(path, exists);
  if (there && !S_ISREG(status.st_mode)) return failure(path, "is not a regular file");
  const std::string target = there ? resolved(path) : path;

  std::string beside;
  Descriptor file(open_beside(target, beside));
  if (!file.ok()) return failure(path, errno == ENOENT ? "its folder does not exist" : "cannot be written: " + reason(errno));
  int code = 0;
  if (there) (void)!::fchmod(file.get(), status.st_mode & 07777);  // a file system without modes is no obstacle
  for (const auto& part : parts) {
    if (code == 0 && !write_all(file.get(), part)) code = errno;
  }
  if (code == 0 && ::fsync(file.get()) != 0 && errno != EINVAL && errno != ENOTSUP) code = errno;
  if (!file.close() && code == 0) code = errno;
  if (code == 0) code = force ? (::rename(beside.c_str(), target.c_str()) == 0 ? 0 : errno) : rename_without_clobbering(beside, target);
  if (code != 0) {
    ::unlink(beside.c_str());
    return failure(path, code == EEXIST && !force ? exists : "cannot be written: " + reason(code));
  }
  return std::monostate{};
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = c & 1u ? 0xEDB88320u ^ (c >> 1) : c >> 1;
      entries[i] = c;
    }
    return entries;
  }();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const std::uint8_t byte : bytes) crc = table[(crc ^ byte) & 0xFFu] ^ (crc >> 8);
  return crc ^ 0xFFFFFFFFu;
}

}  // namespace vitscope
