#include "controllers/deployment_conditions.hpp"

#include "controllers/replica_sets.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::controllers {

using api::appsv1::Deployment;
using api::appsv1::DeploymentCondition;
using api::appsv1::DeploymentStatus;

const DeploymentCondition* find_condition(const DeploymentStatus& status, std::string_view type) {
    const auto found = std::ranges::find(status.conditions, type, &DeploymentCondition::type);
    return found == status.conditions.end() ? nullptr : &*found;
}

void set_condition(DeploymentStatus& status, DeploymentCondition condition) {
    if (const DeploymentCondition* current = find_condition(status, condition.type)) {
        if (current->status == condition.status) {
            if (current->reason == condition.reason) {
                return;
            }
            condition.lastTransitionTime = current->lastTransitionTime;
        }
    }
    remove_condition(status, condition.type);
    status.conditions.push_back(std::move(condition));
}

void remove_condition(DeploymentStatus& status, std::string_view type) {
    std::erase_if(status.conditions,
                  [&](const DeploymentCondition& condition) { return condition.type == type; });
}

bool is_complete(const Deployment& deployment, const DeploymentStatus& status) {
    const std::int32_t wanted = replicas_of(deployment);
    return status.updatedReplicas == wanted && status.replicas == wanted &&
           status.availableReplicas == wanted &&
           status.observedGeneration >= deployment.metadata.generation;
}

bool is_progressing(const Deployment& deployment, const DeploymentStatus& status) {
    const DeploymentStatus& before = deployment.status;
    return status.updatedReplicas > before.updatedReplicas ||
           status.replicas - status.updatedReplicas < before.replicas - before.updatedReplicas ||
           status.readyReplicas > before.readyReplicas ||
           status.availableReplicas > before.availableReplicas;
}

bool has_timed_out(const Deployment& deployment, const DeploymentStatus& status, WallTime now) {
    const DeploymentCondition* condition = find_condition(status, "Progressing");
    if (condition == nullptr || condition->reason == "NewReplicaSetAvailable") {
        return false;
    }
    if (condition->reason == "ProgressDeadlineExceeded") {
        return true;
    }
    const WallTime from = condition->lastUpdateTime.value_or(api::Time{}).value;
    return from + std::chrono::seconds{*deployment.spec.progressDeadlineSeconds} < now;
}

}  // namespace wavetank::controllers
