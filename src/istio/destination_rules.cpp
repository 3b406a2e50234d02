#include "istio/destination_rules.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wavetank::istio {
namespace {

std::optional<Labels> selector_of(const json::object& spec) {
    const json::object* selector = message_in(&spec, "workloadSelector");
    return selector == nullptr ? std::nullopt : std::optional{labels_in(selector, "matchLabels")};
}

void merge_into(ConsolidatedRule& existing, const Config& config, const json::object& spec) {
    existing.from.push_back(config.key());
    json::array subsets;
    std::set<std::string> names;
    for (const json::object* subset : messages_in(&existing.spec, "subsets")) {
        names.insert(text_in(subset, "name"));
        subsets.emplace_back(*subset);
    }
    for (const json::object* subset : messages_in(&spec, "subsets")) {
        if (!names.contains(text_in(subset, "name"))) {
            subsets.emplace_back(*subset);
        }
    }
    existing.spec["subsets"] = std::move(subsets);
    if (message_in(&existing.spec, "trafficPolicy") == nullptr) {
        if (const json::object* policy = message_in(&spec, "trafficPolicy")) {
            existing.spec["trafficPolicy"] = *policy;
        }
    }
}

// As `mergeDestinationRule`: one that more see than the existing one is merged and stands alone,
// too.
void add_rule(HostRules& rules, const Config& config, const json::object& spec,
              const std::set<std::string, std::less<>>& export_to) {
    auto& list = rules[text_in(&spec, "host")];
    const auto own_selector = selector_of(spec);
    bool stands_alone = true;
    for (ConsolidatedRule& existing : list) {
        if (export_to == existing.export_to) {
            stands_alone = false;
        } else if (!existing.export_to.empty() &&
                   std::ranges::includes(export_to, existing.export_to)) {
            stands_alone = true;
        } else {
            stands_alone = true;
            continue;
        }
        const auto its_selector = selector_of(existing.spec);
        if (own_selector && its_selector && *own_selector != *its_selector) {
            stands_alone = true;
            continue;
        }
        if (own_selector.has_value() == its_selector.has_value()) {
            stands_alone = false;
        }
        merge_into(existing, config, spec);
    }
    if (stands_alone) {
        list.push_back({.spec = spec,
                        .namespace_ = config.namespace_,
                        .export_to = export_to,
                        .from = {config.key()}});
    }
}

// The rules of the most specific host that covers this one; null if none does.
const std::vector<ConsolidatedRule>* most_specific(const HostRules& rules,
                                                   const std::string& host) {
    if (const auto found = rules.find(host); found != rules.end()) {
        return &found->second;
    }
    const std::string_view needle =
        is_wildcard(host) ? std::string_view{host}.substr(1) : std::string_view{host};
    const std::vector<ConsolidatedRule>* best = nullptr;
    std::string_view best_host;
    for (const auto& [candidate, list] : rules) {
        if (is_wildcard(candidate) && needle.ends_with(std::string_view{candidate}.substr(1)) &&
            (best == nullptr || candidate.size() > best_host.size())) {
            best = &list;
            best_host = candidate;
        }
    }
    return best;
}

const std::vector<ConsolidatedRule>* most_specific_in(
    const std::map<std::string, HostRules, std::less<>>& by_namespace,
    const std::string& namespace_, const std::string& host) {
    const auto found = by_namespace.find(namespace_);
    return found == by_namespace.end() ? nullptr : most_specific(found->second, host);
}

std::vector<const ConsolidatedRule*> pointers_to(const std::vector<ConsolidatedRule>& rules) {
    std::vector<const ConsolidatedRule*> pointers;
    for (const ConsolidatedRule& rule : rules) {
        pointers.push_back(&rule);
    }
    return pointers;
}

}  // namespace

DestinationRuleIndex::DestinationRuleIndex(const Registry& registry)
    : root_namespace_(registry.root_namespace) {
    std::vector<ConfigPtr> sorted = registry.destination_rules;
    std::ranges::stable_sort(sorted, [](const ConfigPtr& one, const ConfigPtr& other) {
        const bool one_selects = selector_of(one->spec).has_value();
        const bool other_selects = selector_of(other->spec).has_value();
        return one_selects != other_selects ? one_selects : is_older(*one, *other);
    });
    const auto defaults = texts_in(&registry.mesh_config, "defaultDestinationRuleExportTo");
    const bool is_private_by_default = std::ranges::find(defaults, ".") != defaults.end();
    for (const ConfigPtr& config : sorted) {
        json::object spec = config->spec;
        spec["host"] = resolve_short_name(text_in(&spec, "host"), config->namespace_);
        std::set<std::string, std::less<>> export_to;
        if (selector_of(spec)) {
            export_to = {"."};
        } else {
            for (const std::string& name : texts_in(&spec, "exportTo")) {
                export_to.insert(name);
            }
        }
        const bool names_own = export_to.contains(".") || export_to.contains(config->namespace_);
        if (export_to.empty() || export_to.contains("*") || names_own) {
            add_rule(local_[config->namespace_], *config, spec, export_to);
        }
        const bool is_private =
            (export_to.empty() && is_private_by_default) || (export_to.size() == 1 && names_own);
        if (!is_private) {
            add_rule(exported_[config->namespace_], *config, spec, export_to);
        } else if (config->namespace_ == root_namespace_) {
            add_rule(root_local_, *config, spec, export_to);
        }
    }
}

std::vector<const ConsolidatedRule*> DestinationRuleIndex::exported_from(
    const std::string& owner, const std::string& host, const std::string& client) const {
    std::vector<const ConsolidatedRule*> seen;
    if (const auto* rules = most_specific_in(exported_, owner, host)) {
        for (const ConsolidatedRule& rule : *rules) {
            if (rule.export_to.empty() || rule.export_to.contains("*") ||
                rule.export_to.contains(client)) {
                seen.push_back(&rule);
            }
        }
    }
    return seen;
}

std::vector<const ConsolidatedRule*> DestinationRuleIndex::rules_for(
    const std::string& proxy_namespace, const IstioService& service) const {
    const auto* own = proxy_namespace == root_namespace_
                          ? most_specific(root_local_, service.hostname)
                          : most_specific_in(local_, proxy_namespace, service.hostname);
    if (own != nullptr) {
        return pointers_to(*own);
    }
    auto rules = exported_from(service.namespace_, service.hostname, proxy_namespace);
    return rules.empty() ? exported_from(root_namespace_, service.hostname, proxy_namespace)
                         : rules;
}

PortPolicy port_policy(const json::object* policy, std::uint32_t port) {
    for (const json::object* settings : messages_in(policy, "portLevelSettings")) {
        const json::object* selector = message_in(settings, "port");
        if (selector != nullptr && integer_in(selector, "number") == port) {
            return {.policy = settings, .is_own = true};
        }
    }
    return {.policy = policy};
}

json::object subset_policy(const json::object* rule_policy, const json::object* own_policy,
                           std::uint32_t port) {
    const json::object* original = port_policy(rule_policy, port).policy;
    if (own_policy == nullptr) {
        return original == nullptr ? json::object{} : *original;
    }
    const PortPolicy own = port_policy(own_policy, port);
    if (original == nullptr) {
        return *own.policy;
    }
    json::object merged = *original;
    merged.erase("portLevelSettings");
    for (const std::string_view block :
         {"connectionPool", "outlierDetection", "loadBalancer", "tls"}) {
        const json::value* given = field(own.policy, block);
        if (given != nullptr) {
            merged[block] = *given;
        } else if (own.is_own) {
            merged.erase(block);
        }
    }
    for (const std::string_view block : {"tunnel", "proxyProtocol", "retryBudget"}) {
        if (const json::value* given = field(own.policy, block)) {
            merged[block] = *given;
        }
    }
    return merged;
}

const json::object* subset_of(const json::object* rule, std::string_view name) {
    for (const json::object* subset : messages_in(rule, "subsets")) {
        if (text_in(subset, "name") == name) {
            return subset;
        }
    }
    return nullptr;
}

}  // namespace wavetank::istio
