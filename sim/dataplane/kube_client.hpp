#pragma once

/// \file
/// What clients keep that reach a Service by kube-proxy: connections that have nothing to do.

#include "sim/dataplane/engine.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/kube_proxy.hpp>
#include <wavetank/mesh/policies/ipvs_persistence.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace wavetank::sim {

/// A connection that has nothing to do.
struct DataPlane::Engine::IdleConnection {
    std::uint32_t replica = 0;
    TimePoint since{};
};

/// The clients behind one edge are the users of a load, or one that is a program.
struct DataPlane::Engine::KubeClient {
    explicit KubeClient(const Random& draws) : random(draws) {}

    Random random;
    std::map<std::uint64_t, std::vector<IdleConnection>>
        idle;  // by client; the one used last is the last
    std::optional<Duration> affinity_timeout{};
    std::optional<mesh::SessionAffinity> affinity{};
    std::optional<mesh::IpvsPersistence> persistence{};  // in its place, under IPVS
};

}  // namespace wavetank::sim
