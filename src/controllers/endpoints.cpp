#include "controllers/endpoints.hpp"

#include "controllers/pods.hpp"

#include <algorithm>
#include <span>
#include <tuple>

namespace wavetank::controllers {
namespace {

using api::corev1::Container;
using api::corev1::Pod;
using api::corev1::Service;
using api::corev1::ServicePort;
using api::discoveryv1::Endpoint;
using api::discoveryv1::EndpointBody;
using api::discoveryv1::EndpointHints;
using api::discoveryv1::EndpointPort;
using api::discoveryv1::TargetBody;

constexpr const char* headless_label = "service.kubernetes.io/headless";

std::optional<std::int32_t> named_port(std::span<const Container> containers,
                                       const ServicePort& wanted) {
    for (const Container& container : containers) {
        for (const auto& port : container.ports) {
            if (port.name == wanted.targetPort.string_value() && port.protocol == wanted.protocol) {
                return port.containerPort;
            }
        }
    }
    return std::nullopt;
}

/// Finds the number behind a target port; names may be those of sidecars, too.
std::optional<std::int32_t> find_port(const Pod& pod, const ServicePort& wanted) {
    if (!wanted.targetPort.is_string()) {
        return static_cast<std::int32_t>(wanted.targetPort.int_value());
    }
    if (const auto port = named_port(pod.spec->containers, wanted)) {
        return port;
    }
    for (const Container& container : pod.spec->initContainers) {
        if (container.restartPolicy == "Always") {
            if (const auto port = named_port({&container, 1}, wanted)) {
                return port;
            }
        }
    }
    return std::nullopt;
}

bool is_ipv6(std::string_view address) {
    return address.find(':') != std::string_view::npos;
}

/// Keeps traffic near (upstream's `preferCloseHeuristic`). Only ready endpoints get hints.
void add_hints(EndpointBody& body, const std::string& node,
               const std::optional<std::string>& distribution) {
    const bool same_node = distribution == "PreferSameNode";
    if (!same_node && distribution != "PreferClose" && distribution != "PreferSameZone") {
        return;
    }
    EndpointHints hints;
    if (body.zone) {
        hints.forZones.push_back({.name = *body.zone});
    }
    if (!node.empty() && same_node) {
        hints.forNodes.push_back({.name = node});
    }
    if (*body.conditions.ready && !(hints == EndpointHints{})) {
        body.hints = std::move(hints);
    }
}

/// Tells whether hints follow the Service's topology annotation instead, which is not modelled.
bool has_topology_mode(const Service& service) {
    const auto& annotations = *service.metadata.annotations;
    auto mode = annotations.find("service.kubernetes.io/topology-aware-hints");
    if (mode == annotations.end()) {
        mode = annotations.find("service.kubernetes.io/topology-mode");
    }
    return mode != annotations.end() && (mode->second == "Auto" || mode->second == "auto");
}

EndpointBody endpoint_body(const Service& service, const Pod& pod, const api::Text& zone) {
    const bool serving = is_ready(pod);
    const bool terminating = pod.metadata.deletionTimestamp.has_value();
    EndpointBody body{
        .conditions = {.ready = service.spec.publishNotReadyAddresses || (serving && !terminating),
                       .serving = serving,
                       .terminating = terminating}};
    if (!zone.empty()) {
        body.zone = zone;
    }
    if (!pod.spec.hostname->empty() && pod.spec->subdomain == service.metadata.name) {
        body.hostname = *pod.spec.hostname;
    }
    if (!has_topology_mode(service)) {
        add_hints(body, pod.spec.nodeName, service.spec.trafficDistribution);
    }
    return body;
}

}  // namespace

bool belongs_in_endpoints(const Pod& pod) {
    return !is_terminal(pod) && !(pod.status.podIP.empty() && pod.status.podIPs.empty());
}

bool endpoint_changed(const Pod& before, const Pod& pod) {
    return !(before.metadata.labels == pod.metadata.labels) ||
           !(before.spec.hostname == pod.spec.hostname) ||
           before.spec->subdomain != pod.spec->subdomain ||
           before.metadata.deletionTimestamp != pod.metadata.deletionTimestamp ||
           is_ready(before) != is_ready(pod) || before.status.podIPs != pod.status.podIPs;
}

std::vector<std::string> address_types(const Service& service) {
    std::vector<std::string> types;
    for (const std::string& family : service.spec.ipFamilies) {
        if ((family == "IPv4" || family == "IPv6") && std::ranges::count(types, family) == 0) {
            types.push_back(family);
        }
    }
    if (!types.empty()) {
        return types;
    }
    if (!service.spec.clusterIP.empty() && service.spec.clusterIP != "None") {
        return {is_ipv6(service.spec.clusterIP) ? "IPv6" : "IPv4"};
    }
    return {"IPv4", "IPv6"};
}

std::vector<EndpointPort> endpoint_ports(const Service& service, const Pod& pod) {
    std::vector<EndpointPort> ports;
    for (const ServicePort& port : service.spec.ports) {
        if (const auto number = find_port(pod, port)) {
            ports.push_back({.name = port.name,
                             .protocol = port.protocol,
                             .port = *number,
                             .appProtocol = port.appProtocol});
        }
    }
    std::ranges::sort(ports, {}, [](const EndpointPort& port) {
        return std::tie(port.name, port.protocol, port.port, port.appProtocol);
    });
    return ports;
}

std::string port_key(const std::vector<EndpointPort>& ports) {
    std::vector<std::string> texts;
    for (const EndpointPort& port : ports) {
        texts.push_back(port.name.value_or("") + "/" + port.protocol.value_or("") + "/" +
                        (port.port ? std::to_string(*port.port) : "") + "/" +
                        port.appProtocol.value_or("") + ";");
    }
    std::ranges::sort(texts);
    std::string key;
    for (const std::string& text : texts) {
        key += text;
    }
    return key;
}

Endpoint EndpointMaker::make(const Service& service, const Pod& pod, const api::Text& zone,
                             std::string_view address_type) {
    Endpoint endpoint;
    for (const auto& address : pod.status.podIPs) {
        if (is_ipv6(address.ip.str()) == (address_type == "IPv6")) {
            endpoint.addresses.push_back(address.ip);
        }
    }
    endpoint.body = bodies_.share(endpoint_body(service, pod, zone));
    endpoint.targetRef.emplace() = {
        .name = pod.metadata.name,
        .uid = pod.metadata.uid,
        .body = targets_.share(TargetBody{.kind = "Pod", .namespace_ = pod.metadata.namespace_})};
    if (!pod.spec.nodeName.empty()) {
        endpoint.nodeName = pod.spec.nodeName;
    }
    return endpoint;
}

api::StringMap slice_labels(const Service& service) {
    api::StringMap labels = *service.metadata.labels;
    labels.erase(headless_label);
    if (service.spec.clusterIP.empty() || service.spec.clusterIP == "None") {
        labels[headless_label] = "";
    }
    labels[service_name_label] = service.metadata.name;
    labels[managed_by_label] = slice_manager;
    return labels;
}

}  // namespace wavetank::controllers
