#pragma once

/// \file
/// How are amounts counted that manifests name, whatever they name?
///
/// Quantities go up to what 64 bits hold, so neither their sums nor a hundred times one of them may
/// be taken for granted.

#include <algorithm>
#include <cstdint>
#include <limits>

namespace wavetank::node {

/// More than any node has; two such amounts can still be taken from nothing.
inline constexpr std::int64_t amount_most = std::int64_t{1} << 61;

/// Returns the sum, at most `amount_most`. Less than nothing counts as nothing.
/// Requires: `sum` is such a sum.
constexpr std::int64_t add_amount(std::int64_t sum, std::int64_t amount) {
    return std::min(sum + std::clamp<std::int64_t>(amount, 0, amount_most), amount_most);
}

/// Returns so many hundredths of `whole`, rounded down.
/// Requires: `whole` >= 0, `percent` from 0 to 100.
constexpr std::int64_t share_of(std::int64_t whole, std::int64_t percent) {
    return whole / 100 * percent + whole % 100 * percent / 100;
}

/// Returns how many hundredths of `whole` a part of it is, rounded down.
/// Requires: 0 <= `part` <= `whole`, `whole` > 0.
constexpr std::int64_t percent_of(std::int64_t part, std::int64_t whole) {
    const bool is_huge = whole > std::numeric_limits<std::int64_t>::max() / 100;
    return is_huge ? part / (whole / 100) : part * 100 / whole;
}

}  // namespace wavetank::node
