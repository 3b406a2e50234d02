#pragma once

/// \file
/// What people say in Envoy's own words and a run follows: health checks of clusters, filters of
/// proxies.

#include "sim/cluster/proto_fields.hpp"

#include <wavetank/mesh/health_check.hpp>
#include <wavetank/mesh/http_filter.hpp>
#include <wavetank/mesh/outlier_detection.hpp>

#include <boost/json.hpp>

#include <optional>
#include <string_view>

namespace wavetank::sim {

[[nodiscard]] mesh::HealthCheck read_health_check(ProtoFields& fields);
[[nodiscard]] mesh::OutlierDetection read_outlier_detection(ProtoFields& fields);

/// Reads the `typed_config` of a filter, also where it is a TypedStruct; nothing if it has nothing
/// to do. Its name stays empty.
[[nodiscard]] std::optional<mesh::HttpFilter> read_http_filter(ProtoFields& typed_config);

/// Finds what of a cluster that is merged into others is wrong or not followed.
void look_at_cluster(ProtoFields& cluster);

}  // namespace wavetank::sim
