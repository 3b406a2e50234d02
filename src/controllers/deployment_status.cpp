// What a Deployment's status says: counts, availability, progress and failures.
#include "controllers/deployment_conditions.hpp"
#include "controllers/deployment_sync.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::controllers {

using api::appsv1::DeploymentCondition;
using api::appsv1::DeploymentStatus;

WallTime DeploymentSync::now() const {
    return context_.registry.clock().wall();
}

DeploymentCondition DeploymentSync::condition(const char* type, const char* status,
                                              const char* reason, std::string message) const {
    const api::Time time{now()};
    return {.type = type,
            .status = status,
            .lastUpdateTime = time,
            .lastTransitionTime = time,
            .reason = reason,
            .message = std::move(message)};
}

Result<> DeploymentSync::write_status() {
    const auto written = context_.registry.update_status(deployment_);
    return written ? Result<>{} : Result<>{written.error()};
}

DeploymentStatus DeploymentSync::calculate_status(const Sets& sets) const {
    const ReplicaSets all = sets.all();
    const std::int32_t available = sum_of_available(all);
    DeploymentStatus status{.observedGeneration = deployment_.metadata.generation,
                            .replicas = sum_of_replicas(all),
                            .updatedReplicas = sum_of_replicas({sets.fresh}),
                            .readyReplicas = sum_of_ready(all),
                            .availableReplicas = available,
                            .unavailableReplicas = std::max(0, sum_of_wanted(all) - available),
                            .terminatingReplicas = sum_of_terminating(all),
                            .conditions = deployment_.status.conditions,
                            .collisionCount = deployment_.status.collisionCount};
    if (available >= replicas_of(deployment_) - max_unavailable(deployment_)) {
        set_condition(status, condition("Available", "True", "MinimumReplicasAvailable",
                                        "Deployment has minimum availability."));
    } else {
        set_condition(status, condition("Available", "False", "MinimumReplicasUnavailable",
                                        "Deployment does not have minimum availability."));
    }
    return status;
}

/// Writes the counts, outside of a rollout.
Result<> DeploymentSync::sync_status(const Sets& sets) {
    DeploymentStatus status = calculate_status(sets);
    if (status == deployment_.status) {
        return {};
    }
    deployment_.status = std::move(status);
    return write_status();
}

/// Writes the counts and how the rollout gets on.
Result<> DeploymentSync::sync_rollout_status(const Sets& sets) {
    DeploymentStatus status = calculate_status(sets);
    if (!has_progress_deadline(deployment_)) {
        remove_condition(status, "Progressing");
    }
    const auto* progress = find_condition(deployment_.status, "Progressing");
    const bool was_complete = status.replicas == status.updatedReplicas && progress != nullptr &&
                              progress->reason == "NewReplicaSetAvailable";
    if (has_progress_deadline(deployment_) && !was_complete) {
        estimate_progress(status, sets);
    }
    copy_failures(status, sets);
    if (status == deployment_.status) {
        check_later(status);
        return {};
    }
    deployment_.status = std::move(status);
    return write_status();
}

void DeploymentSync::estimate_progress(DeploymentStatus& status, const Sets& sets) const {
    const std::string subject = sets.fresh == nullptr
                                    ? "Deployment \"" + deployment_.metadata.name + "\""
                                    : "ReplicaSet \"" + sets.fresh->metadata.name + "\"";
    if (is_complete(deployment_, status)) {
        set_condition(status, condition("Progressing", "True", "NewReplicaSetAvailable",
                                        subject + " has successfully progressed."));
    } else if (is_progressing(deployment_, status)) {
        DeploymentCondition next =
            condition("Progressing", "True", "ReplicaSetUpdated", subject + " is progressing.");
        // Unlike other conditions, this one is renewed for the same reason, too.
        if (const auto* current = find_condition(deployment_.status, "Progressing")) {
            if (current->status == "True") {
                next.lastTransitionTime = current->lastTransitionTime;
            }
            remove_condition(status, "Progressing");
        }
        set_condition(status, std::move(next));
    } else if (has_timed_out(deployment_, status, now())) {
        set_condition(status, condition("Progressing", "False", "ProgressDeadlineExceeded",
                                        subject + " has timed out progressing."));
    }
}

/// Passes on the first ReplicaSet's failure, the new one's before those of old ones.
void DeploymentSync::copy_failures(DeploymentStatus& status, const Sets& sets) {
    ReplicaSets candidates = sets.fresh == nullptr ? ReplicaSets{} : ReplicaSets{sets.fresh};
    candidates.insert(candidates.end(), sets.old.begin(), sets.old.end());
    for (const ReplicaSetPointer& set : candidates) {
        for (const auto& failure : set->status.conditions) {
            if (failure.type == "ReplicaFailure") {
                set_condition(status, {.type = failure.type,
                                       .status = failure.status,
                                       .lastUpdateTime = failure.lastTransitionTime,
                                       .lastTransitionTime = failure.lastTransitionTime,
                                       .reason = failure.reason,
                                       .message = failure.message});
                return;
            }
        }
    }
    remove_condition(status, "ReplicaFailure");
}

/// Comes back when the progress deadline has passed, if a rollout seems to be stuck.
void DeploymentSync::check_later(const DeploymentStatus& status) {
    using namespace std::chrono_literals;
    const auto* progress = find_condition(deployment_.status, "Progressing");
    if (!has_progress_deadline(deployment_) || progress == nullptr ||
        is_complete(deployment_, status) || progress->reason == "ProgressDeadlineExceeded") {
        return;
    }
    const WallTime deadline = progress->lastUpdateTime.value_or(api::Time{}).value +
                              std::chrono::seconds{*deployment_.spec.progressDeadlineSeconds};
    const Duration left = deadline - now();
    // Upstream adds a second, against timers that are early. Within the last second it polls with
    // the queue's back-off; as times are whole seconds, the next one is soon enough.
    context_.queue.add_after(store::key_of(deployment_), left < 1s ? Duration{1s} : left + 1s);
}

}  // namespace wavetank::controllers
