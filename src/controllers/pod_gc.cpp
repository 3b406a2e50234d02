#include "controllers/pod_gc.hpp"

#include "controllers/node_taints.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace wavetank::controllers {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::PodCondition;

constexpr std::chrono::seconds check_period{20};
constexpr std::chrono::seconds quarantine{40};
constexpr std::size_t ended_threshold = 12500;
constexpr std::string_view out_of_service_taint = "node.kubernetes.io/out-of-service";

const store::Key collection_key{"/pass", ""};

bool has_key(const Node& node, std::string_view key) {
    return std::ranges::any_of(node.spec.taints,
                               [&](const auto& taint) { return taint.key == key; });
}

}  // namespace

PodGarbageController::PodGarbageController(const ControllerContext& context)
    : context_(context), store_(context.registry.store()), start_(context.registry.clock().wall()) {
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    nodes_ = store_.watch<Node>([this](const auto& event) { on_node(event); });
    for (const auto& node : store_.list<Node>()) {
        marked_[node->metadata.name] = has_key(*node, out_of_service_taint);
    }
    for (const auto& pod : store_.list<Pod>()) {
        on_pod({store::EventType::Added, pod, nullptr, 0});
    }
}

void PodGarbageController::on_pod(const store::WatchEvent<Pod>& event) {
    const bool deleted = event.type == store::EventType::Deleted;
    const bool was_ended = event.previous != nullptr && is_terminal(*event.previous);
    const bool has_ended = !deleted && is_terminal(*event.object);
    ended_ += static_cast<std::size_t>(has_ended);
    ended_ -= static_cast<std::size_t>(was_ended);
    const bool changed =
        event.previous == nullptr || event.previous->spec.nodeName != event.object->spec.nodeName ||
        event.previous->metadata.deletionTimestamp != event.object->metadata.deletionTimestamp;
    const bool garbage = !deleted && changed && may_be_garbage(*event.object);
    if (garbage || (has_ended && ended_ > ended_threshold)) {
        wake();
    }
}

void PodGarbageController::on_node(const store::WatchEvent<Node>& event) {
    const bool marked = has_key(*event.object, out_of_service_taint);
    if (event.type == store::EventType::Deleted) {
        marked_.erase(event.object->metadata.name);
    } else {
        marked_[event.object->metadata.name] = marked;
    }
    if (event.type == store::EventType::Deleted || marked) {
        wake();
    }
}

/// Queues the next of the passes.
void PodGarbageController::wake() {
    const Duration elapsed = context_.registry.clock().wall() - start_;
    const Duration period = check_period;
    context_.queue.add_after(collection_key, (elapsed / period + 1) * period - elapsed);
}

bool PodGarbageController::is_out_of_service(const Pod& pod) const {
    const auto node = store_.get<Node>({.name = pod.spec.nodeName});
    if (!pod.metadata.deletionTimestamp || node == nullptr) {
        return false;
    }
    const auto* ready = ready_condition(*node);
    return (ready == nullptr || ready->status != "True") && has_key(*node, out_of_service_taint);
}

/// Tells whether a pass would remove the pod. Hardly any node has to be looked at for it.
bool PodGarbageController::may_be_garbage(const Pod& pod) const {
    if (pod.spec.nodeName.empty()) {
        return pod.metadata.deletionTimestamp.has_value();
    }
    const auto marked = marked_.find(pod.spec.nodeName);
    return marked == marked_.end() || (marked->second && is_out_of_service(pod));
}

Reconciler::Outcome PodGarbageController::reconcile(const store::Key& /*key*/) {
    remove_ended();
    for (const auto& pod :
         store_.select<Pod>([this](const Pod& it) { return is_out_of_service(it); })) {
        remove_pod(*pod, nullptr);
    }
    remove_orphans();
    for (const auto& pod : store_.select<Pod>([](const Pod& it) {
             return it.spec.nodeName.empty() && it.metadata.deletionTimestamp;
         })) {
        remove_pod(*pod, nullptr);
    }
    if (!missing_.empty()) {
        wake();
    }
    return Outcome::Done;
}

/// Evicted ones go first, then the oldest.
void PodGarbageController::remove_ended() {
    if (ended_ <= ended_threshold) {
        return;
    }
    std::vector<PodPointer> ended =
        store_.select<Pod>([](const Pod& it) { return is_terminal(it); });
    std::ranges::sort(ended, {}, [](const PodPointer& pod) {
        return std::tuple{*pod->status->reason != "Evicted", pod->metadata.creationTimestamp,
                          pod->metadata.name};
    });
    ended.resize(ended.size() - ended_threshold);
    for (const PodPointer& pod : ended) {
        remove_pod(*pod, nullptr);
    }
}

void PodGarbageController::remove_orphans() {
    const WallTime now = context_.registry.clock().wall();
    const std::vector<PodPointer> orphans = store_.select<Pod>([this](const Pod& it) {
        const std::string& node = it.spec.nodeName;
        return !node.empty() && store_.get<Node>({.name = node}) == nullptr;
    });
    std::map<std::string, WallTime> missing;
    for (const PodPointer& pod : orphans) {
        const auto known = missing_.find(pod->spec.nodeName);
        missing[pod->spec.nodeName] = known == missing_.end() ? now : known->second;
    }
    const PodCondition condition{.type = "DisruptionTarget",
                                 .status = "True",
                                 .lastTransitionTime = api::Time{now},
                                 .reason = "DeletionByPodGC",
                                 .message = "PodGC: node no longer exists"};
    for (const PodPointer& pod : orphans) {
        if (missing[pod->spec.nodeName] + quarantine <= now) {
            remove_pod(*pod, &condition);
        }
    }
    std::erase_if(missing, [&](const auto& entry) { return entry.second + quarantine <= now; });
    missing_ = std::move(missing);
}

void PodGarbageController::remove_pod(const Pod& pod, const PodCondition* condition) {
    if (!is_terminal(pod)) {
        Pod next = pod;
        next.status.phase = "Failed";
        if (condition != nullptr) {
            auto& conditions = next.status.conditions.edit();
            std::erase_if(conditions,
                          [&](const PodCondition& it) { return it.type == condition->type; });
            conditions.push_back(*condition);
            conditions.back().observedGeneration = pod.metadata.generation;
        }
        static_cast<void>(context_.registry.update_status(std::move(next)));
    }
    static_cast<void>(
        context_.registry.remove<Pod>(store::key_of(pod), {.grace_period_seconds = 0}));
}

}  // namespace wavetank::controllers
