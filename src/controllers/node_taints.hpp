#pragma once

/// \file
/// The taints that say how a node is.

#include <wavetank/api/corev1/node.hpp>
#include <wavetank/registry/registry.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::controllers {

inline constexpr std::string_view not_ready_taint = "node.kubernetes.io/not-ready";
inline constexpr std::string_view unreachable_taint = "node.kubernetes.io/unreachable";

/// Returns the condition `Ready`; null if there is none.
[[nodiscard]] const api::corev1::NodeCondition* ready_condition(const api::corev1::Node& node);

[[nodiscard]] bool has_taint(const api::corev1::Node& node, std::string_view key,
                             std::string_view effect);

/// Returns the `NoSchedule` taints that the conditions of the node and its `unschedulable` ask
/// for.
[[nodiscard]] std::vector<std::string> no_schedule_keys(const api::corev1::Node& node);

/// What is to become of the taints of one effect.
struct TaintChange {
    std::string_view effect;
    std::vector<std::string> added{};    ///< keys
    std::vector<std::string> removed{};  ///< keys

    [[nodiscard]] bool empty() const {
        return added.empty() && removed.empty();
    }
};

/// Returns what lacks and what is too much of the `NoSchedule` taints.
[[nodiscard]] TaintChange no_schedule_change(const api::corev1::Node& node);

/// Writes the change, if it is one. Errors: those of the update.
[[nodiscard]] Result<> change_taints(registry::Registry& registry, const std::string& node,
                                     const TaintChange& change);

}  // namespace wavetank::controllers
