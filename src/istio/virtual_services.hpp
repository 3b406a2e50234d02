#pragma once

/// \file
/// VirtualServices before anybody looks at them: names completed, delegates merged in.

#include "istio/model.hpp"

#include <set>
#include <string>
#include <vector>

namespace wavetank::istio {

/// One that has hosts, and who may see it. Without namespaces: all.
struct MergedVirtualService {
    ConfigPtr config;
    std::set<std::string, std::less<>> export_to;
};

/// Returns those that have hosts, the oldest first.
[[nodiscard]] std::vector<MergedVirtualService> merged_virtual_services(
    const std::vector<ConfigPtr>& virtual_services, const json::object& mesh_config);

/// Returns the routes of a VirtualService.
[[nodiscard]] std::vector<const json::object*> http_routes_of(const Config& virtual_service);

}  // namespace wavetank::istio
