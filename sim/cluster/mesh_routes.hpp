#pragma once

/// \file
/// Where do the requests of a client go, as Istio's control plane tells its proxy?

#include "sim/cluster/envoy_filter.hpp"

#include <wavetank/base/result.hpp>
#include <wavetank/istio/push_context.hpp>
#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/mesh/route_policy.hpp>
#include <wavetank/mesh/route_table.hpp>
#include <wavetank/store/store.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wavetank::sim {

/// One way for requests to go: a part of a Service.
struct MeshCluster {
    std::string name{};  ///< "outbound|80|v1|reviews.default.svc.cluster.local"
    std::string subset{};
    store::Key service{};
    std::int32_t port = 0;
    std::map<std::string, std::string> labels{};  ///< of its pods; empty: all of them
    bool exists = false;                          ///< else requests are answered
    std::uint16_t status_if_missing = 503;        ///< with this
    std::uint32_t weight = 1;
    mesh::RoutePolicy policy{};
    std::vector<std::string> rules{};        ///< DestinationRules of its host, "namespace/name"
    bool is_patched = false;                 ///< by an EnvoyFilter
    std::optional<mesh::Request> changed{};  ///< the request as it goes there, if not as it came
    std::optional<mesh::ResponseChanges> response_changes{};  ///< of answers that come from there
    std::string told{};                                       ///< all that Istio says of it
};

/// Where copies of requests go.
struct MeshMirror {
    MeshCluster cluster{};
    mesh::FractionalPercent fraction{};
};

/// What a request meets.
struct MeshRoute {
    std::string virtual_host{};
    std::string source{};                      ///< "VirtualService default/reviews"; may be empty
    std::string name{};                        ///< of the route, if it has one
    std::optional<mesh::RouteMatch> match{};   ///< nothing: no route is for it
    std::vector<std::string> rules_of_host{};  ///< DestinationRules, "namespace/name"
    std::vector<MeshCluster> clusters{};       ///< none: the proxy answers
    std::uint16_t status = 503;                ///< with this
    std::optional<mesh::Response> answer{};    ///< that in full, as routes have it
    std::optional<mesh::ResponseChanges> response_changes{};  ///< of that answer
    std::vector<MeshMirror> mirrors{};
    std::optional<mesh::HttpFault> fault{};
    std::vector<mesh::HttpFilter> filters{};
    bool is_patched = false;    ///< by an EnvoyFilter, or one of its clusters is
    bool knows_others = false;  ///< the client's proxy does: it is aware of zones

    /// Whether more is said of it than that there is a Service.
    [[nodiscard]] bool is_told() const {
        return !source.empty() || !rules_of_host.empty() || is_patched || knows_others;
    }
};

/// Returns a text that is another one for a client that may be told something else.
[[nodiscard]] std::string client_name(const istio::Proxy& proxy);

/// Keeps the objects that say so, and what they mean together with the Services of a store.
class MeshRoutes {
public:
    /// Lifetime: the store outlives it.
    MeshRoutes(const store::Store& store, const std::vector<boost::json::object>& objects);

    /// Adds an object, or puts it in the place of the one of its name.
    void apply(const boost::json::object& object);
    /// Returns whether there was one.
    bool remove(const std::string& kind, const store::Key& key);
    /// Tells whether it is or was an EnvoyFilter of what comes in to pods.
    [[nodiscard]] bool changes_what_comes_in(const boost::json::object& object) const;
    /// Returns what the proxy of a pod does to requests that come in to one of the ports.
    [[nodiscard]] std::vector<mesh::HttpFilter> inbound_filters(
        const istio::Proxy& workload, const std::vector<std::uint32_t>& ports) const {
        return envoy_filters_.inbound(workload, ports);
    }
    /// Takes note that some proxies know of one another, so that they are aware of zones.
    void note_discovery();
    /// Takes note that Services changed.
    void services_changed();

    /// Rises with every change.
    [[nodiscard]] std::uint64_t version() const {
        return version_;
    }
    /// Returns a client less what does not matter to where its requests go: labels, unless any
    /// object asks who it is that calls; its locality and node, unless any asks where.
    [[nodiscard]] istio::Proxy as_it_counts(istio::Proxy client) const;

    /// Tells whether it matters where clients and endpoints are.
    [[nodiscard]] bool asks_where() const {
        return asks_where_;
    }

    /// Returns what a request to a port of a Service meets.
    [[nodiscard]] MeshRoute find(const istio::Proxy& proxy, const store::Key& service,
                                 std::int32_t port, const std::string& authority,
                                 const mesh::Request& request);

    /// Returns what a client's proxy is told of a cluster that has these endpoints: localities with
    /// priorities and weights.
    [[nodiscard]] mesh::ClusterLoadAssignment load_assignment(
        const istio::Proxy& proxy, const std::string& cluster,
        const std::vector<istio::Endpoint>& endpoints);

    /// Returns what they say that is not understood.
    [[nodiscard]] std::vector<std::string> not_understood();

    /// Returns all that istiod would look at: the objects and the Services.
    [[nodiscard]] std::vector<boost::json::object> objects() const;

private:
    // What one kind of client is told.
    struct Told {
        std::map<std::string, mesh::RouteTable> tables;
        boost::json::object clusters;
        std::map<std::string, std::map<std::string, std::string>> sources;
        std::set<std::string> patched;           // tables and clusters
        std::set<std::string> picked_otherwise;  // clusters whose balancer that changes
    };

    struct Sent;

    [[nodiscard]] const Told& told(const istio::Proxy& proxy);
    void add_clusters(MeshRoute& route, const Sent& sent, const mesh::RouteDecision& decision,
                      const istio::Proxy& proxy, const Told& told) const;
    [[nodiscard]] MeshCluster cluster_called(const std::string& name, const istio::Proxy& proxy,
                                             const Told& told) const;
    [[nodiscard]] std::map<std::string, std::string> labels_of(const std::string& subset,
                                                               const std::string& host,
                                                               const istio::Proxy& proxy) const;
    [[nodiscard]] std::vector<mesh::HttpFilter> filters_on(const mesh::RouteDecision& decision,
                                                           const istio::Proxy& proxy,
                                                           std::int32_t port,
                                                           const std::string& listener) const;
    [[nodiscard]] bool has_said_how_to_pick(const MeshCluster& cluster) const;
    void changed();

    const store::Store& store_;
    std::vector<boost::json::object> objects_;
    EnvoyFilters envoy_filters_;
    std::uint64_t version_ = 1;
    bool asks_who_calls_ = false;
    bool has_discovery_ = false;
    bool asks_where_ = false;
    bool asks_which_node_ = false;
    std::unique_ptr<istio::PushContext> context_;  // null: something has changed
    std::map<std::string, Told> told_;             // by client
};

}  // namespace wavetank::sim
