#pragma once

/// \file
/// How much of a cluster's requests goes to each priority, and which of them are in panic?
///
/// As Envoy's `LoadBalancerBase`, to the integer. Its documentation rounds otherwise in places; the
/// code counts.

#include <wavetank/mesh/host_set.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Whose hosts take a request.
enum class HostAvailability : std::uint8_t { Healthy, Degraded };

/// Percentages by priority; those of the healthy and the degraded hosts sum up to 100.
struct PriorityLoad {
    std::vector<std::uint32_t> healthy{};
    std::vector<std::uint32_t> degraded{};
    std::vector<bool> in_panic{};

    bool operator==(const PriorityLoad&) const = default;
};

/// Returns the load of each priority. Where healthy and degraded hosts are fewer than
/// `panic_threshold` percent, and all priorities together cannot take all requests, a priority is
/// in panic; where all are, the load goes by the number of hosts. With no host anywhere, priority 0
/// has all of it. Requires: there is a priority; panic_threshold <= 100.
[[nodiscard]] PriorityLoad priority_load(std::span<const Host> hosts,
                                         std::span<const HostSet> host_sets,
                                         std::uint32_t panic_threshold);

/// Returns the load of each priority if those that are `excluded` take nothing. Nothing if then
/// nobody is left to take any. Panic is as without. Requires: as many as there are priorities.
[[nodiscard]] std::optional<PriorityLoad> priority_load_without(std::span<const Host> hosts,
                                                                std::span<const HostSet> host_sets,
                                                                const std::vector<bool>& excluded);

/// Returns whether fewer hosts of a set than `panic_threshold` percent are healthy or degraded.
[[nodiscard]] bool is_in_panic(const HostSet& host_set, std::uint32_t panic_threshold);

/// Returns `percent` as the integer that thresholds are compared with: rounded, at most 100.
[[nodiscard]] std::uint32_t rounded_percent(double percent);

struct ChosenPriority {
    std::uint32_t priority = 0;
    HostAvailability availability = HostAvailability::Healthy;

    bool operator==(const ChosenPriority&) const = default;
};

/// Chooses a priority by the last two digits of `hash`: healthy hosts first, then degraded ones.
[[nodiscard]] ChosenPriority choose_priority(std::uint64_t hash, const PriorityLoad& load);

}  // namespace wavetank::mesh
