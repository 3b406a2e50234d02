#pragma once

/// \file
/// The hosts of a cluster, sorted as pickers need them: by priority, health and locality.

#include <wavetank/mesh/host.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wavetank::mesh {

/// One host of a cluster.
struct Host {
    LbEndpoint endpoint{};
    std::string address{};  ///< `address_of(endpoint)`, which names it
    Locality locality{};
    std::uint32_t priority = 0;
};

/// Hosts by locality, as indices. The proxy's own locality comes first, if it has any host at all;
/// the others are in order.
struct HostsPerLocality {
    std::vector<std::vector<std::uint32_t>> localities{};
    bool has_local_locality = false;

    bool operator==(const HostsPerLocality&) const = default;
};

/// The hosts of one priority, as indices into those of the cluster, in the order of the list.
struct HostSet {
    std::uint32_t priority = 0;
    std::vector<std::uint32_t> hosts{};
    std::vector<std::uint32_t> healthy_hosts{};
    std::vector<std::uint32_t> degraded_hosts{};
    std::vector<std::uint32_t> excluded_hosts{};
    HostsPerLocality hosts_per_locality{};
    HostsPerLocality healthy_hosts_per_locality{};
    HostsPerLocality degraded_hosts_per_locality{};
    HostsPerLocality excluded_hosts_per_locality{};
    std::vector<std::uint32_t> locality_weights{};  ///< by locality; 0: it gets nothing
    std::uint32_t overprovisioning_factor = 140;
    bool weighted_priority_health = false;
};

/// All hosts of a cluster.
struct PrioritySet {
    std::vector<Host> hosts{};
    std::vector<HostSet> host_sets{};  ///< by priority; at least one
};

/// Sorts the hosts of a list. With `local`, the locality of the proxy, its hosts come first among
/// the localities of a priority.
[[nodiscard]] PrioritySet make_priority_set(const ClusterLoadAssignment& assignment,
                                            const std::optional<Locality>& local = std::nullopt);

/// What becomes of the weights of localities when hosts are left out.
enum class SubsetLocalityWeights : std::uint8_t {
    None,    ///< localities are not weighted
    Keep,    ///< they stay
    Scaled,  ///< by the part of a locality's hosts that is left
};

/// Returns what is left of the sets when only the hosts with `is_member` count; indices stay.
[[nodiscard]] std::vector<HostSet> filtered(std::span<const HostSet> host_sets,
                                            const std::vector<bool>& is_member,
                                            SubsetLocalityWeights weights);

}  // namespace wavetank::mesh
