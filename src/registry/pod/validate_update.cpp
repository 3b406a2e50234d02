#include "registry/pod/annotations.hpp"
#include "registry/pod/pod_rules.hpp"
#include "registry/pod/scheduling.hpp"
#include "registry/pod/whole_pod.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::string_view immutable_message =
    "pod updates may not change fields other than "
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously "
    "negative)\n";

// Writes requirements and terms as upstream's internal types look like.
std::string json_of(const std::vector<NodeSelectorRequirement>& requirements) {
    if (requirements.empty()) {
        return "null";
    }
    std::string result;
    for (const NodeSelectorRequirement& each : requirements) {
        result += (result.empty() ? "[" : ",") + std::string{"{\"Key\":"} +
                  api::json_quoted(each.key) + ",\"Operator\":" + api::json_quoted(each.operator_) +
                  ",\"Values\":" + (each.values.empty() ? "null" : json_list(each.values)) + "}";
    }
    return result + "]";
}

std::string json_of(const NodeSelectorTerm& term) {
    return "{\"MatchExpressions\":" + json_of(term.matchExpressions) +
           ",\"MatchFields\":" + json_of(term.matchFields) + "}";
}

std::string json_of(const std::vector<NodeSelectorTerm>& terms) {
    if (terms.empty()) {
        return "null";
    }
    std::string result;
    for (const NodeSelectorTerm& term : terms) {
        result += (result.empty() ? "[" : ",") + json_of(term);
    }
    return result + "]";
}

std::string json_of(const api::StringMap& map) {
    std::string result;
    for (const auto& [key, value] : map) {
        result +=
            (result.empty() ? "{" : ",") + api::json_quoted(key) + ":" + api::json_quoted(value);
    }
    return result.empty() ? "null" : result + "}";
}

FieldErrors validate_annotations_change(const Pod& pod, const Pod& old, const Path& path) {
    FieldErrors errors;
    const api::StringMap& before = *old.metadata.annotations;
    const api::StringMap& after = *pod.metadata.annotations;
    const auto report = [&](const std::string& key, const char* apparmor, const char* mirror) {
        if (key.starts_with(apparmor_prefix)) {
            errors.push_back(api::forbidden_value(path.key(key), apparmor));
        } else if (key == mirror_key) {
            errors.push_back(api::forbidden_value(path.key(key), mirror));
        }
    };
    for (const auto& [key, value] : before) {
        const auto found = after.find(key);
        if (found == after.end() || found->second != value) {
            report(key, "may not remove or update AppArmor annotations",
                   "may not remove or update mirror pod annotation");
        }
    }
    for (const auto& [key, value] : after) {
        if (!before.contains(key)) {
            report(key, "may not add AppArmor annotations", "may not add mirror pod annotation");
        }
    }
    append(errors, validate_pod_annotations(after, pod.spec, path));
    return errors;
}

FieldErrors validate_images(const std::vector<Container>& containers, const Path& path) {
    FieldErrors errors;
    const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    for (std::size_t i = 0; i < containers.size(); ++i) {
        const std::string& image = containers[i].image;
        if (image.empty()) {
            errors.push_back(api::required_value(path[i] / "image", ""));
        } else if (is_blank(image.front()) || is_blank(image.back())) {
            errors.push_back(api::invalid_value(path[i] / "image", image,
                                                "must not have leading or trailing whitespace"));
        }
    }
    return errors;
}

// What an update found, and whether the rest of the checks makes sense.
struct Findings {
    FieldErrors errors;
    bool conclusive = false;
};

Findings validate_containers_change(const PodSpecBody& spec, const PodSpecBody& old,
                                    const Path& path) {
    Findings result;
    constexpr std::string_view why = "pod updates may not add or remove containers";
    if (spec.containers.size() != old.containers.size()) {
        return {.errors = {api::forbidden_value(path / "containers", why)}, .conclusive = true};
    }
    append(result.errors, validate_images(spec.containers, path / "containers"));
    if (spec.initContainers.size() != old.initContainers.size()) {
        result.errors.push_back(api::forbidden_value(path / "initContainers", why));
        result.conclusive = true;
        return result;
    }
    append(result.errors, validate_images(spec.initContainers, path / "initContainers"));
    return result;
}

Findings validate_deadline_change(const std::optional<std::int64_t>& deadline,
                                  const std::optional<std::int64_t>& old, const Path& path) {
    constexpr std::int64_t deadline_max = std::numeric_limits<std::int32_t>::max();
    if (!deadline) {
        if (!old) {
            return {};
        }
        return {.errors = {api::invalid_literal(
                    path, "null", "must not update from a positive integer to nil value")}};
    }
    if (*deadline < 0 || *deadline > deadline_max) {
        return {.errors = {api::invalid_value(path, *deadline,
                                              "must be between 0 and 2147483647, inclusive")},
                .conclusive = true};
    }
    if (old && *old < *deadline) {
        return {.errors = {api::invalid_value(path, *deadline,
                                              "must be less than or equal to previous value")},
                .conclusive = true};
    }
    return {};
}

FieldErrors validate_tolerations_change(const std::vector<Toleration>& tolerations,
                                        const std::vector<Toleration>& old, const Path& path) {
    for (Toleration before : old) {
        const bool kept =
            std::any_of(tolerations.begin(), tolerations.end(), [&](const Toleration& each) {
                before.tolerationSeconds = each.tolerationSeconds;
                return before == each;
            });
        if (!kept) {
            return {api::forbidden_value(
                path, "existing toleration can not be modified except its tolerationSeconds")};
        }
    }
    return validate_tolerations(tolerations, path);
}

FieldErrors validate_gates_change(const std::vector<PodSchedulingGate>& gates,
                                  const std::vector<PodSchedulingGate>& old, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < gates.size(); ++i) {
        if (std::find(old.begin(), old.end(), gates[i]) == old.end()) {
            errors.push_back(api::forbidden_value(
                path[i] / "name",
                "only deletion is allowed, but found new scheduling gate '" + gates[i].name + "'"));
        }
    }
    return errors;
}

bool only_adds(const std::vector<NodeSelectorRequirement>& next,
               const std::vector<NodeSelectorRequirement>& old) {
    return next.size() >= old.size() && std::equal(old.begin(), old.end(), next.begin());
}

// A term without requirements matches nothing, so anything added to it would widen it.
bool only_adds(const NodeSelectorTerm& next, const NodeSelectorTerm& old) {
    if (old.matchExpressions.empty() && old.matchFields.empty()) {
        return next.matchExpressions.empty() && next.matchFields.empty();
    }
    return only_adds(next.matchExpressions, old.matchExpressions) &&
           only_adds(next.matchFields, old.matchFields);
}

std::vector<NodeSelectorTerm> required_terms(const api::Boxed<NodeAffinity>& affinity) {
    if (!affinity || !affinity->requiredDuringSchedulingIgnoredDuringExecution) {
        return {};
    }
    return affinity->requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
}

FieldErrors validate_node_affinity_change(const api::Boxed<NodeAffinity>& affinity,
                                          const api::Boxed<NodeAffinity>& old, const Path& path) {
    const std::vector<NodeSelectorTerm> before = required_terms(old);
    const std::vector<NodeSelectorTerm> after = required_terms(affinity);
    const Path terms =
        path / "requiredDuringSchedulingIgnoredDuringExecution" / "nodeSelectorTerms";
    if (!before.empty() && before.size() != after.size()) {
        return {api::invalid_literal(
            terms, json_of(after),
            "no additions/deletions to non-empty NodeSelectorTerms list are allowed")};
    }
    FieldErrors errors;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (!only_adds(after[i], before[i])) {
            errors.push_back(
                api::invalid_literal(terms[i], json_of(after[i]),
                                     "only additions are allowed (no mutations or deletions)"));
        }
    }
    return errors;
}

api::Boxed<NodeAffinity> node_affinity_of(const PodSpecBody& spec) {
    return spec.affinity ? spec.affinity->nodeAffinity : api::Boxed<NodeAffinity>{};
}

FieldErrors validate_node_selector_change(const api::StringMap& selector, const api::StringMap& old,
                                          const Path& path) {
    for (const auto& [key, value] : old) {
        const auto found = selector.find(key);
        if (found == selector.end() || found->second != value) {
            return {api::invalid_literal(
                path, json_of(selector),
                "only additions to spec.nodeSelector are allowed (no mutations or deletions)")};
        }
    }
    return {};
}

// While a gate keeps a pod from being scheduled, its choice of nodes may be narrowed. Takes such
// changes out of `spec`.
FieldErrors take_narrowing(PodSpecBody& spec, const PodSpecBody& old, const Path& path) {
    FieldErrors errors;
    if (spec.nodeSelector != old.nodeSelector) {
        append(errors, validate_node_selector_change(spec.nodeSelector, old.nodeSelector,
                                                     path / "nodeSelector"));
        spec.nodeSelector = old.nodeSelector;
    }
    const api::Boxed<NodeAffinity> before = node_affinity_of(old);
    const api::Boxed<NodeAffinity> after = node_affinity_of(spec);
    if (after == before) {
        return errors;
    }
    append(errors,
           validate_node_affinity_change(after, before, path / "affinity" / "nodeAffinity"));
    if (!spec.affinity) {
        spec.affinity = Affinity{.nodeAffinity = before};
    } else if (!old.affinity && !spec.affinity->podAffinity && !spec.affinity->podAntiAffinity) {
        spec.affinity.reset();
    } else {
        spec.affinity->nodeAffinity = before;
    }
    return errors;
}

// Takes out of `spec` what may change.
void take_changeable(PodSpecBody& spec, const PodSpecBody& old) {
    for (std::size_t i = 0; i < spec.containers.size(); ++i) {
        spec.containers[i].image = old.containers[i].image;
    }
    for (std::size_t i = 0; i < spec.initContainers.size(); ++i) {
        spec.initContainers[i].image = old.initContainers[i].image;
    }
    spec.activeDeadlineSeconds = old.activeDeadlineSeconds;
    spec.schedulingGates = old.schedulingGates;
    spec.tolerations = old.tolerations;
    if (old.terminationGracePeriodSeconds.value_or(0) < 0 &&
        spec.terminationGracePeriodSeconds == 1) {
        spec.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
    }
}

FieldErrors validate_rest_unchanged(const Pod& pod, const Pod& old, const Path& path) {
    if (pod.spec == old.spec) {
        return {};
    }
    PodSpec rest = pod.spec;
    take_changeable(rest.edit(), *old.spec.body);
    FieldErrors errors;
    if (!old.spec->schedulingGates.empty()) {
        append(errors, take_narrowing(rest.edit(), *old.spec.body, path));
    }
    if (rest != old.spec) {
        errors.push_back(api::forbidden_value(path, immutable_message));
    }
    return errors;
}

}  // namespace

FieldErrors validate_pod_update(const Pod& pod, const Pod& old) {
    if (pod.spec.body.same_as(old.spec.body) && pod.spec == old.spec &&
        pod.metadata.annotations == old.metadata.annotations) {
        return {};  // the old pod passed these checks
    }
    const Path spec{"spec"};
    FieldErrors errors = validate_any_pod(pod);
    append(errors, validate_annotations_change(pod, old, Path{"metadata"} / "annotations"));
    Findings containers = validate_containers_change(*pod.spec.body, *old.spec.body, spec);
    append(errors, std::move(containers.errors));
    if (containers.conclusive) {
        return errors;
    }
    Findings deadline =
        validate_deadline_change(pod.spec->activeDeadlineSeconds, old.spec->activeDeadlineSeconds,
                                 spec / "activeDeadlineSeconds");
    append(errors, std::move(deadline.errors));
    if (deadline.conclusive) {
        return errors;
    }
    append(errors, validate_tolerations_change(pod.spec->tolerations, old.spec->tolerations,
                                               spec / "tolerations"));
    append(errors, validate_gates_change(pod.spec->schedulingGates, old.spec->schedulingGates,
                                         spec / "schedulingGates"));
    append(errors, validate_rest_unchanged(pod, old, spec));
    return errors;
}

}  // namespace wavetank::registry
