#include "controllers/pods.hpp"

#include <wavetank/api/names.hpp>

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

bool is_available(const Pod& pod, std::int32_t seconds, WallTime now) {
    if (!is_ready(pod)) {
        return false;
    }
    const auto since = ready_since(pod);
    return seconds == 0 || (since && since->value + std::chrono::seconds{seconds} <= now);
}

std::optional<Duration> next_availability(std::span<const PodPointer> pods, std::int32_t seconds,
                                          WallTime now) {
    std::optional<Duration> least;
    for (const PodPointer& pod : pods) {
        const auto since = ready_since(*pod);
        if (since && !is_available(*pod, seconds, now)) {
            const Duration wait = since->value + std::chrono::seconds{seconds} - now;
            least = least ? std::min(*least, wait) : wait;
        }
    }
    return least;
}

Pod pod_of(const api::corev1::PodTemplateSpec& pod_template, const std::string& in_namespace) {
    Pod pod;
    pod.metadata.namespace_ = in_namespace;
    pod.metadata.labels = pod_template.metadata.labels;
    pod.metadata.annotations = pod_template.metadata.annotations;
    pod.metadata.rare = pod_template.metadata.rare;
    pod.spec = pod_template.spec;
    return pod;
}

std::string name_prefix_of(const std::string& controller) {
    std::string prefix = controller + "-";
    return api::check_name_as_dns_subdomain(prefix, api::NameForm::Prefix).empty() ? prefix
                                                                                   : controller;
}

bool is_namespace_terminating(const Error& error) {
    return std::ranges::count(error.causes, "NamespaceTerminating", &Cause::reason) > 0;
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
