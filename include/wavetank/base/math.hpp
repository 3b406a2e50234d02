#pragma once

/// \file
/// Logarithm and exponential whose last bit is the same everywhere.
///
/// The last bit of `std::log` differs between C libraries, and one bit is enough to send two runs
/// different ways. These use only operations that IEEE 754 defines exactly.

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

}  // namespace wavetank
