#include "scheduler/plugins/node_selector.hpp"

#include <algorithm>
#include <optional>

namespace wavetank::scheduler::plugins {
namespace {

using api::SelectorOperator;
using api::corev1::Node;
using api::corev1::NodeSelectorRequirement;
using api::corev1::NodeSelectorTerm;

bool is_empty(const NodeSelectorTerm& term) {
    return term.matchExpressions.empty() && term.matchFields.empty();
}

std::optional<SelectorOperator> operation_of(std::string_view text) {
    if (text == "In") {
        return SelectorOperator::In;
    }
    if (text == "NotIn") {
        return SelectorOperator::NotIn;
    }
    if (text == "Exists") {
        return SelectorOperator::Exists;
    }
    if (text == "DoesNotExist") {
        return SelectorOperator::DoesNotExist;
    }
    if (text == "Gt") {
        return SelectorOperator::GreaterThan;
    }
    if (text == "Lt") {
        return SelectorOperator::LessThan;
    }
    return std::nullopt;
}

std::optional<api::Requirement> requirement_of(const NodeSelectorRequirement& expression) {
    const auto operation = operation_of(expression.operator_);
    if (!operation) {
        return std::nullopt;
    }
    auto requirement = api::Requirement::make(expression.key, *operation, expression.values);
    return requirement ? std::optional{std::move(*requirement)} : std::nullopt;
}

}  // namespace

NodeTerm::NodeTerm(const NodeSelectorTerm& term) {
    std::vector<api::Requirement> requirements;
    for (const auto& expression : term.matchExpressions) {
        auto requirement = requirement_of(expression);
        valid_ = valid_ && requirement.has_value();
        if (requirement) {
            requirements.push_back(std::move(*requirement));
        }
    }
    labels_ = api::Selector{std::move(requirements)};
    for (const auto& field : term.matchFields) {
        // metadata.name is the only field there is.
        valid_ = valid_ && field.values.size() == 1 && field.key == "metadata.name" &&
                 (field.operator_ == "In" || field.operator_ == "NotIn");
        if (valid_) {
            names_.push_back({field.values.front(), field.operator_ == "NotIn"});
        }
    }
}

bool NodeTerm::matches(const Node& node) const {
    return valid_ && labels_.matches(*node.metadata.labels) &&
           std::ranges::all_of(names_, [&](const NameCondition& condition) {
               return (condition.name == node.metadata.name) != condition.negated;
           });
}

NodeChoice::NodeChoice(const api::corev1::NodeSelector& selector) {
    for (const NodeSelectorTerm& term : selector.nodeSelectorTerms) {
        if (!is_empty(term)) {
            terms_.emplace_back(term);
        }
    }
}

bool NodeChoice::matches(const Node& node) const {
    return std::ranges::any_of(terms_, [&](const NodeTerm& term) { return term.matches(node); });
}

bool NodeChoice::readable() const {
    return std::ranges::all_of(terms_, &NodeTerm::readable);
}

NodeRequirement::NodeRequirement(const api::corev1::Pod& pod)
    : labels_(api::Selector::from(pod.spec->nodeSelector)) {
    const auto& affinity = pod.spec->affinity;
    if (affinity && affinity->nodeAffinity &&
        affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution) {
        choice_.emplace(*affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution);
    }
}

bool NodeRequirement::matches(const Node& node) const {
    return labels_.matches(*node.metadata.labels) && (!choice_ || choice_->matches(node));
}

bool NodeRequirement::is_unclear(const Node& node) const {
    return labels_.matches(*node.metadata.labels) && choice_ && !choice_->readable() &&
           !choice_->matches(node);
}

NodePreference::NodePreference(const std::vector<api::corev1::PreferredSchedulingTerm>& terms) {
    for (const auto& term : terms) {
        if (term.weight != 0 && !is_empty(term.preference)) {
            terms_.emplace_back(NodeTerm{term.preference}, term.weight);
        }
    }
}

std::int64_t NodePreference::score(const Node& node) const {
    std::int64_t sum = 0;
    for (const auto& [term, weight] : terms_) {
        sum += term.matches(node) ? weight : 0;
    }
    return sum;
}

}  // namespace wavetank::scheduler::plugins
