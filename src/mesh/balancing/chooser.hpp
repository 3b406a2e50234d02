#pragma once

/// \file
/// What the parts of Envoy's balancing say to each other.
///
/// A chooser knows hosts by their indices in the list that the balancer keeps; only the balancer
/// knows where they stand among the endpoints of its caller.

#include <wavetank/mesh/cluster_balancer.hpp>
#include <wavetank/mesh/host_set.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace wavetank::mesh {

/// What a choice may look at.
struct ChoiceContext {
    std::span<const Host> hosts;
    const EndpointSet& endpoints;
    std::span<const std::uint32_t> positions;  ///< of hosts among the endpoints
    const PickContext& pick;
    const boost::json::object* metadata_match;
    Random& random;
    LbStats& stats;

    [[nodiscard]] std::uint32_t requests_active(std::uint32_t host) const {
        return endpoints.requests_active(positions[host]);
    }
    [[nodiscard]] bool is_refused(std::uint32_t host) const {
        return pick.retry_host_predicate != nullptr &&
               pick.retry_host_predicate->refuses(positions[host]);
    }
};

/// The proxies that share the load, and the one that this is.
struct LocalCluster {
    PrioritySet proxies;
    Locality local;
};

/// What has changed. Lifetime: borrowed for the call.
struct HostsChange {
    std::span<Host> hosts;  ///< choosers with slow start note when they first saw one
    std::span<const HostSet> host_sets;
    const EndpointSet& endpoints;
    std::span<const std::uint32_t> positions;  ///< of hosts among the endpoints
    const LocalCluster* local_cluster;         ///< null: there is none
    TimePoint now;
    Random& random;
    LbStats& stats;

    [[nodiscard]] std::uint32_t requests_active(std::uint32_t host) const {
        return endpoints.requests_active(positions[host]);
    }
};

/// Chooses among hosts.
class HostChooser {
public:
    virtual ~HostChooser() = default;

    /// Learns of the hosts as they are from now on.
    virtual void update(const HostsChange& change) = 0;

    /// Chooses one; nothing if there is none to choose.
    [[nodiscard]] virtual std::optional<std::uint32_t> choose(const ChoiceContext& context) = 0;

    [[nodiscard]] virtual std::optional<HashTableStats> hash_table_stats() const {
        return std::nullopt;
    }
};

/// Makes what chooses within a cluster, or a subset of one. Lifetime: `config` outlives it.
[[nodiscard]] std::unique_ptr<HostChooser> make_chooser(const ClusterLbConfig& config);
[[nodiscard]] std::unique_ptr<HostChooser> make_edf_chooser(const ClusterLbConfig& config);
[[nodiscard]] std::unique_ptr<HostChooser> make_hash_chooser(const ClusterLbConfig& config);
[[nodiscard]] std::unique_ptr<HostChooser> make_subset_chooser(const ClusterLbConfig& config);

}  // namespace wavetank::mesh
