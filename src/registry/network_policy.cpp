#include "registry/network_policy.hpp"

#include "registry/ip.hpp"

#include <wavetank/api/selector.hpp>

#include <algorithm>
#include <set>

namespace wavetank::registry {
namespace {

using api::networkingv1::IPBlock;
using api::networkingv1::NetworkPolicy;
using api::networkingv1::NetworkPolicyPeer;
using api::networkingv1::NetworkPolicyPort;
using api::networkingv1::NetworkPolicySpec;

/// Blocks that the policy already had, which are not checked again.
using KnownBlocks = std::set<std::string>;

/// Calls `visit(peer, path)` for all peers, those of ingress first.
template <class Visit>
void for_each_peer(const NetworkPolicySpec& spec, Visit visit) {
    for (std::size_t i = 0; i < spec.ingress.size(); ++i) {
        const Path path = Path{"spec.ingress"}[i] / "from";
        for (std::size_t k = 0; k < spec.ingress[i].from.size(); ++k) {
            visit(spec.ingress[i].from[k], path[k]);
        }
    }
    for (std::size_t i = 0; i < spec.egress.size(); ++i) {
        const Path path = Path{"spec.egress"}[i] / "to";
        for (std::size_t k = 0; k < spec.egress[i].to.size(); ++k) {
            visit(spec.egress[i].to[k], path[k]);
        }
    }
}

void check_port_number_at(FieldErrors& errors, const Path& path, std::int64_t number) {
    for (const std::string& problem : api::check_port_number(number)) {
        errors.push_back(api::invalid_value(path, number, problem));
    }
}

void check_policy_port(FieldErrors& errors, const NetworkPolicyPort& port, const Path& path) {
    const std::vector<std::string> protocols{"TCP", "UDP", "SCTP"};
    if (port.protocol && std::ranges::find(protocols, *port.protocol) == protocols.end()) {
        errors.push_back(api::unsupported_value(path / "protocol", *port.protocol, protocols));
    }
    const Path end = path / "endPort";
    if (!port.port) {
        if (port.endPort) {
            errors.push_back(api::invalid_value(end, *port.endPort,
                                                "may not be specified when `port` is not "
                                                "specified"));
        }
        return;
    }
    if (port.port->is_string()) {
        if (port.endPort) {
            errors.push_back(api::invalid_value(end, *port.endPort,
                                                "may not be specified when `port` is non-numeric"));
        }
        const std::string name{port.port->string_value()};
        append_problems(errors, path / "port", name, api::check_port_name(name));
        return;
    }
    check_port_number_at(errors, path / "port", port.port->int_value());
    if (port.endPort) {
        if (*port.endPort < port.port->int_value()) {
            errors.push_back(
                api::invalid_value(end, *port.endPort, "must be greater than or equal to `port`"));
        }
        check_port_number_at(errors, end, *port.endPort);
    }
}

/// Checks a block; false: it is none.
bool check_block(FieldErrors& errors, const std::string& block, const KnownBlocks& known,
                 const Path& path) {
    FieldErrors found = validate_cidr(block, path);
    // Of malformed ones only those that are no block at all stop the comparison.
    const bool parses = found.empty() || found.front().message.find("must be a valid CIDR value") ==
                                             std::string::npos;
    if (!known.contains(block)) {
        append(errors, std::move(found));
    }
    return parses;
}

void check_ip_block(FieldErrors& errors, const IPBlock& block, const KnownBlocks& known,
                    const Path& path) {
    if (block.cidr.empty()) {
        errors.push_back(api::required_value(path / "cidr", ""));
        return;
    }
    if (!check_block(errors, block.cidr, known, path / "cidr")) {
        return;
    }
    for (std::size_t i = 0; i < block.except.size(); ++i) {
        const Path at = (path / "except")[i];
        if (check_block(errors, block.except[i], known, at) &&
            !is_strict_subset(block.except[i], block.cidr)) {
            errors.push_back(
                api::invalid_value(at, block.except[i], "must be a strict subset of `cidr`"));
        }
    }
}

void check_peer(FieldErrors& errors, const NetworkPolicyPeer& peer, const KnownBlocks& known,
                const Path& path) {
    if (peer.podSelector) {
        append(errors, api::validate_selector(*peer.podSelector, path / "podSelector"));
    }
    if (peer.namespaceSelector) {
        append(errors, api::validate_selector(*peer.namespaceSelector, path / "namespaceSelector"));
    }
    if (peer.ipBlock) {
        check_ip_block(errors, *peer.ipBlock, known, path / "ipBlock");
    }
    const bool selects = peer.podSelector || peer.namespaceSelector;
    if (!selects && !peer.ipBlock) {
        errors.push_back(api::required_value(path, "must specify a peer"));
    } else if (selects && peer.ipBlock) {
        errors.push_back(
            api::forbidden_value(path, "may not specify both ipBlock and another peer"));
    }
}

/// Checks the ports and peers of one direction.
template <class Rule>
void check_policy_rules(FieldErrors& errors, const std::vector<Rule>& rules,
                        std::vector<NetworkPolicyPeer> Rule::*peers, std::string_view peers_name,
                        const KnownBlocks& known, const Path& path) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        for (std::size_t k = 0; k < rules[i].ports.size(); ++k) {
            check_policy_port(errors, rules[i].ports[k], (path[i] / "ports")[k]);
        }
        const auto& list = rules[i].*peers;
        for (std::size_t k = 0; k < list.size(); ++k) {
            check_peer(errors, list[k], known, (path[i] / peers_name)[k]);
        }
    }
}

KnownBlocks blocks_of(const NetworkPolicySpec& spec) {
    KnownBlocks blocks;
    for_each_peer(spec, [&](const NetworkPolicyPeer& peer, const Path& /*path*/) {
        if (peer.ipBlock) {
            blocks.insert(peer.ipBlock->cidr);
            blocks.insert(peer.ipBlock->except.begin(), peer.ipBlock->except.end());
        }
    });
    return blocks;
}

}  // namespace

void Rules<NetworkPolicy>::set_defaults(Cluster& /*cluster*/, NetworkPolicy& object) {
    const auto default_ports = [](auto& rules) {
        for (auto& rule : rules) {
            for (NetworkPolicyPort& port : rule.ports) {
                if (!port.protocol) {
                    port.protocol = "TCP";
                }
            }
        }
    };
    default_ports(object.spec.ingress);
    default_ports(object.spec.egress);
    if (object.spec.policyTypes.empty()) {
        object.spec.policyTypes.emplace_back("Ingress");
        if (!object.spec.egress.empty()) {
            object.spec.policyTypes.emplace_back("Egress");
        }
    }
}

void Rules<NetworkPolicy>::prepare_create(NetworkPolicy& object) {
    object.metadata.generation = 1;
}

void Rules<NetworkPolicy>::prepare_update(NetworkPolicy& next, const NetworkPolicy& old) {
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

FieldErrors Rules<NetworkPolicy>::validate(Cluster& /*cluster*/, const NetworkPolicy& object,
                                           const NetworkPolicy* old) {
    const NetworkPolicySpec& spec = object.spec;
    const KnownBlocks known = old != nullptr ? blocks_of(old->spec) : KnownBlocks{};
    FieldErrors errors = api::validate_selector(spec.podSelector, "spec.podSelector");
    check_policy_rules(errors, spec.ingress, &api::networkingv1::NetworkPolicyIngressRule::from,
                       "from", known, Path{"spec.ingress"});
    check_policy_rules(errors, spec.egress, &api::networkingv1::NetworkPolicyEgressRule::to, "to",
                       known, Path{"spec.egress"});
    const Path types{"spec.policyTypes"};
    if (spec.policyTypes.size() > 2) {
        errors.push_back(api::invalid_literal(types, json_list(spec.policyTypes),
                                              "may not specify more than two policyTypes"));
        return errors;
    }
    for (std::size_t i = 0; i < spec.policyTypes.size(); ++i) {
        const std::string& type = spec.policyTypes[i];
        if (type != "Ingress" && type != "Egress") {
            errors.push_back(api::unsupported_value(types[i], type, {"Ingress", "Egress"}));
        }
    }
    return errors;
}

std::vector<std::string> Rules<NetworkPolicy>::warnings(const NetworkPolicy& object) {
    std::vector<std::string> result;
    for_each_peer(object.spec, [&](const NetworkPolicyPeer& peer, const Path& path) {
        if (!peer.ipBlock) {
            return;
        }
        append_cidr_warnings(result, path / "ipBlock.cidr", peer.ipBlock->cidr);
        for (std::size_t i = 0; i < peer.ipBlock->except.size(); ++i) {
            append_cidr_warnings(result, (path / "ipBlock.except")[i], peer.ipBlock->except[i]);
        }
    });
    return result;
}

std::vector<std::string> Rules<NetworkPolicy>::update_warnings(const NetworkPolicy& next,
                                                               const NetworkPolicy& /*old*/) {
    return warnings(next);
}

}  // namespace wavetank::registry
