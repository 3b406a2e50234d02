#pragma once

/// \file
/// What do EnvoyFilters add to what Istio tells proxies?
///
/// A run follows patches that are merged into clusters, routes and virtual hosts, and HTTP filters
/// that are put before the router: as far as `envoy_words` understands what they say. An
/// EnvoyFilter that says anything else is left out whole.

#include "sim/cluster/proto_fields.hpp"

#include <wavetank/istio/push_context.hpp>
#include <wavetank/mesh/http_filter.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::sim {

/// One of an EnvoyFilter's patches. What a match does not say may be anything.
struct EnvoyPatch {
    enum class ApplyTo : std::uint8_t { Cluster, VirtualHost, HttpRoute, HttpFilter };
    enum class Context : std::uint8_t { Any, SidecarInbound, SidecarOutbound };

    ApplyTo apply_to = ApplyTo::Cluster;
    Context context = Context::Any;
    std::uint32_t port = 0;
    std::string name{};  ///< of the cluster, the route configuration or the listener
    std::string service{};
    std::optional<std::string> subset{};
    std::string virtual_host{};
    std::string domain{};
    std::string route{};
    std::string action{};
    bool goes_first = false;  ///< of filters: before all others
    /// What is merged, in snake_case; of a filter, its name and its `typed_config`.
    boost::json::object value{};
};

struct EnvoyFilter {
    std::string namespace_{};
    std::string name{};
    std::int32_t priority = 0;
    std::map<std::string, std::string> labels{};  ///< of the workloads; empty: all of them
    std::vector<EnvoyPatch> patches{};
};

/// Reads one; what is wrong with it or not followed goes to `problems`.
[[nodiscard]] EnvoyFilter read_envoy_filter(const boost::json::object& object,
                                            ProtoProblems& problems);

/// Merges `value` into `to` as protobuf has it: objects member by member, lists one after the
/// other, all else in place of what was there.
void merge_proto(boost::json::object& to, const boost::json::object& value);

/// The EnvoyFilters that there are.
class EnvoyFilters {
public:
    /// Adds one, or puts it in the place of the one of its name.
    void apply(EnvoyFilter filter);
    /// Returns whether there was one.
    bool remove(std::string_view namespace_, std::string_view name);

    /// Tells whether labels of workloads matter to any.
    [[nodiscard]] bool asks_who() const;
    /// Tells whether any is for what comes in to workloads.
    [[nodiscard]] bool has_inbound() const;
    [[nodiscard]] bool has_inbound(std::string_view namespace_, std::string_view name) const;

    /// Merges what they say of a cluster into what a client's proxy is told of it. Returns whether
    /// they say anything.
    bool patch_cluster(const istio::Proxy& client, std::string_view name,
                       boost::json::object& cluster) const;
    /// The same for a route configuration.
    bool patch_routes(const istio::Proxy& client, std::string_view name,
                      boost::json::object& configuration) const;

    /// Returns the filters that a client's proxy has for what it sends to a port; `overrides` are
    /// the `typed_per_filter_config` of the virtual host and the route, the latter last, and
    /// `where` names the route.
    [[nodiscard]] std::vector<mesh::HttpFilter> outbound(
        const istio::Proxy& client, std::uint32_t port,
        const std::vector<const boost::json::object*>& overrides, const std::string& where) const;
    /// Returns those of a workload's own proxy for what comes in to one of the ports.
    [[nodiscard]] std::vector<mesh::HttpFilter> inbound(
        const istio::Proxy& workload, const std::vector<std::uint32_t>& ports) const;

private:
    struct Applied {
        const EnvoyFilter* of;
        const EnvoyPatch* patch;
        std::size_t number;  // among its patches
    };
    [[nodiscard]] std::vector<Applied> patches_for(const istio::Proxy& proxy,
                                                   EnvoyPatch::ApplyTo apply_to,
                                                   EnvoyPatch::Context context) const;

    std::vector<EnvoyFilter> filters_;  // in the order in which they are applied
};

}  // namespace wavetank::sim
