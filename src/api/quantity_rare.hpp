#pragma once

/// \file
/// What a quantity holds outside its own bytes, and the 64-bit arithmetic on scaled numbers that
/// the files of `Quantity` share.

#include "api/decimal.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wavetank::api {

/// Exactly one of the two is set.
struct QuantityRare {
    std::optional<Decimal> big;
    std::string text;
};

/// Returns number * 10^scale; nothing if that overflows. Requires: scale >= 0.
[[nodiscard]] std::optional<std::int64_t> scaled_up(std::int64_t number, std::int64_t scale);

struct ScaledDown {
    std::int64_t number = 0;
    bool exact = true;
};

/// Divides by 10^scale, rounding away from zero. Requires: scale >= 0.
[[nodiscard]] ScaledDown scaled_down(std::int64_t number, std::int64_t scale);

}  // namespace wavetank::api
