#include "controllers/node_fit.hpp"

#include <wavetank/api/selector.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace wavetank::controllers {
namespace {

using api::SelectorOperator;
using api::corev1::Node;
using api::corev1::NodeSelectorRequirement;
using api::corev1::NodeSelectorTerm;
using api::corev1::PodSpecBody;
using api::corev1::Taint;
using api::corev1::Toleration;

std::optional<SelectorOperator> selector_operator(std::string_view text) {
    using enum SelectorOperator;
    constexpr std::pair<std::string_view, SelectorOperator> names[]{
        {"In", In},          {"NotIn", NotIn}, {"Exists", Exists}, {"DoesNotExist", DoesNotExist},
        {"Gt", GreaterThan}, {"Lt", LessThan}};
    for (const auto& [name, operation] : names) {
        if (name == text) {
            return operation;
        }
    }
    return std::nullopt;
}

bool label_matches(const NodeSelectorRequirement& wanted, const Node& node) {
    const auto operation = selector_operator(wanted.operator_);
    if (!operation) {
        return false;
    }
    const auto requirement = api::Requirement::make(wanted.key, *operation, wanted.values);
    return requirement && requirement->matches(*node.metadata.labels);
}

// The name is the only field there is.
bool field_matches(const NodeSelectorRequirement& wanted, const Node& node) {
    if (wanted.key != "metadata.name" || wanted.values.size() != 1) {
        return false;
    }
    const bool same = wanted.values.front() == node.metadata.name;
    return wanted.operator_ == "In" ? same : wanted.operator_ == "NotIn" && !same;
}

bool term_matches(const NodeSelectorTerm& term, const Node& node) {
    if (term.matchExpressions.empty() && term.matchFields.empty()) {
        return false;
    }
    return std::ranges::all_of(term.matchExpressions,
                               [&](const auto& each) { return label_matches(each, node); }) &&
           std::ranges::all_of(term.matchFields,
                               [&](const auto& each) { return field_matches(each, node); });
}

}  // namespace

bool selects_node(const PodSpecBody& pod, const Node& node) {
    const auto& labels = *node.metadata.labels;
    const bool selected = std::ranges::all_of(pod.nodeSelector, [&](const auto& wanted) {
        const auto found = labels.find(wanted.first);
        return found != labels.end() && found->second == wanted.second;
    });
    if (!selected || !pod.affinity || !pod.affinity->nodeAffinity) {
        return selected;
    }
    const auto& required =
        pod.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution;
    return !required || std::ranges::any_of(required->nodeSelectorTerms, [&](const auto& term) {
        return term_matches(term, node);
    });
}

bool tolerates(const Toleration& toleration, const Taint& taint) {
    if ((!toleration.effect.empty() && toleration.effect != taint.effect) ||
        (!toleration.key.empty() && toleration.key != taint.key)) {
        return false;
    }
    if (toleration.operator_.empty() || toleration.operator_ == "Equal") {
        return toleration.value == taint.value;
    }
    return toleration.operator_ == "Exists";
}

bool tolerates_all(const std::vector<Toleration>& tolerations, const Node& node,
                   std::string_view effect) {
    return std::ranges::all_of(node.spec.taints, [&](const Taint& taint) {
        return taint.effect != effect ||
               std::ranges::any_of(tolerations, [&](const Toleration& toleration) {
                   return tolerates(toleration, taint);
               });
    });
}

}  // namespace wavetank::controllers
