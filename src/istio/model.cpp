#include "istio/model.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace wavetank::istio {
namespace {

constexpr std::string_view zone_label = "topology.kubernetes.io/zone";
constexpr std::string_view region_label = "topology.kubernetes.io/region";
constexpr std::string_view subzone_label = "topology.istio.io/subzone";

// Whether a DestinationRule, or a part of it, has proxies fetch certificates by name.
bool names_credentials(const json::object* part) {
    if (!text_in(message_in(part, "tls"), "credentialName").empty()) {
        return true;
    }
    const json::object* policy = message_in(part, "trafficPolicy");
    if (policy != nullptr && names_credentials(policy)) {
        return true;
    }
    for (const char* list : {"portLevelSettings", "subsets"}) {
        for (const json::object* each : messages_in(part, list)) {
            if (names_credentials(each)) {
                return true;
            }
        }
    }
    return false;
}

bool is_ip_address(std::string_view text) {
    return !text.empty() && (text.find(':') != std::string_view::npos ||
                             text.find_first_not_of("0123456789.") == std::string_view::npos);
}

// As Istio's `kube.ConvertProtocol`.
Protocol protocol_of_port(const json::object& port) {
    const std::string transport = text_in(&port, "protocol");
    if (transport == "UDP") {
        return Protocol::Udp;
    }
    std::string name = text_in(&port, "name");
    if (field(&port, "appProtocol") != nullptr) {
        name = text_in(&port, "appProtocol");
        if (name == "kubernetes.io/h2c") {
            return Protocol::Http2;
        }
        if (name == "kubernetes.io/ws") {
            return Protocol::Http;
        }
        if (name == "kubernetes.io/wss") {
            return Protocol::Https;
        }
    }
    if (equal_fold(name.substr(0, 8), "grpc-web")) {
        return Protocol::GrpcWeb;
    }
    const Protocol protocol = parse_protocol(std::string_view{name}.substr(0, name.find('-')));
    constexpr std::array<std::int64_t, 4> known_as_tcp{25, 53, 3306, 27017};
    const bool is_tcp = std::ranges::count(known_as_tcp, integer_in(&port, "port")) != 0;
    return protocol == Protocol::Unsupported && is_tcp ? Protocol::Tcp : protocol;
}

TrafficDistribution traffic_distribution_of(const json::object& service, const Labels& notes,
                                            const Labels& namespace_notes) {
    const auto read = [](const std::string& text) {
        return text == "prefersamezone" || text == "preferclose"
                   ? TrafficDistribution::PreferSameZone
               : text == "prefersamenode" ? TrafficDistribution::PreferSameNode
                                          : TrafficDistribution::Any;
    };
    const std::string given = text_in(message_in(&service, "spec"), "trafficDistribution");
    if (given == "PreferClose" || given == "PreferSameZone" || given == "PreferSameNode") {
        return read(lower_case(given));
    }
    constexpr std::string_view name = "networking.istio.io/traffic-distribution";
    const std::string note = lower_case(label_of(notes, name));
    return read(note.empty() ? lower_case(label_of(namespace_notes, name)) : note);
}

ServicePtr service_of(const json::object& object, const Labels& namespace_notes) {
    const json::object* metadata = message_in(&object, "metadata");
    const json::object* spec = message_in(&object, "spec");
    auto service = std::make_shared<IstioService>();
    service->name = text_in(metadata, "name");
    service->namespace_ = text_in(metadata, "namespace");
    service->hostname =
        service->name + "." + service->namespace_ + ".svc." + std::string{cluster_domain};
    service->created = text_in(metadata, "creationTimestamp");
    service->labels = labels_in(metadata, "labels");
    const std::string address = text_in(spec, "clusterIP");
    if (address == "None") {
        service->resolution = Resolution::Passthrough;
    } else if (!address.empty()) {
        service->addresses = {address};  // those of the other family no proxy of this one is told
    }
    for (const json::object* port : messages_in(spec, "ports")) {
        service->ports.push_back({.name = text_in(port, "name"),
                                  .port = static_cast<std::uint32_t>(integer_in(port, "port")),
                                  .protocol = protocol_of_port(*port)});
    }
    const Labels notes = labels_in(metadata, "annotations");
    for (const std::string& name : split(label_of(notes, "networking.istio.io/exportTo"), ',')) {
        const std::size_t start = name.find_first_not_of(' ');
        if (start != std::string::npos) {
            service->export_to.insert(name.substr(start, name.find_last_not_of(' ') - start + 1));
        }
    }
    service->traffic_distribution = traffic_distribution_of(object, notes, namespace_notes);
    service->is_node_local = text_in(spec, "internalTrafficPolicy") == "Local";
    return service;
}

// "r1/z1/s1": the slashes are there if anything is.
std::string locality_of(const Labels& labels) {
    const auto either = [&](std::string_view name, std::string_view old_name) {
        const std::string& value = label_of(labels, name);
        return value.empty() ? label_of(labels, old_name) : value;
    };
    const std::string region = either(region_label, "failure-domain.beta.kubernetes.io/region");
    const std::string zone = either(zone_label, "failure-domain.beta.kubernetes.io/zone");
    const std::string& subzone = label_of(labels, subzone_label);
    return region.empty() && zone.empty() && subzone.empty() ? std::string{}
                                                             : region + "/" + zone + "/" + subzone;
}

// As `endpointHealthStatus`: what is not ready and not known to stay is going.
IstioEndpoint::Health health_of(const json::object* conditions) {
    using Health = IstioEndpoint::Health;
    if (field(conditions, "ready") == nullptr || flag_in(conditions, "ready")) {
        return Health::Healthy;
    }
    return field(conditions, "terminating") == nullptr || flag_in(conditions, "terminating")
               ? Health::Terminating
               : Health::Unhealthy;
}

// Reads objects in the order in which they depend on each other.
class Reader {
public:
    Reader(Registry& registry, std::span<const json::object> objects)
        : registry_(registry), objects_(objects) {}

    void read() {
        for (const json::object& object : objects_) {
            const std::string kind = text_in(&object, "kind");
            const std::string name = text_in(message_in(&object, "metadata"), "name");
            if (kind == "Node") {
                nodes_[name] = labels_in(message_in(&object, "metadata"), "labels");
            } else if (kind == "Namespace") {
                namespace_notes_[name] = labels_in(message_in(&object, "metadata"), "annotations");
            } else if (kind == "Pod") {
                pods_[namespace_of(object) + "/" + name] = &object;
            }
        }
        for (const json::object& object : objects_) {
            read_one(object);
        }
        std::ranges::stable_sort(registry_.services, [](const auto& one, const auto& other) {
            return std::tie(one->created, one->name, one->namespace_) <
                   std::tie(other->created, other->name, other->namespace_);
        });
        std::ranges::stable_sort(registry_.virtual_services, [](const auto& one, const auto& two) {
            return is_older(*one, *two);
        });
    }

private:
    static std::string namespace_of(const json::object& object) {
        return text_in(message_in(&object, "metadata"), "namespace");
    }

    static bool is_of_group(const json::object& object, std::string_view group) {
        return text_in(&object, "apiVersion").starts_with(group);
    }

    void read_one(const json::object& object) {
        const std::string kind = text_in(&object, "kind");
        if (kind == "Service" && text_in(&object, "apiVersion") == "v1") {
            if (text_in(message_in(&object, "spec"), "type") == "ExternalName") {
                registry_.note(name_of(object) + ": type ExternalName");
                return;
            }
            registry_.services.push_back(
                service_of(object, namespace_notes_[namespace_of(object)]));
        } else if (kind == "EndpointSlice") {
            read_slice(object);
        } else if (is_of_group(object, "networking.istio.io/")) {
            read_istio(object, kind);
        } else if (kind == "HTTPRoute") {
            registry_.http_routes.push_back(
                {.kind = kind,
                 .name = text_in(message_in(&object, "metadata"), "name"),
                 .namespace_ = namespace_of(object),
                 .json = object});
        } else if (is_of_group(object, "gateway.networking.k8s.io/") && kind != "ReferenceGrant") {
            registry_.note(name_of(object));
        }
    }

    static std::string name_of(const json::object& object) {
        return text_in(&object, "kind") + " " + namespace_of(object) + "/" +
               text_in(message_in(&object, "metadata"), "name");
    }

    void read_istio(const json::object& object, const std::string& kind) {
        auto config = std::make_shared<Config>();
        const json::object* metadata = message_in(&object, "metadata");
        config->kind = kind;
        config->name = text_in(metadata, "name");
        config->namespace_ = text_in(metadata, "namespace");
        config->created = text_in(metadata, "creationTimestamp");
        config->origin = name_of(object);
        if (const json::object* spec = message_in(&object, "spec")) {
            config->spec = *spec;
        }
        if (kind == "VirtualService") {
            registry_.virtual_services.push_back(std::move(config));
        } else if (kind == "DestinationRule") {
            if (message_in(&config->spec, "workloadSelector") != nullptr &&
                names_credentials(&config->spec)) {
                registry_.note(config->origin + ": tls");
            }
            registry_.destination_rules.push_back(std::move(config));
        } else if (kind == "Sidecar") {
            registry_.sidecars.push_back(std::move(config));
        } else if (kind == "ServiceEntry") {
            read_service_entry(*config);
        } else {
            registry_.note(config->origin);
        }
    }

    void read_slice(const json::object& slice) {
        const json::object* metadata = message_in(&slice, "metadata");
        const Labels labels = labels_in(metadata, "labels");
        const std::string& service = label_of(labels, "kubernetes.io/service-name");
        if (service.empty() || text_in(&slice, "addressType") == "FQDN") {
            return;
        }
        const std::string namespace_ = text_in(metadata, "namespace");
        auto& endpoints = registry_.endpoints[namespace_ + "/" + service + "." + namespace_ +
                                              ".svc." + std::string{cluster_domain}];
        for (const json::object* listed : messages_in(&slice, "endpoints")) {
            const json::object* target = message_in(listed, "targetRef");
            const json::object* pod = nullptr;
            if (text_in(target, "kind") == "Pod") {
                const auto found = pods_.find(namespace_ + "/" + text_in(target, "name"));
                if (found == pods_.end()) {
                    continue;  // it is waited for
                }
                pod = found->second;
            }
            for (const json::object* port : messages_in(&slice, "ports")) {
                for (const std::string& address : texts_in(listed, "addresses")) {
                    IstioEndpoint endpoint = endpoint_of(pod);
                    endpoint.address = address;
                    endpoint.port = static_cast<std::uint32_t>(integer_in(port, "port"));
                    endpoint.service_port_name = text_in(port, "name");
                    endpoint.health = health_of(message_in(listed, "conditions"));
                    endpoints.push_back(std::move(endpoint));
                }
            }
        }
    }

    IstioEndpoint endpoint_of(const json::object* pod) {
        IstioEndpoint endpoint;
        if (pod == nullptr) {
            return endpoint;
        }
        Labels labels = labels_in(message_in(pod, "metadata"), "labels");
        endpoint.node = text_in(message_in(pod, "spec"), "nodeName");
        std::string own = label_of(labels, "istio-locality");
        std::ranges::replace(own, '.', '/');
        endpoint.locality = own.empty() ? locality_of(nodes_[endpoint.node]) : own;
        endpoint.labels = augmented_labels(std::move(labels), endpoint.locality, endpoint.node);
        return endpoint;
    }

    void read_service_entry(const Config& entry) {
        const json::object* spec = &entry.spec;
        const std::string resolution = text_in(spec, "resolution");
        registry_.service_entries[entry.key()] = texts_in(spec, "hosts");
        if (resolution != "STATIC" && resolution != "NONE" && !resolution.empty()) {
            registry_.note(entry.origin + ": resolution " + resolution);
            return;
        }
        if (message_in(spec, "workloadSelector") != nullptr) {
            registry_.note(entry.origin + ": workloadSelector");
            return;
        }
        for (const std::string& host : texts_in(spec, "hosts")) {
            auto service = std::make_shared<IstioService>();
            service->hostname = host;
            service->namespace_ = entry.namespace_;
            service->name = host;
            service->created = entry.created;
            service->is_kubernetes = false;
            service->resolution =
                resolution == "STATIC" ? Resolution::ClientSideLb : Resolution::Passthrough;
            service->addresses = texts_in(spec, "addresses");
            for (const std::string& name : texts_in(spec, "exportTo")) {
                service->export_to.insert(name);
            }
            for (const json::object* port : messages_in(spec, "ports")) {
                service->ports.push_back(
                    {.name = text_in(port, "name"),
                     .port = static_cast<std::uint32_t>(integer_in(port, "number")),
                     .protocol = parse_protocol(text_in(port, "protocol"))});
                for (const json::object* listed : messages_in(spec, "endpoints")) {
                    add_entry_endpoint(entry, host, *port, *listed);
                }
            }
            registry_.services.push_back(std::move(service));
        }
    }

    void add_entry_endpoint(const Config& entry, const std::string& host, const json::object& port,
                            const json::object& listed) {
        IstioEndpoint endpoint;
        endpoint.address = text_in(&listed, "address");
        endpoint.service_port_name = text_in(&port, "name");
        endpoint.locality = text_in(&listed, "locality");
        endpoint.weight =
            std::max<std::uint32_t>(1, static_cast<std::uint32_t>(integer_in(&listed, "weight")));
        endpoint.labels =
            augmented_labels(labels_in(&listed, "labels"), endpoint.locality, std::string{});
        std::int64_t number = integer_in(message_in(&listed, "ports"), endpoint.service_port_name);
        number = number != 0 ? number : integer_in(&port, "targetPort");
        endpoint.port =
            static_cast<std::uint32_t>(number != 0 ? number : integer_in(&port, "number"));
        registry_.endpoints[entry.namespace_ + "/" + host].push_back(std::move(endpoint));
    }

    Registry& registry_;
    std::span<const json::object> objects_;
    std::map<std::string, Labels, std::less<>> nodes_;
    std::map<std::string, Labels, std::less<>> namespace_notes_;
    std::map<std::string, const json::object*, std::less<>> pods_;
};

}  // namespace

Protocol parse_protocol(std::string_view text) {
    static const std::map<std::string, Protocol, std::less<>> names{
        {"tcp", Protocol::Tcp},     {"udp", Protocol::Udp},
        {"grpc", Protocol::Grpc},   {"grpc-web", Protocol::GrpcWeb},
        {"http", Protocol::Http},   {"http_proxy", Protocol::HttpProxy},
        {"http2", Protocol::Http2}, {"https", Protocol::Https},
        {"tls", Protocol::Tls},     {"mongo", Protocol::Mongo},
        {"redis", Protocol::Redis}, {"mysql", Protocol::MySql}};
    const auto found = names.find(lower_case(text));
    return found == names.end() ? Protocol::Unsupported : found->second;
}

bool is_http(Protocol protocol) {
    return protocol == Protocol::Http || protocol == Protocol::HttpProxy || is_http2(protocol);
}

bool is_http2(Protocol protocol) {
    return protocol == Protocol::Http2 || protocol == Protocol::Grpc ||
           protocol == Protocol::GrpcWeb;
}

bool is_http_or_sniffed(Protocol protocol) {
    return is_http(protocol) || protocol == Protocol::Unsupported;
}

bool is_wildcard(std::string_view host) {
    return host.starts_with('*');
}

bool hosts_match(std::string_view one, std::string_view other) {
    if (is_wildcard(one) && is_wildcard(other)) {
        return one.size() < other.size() ? other.substr(1).ends_with(one.substr(1))
                                         : one.substr(1).ends_with(other.substr(1));
    }
    if (is_wildcard(one)) {
        return other.ends_with(one.substr(1));
    }
    return is_wildcard(other) ? one.ends_with(other.substr(1)) : one == other;
}

bool is_host_subset(std::string_view one, std::string_view other) {
    if (is_wildcard(one)) {
        return is_wildcard(other) && one.size() >= other.size() &&
               one.substr(1).ends_with(other.substr(1));
    }
    return is_wildcard(other) ? one.ends_with(other.substr(1)) : one == other;
}

std::string resolve_short_name(const std::string& host, const std::string& namespace_) {
    if (host.empty() || host == "*" || host.find('.') != std::string::npos || is_ip_address(host)) {
        return host;
    }
    return host + (namespace_.empty() ? "" : "." + namespace_) + ".svc." +
           std::string{cluster_domain};
}

const ServicePort* IstioService::port_of(std::uint32_t number) const {
    const auto found = std::ranges::find(ports, number, &ServicePort::port);
    return found == ports.end() ? nullptr : &*found;
}

bool is_older(const Config& one, const Config& other) {
    return std::tie(one.created, one.name, one.namespace_) <
           std::tie(other.created, other.name, other.namespace_);
}

Registry::Registry(std::span<const json::object> objects, const json::object& mesh)
    : mesh_config(mesh) {
    if (field(&mesh_config, "rootNamespace") != nullptr) {
        root_namespace = text_in(&mesh_config, "rootNamespace");
    }
    Reader{*this, objects}.read();
}

bool Registry::has_kubernetes_service(const std::string& namespace_,
                                      const std::string& name) const {
    return std::ranges::any_of(services, [&](const ServicePtr& service) {
        return service->is_kubernetes && service->namespace_ == namespace_ && service->name == name;
    });
}

Labels augmented_labels(Labels labels, std::string_view locality, const std::string& node) {
    const LocalityName place = split_locality(locality);
    const auto set = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            labels[std::string{name}] = value;
        }
    };
    set(region_label, place.region);
    set(zone_label, place.zone);
    set(subzone_label, place.sub_zone);
    set("topology.istio.io/cluster", "Kubernetes");
    set("kubernetes.io/hostname", node);
    return labels;
}

LocalityName split_locality(std::string_view text) {
    const std::vector<std::string> parts = split(text, '/');
    return {.region = parts[0],
            .zone = parts.size() > 1 ? parts[1] : "",
            .sub_zone = parts.size() > 2 ? parts[2] : ""};
}

}  // namespace wavetank::istio
