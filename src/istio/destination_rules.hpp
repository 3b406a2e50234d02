#pragma once

/// \file
/// Which DestinationRule is for a host, seen from a namespace.

#include "istio/model.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace wavetank::istio {

/// Several that were merged into one (`ConsolidatedDestRule`).
struct ConsolidatedRule {
    json::object spec;  // with the full host
    std::string namespace_;
    std::set<std::string, std::less<>> export_to;
    std::vector<std::string> from;
};

using HostRules = std::map<std::string, std::vector<ConsolidatedRule>, std::less<>>;

/// All of a cluster's, by where they hold.
class DestinationRuleIndex {
public:
    explicit DestinationRuleIndex(const Registry& registry);

    /// Returns the rules for a service, for proxies of a namespace: of the most specific host
    /// alone, from the first of its own namespace, the service's and the root one that has any.
    [[nodiscard]] std::vector<const ConsolidatedRule*> rules_for(const std::string& proxy_namespace,
                                                                 const IstioService& service) const;

private:
    [[nodiscard]] std::vector<const ConsolidatedRule*> exported_from(
        const std::string& owner, const std::string& host, const std::string& client) const;

    std::string root_namespace_;
    std::map<std::string, HostRules, std::less<>> local_;
    std::map<std::string, HostRules, std::less<>> exported_;
    HostRules root_local_;
};

/// Returns the policy for a port: the port's own one, if there is one, takes the place of all.
/// `is_own` tells whether it does. Null: there is none.
struct PortPolicy {
    const json::object* policy = nullptr;
    bool is_own = false;
};

[[nodiscard]] PortPolicy port_policy(const json::object* policy, std::uint32_t port);

/// Returns what holds for a subset's port, block by block, as `MergeSubsetTrafficPolicy`. Empty
/// and without blocks: nothing is said.
[[nodiscard]] json::object subset_policy(const json::object* rule_policy,
                                         const json::object* own_policy, std::uint32_t port);

/// Returns the subset of that name; null if there is none.
[[nodiscard]] const json::object* subset_of(const json::object* rule, std::string_view name);

}  // namespace wavetank::istio
