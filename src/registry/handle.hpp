#pragma once

/// \file
/// Which kind answers a request, and how are manifests applied?

#include "registry/cluster.hpp"

#include <wavetank/base/error.hpp>
#include <wavetank/registry/request.hpp>

#include <boost/json.hpp>

#include <span>
#include <vector>

namespace wavetank::registry {

[[nodiscard]] ApiResponse handle_request(Cluster& cluster, const ApiRequest& request);

/// Creates or replaces all of the objects, or none.
[[nodiscard]] std::vector<Error> apply_objects(Cluster& cluster,
                                               std::span<const boost::json::object> objects);

}  // namespace wavetank::registry
