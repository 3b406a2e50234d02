#pragma once

/// \file
/// Where do the requests to a service go in truth?

#include <wavetank/mesh/fault.hpp>
#include <wavetank/mesh/fractional_percent.hpp>
#include <wavetank/mesh/route_policy.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace wavetank::sim {

enum class ServiceId : std::uint32_t {};

/// One of the services that take the requests to another.
struct ServiceShare {
    ServiceId service{};
    std::uint32_t weight = 1;  ///< its part of the requests is weight / sum of weights
    mesh::RoutePolicy policy{};
    std::optional<std::uint16_t> status{};  ///< if set, its requests are answered so at once
};

/// A service that gets copies of the requests to another. Nobody waits for its answers.
struct ServiceMirror {
    ServiceId service{};
    mesh::FractionalPercent fraction{.numerator = 100};  ///< of the requests
    mesh::RoutePolicy policy{};
};

/// What becomes of them.
struct ServiceRoute {
    std::vector<ServiceShare> shares{};  ///< none: clients are answered at once
    std::uint16_t status = 503;          ///< with this
    std::vector<ServiceMirror> mirrors{};
    std::optional<mesh::HttpFault> fault{};  ///< what is done to requests before anything else
};

}  // namespace wavetank::sim
