#pragma once

/// \file
/// A service with replicas behind it, in one call.

#include <wavetank/sim/data_plane.hpp>

#include <string>
#include <utility>
#include <vector>

namespace wavetank::test {

/// Adds a service, and replicas of a program behind it.
inline sim::ServiceId serve(sim::DataPlane& plane, const std::string& name,
                            sim::DeclaredProgram program, std::uint32_t replicas = 1,
                            sim::ReplicaSize size = {}) {
    const sim::ServiceId service = plane.add_service(name);
    const sim::ProgramId id = plane.add_program(std::move(program));
    std::vector<sim::ReplicaId> endpoints;
    for (std::uint32_t i = 0; i < replicas; ++i) {
        endpoints.push_back(plane.add_replica(id, name + "/" + std::to_string(i), size));
    }
    plane.set_endpoints(service, endpoints);
    return service;
}

}  // namespace wavetank::test
