#include <wavetank/sim/invariants.hpp>

#include <wavetank/api/selector.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace wavetank::sim {
namespace {

using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using api::appsv1::StatefulSet;
using api::corev1::Container;
using api::corev1::Namespace;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Service;
using api::discoveryv1::EndpointSlice;
using api::metav1::ObjectMeta;
using api::metav1::OwnerReference;
using api::policyv1::PodDisruptionBudget;
using store::EventType;
using store::Key;
using store::WatchEvent;

constexpr Duration lag_max = std::chrono::seconds{2};
constexpr Duration owner_grace = std::chrono::minutes{1};
constexpr Duration node_grace = std::chrono::minutes{3};

const OwnerReference* controller_of(const ObjectMeta& metadata) {
    for (const OwnerReference& owner : *metadata.ownerReferences) {
        if (owner.controller.value_or(false)) {
            return &owner;
        }
    }
    return nullptr;
}

bool has_condition(const Pod& pod, std::string_view type, std::string_view reason = {}) {
    return std::ranges::any_of(*pod.status.conditions, [&](const auto& condition) {
        return condition.type == type && condition.status == "True" &&
               (reason.empty() || condition.reason == reason);
    });
}

bool is_live(const Pod& pod) {
    return pod.status.phase != "Failed" && pod.status.phase != "Succeeded";
}

bool is_serving(const Pod& pod) {
    return !pod.metadata.deletionTimestamp && is_live(pod) && has_condition(pod, "Ready");
}

/// Amounts of what a scheduler looks at most.
struct Promise {
    std::int64_t cpu_milli = 0;
    std::int64_t memory = 0;
    std::int64_t pods = 0;
};

std::int64_t milli_of(const api::ResourceList& list, const std::string& resource) {
    const auto found = list.find(resource);
    return found == list.end() ? 0 : found->second.milli_value();
}

/// Adds what the pod's containers ask for while they run; init containers, which come before, are
/// left out, so this is never too much.
void add_promise(Promise& sum, const Pod& pod) {
    for (const Container& container : pod.spec->containers) {
        sum.cpu_milli += milli_of(container.resources.requests, "cpu");
        sum.memory += milli_of(container.resources.requests, "memory") / 1000;
    }
    ++sum.pods;
}

std::string name_of(std::string_view kind, const Key& key) {
    return fmt::format("{} {}/{}", kind, key.namespace_, key.name);
}

}  // namespace

class InvariantChecker::State {
public:
    State(store::Store& store, const runtime::Clock& clock) : store_(store), clock_(clock) {
        watch<Namespace>(&State::on_namespace);
        watch<Node>(&State::on_node);
        watch<Service>(&State::on_service);
        watch<Deployment>(&State::on_deployment);
        watch<StatefulSet>(&State::on_stateful_set);
        watch<ReplicaSet>(&State::on_replica_set);
        watch<Pod>(&State::on_pod);
        watch<PodDisruptionBudget>(&State::on_budget);
    }

    void settle() {
        while (!due_.empty() && due_.begin()->first <= clock_.now()) {
            const auto check = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            check();
        }
    }

    std::vector<BrokenInvariant> broken;

private:
    template <class T>
    void watch(void (State::*handler)(const WatchEvent<T>&)) {
        watches_.push_back(store_.watch<T>([this, handler](const WatchEvent<T>& event) {
            settle();
            (this->*handler)(event);
        }));
        for (const auto& object : store_.list<T>()) {
            (this->*handler)({EventType::Added, object, nullptr, 0});
        }
    }

    void breach(std::string rule, std::string object, std::string message) {
        broken.push_back({clock_.now(), std::move(rule), std::move(object), std::move(message)});
    }

    void check_later(Duration after, std::function<void()> check) {
        due_.emplace(clock_.now() + after, std::move(check));
    }

    // ---- what is lost or changed, by the UID of the workload

    void note_disturbance(const std::string& uid) {
        disturbed_[uid] = clock_.now();
    }
    [[nodiscard]] bool is_disturbed(const std::string& uid) const {
        const auto found = disturbed_.find(uid);
        return found != disturbed_.end() && clock_.now() - found->second < lag_max;
    }

    // ---- owners

    /// Checks in a while that pods of an owner that is gone are gone.
    void watch_orphans(const std::string& uid, std::string_view kind, const ObjectMeta& owner) {
        const std::string whose = name_of(kind, {owner.namespace_, owner.name});
        check_later(owner_grace, [this, uid, whose] {
            for (const Key& key : pods_of_[uid]) {
                const auto pod = store_.get<Pod>(key);
                if (pod != nullptr && !pod->metadata.deletionTimestamp) {
                    breach("Owner", name_of("Pod", key), "still there, but not its " + whose);
                }
            }
        });
    }

    void on_namespace(const WatchEvent<Namespace>& event) {
        if (event.type != EventType::Deleted) {
            return;
        }
        const std::string& name = event.object->metadata.name;
        const auto pods = store_.list<Pod>(name);
        if (!pods.empty()) {
            breach("Owner", name_of("Pod", store::key_of(*pods.front())),
                   "still there, but not its namespace");
        }
    }

    void on_node(const WatchEvent<Node>& event) {
        if (event.type != EventType::Deleted) {
            return;
        }
        const std::string name = event.object->metadata.name;
        check_later(node_grace, [this, name] {
            if (store_.get<Node>({"", name}) != nullptr) {
                return;  // it has come back
            }
            for (const Key& key : pods_on_[name]) {
                breach("Owner", name_of("Pod", key), "still there, but not its node " + name);
            }
        });
    }

    void on_service(const WatchEvent<Service>& event) {
        if (event.type != EventType::Deleted) {
            return;
        }
        const std::string uid = event.object->metadata.uid;
        const std::string in = event.object->metadata.namespace_;
        check_later(owner_grace, [this, uid, in] {
            for (const auto& slice : store_.list<EndpointSlice>(in)) {
                const OwnerReference* owner = controller_of(slice->metadata);
                if (owner != nullptr && owner->uid == uid && !slice->metadata.deletionTimestamp) {
                    breach("Owner", name_of("EndpointSlice", store::key_of(*slice)),
                           "still there, but not its Service");
                }
            }
        });
    }

    void on_deployment(const WatchEvent<Deployment>& event) {
        const std::string& uid = event.object->metadata.uid;
        if (event.previous == nullptr || event.previous->spec != event.object->spec) {
            note_disturbance(uid);
        }
        if (event.type != EventType::Deleted) {
            return;
        }
        const Key owner = store::key_of(*event.object);
        check_later(owner_grace, [this, uid, owner] {
            for (const Key& key : sets_of_[uid]) {
                const auto set = store_.get<ReplicaSet>(key);
                if (set != nullptr && !set->metadata.deletionTimestamp) {
                    breach("Owner", name_of("ReplicaSet", key),
                           "still there, but not its " + name_of("Deployment", owner));
                }
            }
        });
    }

    void on_stateful_set(const WatchEvent<StatefulSet>& event) {
        const std::string& uid = event.object->metadata.uid;
        if (event.previous == nullptr || event.previous->spec != event.object->spec) {
            note_disturbance(uid);
        }
        if (event.type == EventType::Deleted) {
            watch_orphans(uid, "StatefulSet", event.object->metadata);
        }
    }

    void on_replica_set(const WatchEvent<ReplicaSet>& event) {
        const ReplicaSet& set = *event.object;
        const Key key = store::key_of(set);
        const auto leave = [&](const ObjectMeta& metadata) {
            if (const OwnerReference* owner = controller_of(metadata)) {
                sets_of_[owner->uid].erase(key);
            }
        };
        if (event.previous != nullptr) {
            leave(event.previous->metadata);
        }
        if (event.type == EventType::Deleted) {
            leave(set.metadata);
            watch_orphans(set.metadata.uid, "ReplicaSet", set.metadata);
            return;
        }
        const OwnerReference* owner = controller_of(set.metadata);
        if (owner == nullptr || owner->kind != "Deployment") {
            return;
        }
        sets_of_[owner->uid].insert(key);
        const std::int32_t before =
            event.previous != nullptr ? event.previous->spec.replicas.value_or(1) : 0;
        if (set.spec.replicas.value_or(1) > before) {
            check_surge(*owner, key);
        }
    }

    // ---- rolling updates

    struct Bounds {
        std::int32_t desired = 0;
        std::int32_t surge = 0;
        std::int32_t unavailable = 0;
    };

    /// Returns the bounds of a Deployment that keeps to some; null for others.
    [[nodiscard]] static std::optional<Bounds> bounds_of(const Deployment& deployment) {
        if (deployment.metadata.deletionTimestamp ||
            deployment.spec.strategy.type != "RollingUpdate" ||
            !deployment.spec.strategy.rollingUpdate) {
            return {};
        }
        const auto& rolling = *deployment.spec.strategy.rollingUpdate;
        const std::int32_t desired = deployment.spec.replicas.value_or(1);
        const auto fenceposts =
            api::resolve_fenceposts(rolling.maxSurge, rolling.maxUnavailable, desired);
        if (!fenceposts) {
            return {};
        }
        return Bounds{desired, fenceposts->surge, std::min(fenceposts->unavailable, desired)};
    }

    [[nodiscard]] api::Pointer<const Deployment> deployment_of(const OwnerReference& owner,
                                                               const std::string& in) const {
        auto found = store_.get<Deployment>({in, owner.name});
        return found != nullptr && found->metadata.uid == owner.uid ? found : nullptr;
    }

    void check_surge(const OwnerReference& owner, const Key& set) {
        const auto deployment = deployment_of(owner, set.namespace_);
        const auto bounds = deployment != nullptr ? bounds_of(*deployment) : std::nullopt;
        if (!bounds || is_disturbed(owner.uid)) {
            return;
        }
        std::int32_t total = 0;
        for (const Key& key : sets_of_[owner.uid]) {
            if (const auto each = store_.get<ReplicaSet>(key)) {
                total += each->spec.replicas.value_or(1);
            }
        }
        if (total > bounds->desired + bounds->surge) {
            breach("RollingUpdate", name_of("ReplicaSet", set),
                   fmt::format("{} replicas are asked for, {} and {} more are the limit", total,
                               bounds->desired, bounds->surge));
        }
    }

    [[nodiscard]] std::int32_t serving_of(const std::set<Key>& pods) const {
        return static_cast<std::int32_t>(std::ranges::count_if(pods, [&](const Key& key) {
            const auto pod = store_.get<Pod>(key);
            return pod != nullptr && is_serving(*pod);
        }));
    }

    [[nodiscard]] std::int32_t live_of(const std::set<Key>& pods) const {
        return static_cast<std::int32_t>(std::ranges::count_if(pods, [&](const Key& key) {
            const auto pod = store_.get<Pod>(key);
            return pod != nullptr && is_live(*pod) && !pod->metadata.deletionTimestamp;
        }));
    }

    /// An available pod was taken away by nobody but its controller.
    void check_removal(const Pod& pod, const OwnerReference& owner) {
        const Key key = store::key_of(pod);
        if (owner.kind == "StatefulSet") {
            check_stateful_removal(pod, owner);
            return;
        }
        const auto set = store_.get<ReplicaSet>({key.namespace_, owner.name});
        const OwnerReference* above = set != nullptr ? controller_of(set->metadata) : nullptr;
        if (owner.kind != "ReplicaSet" || above == nullptr || set->metadata.deletionTimestamp) {
            return;
        }
        // A controller takes only what is more than its spec asks for.
        if (live_of(pods_of_[owner.uid]) < set->spec.replicas.value_or(1)) {
            note_loss(pod, &owner);
            return;
        }
        const auto deployment = deployment_of(*above, key.namespace_);
        const auto bounds = deployment != nullptr ? bounds_of(*deployment) : std::nullopt;
        if (!bounds || is_disturbed(above->uid)) {
            return;
        }
        std::int32_t serving = 0;
        for (const Key& each : sets_of_[above->uid]) {
            if (const auto other = store_.get<ReplicaSet>(each)) {
                serving += serving_of(pods_of_[other->metadata.uid]);
            }
        }
        if (serving < bounds->desired - bounds->unavailable) {
            breach("RollingUpdate", name_of("Pod", key),
                   fmt::format("was taken away, which leaves {} of {} available; {} may be missing",
                               serving, bounds->desired, bounds->unavailable));
        }
    }

    void check_stateful_removal(const Pod& pod, const OwnerReference& owner) {
        const Key key = store::key_of(pod);
        const auto set = store_.get<StatefulSet>({key.namespace_, owner.name});
        if (set == nullptr || set->metadata.uid != owner.uid || set->metadata.deletionTimestamp ||
            is_disturbed(owner.uid)) {
            return;
        }
        const auto revision = pod.metadata.labels->find("controller-revision-hash");
        if (revision != pod.metadata.labels->end() &&
            revision->second == set->status.updateRevision) {
            note_loss(pod, &owner);  // only what is out of date is taken away
            return;
        }
        const std::int32_t desired = set->spec.replicas.value_or(1);
        const std::int32_t first = set->spec.ordinals ? set->spec.ordinals->start : 0;
        std::int32_t serving = 0;
        bool wanted = false;
        for (std::int32_t ordinal = first; ordinal < first + desired; ++ordinal) {
            const Key each{key.namespace_, fmt::format("{}-{}", owner.name, ordinal)};
            wanted |= each == key;
            const auto found = store_.get<Pod>(each);
            serving += found != nullptr && is_serving(*found) ? 1 : 0;
        }
        const auto& rolling = set->spec.updateStrategy.rollingUpdate;
        std::int64_t missing_max = 1;
        if (rolling && rolling->maxUnavailable) {
            const auto scaled = rolling->maxUnavailable->scaled_value(desired, api::Rounding::Down);
            missing_max = std::max<std::int64_t>(1, scaled ? *scaled : 1);
        }
        if (wanted && serving < desired - missing_max) {
            breach("RollingUpdate", name_of("Pod", key),
                   fmt::format("was taken away, which leaves {} of {} available; {} may be missing",
                               serving, desired, missing_max));
        }
    }

    // ---- pods

    void on_pod(const WatchEvent<Pod>& event) {
        const Pod& pod = *event.object;
        const Key key = store::key_of(pod);
        index(event, key);
        if (event.previous != nullptr) {
            check_binding(*event.previous, pod, key, event.type);
        }
        const OwnerReference* owner = controller_of(pod.metadata);
        const Pod* before = event.previous.get();
        const bool served = before != nullptr && is_serving(*before);
        if (!served || (event.type == EventType::Modified && is_serving(pod))) {
            return;
        }
        const bool evicted = has_condition(pod, "DisruptionTarget", "EvictionByEvictionAPI");
        const bool removed = pod.metadata.deletionTimestamp || event.type == EventType::Deleted;
        if (removed && evicted) {
            check_budgets(pod, key);
        }
        // Whoever loses a pod without wanting it may be a moment late to know.
        const bool by_controller =
            removed && !has_condition(pod, "DisruptionTarget") && owner != nullptr && is_live(pod);
        if (by_controller) {
            check_removal(pod, *owner);
        } else {
            note_loss(pod, owner);
        }
    }

    void note_loss(const Pod& pod, const OwnerReference* owner) {
        if (owner != nullptr) {
            note_disturbance(owner->uid);
            const auto set = store_.get<ReplicaSet>({pod.metadata.namespace_, owner->name});
            if (const OwnerReference* above =
                    set != nullptr ? controller_of(set->metadata) : nullptr) {
                note_disturbance(above->uid);
            }
        }
        if (!has_condition(pod, "DisruptionTarget", "EvictionByEvictionAPI")) {
            losses_[pod.metadata.namespace_] = clock_.now();
        }
    }

    void index(const WatchEvent<Pod>& event, const Key& key) {
        const auto leave = [&](const Pod& pod) {
            if (const OwnerReference* owner = controller_of(pod.metadata)) {
                pods_of_[owner->uid].erase(key);
            }
            if (!pod.spec.nodeName.empty()) {
                pods_on_[pod.spec.nodeName].erase(key);
            }
        };
        if (event.previous != nullptr) {
            leave(*event.previous);
        }
        if (event.type == EventType::Deleted) {
            leave(*event.object);
            return;
        }
        if (const OwnerReference* owner = controller_of(event.object->metadata)) {
            pods_of_[owner->uid].insert(key);
        }
        if (!event.object->spec.nodeName.empty()) {
            pods_on_[event.object->spec.nodeName].insert(key);
        }
    }

    void check_binding(const Pod& before, const Pod& pod, const Key& key, EventType type) {
        const std::string& from = before.spec.nodeName;
        const std::string& to = pod.spec.nodeName;
        if (before.metadata.uid != pod.metadata.uid || type == EventType::Deleted) {
            return;
        }
        if (!from.empty() && from != to) {
            breach("Binding", name_of("Pod", key), "moved from node " + from + " to " + to);
        }
        if (from.empty() && !to.empty()) {
            check_room(to, key);
        }
    }

    void check_room(const std::string& node_name, const Key& key) {
        const auto node = store_.get<Node>({"", node_name});
        if (node == nullptr) {
            return;  // it went while the pod was on its way
        }
        Promise sum;
        for (const Key& each : pods_on_[node_name]) {
            const auto pod = store_.get<Pod>(each);
            if (pod != nullptr && is_live(*pod)) {
                add_promise(sum, *pod);
            }
        }
        const auto& room = node->status.allocatable;
        const std::int64_t cpu = milli_of(room, "cpu");
        const std::int64_t memory = milli_of(room, "memory") / 1000;
        const std::int64_t pods = milli_of(room, "pods") / 1000;
        if (sum.cpu_milli > cpu || sum.memory > memory || sum.pods > pods) {
            breach("Binding", name_of("Pod", key),
                   fmt::format("node {} is promised {}m of {}m CPU, {} of {} bytes, {} of {} pods",
                               node_name, sum.cpu_milli, cpu, sum.memory, memory, sum.pods, pods));
        }
    }

    // ---- budgets

    void on_budget(const WatchEvent<PodDisruptionBudget>& event) {
        if (event.type != EventType::Deleted && event.object->status.disruptionsAllowed < 0) {
            breach("PodDisruptionBudget",
                   name_of("PodDisruptionBudget", store::key_of(*event.object)),
                   fmt::format("allows {} disruptions", event.object->status.disruptionsAllowed));
        }
    }

    void check_budgets(const Pod& evicted, const Key& key) {
        const auto lost = losses_.find(key.namespace_);
        if (lost != losses_.end() && clock_.now() - lost->second < lag_max) {
            return;
        }
        for (const auto& budget : store_.list<PodDisruptionBudget>(key.namespace_)) {
            if (!budget->spec.selector) {
                continue;
            }
            const auto selector = api::Selector::from(budget->spec.selector);
            if (!selector || !selector->matches(*evicted.metadata.labels)) {
                continue;
            }
            std::int32_t healthy = 0;
            for (const auto& pod : store_.list<Pod>(key.namespace_)) {
                healthy += is_serving(*pod) && selector->matches(*pod->metadata.labels) ? 1 : 0;
            }
            if (healthy < budget->status.desiredHealthy) {
                breach("PodDisruptionBudget", name_of("Pod", key),
                       fmt::format("was evicted, which leaves {} of the {} healthy pods that {} "
                                   "asks for",
                                   healthy, budget->status.desiredHealthy, budget->metadata.name));
            }
        }
    }

    store::Store& store_;
    const runtime::Clock& clock_;
    std::vector<store::Subscription> watches_;
    std::multimap<TimePoint, std::function<void()>> due_;
    std::map<std::string, std::set<Key>> pods_of_;  ///< by the owner's UID
    std::map<std::string, std::set<Key>> pods_on_;  ///< by node
    std::map<std::string, std::set<Key>> sets_of_;  ///< ReplicaSets by their Deployment's UID
    std::map<std::string, TimePoint> disturbed_;    ///< by the workload's UID
    std::map<std::string, TimePoint> losses_;       ///< by namespace
};

InvariantChecker::InvariantChecker(store::Store& store, const runtime::Clock& clock)
    : state_(std::make_unique<State>(store, clock)) {}

InvariantChecker::~InvariantChecker() = default;

void InvariantChecker::settle() {
    state_->settle();
}

const std::vector<BrokenInvariant>& InvariantChecker::broken() const {
    return state_->broken;
}

}  // namespace wavetank::sim
