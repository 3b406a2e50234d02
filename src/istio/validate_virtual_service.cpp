#include "istio/model.hpp"
#include "istio/validation_rules.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::istio {
namespace {

bool has_any(const json::object& message, std::string_view list) {
    const json::array* found = list_in(&message, list);
    return found != nullptr && !found->empty();
}

ErrorList stream_match_problems(const json::object& match) {
    ErrorList errors;
    for (const std::string& subnet : texts_in(&match, "destinationSubnets")) {
        errors.append(subnet_problems(subnet));
    }
    if (const std::int64_t port = integer_in(&match, "port"); port != 0) {
        errors.append(port_problems(port));
    }
    errors.append(label_problems(labels_in(&match, "sourceLabels")));
    errors.append(gateway_name_problems(match).errors);
    return errors;
}

Validation sni_problems(const std::string& sni, const std::vector<std::string>& hosts) {
    Validation found;
    if (const ErrorList problems = wildcard_domain_problems(sni); !problems.empty()) {
        if (is_ip_address_text(sni)) {
            found.warn("using an IP address (" + go_quoted(sni) +
                       ") goes against SNI spec and most clients do not support this");
        } else {
            found.append(problems);
        }
        return found;
    }
    std::string listed;
    for (const std::string& host : hosts) {
        if (is_host_subset(sni, host)) {
            return found;
        }
        listed += (listed.empty() ? "" : ", ") + host;
    }
    found.append("SNI host " + go_quoted(sni) +
                 " is not a compatible subset of any of the virtual service hosts: [" + listed +
                 "]");
    return found;
}

Validation tls_problems(const json::object& route, const std::vector<std::string>& hosts) {
    Validation found;
    if (!has_any(route, "match")) {
        found.append("TLS route must have at least one match condition");
    }
    for (const json::object* match : messages_in(&route, "match")) {
        const auto names = texts_in(match, "sniHosts");
        if (names.empty()) {
            found.append("TLS match must have at least one SNI host");
        }
        for (const std::string& name : names) {
            found.append(sni_problems(name, hosts));
        }
        found.append(stream_match_problems(*match));
    }
    if (!has_any(route, "route")) {
        found.append("TLS route is required");
    }
    found.append(weighted_problems(route));
    return found;
}

Validation tcp_problems(const json::object& route) {
    Validation found;
    for (const json::object* match : messages_in(&route, "match")) {
        found.append(stream_match_problems(*match));
    }
    if (!has_any(route, "route")) {
        found.append("TCP route is required");
    }
    found.append(weighted_problems(route));
    return found;
}

Validation delegate_problems(const json::object& spec) {
    Validation found;
    for (const auto& [list, name] :
         {std::pair{"gateways", "gateways"}, {"tls", "tls route"}, {"tcp", "tcp route"}}) {
        if (has_any(spec, list)) {
            found.append("delegate virtual service must have no " + std::string{name} +
                         " specified");
        }
    }
    return found;
}

Validation host_problems(const std::vector<std::string>& hosts, bool is_for_mesh) {
    Validation found;
    bool all_valid = true;
    for (const std::string& host : hosts) {
        if (const ErrorList problems = wildcard_domain_problems(host); !problems.empty()) {
            if (!is_ip_address_text(host)) {
                found.append(problems);
                all_valid = false;
            }
        } else if (is_for_mesh && host == "*") {
            found.append(
                "wildcard host * is not allowed for virtual services bound to the mesh gateway");
            all_valid = false;
        }
    }
    for (std::size_t i = 0; all_valid && i < hosts.size(); ++i) {
        for (std::size_t j = i + 1; j < hosts.size(); ++j) {
            if (hosts_match(hosts[i], hosts[j])) {
                found.append("duplicate hosts in virtual service: " + hosts[i] + " & " + hosts[j]);
            }
        }
    }
    return found;
}

Validation claim_problems(const json::object& spec) {
    Validation found;
    std::string gateways;
    for (const std::string& gateway : texts_in(&spec, "gateways")) {
        gateways += (gateways.empty() ? "" : " ") + gateway;
    }
    for (const json::object* route : messages_in(&spec, "http")) {
        for (const json::object* match : messages_in(route, "match")) {
            for (const std::string_view map : {"headers", "withoutHeaders"}) {
                for (const auto& [name, rule] : labels_in(match, map)) {
                    if (is_jwt_claim(name)) {
                        found.append("JWT claim based routing (key: " + name +
                                     ") is only supported for gateway, found no gateways: [" +
                                     gateways + "]");
                    }
                }
            }
        }
    }
    return found;
}

}  // namespace

Validation validate_virtual_service(const json::object& spec, const std::string& namespace_) {
    const std::vector<std::string> hosts = texts_in(&spec, "hosts");
    const std::vector<std::string> gateways = texts_in(&spec, "gateways");
    const bool is_for_gateway =
        !gateways.empty() && std::ranges::find(gateways, "mesh") == gateways.end();
    Validation found;
    if (hosts.empty()) {
        found.append(delegate_problems(spec));
    }
    found.append(gateway_name_problems(spec));
    if (!is_for_gateway) {
        found.append(claim_problems(spec));
    }
    found.append(host_problems(hosts, !is_for_gateway));
    if (!has_any(spec, "http") && !has_any(spec, "tcp") && !has_any(spec, "tls")) {
        found.append("http, tcp or tls must be provided in virtual service");
    }
    for (const json::object* route : messages_in(&spec, "http")) {
        found.append(http_route_problems(*route, hosts.empty()));
    }
    for (const json::object* route : messages_in(&spec, "tls")) {
        found.append(tls_problems(*route, hosts));
    }
    for (const json::object* route : messages_in(&spec, "tcp")) {
        found.append(tcp_problems(*route));
    }
    found.append(export_to_problems(spec, namespace_, false));
    warn_of_unreachable_rules(spec, found);
    return found;
}

}  // namespace wavetank::istio
