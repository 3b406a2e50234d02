#pragma once

/// \file
/// What does Istio's control plane tell a client's proxy? Services, VirtualServices,
/// DestinationRules, HTTPRoutes, Sidecars, ServiceEntries and endpoints in; route configurations,
/// clusters and load assignments out, as proto JSON under the names of Envoy's v3 API.
///
/// It follows istiod 1.31 with all features at their defaults. Objects are read as JSON and are
/// taken to have passed `validate()`.

#include <wavetank/base/result.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace wavetank::istio {

/// The client whose proxy is told.
struct Proxy {
    std::string namespace_ = "default";
    std::map<std::string, std::string, std::less<>> labels{};
    std::string locality{};  ///< "region/zone/subzone", as much of it as is known
    std::string node{};
    /// The controller of its pod, "ReplicaSet/web-5d8f", if it knows of that one's other proxies
    /// (ISTIO_META_ENABLE_SELF_DISCOVERY); else empty.
    std::string workload{};
};

/// One endpoint of a port of a Service.
struct Endpoint {
    std::string address{};
    std::uint32_t port = 0;
    std::map<std::string, std::string, std::less<>> labels{};  ///< of its pod
    std::string locality{};                                    ///< as a proxy's
    std::string node{};
    bool is_ready = true;
};

/// One state of the cluster, from which proxies are told.
class PushContext {
public:
    /// Reads the objects: Service, Pod, Node, Namespace, EndpointSlice, and those of Istio and
    /// Gateway API. Other kinds are passed over. `mesh_config` overlays Istio's defaults.
    explicit PushContext(std::span<const boost::json::object> objects,
                         const boost::json::object& mesh_config = {});
    PushContext(PushContext&&) noexcept;
    PushContext& operator=(PushContext&&) noexcept;
    ~PushContext();

    /// Returns the proxy's v3 `RouteConfiguration`s by name: "80", or "host:port" for ports whose
    /// protocol is detected. Virtual hosts are ordered by name, the one for all other hosts last.
    [[nodiscard]] boost::json::object route_configurations(const Proxy& proxy) const;

    /// Returns the v3 `Cluster`s of the Services that it sees ("outbound|80|v1|host"), by name.
    /// Transport sockets, metadata and names of statistics are left out.
    [[nodiscard]] boost::json::object clusters(const Proxy& proxy) const;

    /// Returns, for the clusters of type EDS, the localities with priority, weight and
    /// `lb_endpoints` (`address`, `health_status`, `load_balancing_weight`).
    [[nodiscard]] boost::json::object load_assignments(const Proxy& proxy) const;

    /// Returns the same for one cluster, if `endpoints` are all that its port has, whatever was
    /// read. Those of a subset are picked by their labels. Empty if there is no such cluster.
    [[nodiscard]] boost::json::array load_assignment(const Proxy& proxy, const std::string& cluster,
                                                     std::span<const Endpoint> endpoints) const;

    /// Returns the status of each HTTPRoute, by "namespace/name".
    [[nodiscard]] boost::json::object http_route_statuses() const;

    /// Returns which object a virtual host of a route configuration comes from
    /// ("VirtualService default/reviews"), by the names of both; those without are left out.
    [[nodiscard]] std::map<std::string, std::map<std::string, std::string>> sources(
        const Proxy& proxy) const;

    /// Returns the DestinationRules behind the cluster of a host, as "namespace/name"; none if
    /// there are none.
    [[nodiscard]] std::vector<std::string> destination_rules_of(const Proxy& proxy,
                                                                const std::string& host) const;

    /// Returns what objects ask for and nobody here understands: "ServiceEntry default/ext:
    /// resolution DNS". What is said there is not in the results.
    [[nodiscard]] const std::vector<std::string>& not_understood() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::istio
