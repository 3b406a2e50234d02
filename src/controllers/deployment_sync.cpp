#include "controllers/deployment_sync.hpp"

#include "controllers/deployment_conditions.hpp"
#include "controllers/owners.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace wavetank::controllers {
namespace {

/// Names a Deployment's ReplicaSet, cut so that the name stays a DNS subdomain.
std::string replica_set_name(const std::string& deployment, const std::string& hash) {
    constexpr std::size_t name_length_max = 253;
    return deployment.substr(0, name_length_max - 1 - hash.size()) + "-" + hash;
}

bool has_cause(const Error& error, std::string_view reason) {
    return std::ranges::count(error.causes, reason, &Cause::reason) > 0;
}

}  // namespace

DeploymentSync::DeploymentSync(const ControllerContext& context, Deployment deployment,
                               ReplicaSets sets, const RunningPods& running)
    : context_(context),
      deployment_(std::move(deployment)),
      owned_(std::move(sets)),
      running_(running) {
    sort(owned_, SetOrder::Oldest);
}

Result<> DeploymentSync::run() {
    if (deployment_.metadata.deletionTimestamp) {
        const auto sets = sync_revision(Missing::Leave);
        return sets ? sync_status(*sets) : Result<>{sets.error()};
    }
    if (auto noted = note_pause(); !noted) {
        return noted;
    }
    if (deployment_.spec.paused) {
        return sync_scale();
    }
    const auto scaling = is_scaling_event();
    if (!scaling) {
        return scaling.error();
    }
    if (*scaling) {
        return sync_scale();
    }
    return is_rolling_update(deployment_) ? roll() : recreate();
}

/// Marks the beginning and the end of a pause, so that it does not count as lack of progress.
Result<> DeploymentSync::note_pause() {
    if (!has_progress_deadline(deployment_)) {
        return {};
    }
    const auto* progress = find_condition(deployment_.status, "Progressing");
    if (progress != nullptr && progress->reason == "ProgressDeadlineExceeded") {
        return {};
    }
    const bool noted = progress != nullptr && progress->reason == "DeploymentPaused";
    if (deployment_.spec.paused == noted) {
        return {};
    }
    set_condition(
        deployment_.status,
        deployment_.spec.paused
            ? condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
            : condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed"));
    return write_status();
}

/// Tells new from old ReplicaSets and gives the new one a revision above all others.
Result<DeploymentSync::Sets> DeploymentSync::sync_revision(Missing missing) {
    const ReplicaSetPointer existing = find_new(deployment_, owned_);
    Sets sets;
    std::ranges::copy_if(owned_, std::back_inserter(sets.old),
                         [&](const auto& set) { return set != existing; });
    const std::int64_t revision = max_revision(sets.old) + 1;
    if (existing == nullptr && missing == Missing::Leave) {
        return sets;
    }
    auto fresh = existing != nullptr ? refresh(existing, revision) : create(sets.old, revision);
    if (!fresh) {
        return fresh.error();
    }
    sets.fresh = std::move(*fresh);
    return sets;
}

/// Brings revision and annotations of the new ReplicaSet and of the Deployment up to date.
Result<ReplicaSetPointer> DeploymentSync::refresh(const ReplicaSetPointer& existing,
                                                  std::int64_t revision) {
    Annotations annotations = existing->metadata.annotations;
    const bool annotated = set_new_annotations(deployment_, annotations, revision, Existing::Yes);
    if (annotated || existing->spec.minReadySeconds != deployment_.spec.minReadySeconds) {
        ReplicaSet changed = *existing;
        changed.metadata.annotations = std::move(annotations);
        changed.spec.minReadySeconds = deployment_.spec.minReadySeconds;
        return context_.registry.update(std::move(changed));
    }
    const auto found = annotations->find(annotation::revision);
    bool write = set_revision(found == annotations->end() ? std::string{} : found->second);
    if (has_progress_deadline(deployment_) &&
        find_condition(deployment_.status, "Progressing") == nullptr) {
        set_condition(deployment_.status,
                      condition("Progressing", "True", "FoundNewReplicaSet",
                                "Found new replica set \"" + existing->metadata.name + "\""));
        write = true;
    }
    if (write) {
        if (auto written = write_status(); !written) {
            return written.error();
        }
    }
    return existing;
}

bool DeploymentSync::set_revision(const std::string& revision) {
    const auto& annotations = *deployment_.metadata.annotations;
    const auto found = annotations.find(annotation::revision);
    if (found != annotations.end() && found->second == revision) {
        return false;
    }
    if (found == annotations.end() && revision.empty()) {
        return false;
    }
    deployment_.metadata.annotations.edit()[annotation::revision] = revision;
    return true;
}

Result<ReplicaSetPointer> DeploymentSync::create(const ReplicaSets& old, std::int64_t revision) {
    const ReplicaSet wanted = make_replica_set(old, revision);
    auto created = context_.registry.create(wanted);
    const bool exists = !created && created.error().reason == Reason::AlreadyExists;
    if (exists) {
        created = resolve_collision(wanted, created.error());
    } else if (!created) {
        return has_cause(created.error(), "NamespaceTerminating")
                   ? created.error()
                   : report_failed_create(wanted.metadata.name, created.error());
    }
    if (!created) {
        return created.error();
    }
    const std::string& name = (*created)->metadata.name;
    if (!exists && replicas_of(wanted) > 0) {
        context_.events.normal(
            deployment_, "ScalingReplicaSet",
            "Scaled up replica set " + name + " from 0 to " + std::to_string(replicas_of(wanted)));
    }
    bool write = set_revision(std::to_string(revision));
    if (!exists && has_progress_deadline(deployment_)) {
        set_condition(deployment_.status, condition("Progressing", "True", "NewReplicaSetCreated",
                                                    "Created new replica set \"" + name + "\""));
        write = true;
    }
    if (write) {
        if (auto written = write_status(); !written) {
            return written.error();
        }
    }
    return created;
}

api::appsv1::ReplicaSet DeploymentSync::make_replica_set(const ReplicaSets& old,
                                                         std::int64_t revision) const {
    const std::string hash =
        template_hash(deployment_.spec.template_, deployment_.status.collisionCount);
    ReplicaSet set;
    set.metadata.name = replica_set_name(deployment_.metadata.name, hash);
    set.metadata.namespace_ = deployment_.metadata.namespace_;
    set.metadata.ownerReferences = std::vector{controller_reference(deployment_)};
    set.spec.minReadySeconds = deployment_.spec.minReadySeconds;
    set.spec.template_ = deployment_.spec.template_;
    set.spec.template_.metadata.labels.edit()[hash_label] = hash;
    set.metadata.labels = set.spec.template_.metadata.labels;
    set.spec.selector = deployment_.spec.selector;
    if (!set.spec.selector) {
        set.spec.selector.emplace();
    }
    set.spec.selector->matchLabels[hash_label] = hash;
    set.spec.replicas = 0;
    set.spec.replicas = new_replicas(deployment_, old, set);
    set_new_annotations(deployment_, set.metadata.annotations, revision, Existing::No);
    return set;
}

/// Looks at the ReplicaSet that has the name already. It is the wanted one if it has the same owner
/// and template; else the next sync tries another hash.
Result<ReplicaSetPointer> DeploymentSync::resolve_collision(const ReplicaSet& wanted,
                                                            const Error& error) {
    auto set = context_.registry.store().get<ReplicaSet>(store::key_of(wanted));
    if (set == nullptr) {
        return error;
    }
    const auto* owner = controller_of(set->metadata);
    if (owner != nullptr && owner->uid == deployment_.metadata.uid &&
        equal_but_for_hash(deployment_.spec.template_, set->spec.template_)) {
        return set;
    }
    deployment_.status.collisionCount = deployment_.status.collisionCount.value_or(0) + 1;
    static_cast<void>(write_status());
    return error;
}

Error DeploymentSync::report_failed_create(const std::string& name, const Error& error) {
    const std::string message =
        "Failed to create new replica set \"" + name + "\": " + error.message;
    if (has_progress_deadline(deployment_)) {
        set_condition(deployment_.status,
                      condition("Progressing", "False", "ReplicaSetCreateError", message));
        static_cast<void>(write_status());
    }
    context_.events.warning(deployment_, "ReplicaSetCreateError", message);
    return error;
}

/// Tells whether an active ReplicaSet was scaled for another count than the Deployment's.
Result<bool> DeploymentSync::is_scaling_event() {
    const auto sets = sync_revision(Missing::Leave);
    if (!sets) {
        return sets.error();
    }
    return std::ranges::any_of(active_of(sets->all()), [&](const ReplicaSetPointer& set) {
        const auto desired = replicas_annotation(*set, annotation::desired_replicas);
        return desired && *desired != replicas_of(deployment_);
    });
}

/// Scales without rolling on: after a change of the count, or while paused.
Result<> DeploymentSync::sync_scale() {
    const auto sets = sync_revision(Missing::Leave);
    if (!sets) {
        return sets.error();
    }
    if (auto scaled = scale(*sets); !scaled) {
        return scaled;
    }
    if (deployment_.spec.paused) {
        if (auto cleaned = clean_up(sets->old); !cleaned) {
            return cleaned;
        }
    }
    return sync_status(*sets);
}

Result<> DeploymentSync::scale(const Sets& sets) {
    if (const auto only = find_active_or_latest(sets.fresh, sets.old)) {
        const auto scaled = scale_to(only, replicas_of(deployment_), ScaleWhen::SizeDiffers);
        return scaled ? Result<>{} : Result<>{scaled.error()};
    }
    if (is_saturated(deployment_, sets.fresh)) {
        ReplicaSets old = sets.old;
        sort(old, SetOrder::Newest);
        for (const ReplicaSetPointer& set : active_of(old)) {
            if (const auto scaled = scale_to(set, 0, ScaleWhen::SizeDiffers); !scaled) {
                return scaled.error();
            }
        }
        return {};
    }
    return is_rolling_update(deployment_) ? scale_proportionally(sets) : Result<>{};
}

/// Spreads the change of the count over all active ReplicaSets, the largest first.
Result<> DeploymentSync::scale_proportionally(const Sets& sets) {
    ReplicaSets old = sets.old;
    sort(old, SetOrder::Newest);
    ReplicaSets active = active_of(joined(old, sets.fresh));
    const std::int32_t wanted = replicas_of(deployment_);
    const std::int32_t allowed = wanted > 0 ? wanted + max_surge(deployment_) : 0;
    const std::int32_t to_add = allowed - sum_of_wanted(active);
    if (to_add != 0) {
        sort(active, to_add > 0 ? SetOrder::LargestNewest : SetOrder::LargestOldest);
    }
    const auto sizes = proportional_sizes(active, deployment_, to_add);
    for (std::size_t i = 0; i < active.size(); ++i) {
        if (const auto scaled = scale_to(active[i], sizes[i], ScaleWhen::AnythingDiffers);
            !scaled) {
            return scaled.error();
        }
    }
    return {};
}

Result<DeploymentSync::Scaled> DeploymentSync::scale_to(const ReplicaSetPointer& set,
                                                        std::int32_t replicas, ScaleWhen when) {
    const std::int32_t before = replicas_of(*set);
    if (when == ScaleWhen::SizeDiffers && before == replicas) {
        return Scaled{.set = set};
    }
    Annotations annotations = set->metadata.annotations;
    if (!set_replicas_annotations(annotations, deployment_) && before == replicas) {
        return Scaled{.set = set};
    }
    ReplicaSet changed = *set;
    changed.metadata.annotations = std::move(annotations);
    changed.spec.replicas = replicas;
    auto written = context_.registry.update(std::move(changed));
    if (!written) {
        return written.error();
    }
    if (before != replicas) {
        context_.events.normal(deployment_, "ScalingReplicaSet",
                               std::string{"Scaled "} + (before < replicas ? "up" : "down") +
                                   " replica set " + set->metadata.name + " from " +
                                   std::to_string(before) + " to " + std::to_string(replicas));
    }
    return Scaled{.resized = before != replicas, .set = std::move(*written)};
}

/// Deletes the oldest ReplicaSets beyond the history limit, if they are empty.
Result<> DeploymentSync::clean_up(const ReplicaSets& old) {
    const auto& limit = deployment_.spec.revisionHistoryLimit;
    if (!limit || *limit == std::numeric_limits<std::int32_t>::max()) {
        return {};
    }
    ReplicaSets candidates = old;
    std::erase_if(candidates,
                  [](const auto& set) { return set->metadata.deletionTimestamp.has_value(); });
    const auto surplus = static_cast<std::int32_t>(candidates.size()) - *limit;
    sort(candidates, SetOrder::Revision);
    for (std::int32_t i = 0; i < surplus; ++i) {
        const ReplicaSet& set = *candidates[static_cast<std::size_t>(i)];
        if (set.status.replicas != 0 || replicas_of(set) != 0 ||
            set.metadata.generation > set.status.observedGeneration) {
            continue;
        }
        const auto removed = context_.registry.remove<ReplicaSet>(store::key_of(set));
        if (!removed && removed.error().reason != Reason::NotFound) {
            return removed.error();
        }
    }
    return {};
}

}  // namespace wavetank::controllers
