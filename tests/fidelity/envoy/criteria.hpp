#pragma once

/// \file
/// When do two runs of a proxy that begins at a random place agree?

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fidelity {

/// Returns whether picks can be those of earliest deadline first from some state on: the m-th pick
/// of a host of weight w is due at m / w, no pick comes before one that is due earlier, and
/// fractions are exact. Hosts of weight 0 must not be picked.
[[nodiscard]] bool is_earliest_deadline_first(std::span<const int> picks,
                                              std::span<const std::uint64_t> weights);

/// Returns what is wrong unless each of `actual` is within `tolerance` of its expected count.
[[nodiscard]] std::optional<std::string> beyond_counts(std::span<const std::uint64_t> expected,
                                                       std::span<const std::uint64_t> actual,
                                                       std::uint64_t tolerance,
                                                       std::string_view what);

/// The same for fractions; `tolerance` is a number, or one for each.
[[nodiscard]] std::optional<std::string> beyond_fractions(std::span<const std::uint64_t> expected,
                                                          std::span<const std::uint64_t> actual,
                                                          const boost::json::value& tolerance,
                                                          std::string_view what);

/// Returns what is wrong unless the counts of hosts in each group are in proportion to their
/// weights, up to one pick of each. Hosts of group -1 do not count.
[[nodiscard]] std::optional<std::string> uneven_groups(std::span<const std::uint64_t> counts,
                                                       std::span<const int> groups,
                                                       std::span<const std::uint64_t> weights);

}  // namespace wavetank::fidelity
