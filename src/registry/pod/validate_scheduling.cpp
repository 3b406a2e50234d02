#include "registry/pod/scheduling.hpp"

#include <wavetank/api/selector.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <span>

namespace wavetank::registry {
namespace {

using namespace api::corev1;
using api::metav1::LabelSelector;

constexpr std::int32_t weight_max = 100;

FieldErrors validate_label_name(const std::string& name, const Path& path) {
    FieldErrors errors;
    append_problems(errors, path, name, api::check_qualified_name(name));
    return errors;
}

FieldErrors validate_selector(const api::Boxed<LabelSelector>& selector, const Path& path) {
    return selector ? api::validate_selector(*selector, path.text()) : FieldErrors{};
}

FieldErrors validate_weight(std::int32_t weight, const Path& path) {
    if (weight <= 0 || weight > weight_max) {
        return {api::invalid_value(path, std::int64_t{weight}, "must be in the range 1-100")};
    }
    return {};
}

FieldErrors validate_value_count(const NodeSelectorRequirement& requirement, const Path& path) {
    const std::string& operation = requirement.operator_;
    const std::size_t count = requirement.values.size();
    const Path values = path / "values";
    if (operation == "In" || operation == "NotIn") {
        if (count == 0) {
            return {api::required_value(values,
                                        "must be specified when `operator` is 'In' or 'NotIn'")};
        }
    } else if (operation == "Exists" || operation == "DoesNotExist") {
        if (count > 0) {
            return {api::forbidden_value(
                values, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")};
        }
    } else if (operation == "Gt" || operation == "Lt") {
        if (count != 1) {
            return {api::required_value(
                values, "must be specified single value when `operator` is 'Lt' or 'Gt'")};
        }
    } else {
        return {api::invalid_value(path / "operator", operation, "not a valid selector operator")};
    }
    return {};
}

// Whether label values are checked: a wish may name a value that no label can have, an order not.
enum class LabelValues : std::uint8_t { Checked, Unchecked };

FieldErrors validate_requirement(const NodeSelectorRequirement& requirement, LabelValues check,
                                 const Path& path) {
    FieldErrors errors = validate_value_count(requirement, path);
    append(errors, validate_label_name(requirement.key, path / "key"));
    if (check == LabelValues::Checked) {
        for (std::size_t i = 0; i < requirement.values.size(); ++i) {
            append_problems(errors, (path / "values")[i], requirement.values[i],
                            api::check_label_value(requirement.values[i]));
        }
    }
    return errors;
}

FieldErrors validate_field_requirement(const NodeSelectorRequirement& requirement,
                                       const Path& path) {
    FieldErrors errors;
    if (requirement.operator_ != "In" && requirement.operator_ != "NotIn") {
        errors.push_back(api::invalid_value(path / "operator", requirement.operator_,
                                            "not a valid selector operator"));
    } else if (requirement.values.size() != 1) {
        errors.push_back(api::required_value(
            path / "values",
            "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
    }
    if (requirement.key != "metadata.name") {
        errors.push_back(
            api::invalid_value(path / "key", requirement.key, "not a valid field selector key"));
        return errors;
    }
    for (std::size_t i = 0; i < requirement.values.size(); ++i) {
        append_problems(
            errors, (path / "values")[i], requirement.values[i],
            api::check_name_as_dns_subdomain(requirement.values[i], api::NameForm::Whole));
    }
    return errors;
}

FieldErrors validate_node_term(const NodeSelectorTerm& term, LabelValues check, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < term.matchExpressions.size(); ++i) {
        append(errors, validate_requirement(term.matchExpressions[i], check,
                                            (path / "matchExpressions")[i]));
    }
    for (std::size_t i = 0; i < term.matchFields.size(); ++i) {
        append(errors, validate_field_requirement(term.matchFields[i], (path / "matchFields")[i]));
    }
    return errors;
}

FieldErrors validate_node_selector(const NodeSelector& selector, const Path& path) {
    const Path terms = path / "nodeSelectorTerms";
    if (selector.nodeSelectorTerms.empty()) {
        return {api::required_value(terms, "must have at least one node selector term")};
    }
    FieldErrors errors;
    for (std::size_t i = 0; i < selector.nodeSelectorTerms.size(); ++i) {
        append(errors,
               validate_node_term(selector.nodeSelectorTerms[i], LabelValues::Checked, terms[i]));
    }
    return errors;
}

FieldErrors validate_node_affinity(const NodeAffinity& affinity, const Path& path) {
    FieldErrors errors;
    if (const auto& required = affinity.requiredDuringSchedulingIgnoredDuringExecution) {
        append(errors, validate_node_selector(
                           *required, path / "requiredDuringSchedulingIgnoredDuringExecution"));
    }
    const auto& preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < preferred.size(); ++i) {
        const Path at = (path / "preferredDuringSchedulingIgnoredDuringExecution")[i];
        append(errors, validate_weight(preferred[i].weight, at / "weight"));
        append(errors, validate_node_term(preferred[i].preference, LabelValues::Unchecked,
                                          at / "preference"));
    }
    return errors;
}

FieldErrors validate_label_keys(const std::vector<std::string>& keys,
                                const api::Boxed<LabelSelector>& selector, const Path& path) {
    if (keys.empty()) {
        return {};
    }
    if (!selector) {
        return {api::forbidden_value(path, "must not be specified when labelSelector is not set")};
    }
    FieldErrors errors;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        append(errors, validate_label_name(keys[i], path[i]));
    }
    return errors;
}

// By now the keys are also expressions of the selector; found there twice, the user gave them.
FieldErrors validate_keys_once(const std::vector<std::string>& match_keys,
                               const LabelSelector& selector, const Path& path) {
    FieldErrors errors;
    std::map<std::string, std::size_t> positions;
    for (std::size_t i = 0; i < match_keys.size(); ++i) {
        positions[match_keys[i]] = i;
    }
    std::set<std::string> seen;
    for (const auto& [key, value] : selector.matchLabels) {
        seen.insert(key);
    }
    for (const auto& expression : selector.matchExpressions) {
        const auto position = positions.find(expression.key);
        if (position != positions.end() && seen.contains(expression.key)) {
            errors.push_back(api::invalid_value(path[position->second], expression.key,
                                                "exists in both matchLabelKeys and labelSelector"));
        }
        seen.insert(expression.key);
    }
    return errors;
}

FieldErrors validate_match_keys(const std::vector<std::string>& match_keys,
                                const std::vector<std::string>& mismatch_keys,
                                const api::Boxed<LabelSelector>& selector, const Path& path) {
    FieldErrors errors = validate_label_keys(match_keys, selector, path / "matchLabelKeys");
    append(errors, validate_label_keys(mismatch_keys, selector, path / "mismatchLabelKeys"));
    if (selector) {
        append(errors, validate_keys_once(match_keys, *selector, path));
    }
    for (std::size_t i = 0; i < match_keys.size(); ++i) {
        if (std::find(mismatch_keys.begin(), mismatch_keys.end(), match_keys[i]) !=
            mismatch_keys.end()) {
            errors.push_back(
                api::invalid_value((path / "matchLabelKeys")[i], match_keys[i],
                                   "exists in both matchLabelKeys and mismatchLabelKeys"));
        }
    }
    return errors;
}

FieldErrors validate_pod_term(const PodAffinityTerm& term, const Path& path) {
    FieldErrors errors = validate_selector(term.labelSelector, path / "labelSelector");
    append(errors, validate_selector(term.namespaceSelector, path / "namespaceSelector"));
    for (const std::string& name : term.namespaces) {
        append_problems(errors, path / "namespace", name,
                        api::check_name_as_dns_label(name, api::NameForm::Whole));
    }
    append(errors, validate_match_keys(term.matchLabelKeys, term.mismatchLabelKeys,
                                       term.labelSelector, path));
    if (term.topologyKey.empty()) {
        errors.push_back(api::required_value(path / "topologyKey", "can not be empty"));
    }
    append(errors, validate_label_name(term.topologyKey, path / "topologyKey"));
    return errors;
}

// For `PodAffinity` and `PodAntiAffinity`.
template <class A>
FieldErrors validate_pod_affinity(const A& affinity, const Path& path) {
    FieldErrors errors;
    const auto& required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < required.size(); ++i) {
        append(errors,
               validate_pod_term(required[i],
                                 (path / "requiredDuringSchedulingIgnoredDuringExecution")[i]));
    }
    const auto& preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < preferred.size(); ++i) {
        const Path at = (path / "preferredDuringSchedulingIgnoredDuringExecution")[i];
        append(errors, validate_weight(preferred[i].weight, at / "weight"));
        append(errors, validate_pod_term(preferred[i].podAffinityTerm, at / "podAffinityTerm"));
    }
    return errors;
}

FieldErrors validate_toleration_operator(const Toleration& toleration, const Path& path) {
    const std::string& operation = toleration.operator_;
    const Path at = path / "operator";
    if (operation.empty() || operation == "Equal") {
        std::string joined;
        for (const std::string& problem : api::check_label_value(toleration.value)) {
            joined += (joined.empty() ? "" : ";") + problem;
        }
        if (!joined.empty()) {
            return {api::invalid_value(at, toleration.value, joined)};
        }
    } else if (operation == "Exists") {
        if (!toleration.value.empty()) {
            return {api::invalid_value(at, toleration.value,
                                       "value must be empty when `operator` is 'Exists'")};
        }
    } else if (operation == "Lt" || operation == "Gt") {
        // TaintTolerationComparisonOperators is alpha, but the message names them already.
        return {api::unsupported_value(at, operation, {"Equal", "Exists", "Lt", "Gt"})};
    } else {
        return {api::unsupported_value(at, operation, {"Equal", "Exists"})};
    }
    return {};
}

FieldErrors validate_positive(std::int64_t value, const Path& path) {
    if (value <= 0) {
        return {api::invalid_value(path, value, "must be greater than zero")};
    }
    return {};
}

FieldErrors validate_inclusion(const std::optional<std::string>& policy, const Path& path) {
    if (policy && *policy != "Honor" && *policy != "Ignore") {
        return {api::unsupported_value(path, *policy, {"Honor", "Ignore"})};
    }
    return {};
}

FieldErrors validate_domains_min(const TopologySpreadConstraint& constraint, const Path& path) {
    if (!constraint.minDomains) {
        return {};
    }
    FieldErrors errors = validate_positive(*constraint.minDomains, path);
    if (constraint.whenUnsatisfiable != "DoNotSchedule") {
        errors.push_back(
            api::invalid_value(path, std::int64_t{*constraint.minDomains},
                               "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " +
                                   constraint.whenUnsatisfiable));
    }
    return errors;
}

FieldErrors validate_not_repeated(const TopologySpreadConstraint& constraint,
                                  std::span<const TopologySpreadConstraint> later,
                                  const Path& path) {
    const bool repeated =
        std::any_of(later.begin(), later.end(), [&](const TopologySpreadConstraint& other) {
            return other.topologyKey == constraint.topologyKey &&
                   other.whenUnsatisfiable == constraint.whenUnsatisfiable;
        });
    if (!repeated) {
        return {};
    }
    return {api::duplicate_value(
        path / "{topologyKey, whenUnsatisfiable}",
        "{" + constraint.topologyKey + ", " + constraint.whenUnsatisfiable + "}")};
}

FieldErrors validate_constraint(const TopologySpreadConstraint& constraint,
                                std::span<const TopologySpreadConstraint> later, const Path& path) {
    FieldErrors errors = validate_positive(constraint.maxSkew, path / "maxSkew");
    if (constraint.topologyKey.empty()) {
        errors.push_back(api::required_value(path / "topologyKey", "can not be empty"));
    }
    if (constraint.whenUnsatisfiable != "DoNotSchedule" &&
        constraint.whenUnsatisfiable != "ScheduleAnyway") {
        errors.push_back(api::unsupported_value(path / "whenUnsatisfiable",
                                                constraint.whenUnsatisfiable,
                                                {"DoNotSchedule", "ScheduleAnyway"}));
    }
    append(errors, validate_not_repeated(constraint, later, path));
    append(errors, validate_domains_min(constraint, path / "minDomains"));
    append(errors, validate_inclusion(constraint.nodeAffinityPolicy, path / "nodeAffinityPolicy"));
    append(errors, validate_inclusion(constraint.nodeTaintsPolicy, path / "nodeTaintsPolicy"));
    append(errors,
           validate_match_keys(constraint.matchLabelKeys, {}, constraint.labelSelector, path));
    append(errors, validate_selector(constraint.labelSelector, path / "labelSelector"));
    return errors;
}

}  // namespace

FieldErrors validate_affinity(const api::Boxed<Affinity>& affinity, const Path& path) {
    if (!affinity) {
        return {};
    }
    FieldErrors errors;
    if (affinity->nodeAffinity) {
        append(errors, validate_node_affinity(*affinity->nodeAffinity, path / "nodeAffinity"));
    }
    if (affinity->podAffinity) {
        append(errors, validate_pod_affinity(*affinity->podAffinity, path / "podAffinity"));
    }
    if (affinity->podAntiAffinity) {
        append(errors, validate_pod_affinity(*affinity->podAntiAffinity, path / "podAntiAffinity"));
    }
    return errors;
}

FieldErrors validate_tolerations(const std::vector<Toleration>& tolerations, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < tolerations.size(); ++i) {
        const Toleration& toleration = tolerations[i];
        const Path at = path[i];
        if (!toleration.key.empty()) {
            append(errors, validate_label_name(toleration.key, at / "key"));
        } else if (toleration.operator_ != "Exists") {
            errors.push_back(api::invalid_value(
                at / "operator", toleration.operator_,
                "operator must be Exists when `key` is empty, which means \"match all values and "
                "all keys\""));
        }
        const std::string& effect = toleration.effect;
        if (toleration.tolerationSeconds && effect != "NoExecute") {
            errors.push_back(
                api::invalid_value(at / "effect", effect,
                                   "effect must be 'NoExecute' when `tolerationSeconds` is set"));
        }
        append(errors, validate_toleration_operator(toleration, at));
        if (!effect.empty() && effect != "NoSchedule" && effect != "PreferNoSchedule" &&
            effect != "NoExecute") {
            errors.push_back(api::unsupported_value(
                at / "effect", effect, {"NoSchedule", "PreferNoSchedule", "NoExecute"}));
        }
    }
    return errors;
}

FieldErrors validate_spread(const std::vector<TopologySpreadConstraint>& constraints,
                            const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < constraints.size(); ++i) {
        append(errors,
               validate_constraint(constraints[i], std::span{constraints}.subspan(i + 1), path[i]));
    }
    return errors;
}

}  // namespace wavetank::registry
