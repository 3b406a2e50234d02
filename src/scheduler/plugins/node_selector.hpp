#pragma once

/// \file
/// Which nodes does a node selector or a preference pick? (component-helpers' `nodeaffinity`.)

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/scheduling.hpp>
#include <wavetank/api/selector.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::scheduler::plugins {

/// One term: all of its expressions and fields at once.
class NodeTerm {
public:
    explicit NodeTerm(const api::corev1::NodeSelectorTerm& term);

    /// A term that cannot be read matches nothing.
    [[nodiscard]] bool matches(const api::corev1::Node& node) const;
    [[nodiscard]] bool readable() const {
        return valid_;
    }

private:
    struct NameCondition {
        std::string name;
        bool negated = false;
    };

    api::Selector labels_;
    std::vector<NameCondition> names_;
    bool valid_ = true;
};

/// Any of its terms; empty terms pick nothing, and so does a selector without terms.
class NodeChoice {
public:
    explicit NodeChoice(const api::corev1::NodeSelector& selector);

    [[nodiscard]] bool matches(const api::corev1::Node& node) const;
    [[nodiscard]] bool readable() const;

private:
    std::vector<NodeTerm> terms_;
};

/// What a pod demands of its node: its node selector and its required node affinity.
class NodeRequirement {
public:
    explicit NodeRequirement(const api::corev1::Pod& pod);

    [[nodiscard]] bool matches(const api::corev1::Node& node) const;
    /// Tells whether a node is refused only for terms that cannot be read, as `gen Gt new`.
    [[nodiscard]] bool is_unclear(const api::corev1::Node& node) const;
    /// Tells whether every node does.
    [[nodiscard]] bool empty() const {
        return labels_.empty() && !choice_;
    }

private:
    api::Selector labels_;
    std::optional<NodeChoice> choice_;
};

/// Weighted terms; empty ones and those of weight 0 do not count.
class NodePreference {
public:
    explicit NodePreference(const std::vector<api::corev1::PreferredSchedulingTerm>& terms);

    /// Returns the sum of the weights of all terms that match.
    [[nodiscard]] std::int64_t score(const api::corev1::Node& node) const;

private:
    std::vector<std::pair<NodeTerm, std::int64_t>> terms_;
};

}  // namespace wavetank::scheduler::plugins
