#pragma once

/// \file
/// Which resource does a request's target name, and with which parameters?

#include <wavetank/api/scheme.hpp>
#include <wavetank/base/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace wavetank::registry {

/// A target, taken apart.
struct Route {
    const api::KindInfo* kind = nullptr;  ///< never null in a parsed route
    std::string namespace_;               ///< empty: cluster-scoped, or all namespaces
    std::string name;                     ///< empty: the collection
    std::string subresource;
    std::map<std::string, std::string> query;

    /// Returns the parameter; empty if it was not given.
    [[nodiscard]] const std::string& parameter(const std::string& key) const;
};

/// Reads "/apis/apps/v1/namespaces/default/deployments/web/scale?x=y".
/// Errors: `NotFound`, if no resource is served there.
[[nodiscard]] Result<Route> parse_route(std::string_view target);

}  // namespace wavetank::registry
