#pragma once

/// \file
/// Envoy's whole way from a request to a host: subsets, priorities, panic, localities, then the
/// policy of the cluster.

#include <wavetank/mesh/lb_config.hpp>
#include <wavetank/mesh/load_balancer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace wavetank::mesh {

struct Locality;

/// Envoy's counters of a cluster's balancer, under its names.
struct LbStats {
    std::uint64_t lb_healthy_panic = 0;
    std::uint64_t lb_local_cluster_not_ok = 0;
    std::uint64_t lb_recalculate_zone_structures = 0;
    std::uint64_t lb_subsets_active = 0;
    std::uint64_t lb_subsets_created = 0;
    std::uint64_t lb_subsets_removed = 0;
    std::uint64_t lb_subsets_selected = 0;
    std::uint64_t lb_subsets_fallback = 0;
    std::uint64_t lb_subsets_fallback_panic = 0;
    std::uint64_t lb_zone_cluster_too_small = 0;
    std::uint64_t lb_zone_no_capacity_left = 0;
    std::uint64_t lb_zone_routing_all_directly = 0;
    std::uint64_t lb_zone_routing_cross_zone = 0;
    std::uint64_t lb_zone_routing_sampled = 0;

    bool operator==(const LbStats&) const = default;
};

/// Envoy's gauges of a hashing balancer's table, the last one that was built.
struct HashTableStats {
    std::uint64_t size = 0;  ///< of the ring; a ring may have one entry more, as Envoy's does
    std::uint64_t entries_per_host_min = 0;
    std::uint64_t entries_per_host_max = 0;

    bool operator==(const HashTableStats&) const = default;
};

/// Picks as a worker of an Envoy does whose cluster has `config`.
///
/// It needs the list of hosts; without one, all are healthy and called by their indices.
/// Determinism: what Envoy draws from its own generator, this draws from the stream it is handed,
/// so picks agree with Envoy's in all that does not depend on those draws.
/// Cost: a pick by index, ring or table allocates nothing; `on_endpoints_changed` builds everything
/// anew, as Envoy does.
class ClusterBalancer final : public LoadBalancer {
public:
    /// Requires: validate(config).
    explicit ClusterBalancer(ClusterLbConfig config);
    ~ClusterBalancer() override;

    /// Tells where this proxy is and which other proxies there are (Envoy's local cluster): with
    /// it, and unless localities are weighted, routing is aware of zones. Takes effect with the
    /// next `on_endpoints_changed`.
    void set_local_cluster(const ClusterLoadAssignment& proxies, Locality local);

    [[nodiscard]] std::optional<std::size_t> pick(const EndpointSet& endpoints,
                                                  const PickContext& context,
                                                  Random& random) override;
    void on_endpoints_changed(const EndpointSet& endpoints, TimePoint now, Random& random) override;
    [[nodiscard]] BalancerNeeds needs() const override;

    [[nodiscard]] const LbStats& stats() const;

    /// Returns the gauges of the table; nothing unless the policy hashes and there is one.
    [[nodiscard]] std::optional<HashTableStats> hash_table_stats() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::mesh
