#include "registry/service_allocation.hpp"

#include "registry/ip.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace wavetank::registry {
namespace {

using api::corev1::Service;
using api::corev1::ServicePort;

constexpr std::string_view v4_family = "IPv4";

std::string strings_json(const std::vector<std::string>& values) {
    return values.empty()
               ? "null"
               : boost::json::serialize(boost::json::array(values.begin(), values.end()));
}

Error invalid_service(const Service& service, FieldErrors errors) {
    return invalid_error(resource_of(service), service.metadata.name, std::move(errors));
}

/// Chooses policy and families where the service leaves them open.
Result<> choose_families(Service& service, const Service* old) {
    auto& spec = service.spec;
    const bool selectorless_headless = spec.clusterIP == "None" && spec.selector.empty();
    if (!spec.ipFamilyPolicy) {
        if (old != nullptr && old->spec.ipFamilyPolicy) {
            spec.ipFamilyPolicy = old->spec.ipFamilyPolicy;
        } else {
            spec.ipFamilyPolicy = selectorless_headless ? "RequireDualStack" : "SingleStack";
        }
    }
    if (auto errors = validate_service_addresses(service); !errors.empty()) {
        return invalid_service(service, std::move(errors));
    }
    const std::string& policy = *spec.ipFamilyPolicy;
    FieldErrors errors;
    if (policy == "SingleStack" && (spec.clusterIPs.size() == 2 || spec.ipFamilies.size() == 2)) {
        const std::string what = spec.clusterIPs.size() == 2 ? "cluster IPs" : "IP families";
        errors.push_back(api::invalid_value("spec.ipFamilyPolicy", policy,
                                            "must be 'RequireDualStack' or 'PreferDualStack' when "
                                            "multiple " +
                                                what + " are specified"));
    }
    for (std::size_t i = spec.ipFamilies.size(); i < spec.clusterIPs.size(); ++i) {
        if (spec.clusterIPs[i] == "None") {
            break;
        }
        if (is_v6(spec.clusterIPs[i])) {
            errors.push_back(api::invalid_literal(Path{"spec.clusterIPs"}[i],
                                                  strings_json(spec.clusterIPs),
                                                  "IPv6 is not configured on this cluster"));
        } else {
            spec.ipFamilies.emplace_back(v4_family);
        }
    }
    if (!errors.empty()) {
        return invalid_service(service, std::move(errors));
    }
    if (selectorless_headless) {
        if (spec.ipFamilies.empty()) {
            spec.ipFamilies.emplace_back(v4_family);
        }
        if (spec.ipFamilies.size() < 2 && policy != "SingleStack") {
            spec.ipFamilies.emplace_back(spec.ipFamilies[0] == v4_family ? "IPv6" : "IPv4");
        }
        return {};
    }
    if (policy == "RequireDualStack") {
        errors.push_back(
            api::invalid_value("spec.ipFamilyPolicy", policy,
                               "this cluster is not configured for dual-stack services"));
    }
    for (std::size_t i = 0; i < spec.ipFamilies.size(); ++i) {
        if (spec.ipFamilies[i] != v4_family) {
            errors.push_back(api::invalid_value(Path{"spec.ipFamilies"}[i], spec.ipFamilies[i],
                                                "not configured on this cluster"));
        }
    }
    if (!errors.empty()) {
        return invalid_service(service, std::move(errors));
    }
    if (spec.ipFamilies.empty()) {
        spec.ipFamilies.emplace_back(v4_family);
    }
    return {};
}

Result<> allocate_address(ServiceNetwork& network, Service& service) {
    auto& spec = service.spec;
    if (is_headless(service)) {
        return {};
    }
    if (spec.clusterIPs.empty()) {
        spec.clusterIP = network.take_address();
        if (spec.clusterIP.empty()) {
            return internal_error("failed to allocate a serviceIP for Service " +
                                  api::quoted(service.metadata.name) + ": range is full");
        }
        spec.clusterIPs = {spec.clusterIP};
        return {};
    }
    const std::string& wanted = spec.clusterIPs[0];
    if (network.take_address(wanted)) {
        return {};
    }
    const auto ip = parse_ip(wanted);
    const bool inside = ip && ip->v4() && (ip->v4_value() >> 16U) == ((10U << 8U) | 96U);
    const std::string why =
        inside ? "provided IP is already allocated"
               : "the provided IP (" + wanted +
                     ") is not in the valid range. The range of valid IPs is 10.96.0.0/16";
    return invalid_service(service,
                           {api::invalid_literal("spec.clusterIPs", strings_json(spec.clusterIPs),
                                                 "failed to allocate IP " + wanted + ": " + why)});
}

bool uses_node_ports(const Service& service) {
    return service.spec.type == "NodePort" || service.spec.type == "LoadBalancer";
}

bool wants_node_ports(const Service& service) {
    return service.spec.type == "NodePort" ||
           (service.spec.type == "LoadBalancer" &&
            service.spec.allocateLoadBalancerNodePorts.value_or(true));
}

std::set<std::int32_t> node_ports_of(const Service& service) {
    std::set<std::int32_t> ports;
    for (const ServicePort& port : service.spec.ports) {
        if (port.nodePort != 0) {
            ports.insert(port.nodePort);
        }
    }
    return ports;
}

/// Returns the node port that any entry of the same port number asks for; 0 if none does.
std::int32_t requested_node_port(const Service& service, std::int32_t port) {
    for (const ServicePort& each : service.spec.ports) {
        if (each.port == port && each.nodePort != 0) {
            return each.nodePort;
        }
    }
    return 0;
}

/// Entries of one port number (for several protocols) share a node port; on creation only they may.
Result<> allocate_ports(ServiceNetwork& network, Service& service, const Service* old,
                        DryRun dry_run) {
    const std::set<std::int32_t> had =
        old != nullptr ? node_ports_of(*old) : std::set<std::int32_t>{};
    std::set<std::int32_t> taken;
    std::map<std::int32_t, std::int32_t> by_port;
    for (std::size_t i = 0; i < service.spec.ports.size(); ++i) {
        ServicePort& port = service.spec.ports[i];
        if (port.nodePort == 0 && !wants_node_ports(service)) {
            continue;
        }
        if (port.nodePort == 0) {
            const auto same = by_port.find(port.port);
            port.nodePort =
                same != by_port.end() ? same->second : requested_node_port(service, port.port);
        }
        if (port.nodePort == 0) {
            port.nodePort = network.take_port();
            if (port.nodePort == 0) {
                return internal_error("failed to allocate a nodePort: range is full");
            }
            taken.insert(port.nodePort);
            by_port.emplace(port.port, port.nodePort);
            continue;
        }
        const auto [same, first] = by_port.emplace(port.port, port.nodePort);
        const bool shared = old == nullptr
                                ? !first && same->second == port.nodePort
                                : had.contains(port.nodePort) || taken.contains(port.nodePort);
        if (shared) {
            continue;
        }
        const bool inside = port.nodePort >= 30000 && port.nodePort <= 32767;
        if (!network.take_port(port.nodePort) || (!inside && dry_run == DryRun::No)) {
            const std::string why =
                inside ? "provided port is already allocated"
                       : "provided port is not in the valid range. The range of valid ports is "
                         "30000-32767";
            return invalid_service(service, {api::invalid_value(Path{"spec.ports"}[i] / "nodePort",
                                                                std::int64_t{port.nodePort}, why)});
        }
        taken.insert(port.nodePort);
    }
    return {};
}

Result<> allocate_health_check(ServiceNetwork& network, Service& service, const Service* old) {
    std::int32_t& port = service.spec.healthCheckNodePort;
    if (!needs_health_check(service) || (old != nullptr && needs_health_check(*old))) {
        return {};
    }
    if (port == 0) {
        port = network.take_port();
        return {};
    }
    if (!network.take_port(port)) {
        return internal_error("failed to allocate requested HealthCheck NodePort " +
                              std::to_string(port) + ": provided port is already allocated");
    }
    return {};
}

bool has_address(const Service& service) {
    return service.spec.type != "ExternalName" && !service.spec.clusterIP.empty() &&
           service.spec.clusterIP != "None";
}

/// Gives back what `old` had and the service has no more.
void release_rest(ServiceNetwork& network, const Service& old, const Service& service) {
    if (has_address(old) && !has_address(service)) {
        network.free_address(old.spec.clusterIP);
    }
    const auto kept = node_ports_of(service);
    for (const std::int32_t port : node_ports_of(old)) {
        if (!kept.contains(port)) {
            network.free_port(port);
        }
    }
    if (needs_health_check(old) && !needs_health_check(service)) {
        network.free_port(old.spec.healthCheckNodePort);
    }
}

void adopt_addresses(Service& next, const Service& old) {
    auto& spec = next.spec;
    if (old.spec.type == "ExternalName") {
        if (!spec.clusterIP.empty() && spec.clusterIPs.empty()) {
            spec.clusterIPs = {spec.clusterIP};
        }
        return;
    }
    if (spec.type == "ExternalName") {
        if (spec.clusterIP == old.spec.clusterIP) {
            spec.clusterIP.clear();
            spec.clusterIPs.clear();
        }
        if (spec.ipFamilies == old.spec.ipFamilies) {
            spec.ipFamilies.clear();
        }
        if (spec.ipFamilyPolicy == old.spec.ipFamilyPolicy) {
            spec.ipFamilyPolicy.reset();
        }
        return;
    }
    // First what was left out, then what of the two fields follows the other.
    if (spec.clusterIP.empty()) {
        spec.clusterIP = old.spec.clusterIP;
    }
    if (spec.clusterIPs.empty()) {
        spec.clusterIPs = old.spec.clusterIPs;
    }
    if (spec.clusterIP != old.spec.clusterIP && spec.clusterIPs == old.spec.clusterIPs) {
        spec.clusterIPs = {spec.clusterIP};
    }
}

/// A port that comes without its node port keeps the one it had, by the port's name.
void adopt_ports(Service& next, const Service& old) {
    if (!uses_node_ports(old)) {
        return;
    }
    if (!uses_node_ports(next)) {
        if (node_ports_of(next) == node_ports_of(old)) {
            for (ServicePort& port : next.spec.ports) {
                port.nodePort = 0;
            }
        }
    } else {
        const std::set<std::int32_t> used = node_ports_of(next);
        for (ServicePort& port : next.spec.ports) {
            const auto same =
                std::find_if(old.spec.ports.begin(), old.spec.ports.end(),
                             [&](const ServicePort& before) { return before.name == port.name; });
            if (port.nodePort == 0 && same != old.spec.ports.end() &&
                !used.contains(same->nodePort)) {
                port.nodePort = same->nodePort;
            }
        }
    }
    if (!needs_health_check(old)) {
        return;
    }
    if (!needs_health_check(next)) {
        if (next.spec.healthCheckNodePort == old.spec.healthCheckNodePort) {
            next.spec.healthCheckNodePort = 0;
        }
    } else if (next.spec.healthCheckNodePort == 0) {
        next.spec.healthCheckNodePort = old.spec.healthCheckNodePort;
    }
}

}  // namespace

bool is_headless(const Service& service) {
    return service.spec.clusterIPs.size() == 1 && service.spec.clusterIPs[0] == "None";
}

bool needs_health_check(const Service& service) {
    return service.spec.type == "LoadBalancer" && service.spec.externalTrafficPolicy == "Local";
}

void adopt_allocated_values(Service& next, const Service& old) {
    adopt_addresses(next, old);
    adopt_ports(next, old);
    auto& spec = next.spec;
    if (old.spec.type == "LoadBalancer" && spec.type != "LoadBalancer") {
        if (spec.allocateLoadBalancerNodePorts == old.spec.allocateLoadBalancerNodePorts) {
            spec.allocateLoadBalancerNodePorts.reset();
        }
        if (spec.loadBalancerClass == old.spec.loadBalancerClass) {
            spec.loadBalancerClass.reset();
        }
    }
    const bool external = uses_node_ports(next) || !spec.externalIPs.empty();
    if (!external && spec.externalTrafficPolicy == old.spec.externalTrafficPolicy) {
        spec.externalTrafficPolicy.clear();
    }
}

Result<> allocate_service(Cluster& cluster, Service& service, const Service* old, DryRun dry_run) {
    ServiceNetwork& network = cluster.network;
    if (service.spec.type != "ExternalName") {
        if (auto chosen = choose_families(service, old); !chosen) {
            return chosen;
        }
        if (old == nullptr || !has_address(*old)) {
            if (auto allocated = allocate_address(network, service); !allocated) {
                return allocated;
            }
        }
    }
    if (uses_node_ports(service)) {
        if (auto allocated = allocate_ports(network, service, old, dry_run); !allocated) {
            return allocated;
        }
    }
    if (auto allocated = allocate_health_check(network, service, old); !allocated) {
        return allocated;
    }
    if (old != nullptr) {
        release_rest(network, *old, service);
    }
    return {};
}

void release_service(Cluster& cluster, const Service& service) {
    Service nothing;
    nothing.spec.type = "ExternalName";
    release_rest(cluster.network, service, nothing);
}

}  // namespace wavetank::registry
