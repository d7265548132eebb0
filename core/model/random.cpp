#include "core/model/random.h"

#include <bit>

namespace vitscope {

namespace {
std::uint64_t splitmix(std::uint64_t& state) {
  std::uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
}  // namespace

Random::Random(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t mixed = splitmix(seed) ^ (stream * 0xD1342543DE82EF95u);
  for (std::uint64_t& word : state_) word = splitmix(mixed);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

float Random::bell() {
  const std::uint64_t bits = next();
  const int sum =
      static_cast<int>(bits & 0xFFFF) + static_cast<int>(bits >> 16 & 0xFFFF) + static_cast<int>(bits >> 32 & 0xFFFF) + static_cast<int>(bits >> 48);
  // Four whole numbers from 0 to 65535: mean 131070, variance 4 (2^32 - 1) / 12.
  constexpr float kInverseDeviation = 2.6428998e-5f;
  return static_cast<float>(sum - 131070) * kInverseDeviation;
}

}  // namespace vitscope
