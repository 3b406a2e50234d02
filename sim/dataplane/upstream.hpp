#pragma once

/// \file
/// What a client's proxy keeps of the hosts of one service: who is left out, and the connections.

#include "sim/dataplane/engine.hpp"

#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/outlier_detection.hpp>
#include <wavetank/mesh/update_merge_window.hpp>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace wavetank::sim {

/// Nothing here has an event of its own but connections that are being made: ticks that are due are
/// caught up with before anybody asks. So it does not matter whether departures are events.
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
    mesh::UpdateMergeWindow window;    // of what `hosts` is told
    bool is_panicking = false;         // too few are left: all are picked from
    std::vector<std::uint32_t> hosts;  // replicas that are picked from
    // The same for balancers other than `least_request_`.
    Service known;
    std::unique_ptr<Policy> balancer;
    mesh::ResourceManager resources;
    std::map<std::uint32_t, Pool> pools;         // by replica
    std::map<std::uint32_t, Ejected> ejected{};  // by replica, so far
};

}  // namespace wavetank::sim
