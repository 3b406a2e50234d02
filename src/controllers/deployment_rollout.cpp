// How a Deployment gets from old ReplicaSets to the new one.
#include "controllers/deployment_conditions.hpp"
#include "controllers/deployment_sync.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace wavetank::controllers {

/// Replaces pods step by step, within maxSurge and maxUnavailable.
Result<> DeploymentSync::roll() {
    const auto sets = sync_revision(Missing::Create);
    if (!sets) {
        return sets.error();
    }
    const auto grown = grow_new(*sets);
    if (!grown) {
        return grown.error();
    }
    if (!*grown) {
        const auto shrunk = shrink_old(*sets);
        if (!shrunk) {
            return shrunk.error();
        }
        if (!*shrunk && is_complete(deployment_, deployment_.status)) {
            if (auto cleaned = clean_up(sets->old); !cleaned) {
                return cleaned;
            }
        }
    }
    return sync_rollout_status(*sets);
}

/// Stops all old pods before the first new one is created.
Result<> DeploymentSync::recreate() {
    auto sets = sync_revision(Missing::Leave);
    if (!sets) {
        return sets.error();
    }
    const auto stopped = stop_old(sets->old);
    if (!stopped) {
        return stopped.error();
    }
    if (*stopped || runs_old_pods(*sets)) {
        return sync_rollout_status(*sets);
    }
    if (sets->fresh == nullptr) {
        sets = sync_revision(Missing::Create);
        if (!sets) {
            return sets.error();
        }
    }
    const auto scaled = scale_to(sets->fresh, replicas_of(deployment_), ScaleWhen::SizeDiffers);
    if (!scaled) {
        return scaled.error();
    }
    if (is_complete(deployment_, deployment_.status)) {
        if (auto cleaned = clean_up(sets->old); !cleaned) {
            return cleaned;
        }
    }
    return sync_rollout_status(*sets);
}

/// Scales the new ReplicaSet towards the wanted count. Returns whether it did.
Result<bool> DeploymentSync::grow_new(const Sets& sets) {
    const std::int32_t wanted = replicas_of(deployment_);
    const std::int32_t current = replicas_of(*sets.fresh);
    if (current == wanted) {
        return false;
    }
    const std::int32_t next =
        current > wanted ? wanted : new_replicas(deployment_, sets.all(), *sets.fresh);
    const auto scaled = scale_to(sets.fresh, next, ScaleWhen::SizeDiffers);
    if (!scaled) {
        return scaled.error();
    }
    return scaled->resized;
}

/// Scales old ReplicaSets down as far as availability allows. Returns whether it did.
Result<bool> DeploymentSync::shrink_old(const Sets& sets) {
    ReplicaSets old = active_of(sets.old);
    if (sum_of_wanted(old) == 0) {
        return false;
    }
    const std::int32_t least = replicas_of(deployment_) - max_unavailable(deployment_);
    const std::int32_t new_unavailable =
        replicas_of(*sets.fresh) - sets.fresh->status.availableReplicas;
    const std::int32_t at_most = sum_of_wanted(sets.all()) - least - new_unavailable;
    if (at_most <= 0) {
        return false;
    }
    const auto unhealthy = drop_unhealthy(old, at_most);
    if (!unhealthy) {
        return false;  // as upstream, which goes on to write the status
    }
    const auto available = drop_available(old, sets.fresh);
    return available && *unhealthy + *available > 0;
}

/// Takes away replicas that are not available, from the oldest ReplicaSet on. Returns how many.
Result<std::int32_t> DeploymentSync::drop_unhealthy(ReplicaSets& old, std::int32_t at_most) {
    sort(old, SetOrder::Oldest);
    std::int32_t dropped = 0;
    for (ReplicaSetPointer& set : old) {
        if (dropped >= at_most) {
            break;
        }
        const std::int32_t unhealthy = replicas_of(*set) - set->status.availableReplicas;
        if (replicas_of(*set) == 0 || unhealthy == 0) {
            continue;
        }
        const std::int32_t count = std::min(at_most - dropped, unhealthy);
        if (count < 0) {
            return Error{.reason = Reason::InternalError,
                         .message = "when cleaning up unhealthy replicas, got invalid request"};
        }
        auto scaled = scale_to(set, replicas_of(*set) - count, ScaleWhen::SizeDiffers);
        if (!scaled) {
            return scaled.error();
        }
        dropped += count;
        set = std::move(scaled->set);
    }
    return dropped;
}

/// Takes away replicas beyond what must stay available, from the oldest ReplicaSet on.
Result<std::int32_t> DeploymentSync::drop_available(const ReplicaSets& old,
                                                    const ReplicaSetPointer& fresh) {
    const std::int32_t least = replicas_of(deployment_) - max_unavailable(deployment_);
    const std::int32_t surplus = sum_of_available(joined(old, fresh)) - least;
    std::int32_t dropped = 0;
    for (const ReplicaSetPointer& set : old) {
        if (dropped >= surplus) {
            break;
        }
        if (replicas_of(*set) == 0) {
            continue;
        }
        const std::int32_t count = std::min(replicas_of(*set), surplus - dropped);
        const auto scaled = scale_to(set, replicas_of(*set) - count, ScaleWhen::SizeDiffers);
        if (!scaled) {
            return scaled.error();
        }
        dropped += count;
    }
    return dropped;
}

/// Scales all old ReplicaSets to zero. Returns whether any was not.
Result<bool> DeploymentSync::stop_old(const ReplicaSets& old) {
    bool stopped = false;
    for (const ReplicaSetPointer& set : active_of(old)) {
        const auto scaled = scale_to(set, 0, ScaleWhen::SizeDiffers);
        if (!scaled) {
            return scaled.error();
        }
        stopped |= scaled->resized;
    }
    return stopped;
}

/// Tells whether a pod of an old template may still run; terminating ones do.
bool DeploymentSync::runs_old_pods(const Sets& sets) const {
    if (sum_of_replicas(sets.old) > 0) {
        return true;
    }
    return std::ranges::any_of(owned_, [&](const ReplicaSetPointer& set) {
        const bool is_new = sets.fresh != nullptr && set->metadata.uid == sets.fresh->metadata.uid;
        return !is_new && running_.contains(set->metadata.uid);
    });
}

}  // namespace wavetank::controllers
