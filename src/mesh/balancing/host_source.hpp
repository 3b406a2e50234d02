#pragma once

/// \file
/// Which list of hosts does a request choose from? Envoy's `ZoneAwareLoadBalancerBase`.

#include "mesh/balancing/chooser.hpp"
#include "mesh/balancing/zone_routing.hpp"

#include <wavetank/mesh/edf_scheduler.hpp>
#include <wavetank/mesh/priority_load.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace wavetank::mesh {

/// Names a list of hosts.
struct HostSource {
    enum class Type : std::uint8_t { All, Healthy, Degraded, LocalityHealthy, LocalityDegraded };

    std::uint32_t priority = 0;
    Type type = Type::Healthy;
    std::uint32_t locality = 0;

    auto operator<=>(const HostSource&) const = default;
};

/// Returns the list. Requires: there is such a priority, and such a locality.
[[nodiscard]] std::span<const std::uint32_t> hosts_of(const HostSource& source,
                                                      std::span<const HostSet> host_sets);

/// Chooses a priority by load, then, unless it is in panic, a locality: by weight, or by zone.
class HostSources {
public:
    explicit HostSources(const CommonLbConfig& config) : config_(config), zones_(config) {}

    void update(const HostsChange& change);

    /// Chooses a list, which may be empty, by `hash` its priority. Nothing: the request shall fail.
    [[nodiscard]] std::optional<HostSource> choose(const ChoiceContext& context,
                                                   std::uint64_t hash);

    [[nodiscard]] const PriorityLoad& load() const {
        return load_;
    }

private:
    // The weighted localities of one priority; a weight falls with the part of the hosts that is
    // available, as soon as the others would have more than they are trusted with.
    struct WeightedLocalities {
        std::vector<double> weights;  // by locality
        EdfScheduler scheduler;       // empty: none has a weight
    };
    struct PriorityState {
        WeightedLocalities healthy;
        WeightedLocalities degraded;
    };

    [[nodiscard]] static WeightedLocalities weigh(const HostSet& set,
                                                  const HostsPerLocality& eligible,
                                                  std::uint32_t picks);

    const CommonLbConfig& config_;
    PriorityLoad load_;
    std::vector<PriorityState> priorities_;
    ZoneRouting zones_;
};

}  // namespace wavetank::mesh
