#pragma once

/// \file
/// The cluster as Istio's registry has it: services with their hostnames, endpoints, and the
/// configuration objects.

#include "istio/json_fields.hpp"

#include <wavetank/istio/push_context.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::istio {

inline constexpr std::string_view cluster_domain = "cluster.local";

enum class Protocol : std::uint8_t {
    Tcp,
    Udp,
    Grpc,
    GrpcWeb,
    Http,
    HttpProxy,
    Http2,
    Https,
    Tls,
    Mongo,
    Redis,
    MySql,
    Unsupported,  ///< detected when a connection comes
};

[[nodiscard]] Protocol parse_protocol(std::string_view text);
[[nodiscard]] bool is_http(Protocol protocol);
[[nodiscard]] bool is_http2(Protocol protocol);
[[nodiscard]] bool is_http_or_sniffed(Protocol protocol);

/// A hostname, with a wildcard in front or not, as Istio's `host.Name`.
[[nodiscard]] bool is_wildcard(std::string_view host);
/// Tells whether the two overlap.
[[nodiscard]] bool hosts_match(std::string_view one, std::string_view other);
/// Tells whether `other` covers `one`.
[[nodiscard]] bool is_host_subset(std::string_view one, std::string_view other);

/// Completes a name without dots within a namespace.
[[nodiscard]] std::string resolve_short_name(const std::string& host,
                                             const std::string& namespace_);

struct ServicePort {
    std::string name;
    std::uint32_t port = 0;
    Protocol protocol = Protocol::Unsupported;
};

enum class Resolution : std::uint8_t { ClientSideLb, Passthrough };

enum class TrafficDistribution : std::uint8_t { Any, PreferSameZone, PreferSameNode };

struct IstioService {
    std::string hostname;
    std::string namespace_;
    std::string name;
    std::vector<std::string> addresses;
    std::vector<ServicePort> ports;
    Resolution resolution = Resolution::ClientSideLb;
    bool is_kubernetes = true;
    Labels labels;
    std::set<std::string, std::less<>> export_to;  // empty: the default
    TrafficDistribution traffic_distribution = TrafficDistribution::Any;
    bool is_node_local = false;
    std::string created;

    [[nodiscard]] const ServicePort* port_of(std::uint32_t number) const;
};

using ServicePtr = std::shared_ptr<const IstioService>;

struct IstioEndpoint {
    enum class Health : std::uint8_t { Unknown, Healthy, Unhealthy, Terminating };

    std::string address;
    std::uint32_t port = 0;
    std::string service_port_name;
    Labels labels;
    std::string locality;
    std::string node;
    Health health = Health::Unknown;
    std::uint32_t weight = 1;
};

/// An object of Istio. `created` orders as time does.
struct Config {
    std::string kind;
    std::string name;
    std::string namespace_;
    std::string created;
    json::object spec;
    bool has_gateway_semantics = false;  // made of an HTTPRoute
    std::string origin;                  // who wrote it: "VirtualService default/reviews"

    [[nodiscard]] std::string key() const {
        return namespace_ + "/" + name;
    }
};

using ConfigPtr = std::shared_ptr<const Config>;

/// Tells which of two came first: by age, then name, then namespace.
[[nodiscard]] bool is_older(const Config& one, const Config& other);

/// An object of Gateway API or Kubernetes that is read where it is needed.
struct RawObject {
    std::string kind;
    std::string name;
    std::string namespace_;
    json::object json;
};

/// Everything that was read.
struct Registry {
    json::object mesh_config;
    std::string root_namespace = "istio-system";
    std::vector<ServicePtr> services;                                          // the oldest first
    std::map<std::string, std::vector<IstioEndpoint>, std::less<>> endpoints;  // by namespace/host
    std::vector<ConfigPtr> virtual_services;
    std::vector<ConfigPtr> destination_rules;
    std::vector<ConfigPtr> sidecars;
    std::vector<RawObject> http_routes;
    std::map<std::string, std::vector<std::string>, std::less<>> service_entries;  // their hosts
    std::vector<std::string> not_understood;

    Registry(std::span<const json::object> objects, const json::object& mesh);

    [[nodiscard]] bool has_kubernetes_service(const std::string& namespace_,
                                              const std::string& name) const;
    void note(std::string what) {
        not_understood.push_back(std::move(what));
    }
};

/// Returns a proxy's labels together with those of the place where it is.
[[nodiscard]] Labels augmented_labels(Labels labels, std::string_view locality,
                                      const std::string& node);

struct LocalityName {
    std::string region;
    std::string zone;
    std::string sub_zone;
};

[[nodiscard]] LocalityName split_locality(std::string_view text);

}  // namespace wavetank::istio
