#pragma once

/// \file
/// What Istio's VirtualServices and DestinationRules say of how requests are sent.
///
/// Understood is what holds for all requests to one Service: time limits, retries, limits of what
/// is in flight, and outlier detection. An object that says anything else is left out whole, and
/// the report says so: half of it would be something that nobody wrote.

#include <wavetank/codec/manifest.hpp>
#include <wavetank/mesh/route_policy.hpp>
#include <wavetank/store/key.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// What one object says of one Service.
struct PlannedRoute {
    store::Key service;
    /// The first two of a VirtualService, the others of a DestinationRule.
    std::optional<Duration> timeout{};
    std::optional<mesh::RetryPolicy> retry_policy{};
    std::optional<mesh::Thresholds> thresholds{};
    std::optional<mesh::ConnPoolOptions> connection_pool{};
    std::optional<mesh::OutlierDetection> outlier_detection{};
    std::optional<double> healthy_panic_threshold{};  ///< with outlier detection
};

/// Tells whether an object is one of those.
[[nodiscard]] bool is_of_istio(const codec::ManifestObject& object);

/// Reads one. Errors: what Istio would refuse goes to `errors`, with its place. What is not
/// understood goes to `left_out`, for people, and there are no routes.
[[nodiscard]] std::vector<PlannedRoute> read_istio(const codec::ManifestObject& object,
                                                   std::vector<Error>& errors,
                                                   std::vector<std::string>& left_out);

/// Returns what holds for each Service that any object names, over the defaults of Istio 1.31: no
/// time limit, two retries of what did not reach anybody, no other limits. Of two objects that say
/// the same of a Service the first counts.
[[nodiscard]] std::map<store::Key, mesh::RoutePolicy> policies_of(
    const std::vector<PlannedRoute>& routes);

}  // namespace wavetank::sim
