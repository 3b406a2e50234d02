#include "registry/stateful_set.hpp"

#include "registry/pod/pod_rules.hpp"
#include "registry/pod/volumes.hpp"
#include "registry/pod/whole_pod.hpp"
#include "registry/pod_bodies.hpp"
#include "registry/workload.hpp"

#include <wavetank/api/selector.hpp>

#include <boost/json.hpp>

#include <set>

namespace wavetank::registry {
namespace {

using api::appsv1::RollingUpdateStatefulSetStrategy;
using api::appsv1::StatefulSet;
using api::appsv1::StatefulSetSpec;
using api::appsv1::StatefulSetUpdateStrategy;
using api::corev1::PersistentVolumeClaim;
using api::corev1::PodTemplateSpec;

/// Writes the rollout's bounds as upstream's error does: the internal struct, in JSON.
std::string rolling_json(const RollingUpdateStatefulSetStrategy& update) {
    return "{\"Partition\":" + std::to_string(update.partition.value_or(0)) +
           ",\"MaxUnavailable\":" +
           (update.maxUnavailable ? literal_of(*update.maxUnavailable) : "null") + "}";
}

std::string strategy_json(const StatefulSetUpdateStrategy& strategy) {
    return "{\"Type\":" + api::json_quoted(strategy.type) + ",\"RollingUpdate\":" +
           (strategy.rollingUpdate ? rolling_json(*strategy.rollingUpdate) : "null") + "}";
}

FieldErrors validate_rolling_update(const RollingUpdateStatefulSetStrategy& update,
                                    const Path& path) {
    FieldErrors errors;
    check_not_negative(errors, path / "partition", update.partition.value_or(0));
    if (update.maxUnavailable) {
        const Path bound = path / "maxUnavailable";
        append(errors, validate_count_or_percent(*update.maxUnavailable, bound));
        if (count_or_percent(*update.maxUnavailable) == 0) {
            errors.push_back(
                api::invalid_literal(bound, literal_of(*update.maxUnavailable), "cannot be 0"));
        }
        append(errors, validate_at_most_whole(*update.maxUnavailable, bound));
    }
    return errors;
}

FieldErrors validate_update_strategy(const StatefulSetUpdateStrategy& strategy, const Path& path) {
    if (strategy.type == "RollingUpdate") {
        return strategy.rollingUpdate
                   ? validate_rolling_update(*strategy.rollingUpdate, path / "rollingUpdate")
                   : FieldErrors{};
    }
    if (strategy.type == "OnDelete") {
        if (!strategy.rollingUpdate) {
            return {};
        }
        return {api::invalid_literal(path / "rollingUpdate", rolling_json(*strategy.rollingUpdate),
                                     "only allowed for updateStrategy 'RollingUpdate'")};
    }
    return {api::invalid_literal(path, strategy_json(strategy),
                                 "must be 'RollingUpdate' or 'OnDelete'")};
}

FieldErrors validate_retention(const StatefulSetSpec& spec, const Path& path) {
    FieldErrors errors;
    if (!spec.persistentVolumeClaimRetentionPolicy) {
        return errors;
    }
    const auto check = [&](std::string_view field, const std::string& policy) {
        if (policy != "Retain" && policy != "Delete") {
            errors.push_back(api::unsupported_value(path / field, policy, {"Retain", "Delete"}));
        }
    };
    check("whenDeleted", spec.persistentVolumeClaimRetentionPolicy->whenDeleted);
    check("whenScaled", spec.persistentVolumeClaimRetentionPolicy->whenScaled);
    return errors;
}

FieldErrors validate_stateful_selector(const StatefulSetSpec& spec, const Path& path) {
    if (!spec.selector) {
        return {api::required_value(path, "")};
    }
    FieldErrors errors = api::validate_selector(*spec.selector, path);
    if (spec.selector->matchLabels.empty() && spec.selector->matchExpressions.empty()) {
        errors.push_back(api::invalid_literal(path, selector_json(*spec.selector),
                                              "empty selector is invalid for statefulset"));
    }
    if (!api::Selector::from(spec.selector)) {
        // Upstream says nothing here, not even after a colon.
        errors.push_back({.reason = "FieldValueInvalid",
                          .message = "Invalid value: " + selector_json(*spec.selector),
                          .field = path.text()});
    }
    return errors;
}

/// Returns the template as pods will have it: with their own host names, and the volumes of the
/// claims in the place of those of the same name.
PodTemplateSpec completed(const StatefulSetSpec& spec) {
    PodTemplateSpec made = spec.template_;
    const bool changes = !made.spec->subdomain.empty() || !made.spec.hostname->empty() ||
                         !spec.volumeClaimTemplates.empty();
    if (!changes) {
        return made;
    }
    made.spec.hostname = {};
    auto& body = made.spec.edit();
    body.subdomain.clear();
    std::set<std::string> claimed;
    for (const PersistentVolumeClaim& claim : spec.volumeClaimTemplates) {
        claimed.insert(claim.metadata.name);
    }
    std::erase_if(body.volumes, [&](const auto& volume) { return claimed.contains(volume.name); });
    for (const std::string& name : claimed) {
        api::corev1::Volume volume{.name = name};
        volume.persistentVolumeClaim.emplace().claimName = name;
        body.volumes.push_back(std::move(volume));
    }
    return made;
}

/// Whether the template is looked at as a whole.
enum class TemplateCheck : std::uint8_t { Full, LabelsAlone };

FieldErrors validate_stateful_template(Cluster& cluster, const StatefulSetSpec& spec,
                                       TemplateCheck check, const Path& path) {
    const PodTemplateSpec pods = completed(spec);
    const auto selector = api::Selector::from(spec.selector);
    FieldErrors errors;
    if (!selector) {
        return errors;
    }
    if (!selector->empty()) {
        append(errors, validate_selected(spec.selector, *pods.metadata.labels,
                                         path / "metadata" / "labels"));
    }
    if (check == TemplateCheck::Full) {
        append(errors, validate_template_body(cluster, pods, path));
    }
    append(errors, api::validate_labels(*pods.metadata.labels, path / "labels"));
    append(errors, api::validate_annotations(*pods.metadata.annotations, path / "annotations"));
    append(errors,
           validate_pod_annotations(*pods.metadata.annotations, pods.spec, path / "annotations"));
    return errors;
}

FieldErrors validate_counts_of(const StatefulSetSpec& spec, const Path& path) {
    FieldErrors errors;
    check_not_negative(errors, path / "replicas", spec.replicas.value_or(0));
    check_not_negative(errors, path / "minReadySeconds", spec.minReadySeconds);
    if (spec.ordinals) {
        check_not_negative(errors, path / "ordinals.start", spec.ordinals->start);
    }
    return errors;
}

FieldErrors validate_stateful_spec(Cluster& cluster, const StatefulSetSpec& spec,
                                   const StatefulSetSpec* old, TemplateCheck check) {
    const Path path{"spec"};
    FieldErrors errors;
    if (spec.podManagementPolicy != "OrderedReady" && spec.podManagementPolicy != "Parallel") {
        errors.push_back(api::invalid_value(path / "podManagementPolicy", spec.podManagementPolicy,
                                            "must be 'OrderedReady' or 'Parallel'"));
    }
    append(errors, validate_update_strategy(spec.updateStrategy, path / "updateStrategy"));
    append(errors, validate_retention(spec, path / "persistentVolumeClaimRetentionPolicy"));
    for (std::size_t i = 0; old == nullptr && i < spec.volumeClaimTemplates.size(); ++i) {
        append(errors, validate_claim_spec(spec.volumeClaimTemplates[i].spec,
                                           (path / "volumeClaimTemplates")[i] / "spec"));
    }
    append(errors, validate_counts_of(spec, path));
    if (old == nullptr && !spec.serviceName.empty()) {
        append_problems(errors, path / "serviceName", spec.serviceName,
                        api::check_dns1123_label(spec.serviceName));
    }
    append(errors, validate_stateful_selector(spec, path / "selector"));
    append(errors, validate_stateful_template(cluster, spec, check, path / "template"));
    append(errors, validate_endless(spec.template_, "StatefulSet", path / "template"));
    return errors;
}

/// Writes the templates of claims as upstream's error does: the internal structs, in JSON.
std::string claims_json(const std::vector<PersistentVolumeClaim>& claims) {
    const auto texts = [](const std::vector<std::string>& values) {
        return values.empty() ? std::string{"null"}
                              : boost::json::serialize(boost::json::value_from(values));
    };
    const auto amounts = [](const api::ResourceList& values) {
        std::string text;
        for (const auto& [name, amount] : values) {
            text += (text.empty() ? "" : ",") + api::json_quoted(name) + ":" +
                    api::json_quoted(amount.to_string());
        }
        return values.empty() ? std::string{"null"} : "{" + text + "}";
    };
    const auto optional = [](const std::optional<std::string>& value) {
        return value ? api::json_quoted(*value) : std::string{"null"};
    };
    std::string text;
    for (const PersistentVolumeClaim& claim : claims) {
        const auto& spec = claim.spec;
        text += text.empty() ? "" : ",";
        text += "{\"name\":" + api::json_quoted(claim.metadata.name);
        if (!claim.metadata.labels->empty()) {
            text += ",\"labels\":" + labels_literal(*claim.metadata.labels);
        }
        text += ",\"Spec\":{\"AccessModes\":" + texts(spec.accessModes) +
                ",\"Selector\":" + (spec.selector ? selector_json(*spec.selector) : "null") +
                ",\"Resources\":{\"Limits\":" + amounts(spec.resources.limits) +
                ",\"Requests\":" + amounts(spec.resources.requests) +
                "},\"VolumeName\":" + api::json_quoted(spec.volumeName) +
                ",\"StorageClassName\":" + optional(spec.storageClassName) +
                ",\"VolumeMode\":" + optional(spec.volumeMode) +
                ",\"DataSource\":null,\"DataSourceRef\":null,\"VolumeAttributesClassName\":" +
                optional(spec.volumeAttributesClassName) +
                "},\"Status\":{\"Phase\":" + api::json_quoted(claim.status.phase) +
                ",\"AccessModes\":null,\"Capacity\":null,\"Conditions\":null,"
                "\"AllocatedResources\":null,\"AllocatedResourceStatuses\":null,"
                "\"CurrentVolumeAttributesClassName\":null,\"ModifyVolumeStatus\":null,"
                "\"HealthStatus\":null}}";
    }
    return claims.empty() ? "null" : "[" + text + "]";
}

FieldErrors validate_unchanged(const StatefulSetSpec& next, const StatefulSetSpec& old) {
    constexpr std::string_view immutable = "field is immutable";
    FieldErrors errors = validate_same_selector(next.selector, old.selector);
    if (next.volumeClaimTemplates != old.volumeClaimTemplates) {
        errors.push_back(api::invalid_literal("spec.volumeClaimTemplates",
                                              claims_json(next.volumeClaimTemplates), immutable));
    }
    if (next.serviceName != old.serviceName) {
        errors.push_back(api::invalid_value("spec.serviceName", next.serviceName, immutable));
    }
    if (next.podManagementPolicy != old.podManagementPolicy) {
        errors.push_back(
            api::invalid_value("spec.podManagementPolicy", next.podManagementPolicy, immutable));
    }
    return errors;
}

void default_update_strategy(StatefulSetUpdateStrategy& strategy) {
    if (strategy.type.empty()) {
        strategy.type = "RollingUpdate";
        if (!strategy.rollingUpdate) {
            strategy.rollingUpdate.emplace();
        }
    }
    if (strategy.type == "RollingUpdate" && strategy.rollingUpdate) {
        auto& update = *strategy.rollingUpdate;
        update.partition = update.partition.value_or(0);
        update.maxUnavailable = update.maxUnavailable.value_or(api::IntOrString{1});
    }
}

bool is_whole_number(const api::ResourceList& amounts) {
    const auto storage = amounts.find("storage");
    return storage == amounts.end() || storage->second.milli_value() % 1000 == 0;
}

std::vector<std::string> claim_warnings(const StatefulSetSpec& spec, std::string_view below) {
    std::vector<std::string> warnings;
    for (std::size_t i = 0; i < spec.volumeClaimTemplates.size(); ++i) {
        Path path = Path{"spec.volumeClaimTemplates"}[i];
        path = below.empty() ? path : path / below;
        const auto& resources = spec.volumeClaimTemplates[i].spec.resources;
        const auto warn = [&](std::string_view which, const api::ResourceList& amounts) {
            if (!is_whole_number(amounts)) {
                warnings.push_back((path / "resources" / which).key("storage").text() +
                                   ": fractional byte value " +
                                   api::quoted(amounts.at("storage").to_string()) +
                                   " is invalid, must be an integer");
            }
        };
        warn("requests", resources.requests);
        warn("limits", resources.limits);
    }
    if (spec.revisionHistoryLimit.value_or(0) < 0) {
        warnings.emplace_back(
            "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value "
            ">= 0 is recommended");
    }
    return warnings;
}

std::vector<std::string> joined(std::vector<std::string> texts,
                                const std::vector<std::string>& more) {
    texts.insert(texts.end(), more.begin(), more.end());
    return texts;
}

}  // namespace

void Rules<StatefulSet>::set_defaults(Cluster& cluster, StatefulSet& object) {
    StatefulSetSpec& spec = object.spec;
    if (spec.podManagementPolicy.empty()) {
        spec.podManagementPolicy = "OrderedReady";
    }
    default_update_strategy(spec.updateStrategy);
    if (!spec.persistentVolumeClaimRetentionPolicy) {
        spec.persistentVolumeClaimRetentionPolicy.emplace();
    }
    auto& retention = *spec.persistentVolumeClaimRetentionPolicy;
    for (std::string* policy : {&retention.whenDeleted, &retention.whenScaled}) {
        if (policy->empty()) {
            *policy = "Retain";
        }
    }
    spec.replicas = spec.replicas.value_or(1);
    spec.revisionHistoryLimit = spec.revisionHistoryLimit.value_or(10);
    for (PersistentVolumeClaim& claim : spec.volumeClaimTemplates) {
        claim.kind = "PersistentVolumeClaim";
        claim.apiVersion = "v1";
        default_claim_spec(claim.spec);
        if (claim.status.phase.empty()) {
            claim.status.phase = "Pending";
        }
    }
    default_template_body(cluster, spec.template_);
}

void Rules<StatefulSet>::prepare_create(StatefulSet& object) {
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<StatefulSet>::prepare_update(StatefulSet& next, const StatefulSet& old) {
    next.status = old.status;
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<StatefulSet>::prepare_status(StatefulSet& next, const StatefulSet& old) {
    next.spec = old.spec;
}

FieldErrors Rules<StatefulSet>::validate(Cluster& cluster, const StatefulSet& object,
                                         const StatefulSet* old) {
    if (old == nullptr) {
        return validate_stateful_spec(cluster, object.spec, nullptr, TemplateCheck::Full);
    }
    // What was accepted once with a bad template may go on with it.
    FieldErrors errors =
        validate_stateful_spec(cluster, object.spec, &old->spec, TemplateCheck::Full);
    if (!errors.empty() &&
        !validate_stateful_spec(cluster, old->spec, &old->spec, TemplateCheck::Full).empty()) {
        errors =
            validate_stateful_spec(cluster, object.spec, &old->spec, TemplateCheck::LabelsAlone);
    }
    append(errors, validate_unchanged(object.spec, old->spec));
    return errors;
}

FieldErrors Rules<StatefulSet>::validate_status(const StatefulSet& next, const StatefulSet& old) {
    const auto& status = next.status;
    FieldErrors errors = validate_counts({{"replicas", status.replicas},
                                          {"readyReplicas", status.readyReplicas},
                                          {"currentReplicas", status.currentReplicas},
                                          {"updatedReplicas", status.updatedReplicas},
                                          {"availableReplicas", status.availableReplicas},
                                          {"observedGeneration", status.observedGeneration},
                                          {"collisionCount", status.collisionCount.value_or(0)}});
    constexpr std::string_view all = "status.replicas";
    check_at_most(errors, {"readyReplicas", status.readyReplicas}, status.replicas, all);
    check_at_most(errors, {"currentReplicas", status.currentReplicas}, status.replicas, all);
    check_at_most(errors, {"updatedReplicas", status.updatedReplicas}, status.replicas, all);
    check_at_most(errors, {"availableReplicas", status.availableReplicas}, status.replicas, all);
    check_at_most(errors, {"availableReplicas", status.availableReplicas}, status.readyReplicas,
                  "status.readyReplicas");
    check_not_decremented(errors, Path{"status.collisionCount"}, status.collisionCount,
                          old.status.collisionCount);
    return errors;
}

std::vector<std::string> Rules<StatefulSet>::warnings(const StatefulSet& object) {
    return joined(pod_template_warnings(object.spec.template_, Path{"spec.template"}),
                  claim_warnings(object.spec, ""));
}

std::vector<std::string> Rules<StatefulSet>::update_warnings(const StatefulSet& next,
                                                             const StatefulSet& old) {
    std::vector<std::string> warnings;
    if (next.metadata.generation != old.metadata.generation) {
        warnings = pod_template_warnings(next.spec.template_, Path{"spec.template"});
    }
    return joined(std::move(warnings), claim_warnings(next.spec, "Spec"));
}

}  // namespace wavetank::registry
