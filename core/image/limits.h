// What sizes a picture may have.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace vitscope {

inline constexpr std::int64_t kMaxPictureSide = 32768;
inline constexpr std::int64_t kMaxPicturePixels = std::int64_t{1} << 28;
inline constexpr std::uint64_t kMaxPictureFile = (std::uint64_t{1} << 31) - 1;

/// Why a picture of this size is refused, if it is.
inline std::optional<std::string> size_refusal(std::int64_t width, std::int64_t height) {
  const std::string size = "is " + std::to_string(width) + " x " + std::to_string(height) + " pixels (width x height); ";
  if (width < 1 || height < 1) return size + "both sides must be at least 1";
  if (width > kMaxPictureSide || height > kMaxPictureSide) return size + "sides up to " + std::to_string(kMaxPictureSide) + " work";
  if (width * height > kMaxPicturePixels) return size + "up to " + std::to_string(kMaxPicturePixels) + " pixels work";
  return std::nullopt;
}

}  // namespace vitscope
