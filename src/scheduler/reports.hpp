#pragma once

/// \file
/// What the scheduler writes about a pod, beside its node: condition and events.

#include <wavetank/api/corev1/event.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/base/time.hpp>

#include <string>

namespace wavetank::scheduler {

/// Why a pod has no node yet: the reason of its `PodScheduled` condition.
struct Failure {
    std::string reason;  ///< "Unschedulable" or "SchedulerError"
    std::string message;
};

/// Sets `PodScheduled` to False. Returns whether that changes anything.
bool set_unscheduled(api::corev1::Pod& pod, const Failure& failure, WallTime now);

[[nodiscard]] api::corev1::Event scheduled_event(const api::corev1::Pod& pod,
                                                 const std::string& node, WallTime now);

/// Sets `DisruptionTarget` to True. Returns whether that changes anything.
bool set_preempted(api::corev1::Pod& victim, const std::string& scheduler_name, WallTime now);

/// Tells a victim for whom it has to leave.
[[nodiscard]] api::corev1::Event preempted_event(const api::corev1::Pod& victim,
                                                 const std::string& preemptor_uid,
                                                 const std::string& node, WallTime now);

/// Long messages are cut to what an event holds.
[[nodiscard]] api::corev1::Event failed_event(const api::corev1::Pod& pod, std::string message,
                                              WallTime now);

}  // namespace wavetank::scheduler
