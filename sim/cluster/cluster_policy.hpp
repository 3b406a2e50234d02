#pragma once

/// \file
/// What clusters and routes of Envoy's v3 API, as Istio makes them, say of how requests are sent.

#include <wavetank/mesh/fault.hpp>
#include <wavetank/mesh/lb_config.hpp>
#include <wavetank/mesh/route_policy.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <optional>

namespace wavetank::sim {

/// Reads limits, connections, outlier detection and panic threshold from proto JSON into `policy`.
/// Connections are looked at only if something is said of them, for Istio sets all limits as high
/// as they go.
void read_cluster(const boost::json::object& cluster, mesh::RoutePolicy& policy);

/// Reads how a cluster's hosts are picked; nothing if that is up to somebody else.
[[nodiscard]] std::optional<mesh::ClusterLbConfig> read_load_balancing(
    const boost::json::object& cluster);

/// What a request is to a filter that answers with a status of gRPC.
enum class RequestProtocol : std::uint8_t { Http, Grpc };

/// Reads the fault among what a route tells filters; nothing if there is none. A gRPC status is
/// what it means in HTTP to requests of gRPC; to all others the answer is a 200, as Envoy has it.
[[nodiscard]] std::optional<mesh::HttpFault> read_fault(const boost::json::object& filters,
                                                        RequestProtocol kind);

}  // namespace wavetank::sim
