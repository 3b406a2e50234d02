#include "controllers/daemonset.hpp"

#include "controllers/daemon_pods.hpp"
#include "controllers/node_fit.hpp"
#include "controllers/pod_control.hpp"

#include <algorithm>
#include <set>

namespace wavetank::controllers {
namespace {

using api::appsv1::ControllerRevision;
using api::appsv1::DaemonSet;
using api::appsv1::DaemonSetStatus;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Toleration;
using namespace std::chrono_literals;

// A sync creates or deletes at most this many pods (upstream's `BurstReplicas`).
constexpr std::size_t daemon_burst = 250;

// How long failed pods are left alone, from the second one on.
constexpr Duration failure_first = 1s;
constexpr Duration failure_most = 15min;

bool same_but_for_generation(const DaemonSetStatus& left, DaemonSetStatus right) {
    right.observedGeneration = left.observedGeneration;
    return left == right;
}

}  // namespace

DaemonSetController::DaemonSetController(const ControllerContext& context)
    : context_(context),
      store_(context.registry.store()),
      pods_(context.registry,
            [this](const DaemonSet& set, const auto& event) { on_pod(set, event); }),
      history_(context.registry) {
    sets_ = store_.watch<DaemonSet>([this](const auto& event) { on_set(event); });
    nodes_ = store_.watch<Node>([this](const auto& event) { on_node(event); });
    revisions_ =
        store_.watch<ControllerRevision>([this](const auto& event) { on_revision(event); });
    for (const auto& set : store_.list<DaemonSet>()) {
        context_.queue.add(store::key_of(*set));
    }
}

void DaemonSetController::on_set(const store::WatchEvent<DaemonSet>& event) {
    if (event.type == store::EventType::Deleted) {
        data_.erase(event.object->metadata.uid);
        placed_.erase(event.object->metadata.uid);
    }
    context_.queue.add(store::key_of(*event.object));
}

void DaemonSetController::on_pod(const DaemonSet& set, const store::WatchEvent<Pod>& event) {
    const std::string& uid = set.metadata.uid;
    const auto is_owned = [&](const Pod& pod) {
        const auto* owner = controller_of(pod.metadata);
        return owner != nullptr && owner->uid == uid && !pod.spec.nodeName.empty();
    };
    if (event.previous != nullptr && is_owned(*event.previous)) {
        --placed_[uid][event.previous->spec.nodeName];
    }
    if (event.type != store::EventType::Deleted && is_owned(*event.object)) {
        ++placed_[uid][event.object->spec.nodeName];
    }
    context_.queue.add(store::key_of(set));
    if (set.spec.minReadySeconds > 0 && event.previous != nullptr && !is_ready(*event.previous) &&
        is_ready(*event.object) && !event.object->metadata.deletionTimestamp) {
        context_.queue.add_after(store::key_of(set),
                                 std::chrono::seconds{set.spec.minReadySeconds} + 1s);
    }
}

/// Wakes those for whom the node's change means a pod more or less. What a change of taints means
/// for a count alone is found out later, as upstream.
void DaemonSetController::on_node(const store::WatchEvent<Node>& event) {
    const Node& node = *event.object;
    const bool is_same = event.previous != nullptr && event.type == store::EventType::Modified &&
                         event.previous->metadata.labels == node.metadata.labels &&
                         event.previous->spec.taints == node.spec.taints;
    if (is_same || event.type == store::EventType::Deleted) {
        return;
    }
    for (const auto& set : store_.list<DaemonSet>()) {
        const Verdict verdict =
            judge(*set, node, daemon_tolerations(*set->spec.template_.spec.body));
        const auto places = placed_.find(set->metadata.uid);
        bool has_pod = false;
        if (places != placed_.end()) {
            const auto place = places->second.find(node.metadata.name);
            has_pod = place != places->second.end() && place->second > 0;
        }
        if ((verdict.should_run && !has_pod) || (!verdict.may_stay && has_pod) ||
            (has_pod && set->status.numberMisscheduled > 0)) {
            context_.queue.add(store::key_of(*set));
        }
    }
}

void DaemonSetController::on_revision(const store::WatchEvent<ControllerRevision>& event) {
    if (event.type == store::EventType::Added) {
        return;
    }
    const auto& metadata = event.object->metadata;
    if (const auto set = pods_.resolve(metadata.namespace_, controller_of(metadata))) {
        context_.queue.add(store::key_of(*set));
    }
}

Reconciler::Outcome DaemonSetController::reconcile(const store::Key& key) {
    const auto set = store_.get<DaemonSet>(key);
    if (set == nullptr || set->metadata.deletionTimestamp) {
        return Outcome::Done;
    }
    const auto selector = compile(set->spec.selector);
    if (!selector) {
        return Outcome::Done;
    }
    if (selector->empty()) {
        context_.events.warning(
            *set, "SelectingAll",
            "This daemon set is selecting all pods. A non-empty selector is required.");
        return Outcome::Done;
    }
    std::vector<RevisionPointer> old;
    const auto current = resolve(*set, *selector, old);
    auto pods = pods_.claim(*set, *selector);
    if (!current || !pods) {
        return Outcome::Retry;
    }
    const Sync sync{.set = *set,
                    .nodes = store_.list<Node>(),
                    .hash = (*current)->metadata.labels->at(daemon_hash_label),
                    .tolerations = daemon_tolerations(*set->spec.template_.spec.body),
                    .now = context_.registry.clock().wall()};
    Changes changes;
    Result<> done = manage(sync, by_node(*pods), changes);
    // What has just been asked for is waited for before a rollout goes on.
    if (done && changes.empty() && set->spec.updateStrategy.type == "RollingUpdate") {
        done = roll(sync, by_node(*pods));
    }
    if (done) {
        done = truncate(*set, *pods, old);
    }
    pods = pods_.claim(*set, *selector);
    if (!pods || !write_status(sync, by_node(*pods)) || !done) {
        return Outcome::Retry;
    }
    return Outcome::Done;
}

DaemonSetController::Verdict DaemonSetController::judge(
    const DaemonSet& set, const Node& node, const std::vector<Toleration>& tolerations) {
    const auto& pods = set.spec.template_.spec;
    if ((!pods.nodeName.empty() && pods.nodeName != node.metadata.name) ||
        !selects_node(*pods.body, node)) {
        return {};
    }
    const bool may_stay = tolerates_all(tolerations, node, "NoExecute");
    return {.should_run = may_stay && tolerates_all(tolerations, node, "NoSchedule"),
            .may_stay = may_stay};
}

/// Returns the pods by the node that they have or are meant for, without those that are finished
/// and being deleted.
DaemonSetController::PodsByNode DaemonSetController::by_node(const std::vector<PodPointer>& pods) {
    PodsByNode result;
    for (const PodPointer& pod : pods) {
        if (is_terminal(*pod) && pod->metadata.deletionTimestamp) {
            continue;
        }
        if (const std::string node = target_node_of(*pod); !node.empty()) {
            result[node].push_back(pod);
        }
    }
    for (auto& [node, on_it] : result) {
        sort_daemon_pods(on_it);
    }
    return result;
}

DaemonSetController::OnNode DaemonSetController::on_node(
    const Sync& sync, const std::vector<PodPointer>& pods) const {
    OnNode result;
    for (const PodPointer& pod : pods) {
        if (pod->metadata.deletionTimestamp) {
            continue;
        }
        PodPointer& place = is_updated(sync.set, *pod, sync.hash) ? result.fresh : result.old;
        if (place != nullptr) {
            return {.clear = false};
        }
        place = pod;
    }
    return result;
}

/// Finds the revision of the present template, or makes it; an earlier one of the same template
/// becomes the latest. The others end up in `old`.
Result<RevisionPointer> DaemonSetController::resolve(const DaemonSet& set,
                                                     const api::Selector& selector,
                                                     std::vector<RevisionPointer>& old) {
    auto& [generation, data] = data_[set.metadata.uid];
    if (generation != set.metadata.generation || data.is_null()) {
        data = revision_data(set.spec.template_);
        generation = set.metadata.generation;
    }
    RevisionPointer current;
    for (const RevisionPointer& revision : history_.list(set.metadata, selector)) {
        if (controller_of(revision->metadata) == nullptr) {
            if (auto adopted = adopt(context_.registry, set, *revision); !adopted) {
                return adopted.error();
            }
        }
        if (revision->data == data) {
            current = revision;
        } else {
            old.push_back(revision);
        }
    }
    const std::int64_t next = next_revision_number(old);
    if (current != nullptr) {
        return current->revision < next ? history_.renumber(current, next)
                                        : Result<RevisionPointer>{current};
    }
    std::int32_t collisions = set.status.collisionCount.value_or(0);
    return history_.create({.owner = controller_reference(set),
                            .metadata = set.metadata,
                            .pod_template = set.spec.template_,
                            .data = data,
                            .number = next,
                            .hash_label = daemon_hash_label},
                           collisions);
}

/// Sees to it that there is a pod where one should be and none where not.
Result<> DaemonSetController::manage(const Sync& sync, const PodsByNode& pods, Changes& changes) {
    static const std::vector<PodPointer> none;
    std::set<std::string> present;
    for (const auto& node : sync.nodes) {
        const auto on_it = pods.find(node->metadata.name);
        manage_node(sync, *node, on_it == pods.end() ? none : on_it->second, changes);
        present.insert(node->metadata.name);
    }
    // Nobody else deletes a pod that waits for a node that is gone.
    for (const auto& [node, on_it] : pods) {
        for (const PodPointer& pod : on_it) {
            if (!present.contains(node) && pod->spec.nodeName.empty()) {
                changes.removed.push_back(pod);
            }
        }
    }
    return apply(sync, changes);
}

void DaemonSetController::manage_node(const Sync& sync, const Node& node,
                                      const std::vector<PodPointer>& pods, Changes& changes) {
    const Verdict verdict = judge(sync.set, node, sync.tolerations);
    const std::string& name = node.metadata.name;
    if (verdict.should_run && pods.empty()) {
        changes.nodes.push_back(name);
        return;
    }
    std::vector<PodPointer> running;
    for (const PodPointer& pod : pods) {
        if (pod->metadata.deletionTimestamp) {
            continue;
        }
        const std::string& phase = pod->status.phase;
        if (!verdict.may_stay) {
            changes.removed.push_back(pod);
        } else if (phase == "Failed") {
            if (may_remove_failed(sync, name)) {
                context_.events.warning(sync.set, "FailedDaemonPod",
                                        "Found failed daemon pod " +
                                            store::to_string(store::key_of(*pod)) + " on node " +
                                            name + ", will try to kill it");
                changes.removed.push_back(pod);
            }
        } else if (phase == "Succeeded") {
            context_.events.normal(sync.set, "SucceededDaemonPod",
                                   "Found succeeded daemon pod " +
                                       store::to_string(store::key_of(*pod)) + " on node " + name +
                                       ", will try to delete it");
            changes.removed.push_back(pod);
        } else {
            running.push_back(pod);
        }
    }
    if (!verdict.may_stay) {
        return;
    }
    if (max_surge(sync.set, 1) == 0) {
        for (std::size_t i = 1; i < running.size(); ++i) {
            changes.removed.push_back(running[i]);
        }
    } else if (running.size() > 1) {
        manage_surge(sync, std::move(running), changes);
    } else if (running.empty() && verdict.should_run) {
        changes.nodes.push_back(name);
    }
}

// At once the first time on a node, then with a growing delay, so as not to fight with a kubelet
// that rejects the pod.
bool DaemonSetController::may_remove_failed(const Sync& sync, const std::string& node) {
    const auto& set = sync.set;
    const std::string key =
        set.metadata.uid.str() + "/" + std::to_string(set.status.observedGeneration) + "/" + node;
    const auto [entry, fresh] = failures_.try_emplace(key);
    FailureBackoff& backoff = entry->second;
    const bool forgotten = fresh || sync.now - backoff.since > 2 * failure_most;
    if (!forgotten && sync.now - backoff.since < backoff.delay) {
        context_.queue.add_after(store::key_of(set), backoff.delay);
        return false;
    }
    backoff.delay = forgotten ? failure_first : std::min(2 * backoff.delay, failure_most);
    backoff.since = sync.now;
    return true;
}

/// Keeps the oldest pod of the present template and the oldest other one while the first is not
/// available and the second is ready.
void DaemonSetController::manage_surge(const Sync& sync, std::vector<PodPointer> running,
                                       Changes& changes) {
    PodPointer fresh;
    PodPointer old;
    for (const PodPointer& pod : running) {
        PodPointer& place = hash_of(*pod) == sync.hash ? fresh : old;
        if (place == nullptr) {
            place = pod;
        } else {
            changes.removed.push_back(pod);
        }
    }
    if (fresh != nullptr && old != nullptr &&
        (!is_ready(*old) || is_available(*fresh, sync.set.spec.minReadySeconds, sync.now))) {
        changes.removed.push_back(old);
    }
}

Result<> DaemonSetController::roll(const Sync& sync, PodsByNode pods) {
    std::int64_t desired = 0;
    for (const auto& node : sync.nodes) {
        if (judge(sync.set, *node, sync.tolerations).should_run) {
            ++desired;
            pods.try_emplace(node->metadata.name);
        }
    }
    const std::int64_t surge_most = max_surge(sync.set, desired);
    std::int64_t unavailable_most = max_unavailable(sync.set, desired);
    if (desired > 0 && unavailable_most == 0 && surge_most == 0) {
        unavailable_most = 1;
    }
    return apply(sync, surge_most == 0 ? replace(sync, pods, unavailable_most)
                                       : surge(sync, pods, surge_most, desired));
}

/// Without surge: old pods that are not available go, and of the others as many as may be missing.
DaemonSetController::Changes DaemonSetController::replace(const Sync& sync, const PodsByNode& pods,
                                                          std::int64_t unavailable_most) const {
    const auto available = [&](const PodPointer& pod) {
        return is_available(*pod, sync.set.spec.minReadySeconds, sync.now);
    };
    Changes changes;
    std::vector<PodPointer> candidates;
    std::int64_t unavailable = 0;
    for (const auto& [node, on_it] : pods) {
        const OnNode found = on_node(sync, on_it);
        if (!found.clear || (found.fresh == nullptr) == (found.old == nullptr)) {
            ++unavailable;
        } else if (found.fresh != nullptr) {
            unavailable += available(found.fresh) ? 0 : 1;
        } else if (!available(found.old)) {
            changes.removed.push_back(found.old);
            ++unavailable;
        } else if (unavailable < unavailable_most) {
            candidates.push_back(found.old);
        }
    }
    const std::int64_t rest =
        std::clamp<std::int64_t>(unavailable_most - unavailable, 0, std::ssize(candidates));
    changes.removed.insert(changes.removed.end(), candidates.begin(), candidates.begin() + rest);
    return changes;
}

/// With surge: new pods come beside old ones, which go when the new ones are available.
DaemonSetController::Changes DaemonSetController::surge(const Sync& sync, const PodsByNode& pods,
                                                        std::int64_t surge_most,
                                                        std::int64_t desired) const {
    const auto available = [&](const PodPointer& pod) {
        return is_available(*pod, sync.set.spec.minReadySeconds, sync.now);
    };
    const auto should_run = [&](const std::string& name) {
        const auto node = store_.get<Node>({.name = name});
        return node != nullptr && judge(sync.set, *node, sync.tolerations).should_run;
    };
    Changes changes;
    std::vector<std::string> candidates;
    std::vector<PodPointer> misplaced;
    std::int64_t surging = 0;
    std::int64_t available_count = 0;
    for (const auto& [node, on_it] : pods) {
        const OnNode found = on_node(sync, on_it);
        if (!found.clear) {
            ++surging;
            continue;
        }
        const PodPointer& counted = found.old != nullptr ? found.old : found.fresh;
        available_count += counted != nullptr && available(counted) ? 1 : 0;
        if (found.old == nullptr) {
            continue;
        }
        if (found.fresh != nullptr) {
            if (available(found.fresh)) {
                changes.removed.push_back(found.old);
            } else {
                ++surging;
            }
        } else if (!should_run(node)) {
            (available(found.old) ? misplaced : changes.removed).push_back(found.old);
        } else if (!available(found.old)) {
            changes.nodes.push_back(node);
        } else if (surging < surge_most) {
            candidates.push_back(node);
        }
    }
    const std::int64_t spare =
        std::clamp<std::int64_t>(available_count - desired, 0, std::ssize(misplaced));
    changes.removed.insert(changes.removed.end(), misplaced.begin(), misplaced.begin() + spare);
    const std::int64_t rest =
        std::clamp<std::int64_t>(surge_most - surging, 0, std::ssize(candidates));
    changes.nodes.insert(changes.nodes.end(), candidates.begin(), candidates.begin() + rest);
    return changes;
}

/// Creates pods in batches of 1, 2, 4, ..., of which one with a failure is the last; then deletes.
Result<> DaemonSetController::apply(const Sync& sync, const Changes& changes) {
    Result<> result;
    const DaemonSet& set = sync.set;
    const std::size_t created_most = std::min(changes.nodes.size(), daemon_burst);
    std::size_t done = 0;
    for (std::size_t batch = 1; done < created_most && result; batch *= 2) {
        const std::size_t end = std::min(done + batch, created_most);
        for (; done < end; ++done) {
            const auto created = create_pod_of(
                context_, set,
                make_daemon_pod(set, sync.tolerations, {sync.hash, changes.nodes[done]}));
            if (!created && !is_namespace_terminating(created.error())) {
                result = created.error();
            }
        }
    }
    for (std::size_t i = 0; i < std::min(changes.removed.size(), daemon_burst); ++i) {
        if (auto deleted = delete_pod_of(context_, set, *changes.removed[i]); !deleted) {
            result = std::move(deleted);
        }
    }
    return result;
}

Result<> DaemonSetController::truncate(const DaemonSet& set, const std::vector<PodPointer>& pods,
                                       const std::vector<RevisionPointer>& old) {
    std::int64_t surplus = std::ssize(old) - set.spec.revisionHistoryLimit.value_or(10);
    std::set<std::string, std::less<>> live;
    for (const PodPointer& pod : pods) {
        live.emplace(hash_of(*pod));
    }
    for (const RevisionPointer& revision : old) {
        const auto hash = revision->metadata.labels->find(daemon_hash_label);
        const bool is_live =
            hash != revision->metadata.labels->end() && live.contains(hash->second);
        if (surplus <= 0 || is_live) {
            continue;
        }
        if (auto removed = history_.remove(revision); !removed) {
            return removed;
        }
        --surplus;
    }
    return {};
}

Result<> DaemonSetController::write_status(const Sync& sync, const PodsByNode& pods) {
    const DaemonSet& set = sync.set;
    const std::int32_t seconds = set.spec.minReadySeconds;
    DaemonSetStatus status{.collisionCount = set.status.collisionCount,
                           .conditions = set.status.conditions};
    for (const auto& node : sync.nodes) {
        const auto on_it = pods.find(node->metadata.name);
        const bool has_pods = on_it != pods.end() && !on_it->second.empty();
        if (!judge(set, *node, sync.tolerations).should_run) {
            status.numberMisscheduled += has_pods ? 1 : 0;
            continue;
        }
        ++status.desiredNumberScheduled;
        if (!has_pods) {
            continue;
        }
        ++status.currentNumberScheduled;
        const Pod& oldest = *on_it->second.front();
        status.numberReady += is_ready(oldest) ? 1 : 0;
        status.numberAvailable += is_available(oldest, seconds, sync.now) ? 1 : 0;
        status.updatedNumberScheduled += is_updated(set, oldest, sync.hash) ? 1 : 0;
    }
    status.numberUnavailable = status.desiredNumberScheduled - status.numberAvailable;
    status.observedGeneration = set.metadata.generation;
    if (seconds > 0 && status.numberReady != status.numberAvailable) {
        context_.queue.add_after(store::key_of(set), std::chrono::seconds{seconds});
    }
    if (same_but_for_generation(set.status, status) &&
        set.status.observedGeneration >= set.metadata.generation) {
        return {};
    }
    DaemonSet changed = set;
    changed.status = std::move(status);
    const auto written = context_.registry.update_status(std::move(changed));
    return written ? Result<>{} : Result<>{written.error()};
}

}  // namespace wavetank::controllers
