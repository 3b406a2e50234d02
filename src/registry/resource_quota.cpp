#include "registry/resource_quota.hpp"

#include "registry/resource_names.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace wavetank::registry {
namespace {

using api::Quantity;
using api::ResourceList;
using api::corev1::ResourceQuota;
using api::corev1::ResourceQuotaSpec;
using api::corev1::ScopedResourceSelectorRequirement;

constexpr std::array<std::string_view, 7> quota_scopes{"Terminating",
                                                       "NotTerminating",
                                                       "BestEffort",
                                                       "NotBestEffort",
                                                       "PriorityClass",
                                                       "VolumeAttributesClass",
                                                       "CrossNamespacePodAffinity"};

bool is_quota_scope(std::string_view scope) {
    return std::find(quota_scopes.begin(), quota_scopes.end(), scope) != quota_scopes.end();
}

bool is_scope_without_values(std::string_view scope) {
    return is_quota_scope(scope) && scope != "PriorityClass" && scope != "VolumeAttributesClass";
}

bool is_pod_quota(std::string_view resource) {
    constexpr std::array<std::string_view, 6> computed{
        "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"};
    return resource == "pods" ||
           std::find(computed.begin(), computed.end(), resource) != computed.end();
}

bool scope_fits(std::string_view scope, std::string_view resource) {
    if (scope == "BestEffort") {
        return resource == "pods";
    }
    if (scope == "VolumeAttributesClass") {
        return resource == "persistentvolumeclaims" || resource == "requests.storage";
    }
    return !is_quota_scope(scope) || is_pod_quota(resource);
}

/// Writes the selector as upstream's error does: the internal struct, in JSON.
std::string scope_selector_json(const api::corev1::ScopeSelector& selector) {
    std::string text;
    for (const ScopedResourceSelectorRequirement& each : selector.matchExpressions) {
        text += (text.empty() ? "" : ",");
        text += "{\"ScopeName\":" + api::json_quoted(each.scopeName) +
                ",\"Operator\":" + api::json_quoted(each.operator_) +
                ",\"Values\":" + (each.values.empty() ? "null" : json_list(each.values)) + "}";
    }
    return "{\"MatchExpressions\":" +
           (selector.matchExpressions.empty() ? "null" : "[" + text + "]") + "}";
}

void check_scope_resources(FieldErrors& errors, const ResourceQuotaSpec& spec,
                           std::string_view scope, const Path& path, const std::string& shown) {
    for (const auto& [resource, amount] : spec.hard) {
        if (is_quota_resource(resource) && !scope_fits(scope, resource)) {
            errors.push_back(
                api::invalid_literal(path, shown, "unsupported scope applied to resource"));
        }
    }
}

void check_scope_conflicts(FieldErrors& errors, const std::set<std::string>& scopes,
                           const Path& path, const std::string& shown) {
    for (const auto& [one, other] :
         {std::pair{"BestEffort", "NotBestEffort"}, std::pair{"Terminating", "NotTerminating"}}) {
        if (scopes.contains(one) && scopes.contains(other)) {
            errors.push_back(api::invalid_literal(path, shown, "conflicting scopes"));
        }
    }
}

void check_scopes(FieldErrors& errors, const ResourceQuotaSpec& spec, const Path& path) {
    const std::string shown = json_list(spec.scopes);
    for (const std::string& scope : spec.scopes) {
        if (!is_quota_scope(scope)) {
            errors.push_back(api::invalid_literal(path, shown, "unsupported scope"));
        }
        check_scope_resources(errors, spec, scope, path, shown);
    }
    check_scope_conflicts(errors, {spec.scopes.begin(), spec.scopes.end()}, path, shown);
}

void check_scope_operator(FieldErrors& errors, const ScopedResourceSelectorRequirement& each,
                          const Path& path) {
    const std::string& by = each.operator_;
    if (is_scope_without_values(each.scopeName) && by != "Exists") {
        errors.push_back(api::invalid_value(
            path / "operator", by,
            "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, "
            "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
            "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"));
    }
    if (by == "In" || by == "NotIn") {
        if (each.values.empty()) {
            errors.push_back(api::required_value(path / "values",
                                                 "must be at least one value when `operator` is "
                                                 "'In' or 'NotIn' for scope selector"));
        }
    } else if (by == "Exists" || by == "DoesNotExist") {
        if (!each.values.empty()) {
            errors.push_back(api::invalid_literal(path / "values", json_list(each.values),
                                                  "must be no value when `operator` is 'Exist' or "
                                                  "'DoesNotExist' for scope selector"));
        }
    } else {
        errors.push_back(
            api::invalid_value(path / "operator", by, "not a valid selector operator"));
    }
}

void check_scope_selector(FieldErrors& errors, const ResourceQuotaSpec& spec, const Path& path) {
    std::set<std::string> scopes;
    for (const auto& each : spec.scopeSelector->matchExpressions) {
        if (!is_quota_scope(each.scopeName)) {
            errors.push_back(
                api::invalid_value(path / "scopeName", each.scopeName, "unsupported scope"));
        }
        check_scope_resources(errors, spec, each.scopeName, path,
                              scope_selector_json(*spec.scopeSelector));
        check_scope_operator(errors, each, path);
        scopes.insert(each.scopeName);
    }
    check_scope_conflicts(errors, scopes, path,
                          spec.scopes.empty() ? "null" : json_list(spec.scopes));
}

void check_quota_amounts(FieldErrors& errors, const ResourceList& amounts, const Path& path) {
    for (const auto& [resource, amount] : amounts) {
        const Path at = path.key(resource);
        append(errors, validate_resource_name(resource, at));
        if (resource.find('/') == std::string::npos && !is_quota_resource(resource)) {
            errors.push_back(
                api::invalid_value(at, resource, "must be a standard resource for quota"));
        }
        append(errors, validate_resource_amount(resource, amount, at));
    }
}

const Quantity* hard_amount(const ResourceQuota& quota, const std::string& resource) {
    const auto found = quota.spec.hard.find(resource);
    return found == quota.spec.hard.end() ? nullptr : &found->second;
}

}  // namespace

void Rules<ResourceQuota>::release(Cluster& cluster, const ResourceQuota& object) {
    auto& quotas = cluster.limits.quotas;
    const auto found = quotas.find(object.metadata.namespace_);
    if (found == quotas.end()) {
        return;
    }
    found->second.erase(object.metadata.name);
    if (found->second.empty()) {
        quotas.erase(found);
    }
}

void Rules<ResourceQuota>::prepare_create(ResourceQuota& object) {
    object.status = {};
}

void Rules<ResourceQuota>::prepare_update(ResourceQuota& next, const ResourceQuota& old) {
    next.status = old.status;
}

void Rules<ResourceQuota>::prepare_status(ResourceQuota& next, const ResourceQuota& old) {
    next.spec = old.spec;
}

FieldErrors Rules<ResourceQuota>::validate(Cluster& /*cluster*/, const ResourceQuota& object,
                                           const ResourceQuota* old) {
    FieldErrors errors;
    check_quota_amounts(errors, object.spec.hard, Path{"spec.hard"});
    check_scopes(errors, object.spec, Path{"spec.scopes"});
    if (object.spec.scopeSelector) {
        check_scope_selector(errors, object.spec, Path{"spec.scopeSelector.matchExpressions"});
    }
    if (old != nullptr) {
        const auto& next = object.spec.scopes;
        const auto& before = old->spec.scopes;
        if (std::set<std::string>(next.begin(), next.end()) !=
            std::set<std::string>(before.begin(), before.end())) {
            errors.push_back(api::invalid_literal(
                "spec.scopes", next.empty() ? "null" : json_list(next), "field is immutable"));
        }
    }
    return errors;
}

FieldErrors Rules<ResourceQuota>::validate_status(const ResourceQuota& next,
                                                  const ResourceQuota& /*old*/) {
    FieldErrors errors;
    check_quota_amounts(errors, next.status.hard, Path{"status.hard"});
    check_quota_amounts(errors, next.status.used, Path{"status.used"});
    return errors;
}

std::vector<std::string> Rules<ResourceQuota>::warnings(const ResourceQuota& object) {
    std::vector<std::string> result;
    for (const std::string resource : {"cpu", "memory", "storage", "ephemeral-storage"}) {
        std::string requested = "requests." + resource;
        const Quantity* request = hard_amount(object, requested);
        if (request == nullptr && (resource == "cpu" || resource == "memory")) {
            request = hard_amount(object, resource);
            requested = request != nullptr ? resource : requested;
        }
        const std::string limited = "limits." + resource;
        const Quantity* limit = hard_amount(object, limited);
        if (request != nullptr && limit != nullptr && *request > *limit) {
            result.push_back("ResourceQuota " + requested + " (" + request->to_string() +
                             ") should be less than " + limited + " (" + limit->to_string() + ")");
        }
    }
    return result;
}

}  // namespace wavetank::registry
