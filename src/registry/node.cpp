#include "registry/node.hpp"

#include "registry/ip.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace wavetank::registry {
namespace {

using api::corev1::Node;
using api::corev1::Taint;

const std::vector<std::string> taint_effects{"NoSchedule", "PreferNoSchedule", "NoExecute"};

std::string taint_json(const Taint& taint) {
    return "{\"Key\":" + api::json_quoted(taint.key) +
           ",\"Value\":" + api::json_quoted(taint.value) +
           ",\"Effect\":" + api::json_quoted(taint.effect) + ",\"TimeAdded\":" +
           (taint.timeAdded ? api::json_quoted(to_rfc3339(taint.timeAdded->value)) : "null") + "}";
}

FieldErrors validate_taints(const std::vector<Taint>& taints, const Path& path) {
    FieldErrors errors;
    std::set<std::pair<std::string, std::string>> seen;
    for (std::size_t i = 0; i < taints.size(); ++i) {
        const Taint& taint = taints[i];
        append_problems(errors, path[i] / "key", taint.key, api::check_qualified_name(taint.key));
        std::string problems;
        for (const std::string& problem : api::check_label_value(taint.value)) {
            problems += (problems.empty() ? "" : ";") + problem;
        }
        if (!problems.empty()) {
            errors.push_back(api::invalid_value(path[i] / "value", taint.value, problems));
        }
        if (taint.effect.empty()) {
            errors.push_back(api::required_value(path[i] / "effect", ""));
        } else if (std::find(taint_effects.begin(), taint_effects.end(), taint.effect) ==
                   taint_effects.end()) {
            errors.push_back(
                api::unsupported_value(path[i] / "effect", taint.effect, taint_effects));
        }
        if (!seen.emplace(taint.effect, taint.key).second) {
            errors.push_back({.reason = "FieldValueDuplicate",
                              .message = "Duplicate value: " + taint_json(taint) +
                                         ": taints must be unique by key and effect pair",
                              .field = path[i].text()});
        }
    }
    return errors;
}

/// Tells whether amounts of the resource are whole numbers (upstream's `IsIntegerResourceName`).
bool is_counted(std::string_view resource) {
    constexpr std::string_view counted[] = {"pods",
                                            "services",
                                            "replicationcontrollers",
                                            "resourcequotas",
                                            "secrets",
                                            "configmaps",
                                            "persistentvolumeclaims",
                                            "services.nodeports",
                                            "services.loadbalancers"};
    if (std::find(std::begin(counted), std::end(counted), resource) != std::end(counted)) {
        return true;
    }
    const bool qualified = resource.find('/') != std::string_view::npos;
    return qualified && resource.find("kubernetes.io/") == std::string_view::npos &&
           !resource.starts_with("requests.") &&
           api::check_qualified_name("requests." + std::string{resource}).empty();
}

FieldErrors validate_resources(const api::ResourceList& resources, const Path& path) {
    FieldErrors errors;
    for (const auto& [name, amount] : resources) {
        const std::string shown = amount.to_string();
        if (amount < api::Quantity{}) {
            errors.push_back(
                api::invalid_value(path / name, shown, "must be greater than or equal to 0"));
        }
        if (is_counted(name) && amount.milli_value() % 1000 != 0) {
            errors.push_back(api::invalid_value(path / name, shown, "must be an integer"));
        }
    }
    return errors;
}

FieldErrors validate_pod_blocks(const Node& node) {
    FieldErrors errors;
    const Path path{"spec.podCIDRs"};
    const auto& blocks = node.spec.podCIDRs;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        append(errors, validate_cidr(blocks[i], path[i]));
    }
    if (blocks.size() > 2 || (blocks.size() == 2 && is_v6(blocks[0]) == is_v6(blocks[1]))) {
        errors.push_back(api::invalid_literal(
            path, json_list(blocks), "may specify no more than one CIDR for each IP family"));
    }
    return errors;
}

FieldErrors validate_addresses(const Node& node) {
    FieldErrors errors;
    std::set<std::pair<std::string, std::string>> seen;
    const Path path{"status.addresses"};
    for (std::size_t i = 0; i < node.status.addresses.size(); ++i) {
        const auto& address = node.status.addresses[i];
        if (!seen.emplace(address.type, address.address).second) {
            errors.push_back(
                {.reason = "FieldValueDuplicate",
                 .message = "Duplicate value: {\"Type\":" + api::json_quoted(address.type) +
                            ",\"Address\":" + api::json_quoted(address.address) + "}",
                 .field = path[i].text()});
        }
    }
    return errors;
}

FieldErrors validate_change(const Node& next, const Node& old) {
    FieldErrors errors = validate_addresses(next);
    if (!old.spec.podCIDRs.empty() && next.spec.podCIDRs != old.spec.podCIDRs) {
        errors.push_back(api::forbidden_value(
            "spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid"));
    }
    if (next.spec.externalID != old.spec.externalID) {
        errors.push_back(api::forbidden_value("spec.externalID", "may not be updated"));
    }
    if (!old.spec.providerID.empty() && next.spec.providerID != old.spec.providerID) {
        errors.push_back(api::invalid_literal("spec.providerID", "null",
                                              next.spec.providerID.empty()
                                                  ? "field cannot be cleared once set"
                                                  : "field cannot be modified once set"));
    }
    return errors;
}

/// Drops what belongs to features that are gone or not yet on by default.
void drop_unused(Node& node) {
    node.spec.configSource = {};
    node.spec.podPreemptionPolicy = {};
}

/// Tells whether it is segments like `UpperCamelCase/mixedCase` of letters and digits.
bool is_feature_name(std::string_view name) {
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto alphanumeric = [&](char c) {
        return upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    if (name.empty() || !upper(name[0]) || name.back() == '/' ||
        name.find("//") != std::string_view::npos) {
        return false;
    }
    return std::all_of(name.begin(), name.end(),
                       [&](char c) { return c == '/' || alphanumeric(c); });
}

FieldErrors validate_features(const std::vector<std::string>& features) {
    FieldErrors errors;
    const Path path{"status.declaredFeatures"};
    for (std::size_t i = 0; i < features.size(); ++i) {
        if (!is_feature_name(features[i])) {
            errors.push_back(api::invalid_value(
                path[i], features[i],
                "invalid feature name " + api::quoted(features[i]) +
                    ": must start with an UpperCamelCase segment, with subsequent segments "
                    "separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain "
                    "only alphanumeric characters and slashes"));
        }
        if (i + 1 == features.size()) {
            break;
        }
        if (features[i] == features[i + 1]) {
            errors.push_back(api::duplicate_value(path[i + 1], features[i + 1]));
        } else if (features[i] > features[i + 1]) {
            errors.push_back(api::invalid_value(path[i + 1], features[i + 1],
                                                "list must be sorted alphabetically"));
        }
    }
    return errors;
}

/// Gives the status what it leaves out. Amounts finer than a thousandth are rounded up.
void default_status(api::corev1::NodeStatus& status) {
    constexpr int milli_scale = -3;
    if (status.allocatable.empty()) {
        status.allocatable = status.capacity;
    }
    for (auto* list : {&status.capacity, &status.allocatable}) {
        for (auto& [name, amount] : *list) {
            amount.round_up(milli_scale);
        }
    }
}

}  // namespace

void Rules<Node>::set_defaults(Cluster& /*cluster*/, Node& object) {
    default_status(object.status);
    // The older field wins where both are set and differ.
    auto& spec = object.spec;
    if (!spec.podCIDR.empty() && (spec.podCIDRs.empty() || spec.podCIDRs[0] != spec.podCIDR)) {
        spec.podCIDRs = {spec.podCIDR};
    } else if (spec.podCIDR.empty() && !spec.podCIDRs.empty()) {
        spec.podCIDR = spec.podCIDRs[0];
    }
}

Result<> Rules<Node>::admit(Cluster& /*cluster*/, Node& object, DryRun /*dry_run*/) {
    // TaintNodesByCondition: a node takes no pods until a controller has seen it ready.
    constexpr std::string_view not_ready = "node.kubernetes.io/not-ready";
    auto& taints = object.spec.taints;
    const bool tainted = std::any_of(taints.begin(), taints.end(), [&](const Taint& taint) {
        return taint.key == not_ready && taint.effect == "NoSchedule";
    });
    if (!tainted) {
        Taint& taint = taints.emplace_back();
        taint.key = not_ready;
        taint.effect = "NoSchedule";
    }
    return {};
}

void Rules<Node>::prepare_create(Node& object) {
    drop_unused(object);
    object.status.config = {};
}

void Rules<Node>::prepare_update(Node& next, const Node& old) {
    next.status = old.status;
    drop_unused(next);
}

void Rules<Node>::prepare_status(Node& next, const Node& old) {
    next.spec = old.spec;
    next.status.config = {};
    default_status(next.status);
}

FieldErrors Rules<Node>::validate(Cluster& /*cluster*/, const Node& object, const Node* old) {
    FieldErrors errors;
    append(errors, validate_taints(object.spec.taints, Path{"metadata.taints"}));
    append(errors, validate_resources(object.status.capacity, Path{"status.capacity"}));
    append(errors, validate_resources(object.status.allocatable, Path{"status.allocatable"}));
    append(errors, validate_features(object.status.declaredFeatures));
    append(errors, validate_pod_blocks(object));
    if (old != nullptr) {
        append(errors, validate_change(object, *old));
    }
    return errors;
}

FieldErrors Rules<Node>::validate_status(const Node& next, const Node& /*old*/) {
    FieldErrors errors = validate_resources(next.status.capacity, Path{"status.capacity"});
    append(errors, validate_resources(next.status.allocatable, Path{"status.allocatable"}));
    append(errors, validate_features(next.status.declaredFeatures));
    append(errors, validate_addresses(next));
    return errors;
}

std::vector<std::string> Rules<Node>::warnings(const Node& object) {
    if (object.spec.externalID.empty()) {
        return {};
    }
    return {"spec.externalID: this field is deprecated, and is unused by Kubernetes"};
}

std::vector<std::string> Rules<Node>::update_warnings(const Node& next, const Node& /*old*/) {
    return warnings(next);
}

}  // namespace wavetank::registry
