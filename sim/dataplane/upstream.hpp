#pragma once

/// \file
/// What a client's proxy keeps of the hosts of one service: who is left out, and the connections.

#include "sim/dataplane/hot_path.hpp"

#include <wavetank/mesh/cluster_balancer.hpp>
#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/health_check.hpp>
#include <wavetank/mesh/outlier_detection.hpp>
#include <wavetank/mesh/update_merge_window.hpp>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace wavetank::sim {

/// Hosts under the eyes of one client's proxy. Each of its checks is a request to a replica, or a
/// connection, and has events of its own.
struct DataPlane::Engine::HealthWatch {
    HealthWatch(const mesh::HealthCheck& how, const Random& draws) : checker(how), random(draws) {}

    /// A host that is no endpoint any more, and stays until it fails a check.
    struct Leaver {
        std::uint32_t replica = none;
        mesh::LocalityLbEndpoints place{};  // where it was, with nobody else
    };

    mesh::HealthChecker checker;
    Random random;
    std::uint32_t client = none;  // the replica whose proxy it is, if it is one's
    std::uint32_t edge = none;    // of checks, which count as no client's requests
    std::uint32_t sent = 0;
    std::vector<std::uint32_t> hosts{};
    std::vector<Leaver> leavers{};                          // of those, in the order of leaving
    TimePoint planned = TimePoint::max();                   // the next time it is looked at
    std::map<std::uint32_t, std::uint32_t> under_way{};     // exchanges, by host
    std::map<std::uint32_t, std::uint32_t> being_dialed{};  // numbers of checks, the same
};

/// Nothing here has an event of its own but connections that are being made, and checks: ticks that
/// are due are caught up with before anybody asks. So it does not matter whether departures are
/// events.
struct DataPlane::Engine::Upstream {
    struct Pool {
        mesh::PooledHost host{};
        std::unique_ptr<mesh::ConnPool> connections{};
    };

    struct Ejected {
        TimePoint first{};
        std::uint64_t count = 0;
    };

    Upstream(const mesh::RoutePolicy& of, std::uint32_t client, const Random& draws)
        : policy(of),
          edge(client),
          random(draws),
          window(of.update_merge_window),
          resources(of.thresholds) {}

    const mesh::RoutePolicy& policy;
    std::uint32_t edge;
    Random random;
    std::optional<mesh::OutlierDetector> outliers;
    std::unique_ptr<HealthWatch> health{};  // null: hosts are not checked, or no more
    mesh::UpdateMergeWindow window;         // of what `hosts` is told
    // The service's endpoints, and those that have left but not yet for this client; what is known
    // of them has their order, or nothing is known.
    std::vector<std::uint32_t> members;
    mesh::ClusterLoadAssignment member_hosts;
    bool is_panicking = false;         // too few are left: all are picked from
    std::vector<std::uint32_t> hosts;  // replicas that are picked from
    // The same for balancers other than `least_request_`.
    Service known;
    std::unique_ptr<Policy> balancer;
    // Instead of all that, if the policy says how hosts are picked: from all of them, of which it
    // knows who is ejected.
    std::unique_ptr<mesh::ClusterBalancer> cluster{};
    mesh::BalancerNeeds cluster_needs{};
    mesh::ResourceManager resources;
    std::map<std::uint32_t, Pool> pools;         // by replica
    TimePoint looked_after_until{};              // no connection's time is up before
    std::map<std::uint32_t, Ejected> ejected{};  // by replica, so far
};

/// What a balancer may ask about the endpoints of an edge.
struct DataPlane::Engine::Asked final : mesh::ServerProbe, mesh::ActiveRequests {
    Asked(Engine& owner, const Edge& edge, const Service& of, const mesh::BalancerNeeds& wanted)
        : engine(owner),
          service(of),
          needs(wanted),
          view{owner, edge, of.endpoints, of.has_direct} {}

    [[nodiscard]] mesh::ServerReport ask(std::size_t index) const override {
        const std::uint32_t replica = service.endpoints[index];
        return engine.server_reports_.of(replica, engine.requests_now(replica));
    }
    [[nodiscard]] std::uint32_t requests_active(std::size_t index) const override {
        return needs.requests_active ? view.requests_active(index) : 0;
    }
    [[nodiscard]] mesh::EndpointSet endpoints() const {
        return {*this, service.endpoints.size(), needs.hosts ? &service.hosts : nullptr,
                needs.probe ? this : nullptr};
    }

    Engine& engine;
    const Service& service;
    const mesh::BalancerNeeds& needs;
    View view;
};

}  // namespace wavetank::sim
