#include "controllers/node_taints.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::corev1::Node;
using api::corev1::NodeCondition;
using api::corev1::Taint;

/// What a condition of that status is called as a taint.
struct ConditionTaint {
    std::string_view condition;
    std::string_view status;
    std::string_view key;
};

constexpr std::array condition_taints{
    ConditionTaint{"Ready", "False", not_ready_taint},
    ConditionTaint{"Ready", "Unknown", unreachable_taint},
    ConditionTaint{"MemoryPressure", "True", "node.kubernetes.io/memory-pressure"},
    ConditionTaint{"DiskPressure", "True", "node.kubernetes.io/disk-pressure"},
    ConditionTaint{"NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"},
    ConditionTaint{"PIDPressure", "True", "node.kubernetes.io/pid-pressure"},
};
constexpr std::string_view unschedulable_taint = "node.kubernetes.io/unschedulable";

bool is_of_lifecycle(const Taint& taint) {
    return taint.effect == "NoSchedule" &&
           (taint.key == unschedulable_taint ||
            std::ranges::find(condition_taints, taint.key, &ConditionTaint::key) !=
                condition_taints.end());
}

}  // namespace

const NodeCondition* ready_condition(const Node& node) {
    const auto& conditions = node.status.conditions;
    const auto found = std::ranges::find(conditions, "Ready", &NodeCondition::type);
    return found == conditions.end() ? nullptr : &*found;
}

bool has_taint(const Node& node, std::string_view key, std::string_view effect) {
    return std::ranges::any_of(node.spec.taints, [&](const Taint& taint) {
        return taint.key == key && taint.effect == effect;
    });
}

std::vector<std::string> no_schedule_keys(const Node& node) {
    std::vector<std::string> keys;
    for (const NodeCondition& condition : node.status.conditions) {
        for (const ConditionTaint& row : condition_taints) {
            if (condition.type == row.condition && condition.status == row.status) {
                keys.emplace_back(row.key);
            }
        }
    }
    if (node.spec.unschedulable) {
        keys.emplace_back(unschedulable_taint);
    }
    return keys;
}

TaintChange no_schedule_change(const Node& node) {
    TaintChange change{.effect = "NoSchedule"};
    const std::vector<std::string> wanted = no_schedule_keys(node);
    for (const std::string& key : wanted) {
        if (!has_taint(node, key, change.effect)) {
            change.added.push_back(key);
        }
    }
    for (const Taint& taint : node.spec.taints) {
        if (is_of_lifecycle(taint) && std::ranges::find(wanted, taint.key) == wanted.end()) {
            change.removed.push_back(taint.key);
        }
    }
    return change;
}

Result<> change_taints(registry::Registry& registry, const std::string& name,
                       const TaintChange& change) {
    const auto node = registry.store().get<Node>({.name = name});
    if (node == nullptr) {
        return {};
    }
    Node next = *node;
    auto& taints = next.spec.taints;
    std::erase_if(taints, [&](const Taint& taint) {
        return taint.effect == change.effect &&
               std::ranges::find(change.removed, taint.key) != change.removed.end();
    });
    for (const std::string& key : change.added) {
        if (!has_taint(next, key, change.effect)) {
            taints.push_back({.key = key,
                              .effect = std::string{change.effect},
                              .timeAdded = api::Time{registry.clock().wall()}});
        }
    }
    if (taints == node->spec.taints) {
        return {};
    }
    const auto written = registry.update(std::move(next));
    return written ? Result<>{} : Result<>{written.error()};
}

}  // namespace wavetank::controllers
