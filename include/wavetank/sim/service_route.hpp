#pragma once

/// \file
/// Where do the requests to a service go in truth?

#include <wavetank/mesh/route_policy.hpp>

#include <cstdint>
#include <vector>

namespace wavetank::sim {

enum class ServiceId : std::uint32_t {};

/// One of the services that take the requests to another.
struct ServiceShare {
    ServiceId service{};
    std::uint32_t weight = 1;  ///< its part of the requests is weight / sum of weights
    mesh::RoutePolicy policy{};
};

/// What becomes of them.
struct ServiceRoute {
    std::vector<ServiceShare> shares{};  ///< none: clients are answered at once
    std::uint16_t status = 503;          ///< with this
};

}  // namespace wavetank::sim
