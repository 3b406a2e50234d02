#pragma once

/// \file
/// Which of what Istio's and Gateway API's objects say is simulated?
///
/// `istio::PushContext` understands them; a run follows what says where requests go and who gets
/// copies, what is done to them on purpose, for how long they may take, how often they are sent
/// again, how many connections and requests there may be, which replica is picked, and which are
/// left out for how they answer. An object that says anything else that
/// would change what becomes of a request is left out whole, and the report says so: half of it
/// would be something that nobody wrote.

#include "sim/cluster/mesh_routes.hpp"

#include <wavetank/base/result.hpp>
#include <wavetank/codec/manifest.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {

/// Tells whether an object is a VirtualService, a DestinationRule, an EnvoyFilter or an HTTPRoute.
[[nodiscard]] bool is_of_istio(const codec::ManifestObject& object);
[[nodiscard]] bool is_of_istio(const boost::json::object& object);
[[nodiscard]] bool is_kind_of_istio(std::string_view kind);

/// What a run makes of one.
struct IstioReading {
    std::optional<std::string> error{};    ///< why Istio refuses it, in Istio's words
    std::string not_simulated{};           ///< its field for which it is left out; empty: it is not
    std::vector<std::string> no_effect{};  ///< its fields that nothing here depends on
    /// Those that need proxies that know of one another.
    std::vector<std::string> needs_discovery{};
};
[[nodiscard]] IstioReading read_istio(const boost::json::object& object);

/// Reads one of a manifest. Errors: what Istio would refuse goes to `errors`, with its place. What
/// is not simulated goes to `left_out`, for people; what of it changes nothing unless proxies know
/// of one another, to `needs_discovery`. Returns whether it counts.
[[nodiscard]] bool add_istio(const codec::ManifestObject& object, std::vector<Error>& errors,
                             std::vector<std::string>& left_out,
                             std::vector<std::string>& needs_discovery);

/// Reads one that comes during a run. Errors: what Istio refuses; that it is not simulated.
[[nodiscard]] Result<void> apply_istio(MeshRoutes& routes, const boost::json::object& object);

}  // namespace wavetank::sim
