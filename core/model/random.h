// Random weights that are the same on every machine: whole-number arithmetic up to one multiplication.
#pragma once
#include <array>
#include <cstdint>

namespace vitscope {

/// xoshiro256** 1.0 (Blackman and Vigna), seeded through splitmix64. `stream` selects one of many sequences of the same seed.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream);
  std::uint64_t next();
  /// Sum of four uniform numbers, scaled to mean 0 and standard deviation 1: near to normal, never beyond 3.47.
  float bell();

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace vitscope
