#include "registry/service.hpp"

#include "registry/ip.hpp"
#include "registry/service_allocation.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace wavetank::registry {
namespace {

using api::IntOrString;
using api::corev1::Service;
using api::corev1::ServicePort;
using api::corev1::ServiceSpec;

using Names = std::vector<std::string>;
const Names protocols{"SCTP", "TCP", "UDP"};
const Names affinities{"ClientIP", "None"};
const Names families{"IPv4", "IPv6"};
const Names family_policies{"PreferDualStack", "RequireDualStack", "SingleStack"};
const Names types{"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"};
const Names traffic_policies{"Cluster", "Local"};
const Names distributions{"PreferClose", "PreferSameZone", "PreferSameNode"};

/// Reports a missing or an unknown value.
void check_choice(FieldErrors& errors, const Path& path, const std::string& value,
                  const Names& choices) {
    if (value.empty()) {
        errors.push_back(api::required_value(path, ""));
    } else if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
        errors.push_back(api::unsupported_value(path, value, choices));
    }
}

/// Tells whether the type is a known one whose traffic goes through a proxy.
bool is_routed(const std::string& type) {
    return type == "ClusterIP" || type == "NodePort" || type == "LoadBalancer";
}

bool externally_accessible(const Service& service) {
    return service.spec.type == "LoadBalancer" || service.spec.type == "NodePort" ||
           (service.spec.type == "ClusterIP" && !service.spec.externalIPs.empty());
}

FieldErrors validate_port_target(const IntOrString& target, const Path& path) {
    FieldErrors errors;
    if (target.is_string()) {
        append_problems(errors, path, target.string_value(),
                        api::check_port_name(target.string_value()));
        return errors;
    }
    for (const std::string& problem : api::check_port_number(target.int_value())) {
        errors.push_back(api::invalid_value(path, target.int_value(), problem));
    }
    return errors;
}

FieldErrors validate_port(const ServicePort& port, bool alone, std::set<std::string>& names,
                          const Path& path) {
    FieldErrors errors;
    if (!port.name.empty()) {
        append_problems(errors, path / "name", port.name, api::check_dns1123_label(port.name));
        if (!names.insert(port.name).second) {
            errors.push_back(api::duplicate_value(path / "name", port.name));
        }
    } else if (!alone) {
        errors.push_back(api::required_value(path / "name", ""));
    }
    for (const std::string& problem : api::check_port_number(port.port)) {
        errors.push_back(api::invalid_value(path / "port", std::int64_t{port.port}, problem));
    }
    check_choice(errors, path / "protocol", port.protocol, protocols);
    append(errors, validate_port_target(port.targetPort, path / "targetPort"));
    if (port.appProtocol) {
        append_problems(errors, path / "appProtocol", *port.appProtocol,
                        api::check_qualified_name(*port.appProtocol));
    }
    return errors;
}

FieldErrors validate_ports(const ServiceSpec& spec) {
    FieldErrors errors;
    std::set<std::string> names;
    const Path path{"spec.ports"};
    for (std::size_t i = 0; i < spec.ports.size(); ++i) {
        append(errors, validate_port(spec.ports[i], spec.ports.size() == 1, names, path[i]));
    }
    return errors;
}

/// Reports ports that are the same twice, and node ports where there can be none.
FieldErrors validate_port_numbers(const ServiceSpec& spec) {
    FieldErrors errors;
    const Path path{"spec.ports"};
    std::set<std::pair<std::string, std::int32_t>> node_ports;
    std::set<std::pair<std::string, std::int32_t>> ports;
    for (std::size_t i = 0; i < spec.ports.size(); ++i) {
        if (spec.type == "ClusterIP" && spec.ports[i].nodePort != 0) {
            errors.push_back(api::forbidden_value(path[i] / "nodePort",
                                                  "may not be used when `type` is 'ClusterIP'"));
        }
    }
    for (std::size_t i = 0; i < spec.ports.size(); ++i) {
        const ServicePort& port = spec.ports[i];
        if (port.nodePort != 0 && !node_ports.emplace(port.protocol, port.nodePort).second) {
            errors.push_back({.reason = "FieldValueDuplicate",
                              .message = "Duplicate value: " + std::to_string(port.nodePort),
                              .field = (path[i] / "nodePort").text()});
        }
    }
    for (std::size_t i = 0; i < spec.ports.size(); ++i) {
        const ServicePort& port = spec.ports[i];
        if (!ports.emplace(port.protocol, port.port).second) {
            errors.push_back(
                {.reason = "FieldValueDuplicate",
                 .message = "Duplicate value: {\"Name\":\"\",\"Protocol\":" +
                            api::json_quoted(port.protocol) + ",\"AppProtocol\":null,\"Port\":" +
                            std::to_string(port.port) + ",\"TargetPort\":0,\"NodePort\":0}",
                 .field = path[i].text()});
        }
    }
    return errors;
}

FieldErrors validate_type(const Service& service) {
    const ServiceSpec& spec = service.spec;
    const Path path{"spec"};
    FieldErrors errors;
    if (spec.type == "LoadBalancer" || spec.type == "NodePort") {
        if (is_headless(service)) {
            errors.push_back(
                api::invalid_value(path / "clusterIPs[0]", spec.clusterIPs[0],
                                   "may not be set to 'None' for " + spec.type + " services"));
        }
        return errors;
    }
    if (spec.type != "ExternalName") {
        return errors;
    }
    constexpr std::string_view why = "may not be set for ExternalName services";
    if (!spec.clusterIPs.empty()) {
        errors.push_back(api::forbidden_value(path / "clusterIPs", why));
    }
    if (!spec.ipFamilies.empty()) {
        errors.push_back(api::forbidden_value(path / "ipFamilies", why));
    }
    if (spec.ipFamilyPolicy) {
        errors.push_back(api::forbidden_value(path / "ipFamilyPolicy", why));
    }
    std::string_view name = spec.externalName;
    if (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    if (name.empty()) {
        errors.push_back(api::required_value(path / "externalName", ""));
    } else {
        append_problems(errors, path / "externalName", name, api::check_dns1123_subdomain(name));
    }
    return errors;
}

FieldErrors validate_affinity(const ServiceSpec& spec) {
    FieldErrors errors;
    const Path path{"spec.sessionAffinityConfig"};
    check_choice(errors, Path{"spec.sessionAffinity"}, spec.sessionAffinity, affinities);
    if (spec.sessionAffinity == "None" && spec.sessionAffinityConfig) {
        errors.push_back(
            api::forbidden_value(path, "must not be set when session affinity is None"));
    }
    if (spec.sessionAffinity != "ClientIP") {
        return errors;
    }
    constexpr std::string_view needed = "when session affinity type is ClientIP";
    if (!spec.sessionAffinityConfig) {
        errors.push_back(api::required_value(path, needed));
    } else if (!spec.sessionAffinityConfig->clientIP) {
        errors.push_back(api::required_value(path / "clientIP", needed));
    } else if (const auto timeout = spec.sessionAffinityConfig->clientIP->timeoutSeconds;
               !timeout) {
        errors.push_back(api::required_value(path / "clientIP" / "timeoutSeconds", needed));
    } else if (*timeout <= 0 || *timeout > 86400) {
        errors.push_back(api::invalid_value(path / "clientIP" / "timeoutSeconds",
                                            std::int64_t{*timeout},
                                            "must be greater than 0 and less than 86400"));
    }
    return errors;
}

FieldErrors validate_load_balancer(const ServiceSpec& spec) {
    FieldErrors errors;
    const bool balanced = spec.type == "LoadBalancer";
    constexpr std::string_view only = "may only be used when `type` is 'LoadBalancer'";
    const Path ranges{"spec.LoadBalancerSourceRanges"};
    if (!spec.loadBalancerSourceRanges.empty() && !balanced) {
        errors.push_back(api::forbidden_value(ranges, only));
    }
    for (std::size_t i = 0; i < spec.loadBalancerSourceRanges.size(); ++i) {
        std::string_view range = spec.loadBalancerSourceRanges[i];
        range.remove_prefix(std::min(range.find_first_not_of(" \t"), range.size()));
        range = range.substr(0, range.find_last_not_of(" \t") + 1);
        append(errors, validate_cidr(range, ranges[i]));
    }
    if (spec.allocateLoadBalancerNodePorts && !balanced) {
        errors.push_back(api::forbidden_value("spec.allocateLoadBalancerNodePorts", only));
    }
    if (spec.loadBalancerClass) {
        if (balanced) {
            append_problems(errors, Path{"spec.loadBalancerClass"}, *spec.loadBalancerClass,
                            api::check_qualified_name(*spec.loadBalancerClass));
        } else {
            errors.push_back(api::forbidden_value("spec.loadBalancerClass", only));
        }
    }
    return errors;
}

FieldErrors validate_traffic(const Service& service) {
    const ServiceSpec& spec = service.spec;
    const Path path{"spec"};
    FieldErrors errors;
    if (externally_accessible(service)) {
        check_choice(errors, path / "externalTrafficPolicy", spec.externalTrafficPolicy,
                     traffic_policies);
    } else if (!spec.externalTrafficPolicy.empty()) {
        errors.push_back(api::invalid_value(path / "externalTrafficPolicy",
                                            spec.externalTrafficPolicy,
                                            "may only be set for externally-accessible services"));
    }
    const std::int64_t health = spec.healthCheckNodePort;
    if (needs_health_check(service)) {
        for (const std::string& problem : api::check_port_number(health)) {
            errors.push_back(api::invalid_value(path / "healthCheckNodePort", health, problem));
        }
    } else if (health != 0) {
        errors.push_back(api::invalid_value(path / "healthCheckNodePort", health,
                                            "may only be set when `type` is 'LoadBalancer' and "
                                            "`externalTrafficPolicy` is 'Local'"));
    }
    if (const auto& internal = spec.internalTrafficPolicy; !internal) {
        if (is_routed(spec.type)) {
            errors.push_back(api::required_value(path / "internalTrafficPolicy", ""));
        }
    } else if (std::find(traffic_policies.begin(), traffic_policies.end(), *internal) ==
               traffic_policies.end()) {
        errors.push_back(
            api::unsupported_value(path / "internalTrafficPolicy", *internal, traffic_policies));
    }
    if (spec.trafficDistribution && std::find(distributions.begin(), distributions.end(),
                                              *spec.trafficDistribution) == distributions.end()) {
        errors.push_back(api::unsupported_value(path / "trafficDistribution",
                                                *spec.trafficDistribution, distributions));
    }
    return errors;
}

FieldErrors validate_external_addresses(const ServiceSpec& spec) {
    FieldErrors errors;
    const Path path{"spec.externalIPs"};
    for (std::size_t i = 0; i < spec.externalIPs.size(); ++i) {
        FieldErrors found = validate_ip(spec.externalIPs[i], path[i]);
        append(errors, found.empty() ? validate_endpoint_ip(spec.externalIPs[i], path[i]) : found);
    }
    return errors;
}

std::string addresses_json(const Names& addresses) {
    return addresses.empty()
               ? "null"
               : boost::json::serialize(boost::json::array(addresses.begin(), addresses.end()));
}

FieldErrors validate_change(const Service& next, const Service& old) {
    FieldErrors errors;
    const auto& had = old.spec.clusterIPs;
    const auto& has = next.spec.clusterIPs;
    const bool named = next.spec.type == "ExternalName" || old.spec.type == "ExternalName";
    if (!named && !(is_headless(next) && is_headless(old)) && !had.empty()) {
        const Path path = Path{"spec.clusterIPs"}[0];
        if (has.empty()) {
            errors.push_back(
                api::invalid_literal(path, "null", "primary clusterIP can not be unset"));
        } else if (has[0] != had[0]) {
            errors.push_back(
                api::invalid_literal(path, addresses_json(has), "may not change once set"));
        }
    }
    if (next.spec.type == "LoadBalancer" && old.spec.type == "LoadBalancer" &&
        next.spec.loadBalancerClass != old.spec.loadBalancerClass) {
        errors.push_back(api::invalid_literal(
            "spec.loadBalancerClass",
            next.spec.loadBalancerClass ? api::quoted(*next.spec.loadBalancerClass) : "null",
            "may not change once set"));
    }
    if (needs_health_check(next) && needs_health_check(old) &&
        next.spec.healthCheckNodePort != old.spec.healthCheckNodePort) {
        errors.push_back(api::forbidden_value("spec.healthCheckNodePort", "field is immutable"));
    }
    return errors;
}

/// Reports addresses of one family twice, and those of another family than was asked for.
FieldErrors validate_address_families(const Service& service) {
    const ServiceSpec& spec = service.spec;
    const auto& addresses = spec.clusterIPs;
    const Path path{"spec.clusterIPs"};
    FieldErrors errors;
    if (addresses.size() > 1) {
        const auto v6 = static_cast<std::size_t>(std::ranges::count_if(addresses, is_v6));
        if (v6 == 0 || v6 == addresses.size()) {
            errors.push_back(
                api::invalid_literal(path, addresses_json(addresses),
                                     "may specify no more than one IP for each IP family"));
        }
    }
    if (is_headless(service)) {
        return errors;
    }
    for (std::size_t i = 0; i < std::min(addresses.size(), spec.ipFamilies.size()); ++i) {
        const std::string& family = spec.ipFamilies[i];
        if (family == (is_v6(addresses[i]) ? "IPv4" : "IPv6")) {
            errors.push_back(api::invalid_value(path[i], addresses[i],
                                                "expected an " + family +
                                                    " value as indicated by `ipFamilies[" +
                                                    std::to_string(i) + "]`"));
        }
    }
    return errors;
}

/// Checks where the load balancer says the Service can be reached.
FieldErrors validate_ingress(const api::corev1::LoadBalancerIngress& ingress, const Names& known,
                             const Path& path) {
    FieldErrors errors;
    const bool has_ip = !ingress.ip.empty();
    if (has_ip && std::find(known.begin(), known.end(), ingress.ip) == known.end()) {
        append(errors, validate_ip(ingress.ip, path / "ip"));
    }
    if (!ingress.ipMode) {
        if (has_ip) {
            errors.push_back(
                api::required_value(path / "ipMode", "must be specified when `ip` is set"));
        }
    } else if (!has_ip) {
        errors.push_back(
            api::forbidden_value(path / "ipMode", "may not be specified when `ip` is not set"));
    } else if (*ingress.ipMode != "Proxy" && *ingress.ipMode != "VIP") {
        errors.push_back(
            api::unsupported_value(path / "ipMode", *ingress.ipMode, {"Proxy", "VIP"}));
    }
    if (!ingress.hostname.empty()) {
        append_problems(errors, path / "hostname", ingress.hostname,
                        api::check_dns1123_subdomain(ingress.hostname));
        if (parse_ip(ingress.hostname)) {
            errors.push_back(api::invalid_value(path / "hostname", ingress.hostname,
                                                "must be a DNS name, not an IP address"));
        }
    }
    return errors;
}

/// Says how a load balancer's addresses are reached where the status does not.
void default_ingress(Service& service) {
    for (auto& ingress : service.status.loadBalancer.ingress) {
        if (service.spec.type == "LoadBalancer" && !ingress.ip.empty() && !ingress.ipMode) {
            ingress.ipMode = "VIP";
        }
    }
}

}  // namespace

FieldErrors validate_service_addresses(const Service& service) {
    const ServiceSpec& spec = service.spec;
    if (spec.type == "ExternalName") {
        return {};
    }
    FieldErrors errors;
    const Path list{"spec.clusterIPs"};
    if (!spec.clusterIP.empty()) {
        if (spec.clusterIPs.empty()) {
            errors.push_back(api::required_value(list, ""));
        } else if (spec.clusterIPs[0] != spec.clusterIP) {
            errors.push_back(api::invalid_literal(list, addresses_json(spec.clusterIPs),
                                                  "first value must match `clusterIP`"));
        }
    } else if (!spec.clusterIPs.empty()) {
        errors.push_back(api::invalid_literal(list, addresses_json(spec.clusterIPs),
                                              "must be empty when `clusterIP` is not specified"));
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < spec.ipFamilies.size(); ++i) {
        const Path path = Path{"spec.ipFamilies"}[i];
        if (std::find(families.begin(), families.end(), spec.ipFamilies[i]) == families.end()) {
            errors.push_back(api::unsupported_value(path, spec.ipFamilies[i], families));
        }
        if (!seen.insert(spec.ipFamilies[i]).second) {
            errors.push_back(api::duplicate_value(path, spec.ipFamilies[i]));
        }
    }
    if (spec.ipFamilyPolicy && std::find(family_policies.begin(), family_policies.end(),
                                         *spec.ipFamilyPolicy) == family_policies.end()) {
        errors.push_back(
            api::unsupported_value("spec.ipFamilyPolicy", *spec.ipFamilyPolicy, family_policies));
    }
    bool wrong = false;
    for (std::size_t i = 0; i < spec.clusterIPs.size(); ++i) {
        if (i == 0 && spec.clusterIPs[i] == "None") {
            if (spec.clusterIPs.size() > 1) {
                wrong = true;
                errors.push_back(api::invalid_literal(list, addresses_json(spec.clusterIPs),
                                                      "'None' must be the first and only value"));
            }
            continue;
        }
        FieldErrors found = validate_ip(spec.clusterIPs[i], list[i]);
        wrong = wrong || !found.empty();
        append(errors, std::move(found));
    }
    if (spec.clusterIPs.size() > 2) {
        errors.push_back(api::invalid_literal(list, addresses_json(spec.clusterIPs),
                                              "may only hold up to 2 values"));
    }
    if (!wrong) {
        append(errors, validate_address_families(service));
    }
    return errors;
}

void Rules<Service>::set_defaults(Cluster& /*cluster*/, Service& object) {
    ServiceSpec& spec = object.spec;
    if (spec.sessionAffinity.empty()) {
        spec.sessionAffinity = "None";
    }
    if (spec.sessionAffinity == "None") {
        spec.sessionAffinityConfig.reset();
    } else if (spec.sessionAffinity == "ClientIP") {
        const auto& config = spec.sessionAffinityConfig;
        if (!config || !config->clientIP || !config->clientIP->timeoutSeconds) {
            constexpr std::int32_t three_hours = 10800;
            spec.sessionAffinityConfig.emplace().clientIP.emplace().timeoutSeconds = three_hours;
        }
    }
    if (spec.type.empty()) {
        spec.type = "ClusterIP";
    }
    for (ServicePort& port : spec.ports) {
        if (port.protocol.empty()) {
            port.protocol = "TCP";
        }
        if (port.targetPort == IntOrString{0} || port.targetPort == IntOrString{""}) {
            port.targetPort = port.port;
        }
    }
    if (externally_accessible(object) && spec.externalTrafficPolicy.empty()) {
        spec.externalTrafficPolicy = "Cluster";
    }
    if (!spec.internalTrafficPolicy && spec.type != "ExternalName" &&
        std::find(types.begin(), types.end(), spec.type) != types.end()) {
        spec.internalTrafficPolicy = "Cluster";
    }
    if (spec.type == "ExternalName") {
        spec.internalTrafficPolicy.reset();
    }
    if (spec.type == "LoadBalancer" && !spec.allocateLoadBalancerNodePorts) {
        spec.allocateLoadBalancerNodePorts = true;
    }
    default_ingress(object);
}

Result<> Rules<Service>::admit(Cluster& cluster, Service& object, DryRun dry_run) {
    if (!object.spec.clusterIP.empty() && object.spec.clusterIPs.empty()) {
        object.spec.clusterIPs = {object.spec.clusterIP};
    }
    return allocate_service(cluster, object, nullptr, dry_run);
}

Result<> Rules<Service>::admit_update(Cluster& cluster, Service& next, const Service& old,
                                      DryRun dry_run) {
    adopt_allocated_values(next, old);
    return allocate_service(cluster, next, &old, dry_run);
}

void Rules<Service>::release(Cluster& cluster, const Service& object) {
    release_service(cluster, object);
}

void Rules<Service>::prepare_create(Service& object) {
    object.status = {};
}

void Rules<Service>::prepare_update(Service& next, const Service& old) {
    next.status = old.status;
    if (next.spec.type != "LoadBalancer") {
        next.status.loadBalancer = {};
    }
}

void Rules<Service>::prepare_status(Service& next, const Service& old) {
    default_ingress(next);
    next.spec = old.spec;
}

FieldErrors Rules<Service>::validate(Cluster& /*cluster*/, const Service& object,
                                     const Service* old) {
    const ServiceSpec& spec = object.spec;
    FieldErrors errors;
    if (old != nullptr) {
        append(errors, validate_change(object, *old));
    }
    if (spec.ports.empty() && !is_headless(object) && spec.type != "ExternalName") {
        errors.push_back(api::required_value("spec.ports", ""));
    }
    append(errors, validate_type(object));
    append(errors, validate_ports(spec));
    append(errors, api::validate_labels(spec.selector, "spec.selector"));
    append(errors, validate_affinity(spec));
    append(errors, validate_service_addresses(object));
    append(errors, validate_external_addresses(spec));
    check_choice(errors, Path{"spec.type"}, spec.type, types);
    append(errors, validate_port_numbers(spec));
    append(errors, validate_load_balancer(spec));
    append(errors, validate_traffic(object));
    return errors;
}

FieldErrors Rules<Service>::validate_status(const Service& next, const Service& old) {
    const Path path{"status.loadBalancer.ingress"};
    const auto& ingresses = next.status.loadBalancer.ingress;
    if (next.spec.type != "LoadBalancer") {
        if (ingresses.empty()) {
            return {};
        }
        return {api::forbidden_value(path, "may only be used when `spec.type` is 'LoadBalancer'")};
    }
    Names known;
    for (const auto& ingress : old.status.loadBalancer.ingress) {
        known.push_back(ingress.ip);
    }
    FieldErrors errors;
    for (std::size_t i = 0; i < ingresses.size(); ++i) {
        append(errors, validate_ingress(ingresses[i], known, path[i]));
    }
    return errors;
}

std::vector<std::string> Rules<Service>::update_warnings(const Service& next,
                                                         const Service& /*old*/) {
    return warnings(next);
}

std::vector<std::string> Rules<Service>::warnings(const Service& object) {
    const ServiceSpec& spec = object.spec;
    std::vector<std::string> warnings;
    if (object.metadata.annotations->contains("service.kubernetes.io/topology-aware-hints")) {
        warnings.emplace_back(
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use "
            "service.kubernetes.io/topology-mode instead");
    }
    const bool external = spec.type == "ExternalName";
    if (is_headless(object)) {
        if (!spec.loadBalancerIP.empty()) {
            warnings.emplace_back("spec.loadBalancerIP is ignored for headless services");
        }
        if (!spec.externalIPs.empty()) {
            warnings.emplace_back("spec.externalIPs is ignored for headless services");
        }
        if (spec.sessionAffinity != "None") {
            warnings.emplace_back("spec.SessionAffinity is ignored for headless services");
        }
    } else if (!spec.externalIPs.empty() && !external) {
        warnings.emplace_back(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters");
    }
    if (external && !spec.externalIPs.empty()) {
        warnings.emplace_back("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
    }
    if (!external && !spec.externalName.empty()) {
        warnings.emplace_back(
            "spec.externalName is ignored when spec.type is not \"ExternalName\"");
    }
    if (spec.trafficDistribution == "PreferClose") {
        warnings.emplace_back(
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"");
    }
    return warnings;
}

}  // namespace wavetank::registry
