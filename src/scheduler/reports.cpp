#include "scheduler/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Event;
using api::corev1::Pod;
using api::corev1::PodCondition;

constexpr std::size_t note_length_max = 1024;
constexpr std::string_view cut_mark = " ...";
constexpr const char* component = "default-scheduler";

Event event_of(const Pod& pod, WallTime now) {
    Event event;
    event.metadata.namespace_ = pod.metadata.namespace_;
    event.metadata.name = fmt::format("{}.{:x}", pod.metadata.name, now.time_since_epoch().count());
    auto& object = event.involvedObject;
    object.kind = "Pod";
    object.apiVersion = "v1";
    object.namespace_ = pod.metadata.namespace_;
    object.name = pod.metadata.name;
    object.uid = pod.metadata.uid;
    object.resourceVersion = pod.metadata.resourceVersion;
    event.eventTime = api::MicroTime{now};
    event.reportingComponent = component;
    event.reportingInstance = component;
    return event;
}

bool set_condition(Pod& pod, PodCondition condition) {
    auto& conditions = pod.status.conditions.edit();
    const auto known = std::ranges::find(conditions, condition.type, &PodCondition::type);
    if (known == conditions.end()) {
        conditions.push_back(std::move(condition));
        return true;
    }
    if (known->status == condition.status) {
        condition.lastTransitionTime = known->lastTransitionTime;
    }
    const bool changed = known->status != condition.status || known->reason != condition.reason ||
                         known->message != condition.message;
    *known = std::move(condition);
    return changed;
}

}  // namespace

bool set_unscheduled(Pod& pod, const Failure& failure, WallTime now) {
    return set_condition(pod, {.type = "PodScheduled",
                               .observedGeneration = pod.metadata.generation,
                               .status = "False",
                               .lastTransitionTime = api::Time{now},
                               .reason = failure.reason,
                               .message = failure.message});
}

bool set_preempted(Pod& victim, const std::string& scheduler_name, WallTime now) {
    return set_condition(
        victim, {.type = "DisruptionTarget",
                 .observedGeneration = victim.metadata.generation,
                 .status = "True",
                 .lastTransitionTime = api::Time{now},
                 .reason = "PreemptionByScheduler",
                 .message = scheduler_name + ": preempting to accommodate a higher priority pod"});
}

Event scheduled_event(const Pod& pod, const std::string& node, WallTime now) {
    Event event = event_of(pod, now);
    event.type = "Normal";
    event.reason = "Scheduled";
    event.action = "Binding";
    event.message = fmt::format("Successfully assigned {}/{} to {}", pod.metadata.namespace_,
                                pod.metadata.name, node);
    return event;
}

// Without `related`: upstream's reference to the preemptor fails, as its wrapper has no kind.
Event preempted_event(const Pod& victim, const std::string& preemptor_uid, const std::string& node,
                      WallTime now) {
    Event event = event_of(victim, now);
    event.type = "Normal";
    event.reason = "Preempted";
    event.action = "Preempting";
    event.message = fmt::format("Preempted by pod {} on node {}", preemptor_uid, node);
    return event;
}

Event failed_event(const Pod& pod, std::string message, WallTime now) {
    if (message.size() > note_length_max) {
        message.resize(note_length_max - cut_mark.size());
        message += cut_mark;
    }
    Event event = event_of(pod, now);
    event.type = "Warning";
    event.reason = "FailedScheduling";
    event.action = "Scheduling";
    event.message = std::move(message);
    return event;
}

}  // namespace wavetank::scheduler
