#include "registry/endpoint_slice.hpp"

#include "registry/ip.hpp"

#include <algorithm>
#include <set>

namespace wavetank::registry {
namespace {

using api::discoveryv1::Endpoint;
using api::discoveryv1::EndpointHints;
using api::discoveryv1::EndpointPort;
using api::discoveryv1::EndpointSlice;

const std::vector<std::string> address_types{"FQDN", "IPv4", "IPv6"};
const std::vector<std::string> endpoint_protocols{"SCTP", "TCP", "UDP"};

bool contains(const std::vector<std::string>& values, const std::string& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

/// Reports more items than allowed; false then.
bool check_count(FieldErrors& errors, const Path& path, std::size_t count, std::int64_t count_max) {
    if (static_cast<std::int64_t>(count) <= count_max) {
        return true;
    }
    errors.push_back(api::too_many_values(path, static_cast<std::int64_t>(count), count_max));
    return false;
}

/// Tells without a report whether the address is an ordinary one of version 4: the usual case, at
/// a fraction of the cost.
bool is_plain_v4(const std::string& address) {
    const auto ip = parse_ip(address);
    return ip && ip->v4() && address.find(':') == std::string::npos && !has_leading_zero(address) &&
           !ip->unspecified() && !ip->loopback() && !ip->link_local() &&
           !ip->link_local_multicast();
}

FieldErrors validate_address(const std::string& address, const std::string& type, const Path& list,
                             std::size_t index) {
    FieldErrors errors;
    if (type == "FQDN") {
        return api::validate_fully_qualified_domain_name(address, list[index]);
    }
    if (type != "IPv4" && type != "IPv6") {
        return errors;
    }
    errors = validate_ip(address, list[index]);
    if (!errors.empty()) {
        return errors;
    }
    const bool v6 = address.find(':') != std::string::npos;
    if (v6 != (type == "IPv6")) {
        errors.push_back(api::invalid_value(
            list, address, v6 ? "must be an IPv4 address" : "must be an IPv6 address"));
    }
    append(errors, validate_endpoint_ip(address, list[index]));
    return errors;
}

FieldErrors validate_hints(const EndpointHints& hints, const Path& path) {
    constexpr std::int64_t hints_max = 8;
    FieldErrors errors;
    if (!check_count(errors, path / "forZones", hints.forZones.size(), hints_max)) {
        return errors;
    }
    std::set<std::string> zones;
    for (std::size_t i = 0; i < hints.forZones.size(); ++i) {
        const Path at = (path / "forZones")[i] / "name";
        const std::string& name = hints.forZones[i].name;
        if (!zones.insert(name).second) {
            errors.push_back(api::duplicate_value(at, name));
        }
        append_problems(errors, at, name, api::check_label_value(name));
    }
    if (!check_count(errors, path / "forNodes", hints.forNodes.size(), hints_max)) {
        return errors;
    }
    std::set<std::string> nodes;
    for (std::size_t i = 0; i < hints.forNodes.size(); ++i) {
        const Path at = (path / "forNodes")[i] / "name";
        const std::string& name = hints.forNodes[i].name;
        if (!nodes.insert(name).second) {
            errors.push_back(api::duplicate_value(at, name));
        }
        append_problems(errors, at, name, api::check_dns1123_subdomain(name));
    }
    return errors;
}

/// Checks the parts of an endpoint that few have.
void check_rare_parts(FieldErrors& errors, const Endpoint& endpoint, const Path& path) {
    constexpr std::int64_t topology_labels_max = 16;
    if (!endpoint->deprecatedTopology.empty()) {
        const Path at = path / "deprecatedTopology";
        check_count(errors, at, endpoint->deprecatedTopology.size(), topology_labels_max);
        append(errors, api::validate_labels(endpoint->deprecatedTopology, at));
    }
    if (endpoint->hostname) {
        append_problems(errors, path / "hostname", *endpoint->hostname,
                        api::check_dns1123_label(*endpoint->hostname));
    }
    if (endpoint->hints) {
        append(errors, validate_hints(*endpoint->hints, path / "hints"));
    }
}

void check_endpoint(FieldErrors& errors, const Endpoint& endpoint, const std::string& type,
                    const Path& path) {
    const Path list = path / "addresses";
    for (std::size_t i = 0; i < endpoint.addresses.size(); ++i) {
        append(errors, validate_address(endpoint.addresses[i], type, list, i));
    }
    if (endpoint.nodeName) {
        append_problems(errors, path / "nodeName", *endpoint.nodeName,
                        api::check_dns1123_subdomain(*endpoint.nodeName));
    }
    check_rare_parts(errors, endpoint, path);
}

/// Tells whether nothing in the endpoint can be wrong, without building paths.
bool is_plain(const Endpoint& endpoint, const std::string& type) {
    return type == "IPv4" && endpoint.addresses.size() == 1 && is_plain_v4(endpoint.addresses[0]) &&
           endpoint->deprecatedTopology.empty() && !endpoint->hostname && !endpoint->hints &&
           (!endpoint.nodeName || api::check_dns1123_subdomain(*endpoint.nodeName).empty());
}

/// Tells whether `old`, which may be null, has the very same endpoint in this place.
bool is_known(const EndpointSlice& slice, const EndpointSlice* old, std::size_t index) {
    return old != nullptr && index < old->endpoints.size() &&
           slice.endpoints[index].same_as(old->endpoints[index]);
}

/// Checks a slice's endpoints, but for those that `old` has in the same place. `old` may be null.
FieldErrors validate_endpoints(const EndpointSlice& slice, const EndpointSlice* old) {
    constexpr std::int64_t endpoints_max = 1000;
    FieldErrors errors;
    const Path path{"endpoints"};
    if (!check_count(errors, path, slice.endpoints.size(), endpoints_max)) {
        return errors;
    }
    for (std::size_t i = 0; i < slice.endpoints.size(); ++i) {
        const auto& endpoint = slice.endpoints[i];
        const bool known = is_known(slice, old, i) && old->addressType == slice.addressType;
        if (!known && !is_plain(*endpoint, slice.addressType)) {
            check_endpoint(errors, *endpoint, slice.addressType, path[i]);
        }
    }
    return errors;
}

/// Checks what upstream declares beside the types: it is reported after all else.
FieldErrors validate_declared(const EndpointSlice& slice, const EndpointSlice* old) {
    constexpr std::int64_t addresses_max = 100;
    constexpr std::int64_t endpoints_max = 1000;
    FieldErrors errors;
    if (slice.addressType.empty()) {
        errors.push_back(api::required_value("addressType", ""));
    } else if (!contains(address_types, slice.addressType)) {
        errors.push_back(api::unsupported_value("addressType", slice.addressType, address_types));
    }
    if (old != nullptr && old->addressType != slice.addressType) {
        errors.push_back(api::invalid_literal("addressType", "null", "field is immutable"));
    }
    if (slice.endpoints.size() > endpoints_max) {
        return errors;
    }
    for (std::size_t i = 0; i < slice.endpoints.size(); ++i) {
        if (is_known(slice, old, i)) {
            continue;  // a stored one has addresses, and not too many
        }
        const std::size_t count = slice.endpoints[i]->addresses.size();
        if (count == 0) {
            errors.push_back(api::required_value(Path{"endpoints"}[i] / "addresses", ""));
        } else if (count > addresses_max) {
            check_count(errors, Path{"endpoints"}[i] / "addresses", count, addresses_max);
        }
    }
    return errors;
}

/// Drops the labels that only an older version of the kind could set.
void drop_topology(EndpointSlice& slice) {
    for (auto& endpoint : slice.endpoints) {
        if (!(*endpoint)->deprecatedTopology.empty()) {
            endpoint.edit().edit().deprecatedTopology = {};
        }
    }
}

FieldErrors validate_ports(const std::vector<EndpointPort>& ports) {
    constexpr std::int64_t ports_max = 20000;
    FieldErrors errors;
    const Path path{"ports"};
    if (!check_count(errors, path, ports.size(), ports_max)) {
        return errors;
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const EndpointPort& port = ports[i];
        const std::string name = port.name.value_or("");
        if (!name.empty()) {
            append_problems(errors, path[i] / "name", name, api::check_dns1123_label(name));
        }
        if (!names.insert(name).second) {
            errors.push_back(api::duplicate_value(path[i] / "name", name));
        }
        if (!port.protocol) {
            errors.push_back(api::required_value(path[i] / "protocol", ""));
        } else if (!contains(endpoint_protocols, *port.protocol)) {
            errors.push_back(
                api::unsupported_value(path[i] / "protocol", *port.protocol, endpoint_protocols));
        }
        if (port.appProtocol) {
            append_problems(errors, path[i] / "appProtocol", *port.appProtocol,
                            api::check_qualified_name(*port.appProtocol));
        }
    }
    return errors;
}

bool same_content(const EndpointSlice& next, const EndpointSlice& old) {
    return next.addressType == old.addressType && next.ports == old.ports &&
           next.endpoints == old.endpoints && next.unmodelled == old.unmodelled;
}

}  // namespace

void Rules<EndpointSlice>::set_defaults(Cluster& /*cluster*/, EndpointSlice& object) {
    for (EndpointPort& port : object.ports) {
        if (!port.name) {
            port.name = "";
        }
        if (!port.protocol) {
            port.protocol = "TCP";
        }
    }
}

void Rules<EndpointSlice>::prepare_create(EndpointSlice& object) {
    object.metadata.generation = 1;
    drop_topology(object);
}

void Rules<EndpointSlice>::prepare_update(EndpointSlice& next, const EndpointSlice& old) {
    if (!same_content(next, old) || next.metadata.labels != old.metadata.labels) {
        next.metadata.generation = old.metadata.generation + 1;
    }
    if (next.endpoints != old.endpoints) {
        drop_topology(next);
    }
}

void Rules<EndpointSlice>::prepare_status(EndpointSlice& /*next*/, const EndpointSlice& /*old*/) {}

FieldErrors Rules<EndpointSlice>::validate(Cluster& /*cluster*/, const EndpointSlice& object,
                                           const EndpointSlice* old) {
    FieldErrors errors;
    append(errors, validate_ports(object.ports));
    if (old == nullptr || old->endpoints != object.endpoints) {
        append(errors, validate_endpoints(object, old));
    }
    append(errors, validate_declared(object, old));
    return errors;
}

std::vector<std::string> Rules<EndpointSlice>::warnings(const EndpointSlice& object) {
    if (object.addressType == "FQDN") {
        return {"spec.addressType: FQDN endpoints are deprecated"};
    }
    return {};
}

}  // namespace wavetank::registry
