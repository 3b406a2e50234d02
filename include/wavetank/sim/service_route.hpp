#pragma once

/// \file
/// Where do the requests to a service go in truth?

#include <wavetank/mesh/fault.hpp>
#include <wavetank/mesh/fractional_percent.hpp>
#include <wavetank/mesh/http_filter.hpp>
#include <wavetank/mesh/response_flags.hpp>
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
    /// If set, there is no such service, and its requests are answered so at once.
    std::optional<std::uint16_t> status{};
    /// What `CodeHost` knows the path and the headers by that the route gives them, if it does.
    std::optional<std::uint32_t> message{};
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
    mesh::ResponseFlags flags{};         ///< and these
    /// What `CodeHost` knows that answer by, if there is more to it.
    std::optional<std::uint32_t> message{};
    std::vector<ServiceMirror> mirrors{};
    std::optional<mesh::HttpFault> fault{};  ///< what is done to requests before anything else
    /// What each client's proxy does to them then. Filters of one name share what they count where
    /// a client's proxy has them in several routes.
    std::vector<mesh::HttpFilter> filters{};
};

}  // namespace wavetank::sim
