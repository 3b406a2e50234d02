#pragma once

/// \file
/// The hashes by which Envoy places requests and hosts.

#include <cstdint>
#include <string_view>

namespace wavetank::mesh {

/// Returns xxHash64 of `text` (Collet), the same on every machine.
[[nodiscard]] std::uint64_t xx_hash_64(std::string_view text, std::uint64_t seed = 0);

/// The seed with which libstdc++, and after it Envoy, uses the hash below.
inline constexpr std::uint64_t murmur_seed = 0xc70f6907;

/// Returns MurmurHash2 of 64 bits (Appleby's MurmurHash64A), the same on every machine.
[[nodiscard]] std::uint64_t murmur_hash_2(std::string_view text, std::uint64_t seed = murmur_seed);

}  // namespace wavetank::mesh
