#pragma once

/// \file
/// Logarithm and exponential whose last bit is the same everywhere.
///
/// The last bit of `std::log` differs between C libraries, and one bit is enough to send two runs
/// different ways. These use only operations that IEEE 754 defines exactly.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace wavetank {

/// Returns the natural logarithm, within 1e-15 of it relatively; as `std::log` for 0, negative
/// numbers, infinity and NaN.
[[nodiscard]] double log(double value);

/// Returns e to the power of `value`, within 1e-15 of it relatively; 0 or infinity beyond the
/// range.
[[nodiscard]] double exp(double value);

/// Returns the `probability` quantile of the standard normal distribution, within 1e-14.
/// Requires: 0 < probability < 1.
[[nodiscard]] double normal_quantile(double probability);

/// Returns -log(value), within 4e-16. Requires: 0 < value <= 1.
/// Cost: a third of `log`, for nothing is divided, and small results need not be as precise in
/// themselves.
[[nodiscard]] double negative_log(double value);

namespace detail {

// For a mantissa in [1, 2), by its first seven bits: about its inverse, and what that is the
// logarithm of, negated.
struct LogStep {
    double inverse;
    double log;
};
inline constexpr std::size_t log_steps = 128;
extern const std::array<LogStep, log_steps> log_table;

}  // namespace detail

// Defined here because it is on the path of every simulated request.
[[gnu::always_inline]] inline double negative_log(double value) {
    constexpr double ln2 = 6.931471805599453094e-01;
    const auto bits = std::bit_cast<std::uint64_t>(value);
    const auto exponent = static_cast<double>(static_cast<std::int64_t>(bits >> 52) - 1023);
    const double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
    const detail::LogStep& step = detail::log_table[bits >> 45 & (detail::log_steps - 1)];
    const double r = mantissa * step.inverse - 1;
    const double square = r * r;
    const double series = (r - 0.5 * square) + square * (r * (1.0 / 3) - 0.25 * square +
                                                         square * (r * 0.2 - square * (1.0 / 6)));
    const double result = -(exponent * ln2 + step.log + series);
    return result > 0 ? result : 0;
}

}  // namespace wavetank
