#pragma once

/// \file
/// One look at one Deployment: what has to be created, scaled, cleaned up and reported now?
///
/// As upstream, a sync works on the objects as they were when it began. Where it has written one of
/// them already, a second write is a conflict, and the key comes back for another sync.

#include "controllers/deployment.hpp"
#include "controllers/replica_sets.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <string>

namespace wavetank::controllers {

class DeploymentSync {
public:
    /// Lifetime: `context` and `running` are borrowed for the life of the sync.
    DeploymentSync(const ControllerContext& context, api::appsv1::Deployment deployment,
                   ReplicaSets sets, const RunningPods& running);

    /// Errors: that of the first write that failed.
    Result<> run();

private:
    using Deployment = api::appsv1::Deployment;
    using DeploymentStatus = api::appsv1::DeploymentStatus;
    using ReplicaSet = api::appsv1::ReplicaSet;

    /// The ReplicaSet of the current template, if there is one, and all others.
    struct Sets {
        ReplicaSetPointer fresh;
        ReplicaSets old;

        [[nodiscard]] ReplicaSets all() const {
            return joined(old, fresh);
        }
    };
    enum class Missing : std::uint8_t { Leave, Create };
    enum class ScaleWhen : std::uint8_t { SizeDiffers, AnythingDiffers };
    struct Scaled {
        bool resized = false;
        ReplicaSetPointer set;
    };

    // deployment_sync.cpp: revisions, and scaling outside of rollouts.
    Result<> note_pause();
    Result<Sets> sync_revision(Missing missing);
    Result<ReplicaSetPointer> refresh(const ReplicaSetPointer& existing, std::int64_t revision);
    Result<ReplicaSetPointer> create(const ReplicaSets& old, std::int64_t revision);
    bool set_revision(const std::string& revision);
    [[nodiscard]] ReplicaSet make_replica_set(const ReplicaSets& old, std::int64_t revision) const;
    Result<ReplicaSetPointer> resolve_collision(const ReplicaSet& wanted, const Error& error);
    Error report_failed_create(const std::string& name, const Error& error);
    Result<bool> is_scaling_event();
    Result<> sync_scale();
    Result<> scale(const Sets& sets);
    Result<> scale_proportionally(const Sets& sets);
    Result<Scaled> scale_to(const ReplicaSetPointer& set, std::int32_t replicas, ScaleWhen when);
    Result<> clean_up(const ReplicaSets& old);

    // deployment_rollout.cpp
    Result<> roll();
    Result<> recreate();
    Result<bool> grow_new(const Sets& sets);
    Result<bool> shrink_old(const Sets& sets);
    Result<std::int32_t> drop_unhealthy(ReplicaSets& old, std::int32_t at_most);
    Result<std::int32_t> drop_available(const ReplicaSets& old, const ReplicaSetPointer& fresh);
    Result<bool> stop_old(const ReplicaSets& old);
    [[nodiscard]] bool runs_old_pods(const Sets& sets) const;

    // deployment_status.cpp
    [[nodiscard]] DeploymentStatus calculate_status(const Sets& sets) const;
    [[nodiscard]] api::appsv1::DeploymentCondition condition(const char* type, const char* status,
                                                             const char* reason,
                                                             std::string message) const;
    Result<> write_status();
    Result<> sync_status(const Sets& sets);
    Result<> sync_rollout_status(const Sets& sets);
    void estimate_progress(DeploymentStatus& status, const Sets& sets) const;
    static void copy_failures(DeploymentStatus& status, const Sets& sets);
    void check_later(const DeploymentStatus& status);
    [[nodiscard]] WallTime now() const;

    const ControllerContext& context_;
    Deployment deployment_;
    ReplicaSets owned_;  // in order of creation
    const RunningPods& running_;
};

}  // namespace wavetank::controllers
