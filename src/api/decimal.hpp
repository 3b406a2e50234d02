#pragma once

/// \file
/// Decimal numbers of any size, for the quantities that 64 bits do not hold.

#include <boost/multiprecision/cpp_int.hpp>

#include <cstdint>
#include <string>

namespace wavetank::api {

using BigInt = boost::multiprecision::cpp_int;

/// Numbers with more digits than this are neither read nor written out: Kubernetes would, and
/// would spend gigabytes on "1e999999999".
inline constexpr std::int64_t digits_max = 10'000;

/// unscaled * 10^exponent.
struct Decimal {
    BigInt unscaled;
    std::int32_t exponent = 0;
};

/// Returns ten to the power of `exponent`. Requires: 0 <= exponent <= 2 * digits_max.
[[nodiscard]] BigInt power_of_ten(std::int64_t exponent);

/// Rounds away from zero to a multiple of 10^exponent and holds the result with that exponent, or
/// with its own larger one if that would take more than `digits_max` zeros.
[[nodiscard]] Decimal rounded_up(const Decimal& number, std::int32_t exponent);

/// Returns -1, 0 or 1.
[[nodiscard]] int compare(const Decimal& left, const Decimal& right);

/// Adds exactly, unless the operands are more than `digits_max` digits apart: then the smaller one
/// vanishes.
[[nodiscard]] Decimal sum(const Decimal& left, const Decimal& right);

/// Returns the low 64 bits in two's complement.
[[nodiscard]] std::int64_t low_bits(const BigInt& number);

/// Returns whether `number` fits 64 bits.
[[nodiscard]] bool fits_64_bits(const BigInt& number);

/// Writes all digits: "-0.050", "1000".
[[nodiscard]] std::string to_string(const Decimal& number);

}  // namespace wavetank::api
