#pragma once

/// \file
/// What recorded Envoy cases configure besides the picking of hosts: retries, limits, connections
/// and checks, in proto JSON.

#include "fidelity/envoy/cluster_case.hpp"

#include <wavetank/mesh/circuit_breakers.hpp>
#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/health_check.hpp>
#include <wavetank/mesh/outlier_detection.hpp>
#include <wavetank/mesh/retry_policy.hpp>

#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace wavetank::fidelity {

[[nodiscard]] Duration duration_in(const boost::json::object& from, std::string_view member,
                                   Duration otherwise);
[[nodiscard]] std::optional<Duration> duration_in(const boost::json::object& from,
                                                  std::string_view member);
[[nodiscard]] bool flag_in(const boost::json::object& from, std::string_view member,
                           bool otherwise = false);

/// Returns the member as an object; an empty one if it is absent.
[[nodiscard]] boost::json::object object_or_empty(const boost::json::object& from,
                                                  std::string_view member);

/// Reads pairs, or an object, with the names in lower case.
[[nodiscard]] mesh::Headers headers_in(const boost::json::value& from);

[[nodiscard]] std::vector<mesh::RetryHeader> read_header_matchers(const boost::json::object& from,
                                                                  std::string_view member);

/// What a cluster says besides `read_lb_config` and `read_assignment`.
struct ClusterOptions {
    mesh::Thresholds default_thresholds;
    std::uint32_t default_connections_per_host = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t high_connections_per_host = std::numeric_limits<std::uint32_t>::max();
    mesh::Thresholds high_thresholds;
    mesh::ConnPoolOptions pool;
    std::optional<mesh::OutlierDetection> outlier_detection;
    std::optional<mesh::HealthCheck> health_check;
    Duration update_merge_window = std::chrono::seconds{1};
    bool ignore_new_hosts_until_first_hc = false;
};

[[nodiscard]] ClusterOptions read_cluster_options(const boost::json::object& cluster);

/// Returns the members of `cluster` that pick hosts.
[[nodiscard]] boost::json::object picking_members(const boost::json::object& cluster);

/// What a route and its virtual host say.
struct RouteOptions {
    Duration timeout = std::chrono::seconds{15};
    std::optional<Duration> idle_timeout;
    std::optional<mesh::RetryPolicy> retry_policy;
    bool hedge_on_per_try_timeout = false;
    bool has_high_priority = false;
    bool is_internal = false;                      // the client
    std::uint64_t request_buffer_limit = 1048576;  // of bodies that may have to be sent again
};

[[nodiscard]] RouteOptions read_route_options(const boost::json::object& config);

}  // namespace wavetank::fidelity
