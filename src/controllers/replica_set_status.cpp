#include "controllers/replica_set_status.hpp"

#include "controllers/replica_sets.hpp"

#include <algorithm>

namespace wavetank::controllers {

using api::appsv1::ReplicaSet;
using api::appsv1::ReplicaSetCondition;
using api::appsv1::ReplicaSetStatus;

ReplicaSetStatus calculate_status(const ReplicaSet& replica_set, const ReplicaSetFacts& facts,
                                  WallTime now) {
    ReplicaSetStatus status = replica_set.status;
    const PodCounts& counts = facts.counts;
    const bool failed_before =
        std::ranges::count(status.conditions, "ReplicaFailure", &ReplicaSetCondition::type) > 0;
    if (facts.failure && !failed_before) {
        const std::int32_t surplus = counts.active - replicas_of(replica_set);
        status.conditions.push_back({.type = "ReplicaFailure",
                                     .status = "True",
                                     .lastTransitionTime = api::Time{now},
                                     .reason = surplus < 0   ? "FailedCreate"
                                               : surplus > 0 ? "FailedDelete"
                                                             : "",
                                     .message = *facts.failure});
    } else if (!facts.failure && failed_before) {
        std::erase_if(status.conditions,
                      [](const auto& condition) { return condition.type == "ReplicaFailure"; });
    }
    status.replicas = counts.active;
    status.fullyLabeledReplicas = facts.fully_labelled;
    status.readyReplicas = counts.ready;
    status.availableReplicas = counts.available(replica_set.spec.minReadySeconds, now);
    status.terminatingReplicas = counts.terminating;
    return status;
}

bool is_current(const ReplicaSet& replica_set, const ReplicaSetStatus& status) {
    const ReplicaSetStatus& current = replica_set.status;
    return current.replicas == status.replicas &&
           current.fullyLabeledReplicas == status.fullyLabeledReplicas &&
           current.readyReplicas == status.readyReplicas &&
           current.availableReplicas == status.availableReplicas &&
           current.terminatingReplicas == status.terminatingReplicas &&
           current.observedGeneration == replica_set.metadata.generation &&
           current.conditions == status.conditions;
}

}  // namespace wavetank::controllers
