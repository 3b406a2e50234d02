#include "controllers/statefulset.hpp"

#include "controllers/stateful_pods.hpp"

#include <algorithm>
#include <set>

namespace wavetank::controllers {
namespace {

using api::appsv1::StatefulSet;
using api::appsv1::StatefulSetStatus;
using api::corev1::Pod;

// A batch of a StatefulSet whose pods need not wait for each other is at most this large.
constexpr std::size_t stateful_batch_max = 500;

bool is_monotonic(const StatefulSet& set) {
    return set.spec.podManagementPolicy != "Parallel";
}

void count(StatefulSetStatus& status, const std::vector<PodPointer>& pods, std::int32_t seconds,
           WallTime now) {
    for (const PodPointer& pod : pods) {
        if (!is_created(*pod)) {
            continue;
        }
        ++status.replicas;
        if (is_running_and_ready(*pod)) {
            ++status.readyReplicas;
            status.availableReplicas += is_available(*pod, seconds, now) ? 1 : 0;
        }
        if (!pod->metadata.deletionTimestamp) {
            status.currentReplicas += revision_name_of(*pod) == status.currentRevision ? 1 : 0;
            status.updatedReplicas += revision_name_of(*pod) == status.updateRevision ? 1 : 0;
        }
    }
}

void clear_counts(StatefulSetStatus& status) {
    status.replicas = 0;
    status.readyReplicas = 0;
    status.availableReplicas = 0;
    status.currentReplicas = 0;
    status.updatedReplicas = 0;
}

// An update is complete when all pods are of the new revision and ready.
void complete(const StatefulSet& set, StatefulSetStatus& status) {
    const std::int32_t wanted = replicas_of(set);
    if (status.updatedReplicas == wanted && status.readyReplicas == wanted &&
        status.replicas == wanted) {
        status.currentReplicas = status.updatedReplicas;
        status.currentRevision = status.updateRevision;
    }
}

bool is_inconsistent(const StatefulSetStatus& stored, const StatefulSetStatus& status) {
    return status.observedGeneration > stored.observedGeneration ||
           status.replicas != stored.replicas || status.currentReplicas != stored.currentReplicas ||
           status.readyReplicas != stored.readyReplicas ||
           status.updatedReplicas != stored.updatedReplicas ||
           status.currentRevision != stored.currentRevision ||
           status.availableReplicas != stored.availableReplicas ||
           status.updateRevision != stored.updateRevision || status.conditions != stored.conditions;
}

/// Tells whether a missing pod comes back in the revision that the others had.
bool is_of_current_revision(const StatefulSet& set, std::int64_t ordinal) {
    const auto& strategy = set.spec.updateStrategy;
    const std::int64_t index = ordinal - first_ordinal(set);
    if (strategy.rollingUpdate) {
        return index < partition_of(set);
    }
    return strategy.type == "RollingUpdate" && index < set.status.currentReplicas;
}

}  // namespace

StatefulSetController::StatefulSetController(const ControllerContext& context)
    : context_(context),
      store_(context.registry.store()),
      pods_(context.registry,
            [this](const StatefulSet& set, const auto& event) { on_pod(set, event); }),
      history_(context.registry),
      claims_(context) {
    sets_ = store_.watch<StatefulSet>([this](const auto& event) { on_set(event); });
    for (const auto& set : store_.list<StatefulSet>()) {
        context_.queue.add(store::key_of(*set));
    }
}

void StatefulSetController::on_set(const store::WatchEvent<StatefulSet>& event) {
    if (event.type == store::EventType::Deleted) {
        data_.erase(event.object->metadata.uid);
    }
    context_.queue.add(store::key_of(*event.object));
}

void StatefulSetController::on_pod(const StatefulSet& set, const store::WatchEvent<Pod>& event) {
    context_.queue.add(store::key_of(set));
    if (set.spec.minReadySeconds > 0 && event.previous != nullptr && !is_ready(*event.previous) &&
        is_ready(*event.object)) {
        context_.queue.add_after(store::key_of(set),
                                 std::chrono::seconds{set.spec.minReadySeconds});
    }
}

Reconciler::Outcome StatefulSetController::reconcile(const store::Key& key) {
    const auto set = store_.get<StatefulSet>(key);
    const auto selector = set == nullptr ? Result<api::Selector>{} : compile(set->spec.selector);
    if (set == nullptr || !selector) {
        return Outcome::Done;
    }
    if (!adopt_revisions(*set, *selector)) {
        return Outcome::Retry;
    }
    const auto pods =
        pods_.claim(*set, *selector, [&](const Pod& pod) { return is_member(*set, pod); });
    if (!pods) {
        return Outcome::Retry;
    }
    std::vector<RevisionPointer> revisions = history_.list(set->metadata, *selector);
    const auto live = resolve(*set, revisions);
    if (!live) {
        return Outcome::Retry;
    }
    const WallTime now = context_.registry.clock().wall();
    Sync sync{.set = *set, .revisions = *live, .now = now};
    sort_out(sync, *pods);
    const Result<> updated = update(sync);
    complete(*set, sync.status);
    const Result<> written = write_status(*set, sync.status);
    const Result<> truncated = truncate(*set, *pods, revisions, *live);
    if (!updated || !written || !truncated) {
        return Outcome::Retry;
    }
    const std::int32_t seconds = set->spec.minReadySeconds;
    if (seconds > 0 && sync.status.readyReplicas != sync.status.availableReplicas) {
        context_.queue.add_after(
            key, next_availability(*pods, seconds, now).value_or(std::chrono::seconds{seconds}));
    }
    return Outcome::Done;
}

Result<> StatefulSetController::adopt_revisions(const StatefulSet& set,
                                                const api::Selector& selector) {
    for (const RevisionPointer& revision : history_.list(set.metadata, selector)) {
        if (controller_of(revision->metadata) != nullptr) {
            continue;
        }
        if (set.metadata.deletionTimestamp) {
            return Error{.message = "can't adopt ControllerRevisions: the set is being deleted"};
        }
        if (const auto adopted = adopt(context_.registry, set, *revision); !adopted) {
            return adopted.error();
        }
    }
    return {};
}

const boost::json::value& StatefulSetController::data_of(const StatefulSet& set) {
    auto& [generation, data] = data_[set.metadata.uid];
    if (generation != set.metadata.generation || data.is_null()) {
        data = revision_data(set.spec.template_);
        generation = set.metadata.generation;
    }
    return data;
}

/// Finds the revision of the present template, or makes it; an earlier one of the same template
/// becomes the latest. `revisions` are in order.
Result<StatefulSetController::Revisions> StatefulSetController::resolve(
    const StatefulSet& set, std::vector<RevisionPointer>& revisions) {
    Revisions result{.collisions = set.status.collisionCount.value_or(0)};
    const boost::json::value& data = data_of(set);
    const auto equal = std::ranges::find_if(
        revisions.rbegin(), revisions.rend(),
        [&](const RevisionPointer& revision) { return revision->data == data; });
    const std::int64_t next = next_revision_number(revisions);
    if (equal == revisions.rbegin() && equal != revisions.rend()) {
        result.update = *equal;
    } else if (equal != revisions.rend()) {
        auto renumbered = history_.renumber(*equal, next);
        if (!renumbered) {
            return renumbered.error();
        }
        result.update = *renumbered;
    } else {
        auto created = history_.create({.owner = controller_reference(set),
                                        .metadata = set.metadata,
                                        .pod_template = set.spec.template_,
                                        .data = data,
                                        .number = next,
                                        .hash_label = "controller.kubernetes.io/hash"},
                                       result.collisions);
        if (!created) {
            return created.error();
        }
        result.update = *created;
    }
    const auto current = std::ranges::find_if(revisions, [&](const RevisionPointer& revision) {
        return revision->metadata.name == set.status.currentRevision;
    });
    result.current = current == revisions.end() ? result.update : *current;
    return result;
}

/// Pods of the present template share the parts of the StatefulSet's own.
const api::corev1::PodTemplateSpec& StatefulSetController::template_of(
    const StatefulSet& set, const RevisionPointer& revision, const Revisions& revisions) {
    return revision->metadata.name == revisions.update->metadata.name
               ? set.spec.template_
               : history_.template_of(*revision);
}

/// Deletes the oldest revisions that nobody has any more, but the last few.
Result<> StatefulSetController::truncate(const StatefulSet& set,
                                         const std::vector<PodPointer>& pods,
                                         const std::vector<RevisionPointer>& revisions,
                                         const Revisions& live) {
    std::set<std::string, std::less<>> used{live.current->metadata.name,
                                            live.update->metadata.name};
    for (const PodPointer& pod : pods) {
        used.emplace(revision_name_of(*pod));
    }
    std::vector<RevisionPointer> old = revisions;
    std::erase_if(old, [&](const auto& each) { return used.contains(each->metadata.name); });
    const std::int64_t surplus =
        std::ssize(old) - std::int64_t{set.spec.revisionHistoryLimit.value_or(10)};
    if (set.spec.revisionHistoryLimit.value_or(10) < 0) {
        return {};
    }
    for (std::int64_t i = 0; i < surplus; ++i) {
        if (auto removed = history_.remove(old[static_cast<std::size_t>(i)]); !removed) {
            return removed;
        }
    }
    return {};
}

/// Puts each pod in its place and fills the gaps with pods that are still to be made.
void StatefulSetController::sort_out(Sync& sync, const std::vector<PodPointer>& pods) {
    const StatefulSet& set = sync.set;
    auto& status = sync.status;
    status.observedGeneration = set.metadata.generation;
    status.currentRevision = sync.revisions.current->metadata.name;
    status.updateRevision = sync.revisions.update->metadata.name;
    status.collisionCount = sync.revisions.collisions;
    status.conditions = set.status.conditions;
    count(status, pods, set.spec.minReadySeconds, sync.now);
    sync.replicas.resize(static_cast<std::size_t>(std::max(0, replicas_of(set))));
    const std::int64_t first = first_ordinal(set);
    for (const PodPointer& pod : pods) {
        const std::int64_t ordinal = ordinal_of(*pod);
        if (is_in_range(set, *pod)) {
            sync.replicas[static_cast<std::size_t>(ordinal - first)] = pod;
        } else if (ordinal >= 0) {
            sync.condemned.push_back(pod);
        }
    }
    for (std::size_t i = 0; i < sync.replicas.size(); ++i) {
        if (sync.replicas[i] != nullptr) {
            continue;
        }
        const std::int64_t ordinal = first + static_cast<std::int64_t>(i);
        const RevisionPointer& revision =
            is_of_current_revision(set, ordinal) ? sync.revisions.current : sync.revisions.update;
        sync.replicas[i] = api::make_object<const Pod>(make_stateful_pod(
            set, {template_of(set, revision, sync.revisions), revision->metadata.name}, ordinal));
    }
    std::ranges::sort(sync.condemned, std::greater{},
                      [](const PodPointer& pod) { return ordinal_of(*pod); });
    const auto is_bad = [&](const PodPointer& pod) {
        return is_unavailable(*pod, set.spec.minReadySeconds, sync.now);
    };
    const auto replica = std::ranges::find_if(sync.replicas, is_bad);
    const auto condemned = std::find_if(sync.condemned.rbegin(), sync.condemned.rend(), is_bad);
    if (replica != sync.replicas.end()) {
        sync.first_unavailable = *replica;
    } else if (condemned != sync.condemned.rend()) {
        sync.first_unavailable = *condemned;
    }
}

/// Makes, mends and deletes pods. The status is right even if it fails.
Result<> StatefulSetController::update(Sync& sync) {
    const StatefulSet& set = sync.set;
    if (set.metadata.deletionTimestamp) {
        return {};
    }
    const auto recount = [&] {
        clear_counts(sync.status);
        count(sync.status, sync.replicas, set.spec.minReadySeconds, sync.now);
        count(sync.status, sync.condemned, set.spec.minReadySeconds, sync.now);
    };
    Step step = run_for_all(sync, sync.replicas,
                            [&](const PodPointer& pod) { return process_replica(sync, pod); });
    if (step && !*step) {
        step = run_for_all(sync, sync.condemned, [&](const PodPointer& pod) -> Step {
            if (claims_.match_policy(set, *pod)) {
                return false;
            }
            const auto applied = claims_.apply_policy(set, *pod);
            return applied ? Step{false} : Step{applied.error()};
        });
    }
    if (step && !*step) {
        step = run_for_all(sync, sync.condemned,
                           [&](const PodPointer& pod) { return process_condemned(sync, pod); });
    }
    recount();
    if (!step) {
        return step.error();
    }
    return *step || set.spec.updateStrategy.type == "OnDelete" ? Result<>{} : roll(sync);
}

/// In order up to the first pod that the others must wait for; or all, in batches of 1, 2, 4, ...
/// of which one with a failure is the last.
StatefulSetController::Step StatefulSetController::run_for_all(
    const Sync& sync, const std::vector<PodPointer>& pods,
    const std::function<Step(const PodPointer&)>& step) {
    if (is_monotonic(sync.set)) {
        for (const PodPointer& pod : pods) {
            if (Step done = step(pod); !done || *done) {
                return done;
            }
        }
        return false;
    }
    std::size_t done = 0;
    for (std::size_t batch = 1; done < pods.size();
         batch = std::min(2 * batch, stateful_batch_max)) {
        Step failed = false;
        const std::size_t end = std::min(done + batch, pods.size());
        for (; done < end; ++done) {
            if (Step each = step(pods[done]); !each) {
                failed = std::move(each);
            }
        }
        if (!failed) {
            return failed;
        }
    }
    return false;
}

StatefulSetController::Step StatefulSetController::process_replica(const Sync& sync,
                                                                   const PodPointer& pod) {
    const StatefulSet& set = sync.set;
    const bool monotonic = is_monotonic(set);
    if (is_terminal(*pod)) {
        if (!pod->metadata.deletionTimestamp) {
            if (const auto deleted = delete_pod(set, *pod); !deleted) {
                return deleted.error();
            }
        }
        return true;  // a new pod is made when this one is gone
    }
    if (!is_created(*pod)) {
        if (claims_.is_stale(set, *pod)) {
            return true;
        }
        if (const auto created = create_pod(set, *pod); !created) {
            return created.error();
        }
        if (monotonic) {
            return true;
        }
    }
    if (pod->status.phase == "Pending") {
        if (const auto created = claims_.create_missing(set, *pod); !created) {
            return created.error();
        }
        if (const auto applied = claims_.apply_policy(set, *pod); !applied) {
            report(set, "Update", *pod, applied);
            return applied.error();
        }
    }
    const bool blocks = pod->metadata.deletionTimestamp || !is_running_and_ready(*pod) ||
                        !is_available(*pod, set.spec.minReadySeconds, sync.now);
    if (monotonic && blocks) {
        return true;
    }
    if (identity_matches(set, *pod) && storage_matches(set, *pod) &&
        claims_.match_policy(set, *pod)) {
        return false;
    }
    const auto restored = restore_pod(set, *pod);
    return restored ? Step{false} : Step{restored.error()};
}

StatefulSetController::Step StatefulSetController::process_condemned(const Sync& sync,
                                                                     const PodPointer& pod) {
    const StatefulSet& set = sync.set;
    const bool monotonic = is_monotonic(set);
    if (pod->metadata.deletionTimestamp) {
        return monotonic;
    }
    const bool healthy =
        is_running_and_ready(*pod) && is_available(*pod, set.spec.minReadySeconds, sync.now);
    if (monotonic && !healthy && pod != sync.first_unavailable) {
        return true;
    }
    const auto deleted = delete_pod(set, *pod);
    return deleted ? Step{true} : Step{deleted.error()};
}

/// Deletes pods of former revisions, from the highest index down to the partition, as many as may
/// be unavailable.
Result<> StatefulSetController::roll(Sync& sync) {
    const StatefulSet& set = sync.set;
    std::int32_t unavailable = 0;
    std::int32_t unavailable_old = 0;  // where they need not wait, these cost nothing
    for (const PodPointer& pod : sync.replicas) {
        if (is_unavailable(*pod, set.spec.minReadySeconds, sync.now)) {
            ++unavailable;
            unavailable_old += !is_monotonic(set) && !pod->metadata.deletionTimestamp &&
                                       revision_name_of(*pod) != sync.status.updateRevision
                                   ? 1
                                   : 0;
        }
    }
    const std::int32_t budget = max_unavailable(set) - unavailable;
    if (budget <= 0 && unavailable_old == 0) {
        return {};
    }
    return is_monotonic(set) ? roll_in_order(sync, budget) : roll_in_parallel(sync, budget);
}

Result<> StatefulSetController::roll_in_parallel(Sync& sync, std::int32_t budget) {
    const StatefulSet& set = sync.set;
    const std::int32_t seconds = set.spec.minReadySeconds;
    const auto remove = [&](const PodPointer& pod) {
        const auto deleted = delete_pod(set, *pod);
        sync.status.currentReplicas -= deleted ? 1 : 0;
        return deleted;
    };
    const auto is_old = [&](const PodPointer& pod) {
        return revision_name_of(*pod) != sync.status.updateRevision;
    };
    for (std::int64_t i = std::ssize(sync.replicas) - 1; i >= partition_of(set); --i) {
        const PodPointer& pod = sync.replicas[static_cast<std::size_t>(i)];
        if (is_old(pod) && !is_available(*pod, seconds, sync.now) &&
            !pod->metadata.deletionTimestamp) {
            if (auto deleted = remove(pod); !deleted) {
                return deleted;
            }
        }
    }
    for (std::int64_t i = std::ssize(sync.replicas) - 1; i >= partition_of(set) && budget > 0;
         --i) {
        const PodPointer& pod = sync.replicas[static_cast<std::size_t>(i)];
        if (is_old(pod) && !is_unavailable(*pod, seconds, sync.now)) {
            if (auto deleted = remove(pod); !deleted) {
                return deleted;
            }
            --budget;
        }
    }
    return {};
}

Result<> StatefulSetController::roll_in_order(Sync& sync, std::int32_t budget) {
    const StatefulSet& set = sync.set;
    for (std::int64_t i = std::ssize(sync.replicas) - 1; i >= partition_of(set) && budget > 0;
         --i) {
        const PodPointer& pod = sync.replicas[static_cast<std::size_t>(i)];
        if (revision_name_of(*pod) == sync.status.updateRevision ||
            pod->metadata.deletionTimestamp) {
            continue;
        }
        if (auto deleted = delete_pod(set, *pod); !deleted) {
            return deleted;
        }
        --budget;
        --sync.status.currentReplicas;
    }
    return {};
}

Result<> StatefulSetController::create_pod(const StatefulSet& set, const Pod& pod) {
    if (auto claimed = claims_.create_missing(set, pod); !claimed) {
        report(set, "Create", pod, claimed);
        return claimed;
    }
    const auto created = context_.registry.create(pod);
    if (!created && created.error().reason == Reason::AlreadyExists) {
        return created.error();
    }
    if (auto applied = claims_.apply_policy(set, pod); !applied) {
        report(set, "Update", pod, applied);
        return applied;
    }
    Result<> result;
    if (!created) {
        result = created.error();
    }
    report(set, "Create", pod, result);
    return result;
}

Result<> StatefulSetController::restore_pod(const StatefulSet& set, const Pod& pod) {
    Pod changed = pod;
    bool differs = false;
    if (!identity_matches(set, changed)) {
        restore_identity(set, changed);
        differs = true;
    }
    if (!storage_matches(set, changed)) {
        restore_storage(set, changed);
        differs = true;
        if (auto claimed = claims_.create_missing(set, changed); !claimed) {
            report(set, "Update", pod, claimed);
            return claimed;
        }
    }
    if (!claims_.match_policy(set, changed)) {
        if (auto applied = claims_.apply_policy(set, changed); !applied) {
            report(set, "Update", pod, applied);
            return applied;
        }
        differs = true;
    }
    if (!differs) {
        return {};
    }
    const auto written = context_.registry.update(std::move(changed));
    Result<> result;
    if (!written) {
        result = written.error();
    }
    report(set, "Update", pod, result);
    return result;
}

Result<> StatefulSetController::delete_pod(const StatefulSet& set, const Pod& pod) {
    const auto removed = context_.registry.remove<Pod>(store::key_of(pod));
    Result<> result;
    if (!removed && removed.error().reason != Reason::NotFound) {
        result = removed.error();
    }
    report(set, "Delete", pod, result);
    return result;
}

void StatefulSetController::report(const StatefulSet& set, const std::string& verb, const Pod& pod,
                                   const Result<>& result) {
    const std::string what =
        verb + " Pod " + pod.metadata.name + " in StatefulSet " + set.metadata.name;
    if (result) {
        context_.events.normal(set, "Successful" + verb, what + " successful");
    } else {
        context_.events.warning(set, "Failed" + verb,
                                what + " failed error: " + result.error().message);
    }
}

Result<> StatefulSetController::write_status(const StatefulSet& set, StatefulSetStatus status) {
    if (!is_inconsistent(set.status, status)) {
        return {};
    }
    StatefulSet changed = set;
    changed.status = std::move(status);
    const auto written = context_.registry.update_status(std::move(changed));
    return written ? Result<>{} : Result<>{written.error()};
}

}  // namespace wavetank::controllers
