#include "registry/endpoints.hpp"

#include "registry/ip.hpp"

#include <algorithm>

namespace wavetank::registry {
namespace {

using api::corev1::EndpointAddress;
using api::corev1::Endpoints;
using api::corev1::EndpointsPort;
using api::corev1::EndpointSubset;

void check_subset_address(FieldErrors& errors, const EndpointAddress& address, const Path& path) {
    append(errors, validate_ip(address.ip, path / "ip"));
    if (!address.hostname.empty()) {
        append_problems(errors, path / "hostname", address.hostname,
                        api::check_dns1123_label(address.hostname));
    }
    if (address.nodeName) {
        append_problems(errors, path / "nodeName", *address.nodeName,
                        api::check_dns1123_subdomain(*address.nodeName));
    }
    append(errors, validate_endpoint_ip(address.ip, path / "ip"));
}

void check_subset_port(FieldErrors& errors, const EndpointsPort& port, bool needs_name,
                       const Path& path) {
    if (!port.name.empty()) {
        append_problems(errors, path / "name", port.name, api::check_dns1123_label(port.name));
    } else if (needs_name) {
        errors.push_back(api::required_value(path / "name", ""));
    }
    for (const std::string& problem : api::check_port_number(port.port)) {
        errors.push_back(api::invalid_value(path / "port", port.port, problem));
    }
    const std::vector<std::string> protocols{"SCTP", "TCP", "UDP"};
    if (std::ranges::find(protocols, port.protocol) == protocols.end()) {
        errors.push_back(api::unsupported_value(path / "protocol", port.protocol, protocols));
    }
    if (port.appProtocol) {
        append_problems(errors, path / "appProtocol", *port.appProtocol,
                        api::check_qualified_name(*port.appProtocol));
    }
}

FieldErrors validate_subsets(const std::vector<EndpointSubset>& subsets) {
    FieldErrors errors;
    for (std::size_t i = 0; i < subsets.size(); ++i) {
        const EndpointSubset& subset = subsets[i];
        const Path path = Path{"subsets"}[i];
        if (subset.addresses.empty() && subset.notReadyAddresses.empty()) {
            errors.push_back(
                api::required_value(path, "must specify `addresses` or `notReadyAddresses`"));
        }
        for (std::size_t k = 0; k < subset.addresses.size(); ++k) {
            check_subset_address(errors, subset.addresses[k], (path / "addresses")[k]);
        }
        for (std::size_t k = 0; k < subset.notReadyAddresses.size(); ++k) {
            check_subset_address(errors, subset.notReadyAddresses[k],
                                 (path / "notReadyAddresses")[k]);
        }
        for (std::size_t k = 0; k < subset.ports.size(); ++k) {
            check_subset_port(errors, subset.ports[k], subset.ports.size() > 1,
                              (path / "ports")[k]);
        }
    }
    return errors;
}

}  // namespace

void Rules<Endpoints>::set_defaults(Cluster& /*cluster*/, Endpoints& object) {
    for (EndpointSubset& subset : object.subsets) {
        for (EndpointsPort& port : subset.ports) {
            if (port.protocol.empty()) {
                port.protocol = "TCP";
            }
        }
    }
}

FieldErrors Rules<Endpoints>::validate(Cluster& /*cluster*/, const Endpoints& object,
                                       const Endpoints* old) {
    if (old != nullptr && old->subsets == object.subsets) {
        return {};  // what was accepted once stays so
    }
    return validate_subsets(object.subsets);
}

std::vector<std::string> Rules<Endpoints>::warnings(const Endpoints& object) {
    std::vector<std::string> result;
    const auto labels = object.metadata.labels->find("endpoints.kubernetes.io/managed-by");
    if (labels != object.metadata.labels->end() && labels->second == "endpoint-controller") {
        return result;
    }
    for (std::size_t i = 0; i < object.subsets.size(); ++i) {
        const Path path = Path{"subsets"}[i];
        const auto look_at = [&](const std::vector<EndpointAddress>& addresses, const Path& list) {
            for (std::size_t k = 0; k < addresses.size(); ++k) {
                append_ip_warnings(result, list[k] / "ip", addresses[k].ip);
            }
        };
        look_at(object.subsets[i].addresses, path / "addresses");
        look_at(object.subsets[i].notReadyAddresses, path / "notReadyAddresses");
    }
    return result;
}

std::vector<std::string> Rules<Endpoints>::update_warnings(const Endpoints& next,
                                                           const Endpoints& /*old*/) {
    return warnings(next);
}

}  // namespace wavetank::registry
