#include "controllers/pods.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace wavetank::controllers {

using api::corev1::Pod;
using api::corev1::PodCondition;

const PodCondition* find_condition(const Pod& pod, std::string_view type) {
    const auto& conditions = *pod.status.conditions;
    const auto found = std::ranges::find(conditions, type, &PodCondition::type);
    return found == conditions.end() ? nullptr : &*found;
}

bool is_ready(const Pod& pod) {
    const PodCondition* condition = find_condition(pod, "Ready");
    return condition != nullptr && condition->status == "True";
}

std::optional<api::Time> ready_since(const Pod& pod) {
    const PodCondition* condition = find_condition(pod, "Ready");
    if (condition == nullptr || condition->status != "True") {
        return std::nullopt;
    }
    return condition->lastTransitionTime;
}

bool is_terminal(const Pod& pod) {
    return pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
}

bool is_active(const Pod& pod) {
    return !pod.metadata.deletionTimestamp && !is_terminal(pod);
}

bool is_terminating(const Pod& pod) {
    return pod.metadata.deletionTimestamp && !is_terminal(pod);
}

std::int32_t deletion_cost(const Pod& pod) {
    const auto& annotations = *pod.metadata.annotations;
    const auto found = annotations.find("controller.kubernetes.io/pod-deletion-cost");
    if (found == annotations.end() || found->second.empty()) {
        return 0;
    }
    const std::string& text = found->second;
    if (text.front() == '0' && text.size() > 1) {
        return 0;  // "008" is not valid; "+8" is refused by from_chars
    }
    std::int32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

}  // namespace wavetank::controllers
