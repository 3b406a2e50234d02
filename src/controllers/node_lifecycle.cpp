#include "controllers/node_lifecycle.hpp"

#include "controllers/node_taints.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace wavetank::controllers {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::PodCondition;

constexpr std::chrono::seconds monitor_period{5};
constexpr std::chrono::seconds monitor_grace{50};
constexpr std::chrono::seconds startup_grace{60};
constexpr std::chrono::milliseconds pass_period{100};
constexpr std::chrono::milliseconds pass_offset{50};
constexpr float eviction_rate = 0.1F;
constexpr float reduced_eviction_rate = 0.01F;
constexpr std::int64_t large_zone = 50;
constexpr float unhealthy_share = 0.55F;

constexpr std::string_view lease_namespace = "kube-node-lease";
constexpr std::string_view exclusion_label = "node.kubernetes.io/exclude-disruption";

// No namespace has such a name.
const store::Key monitor_key{"/monitor", ""};
const store::Key no_execute_key{"/no-execute", ""};

std::string label_of(const Node& node, const std::string& beta, const std::string& stable) {
    const auto& labels = *node.metadata.labels;
    auto found = labels.find(beta);
    found = found == labels.end() ? labels.find(stable) : found;
    return found == labels.end() ? std::string{} : found->second;
}

/// Returns region and zone, parted by what no label has.
std::string zone_key_of(const Node& node) {
    const std::string zone =
        label_of(node, "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone");
    const std::string region =
        label_of(node, "failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region");
    return region.empty() && zone.empty() ? std::string{} : region + "/" + zone;
}

api::corev1::ObjectReference node_reference(const std::string& name, const std::string& uid) {
    return {.kind = "Node", .name = name, .uid = uid, .apiVersion = "v1"};
}

}  // namespace

NodeLifecycleController::NodeLifecycleController(const ControllerContext& context)
    : context_(context),
      store_(context.registry.store()),
      start_(context.registry.clock().wall()),
      pods_by_node_(store_) {
    watch_nodes();
    pods_ = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
    leases_ = store_.watch<Lease>([this](const auto& event) { on_lease(event); });
    if (!store_.list<Lease>(std::string{lease_namespace}).empty()) {
        start_monitor();
    }
}

void NodeLifecycleController::watch_nodes() {
    const auto look = [this](const Node& node) {
        if (ready_condition(node) != nullptr && !no_schedule_change(node).empty()) {
            context_.queue.add(store::key_of(node));
        }
    };
    nodes_ = store_.watch<Node>([this, look](const auto& event) {
        if (event.type != store::EventType::Modified) {
            judged_changed_ = true;
        } else if (Judged* const judged = find_judged(event.object->metadata.name)) {
            judged->node = event.object;
            judged->settled = false;
        }
        if (event.type != store::EventType::Deleted) {
            look(*event.object);
        }
    });
    for (const auto& node : store_.list<Node>()) {
        look(*node);
    }
}

/// Renewals come by the million; what they say is noted here, so that no pass has to look it up.
void NodeLifecycleController::on_lease(const store::WatchEvent<Lease>& event) {
    const auto& metadata = event.object->metadata;
    if (metadata.namespace_ != lease_namespace) {
        return;
    }
    start_monitor();
    if (event.type != store::EventType::Modified) {
        judged_changed_ = true;
        return;
    }
    // Kubelets renew in turns, always the same.
    Judged* judged = beats_last_ == nullptr ? nullptr : beats_last_->beats_next;
    if (judged == nullptr || judged->name != metadata.name) {
        judged = find_judged(metadata.name);
        if (judged == nullptr) {
            return;
        }
        if (beats_last_ != nullptr) {
            beats_last_->beats_next = judged;
        }
    }
    beats_last_ = judged;
    judged->beats = true;
    judged->renewed = event.object->spec.renewTime;
}

NodeLifecycleController::Judged* NodeLifecycleController::find_judged(
    const std::string& name) const {
    const auto judged = judged_by_name_.find(name);
    return judged == judged_by_name_.end() ? nullptr : judged->second;
}

/// A pod that comes to a node known to be broken is not ready there.
void NodeLifecycleController::on_pod(const store::WatchEvent<Pod>& event) {
    const api::Text& node = event.object->spec.nodeName;
    const bool moved = event.previous == nullptr || event.previous->spec.nodeName != node;
    if (event.type == store::EventType::Deleted || node.empty() || !moved) {
        return;
    }
    const auto health = health_.find(node);
    if (health != health_.end() && health->second.ready && health->second.ready->status != "True") {
        context_.queue.add(store::key_of(*event.object));
    }
}

WallTime NodeLifecycleController::now() const {
    return context_.registry.clock().wall();
}

bool NodeLifecycleController::is_judged(const std::string& node) const {
    return health_.contains(node) ||
           store_.get<Lease>({std::string{lease_namespace}, node}) != nullptr;
}

void NodeLifecycleController::start_monitor() {
    if (!std::exchange(monitoring_, true)) {
        wake(monitor_key, monitor_period, Duration{});
    }
}

/// Queues the key at the next of the times `offset`, `offset + period`, ... after the start.
void NodeLifecycleController::wake(const store::Key& key, Duration period, Duration offset) {
    const Duration elapsed = now() - start_;
    Duration next = offset;
    if (elapsed > offset) {
        next += (elapsed - offset + period - Duration{1}) / period * period;
    }
    if (next == elapsed) {
        context_.queue.add(key);
    } else {
        context_.queue.add_after(key, next - elapsed);
    }
}

Reconciler::Outcome NodeLifecycleController::reconcile(const store::Key& key) {
    if (key == monitor_key) {
        monitor();
        context_.queue.add_after(monitor_key, monitor_period);
        return Outcome::Done;
    }
    if (key == no_execute_key) {
        no_execute_pass();
        return Outcome::Done;
    }
    if (!key.namespace_.empty()) {
        const auto pod = store_.get<Pod>(key);
        return pod == nullptr || mark_not_ready(*pod) ? Outcome::Done : Outcome::Retry;
    }
    const auto node = store_.get<Node>(key);
    if (node == nullptr) {
        return Outcome::Done;
    }
    return change_taints(context_.registry, key.name, no_schedule_change(*node)) ? Outcome::Done
                                                                                 : Outcome::Retry;
}

NodeLifecycleController::Zone& NodeLifecycleController::zone_of(const Node& node) {
    return zones_.try_emplace(zone_key_of(node), Zone{.evictor = ZoneEvictor{eviction_rate}})
        .first->second;
}

void NodeLifecycleController::monitor() {
    if (std::exchange(judged_changed_, false)) {
        list_judged();
    }
    std::map<std::string, ZoneCount> counts;
    for (auto& [name, judged] : judged_) {
        if (is_settled(judged)) {
            if (judged.counted) {
                ++counts[judged.zone].ready;
            }
        } else {
            judge(name, judged, counts);
        }
    }
    handle_disruption(counts);
    const bool waiting = std::ranges::any_of(
        zones_, [](const auto& entry) { return entry.second.evictor.has_work(); });
    if (waiting) {
        wake(no_execute_key, pass_period, pass_offset);
    }
}

void NodeLifecycleController::list_judged() {
    Nodes nodes = store_.list<Node>();
    std::erase_if(nodes, [this](const auto& node) { return !is_judged(node->metadata.name); });
    welcome(nodes);
    judged_.clear();
    judged_by_name_.clear();
    beats_last_ = nullptr;
    for (auto& node : nodes) {
        const auto entry =
            judged_.emplace_hint(judged_.end(), node->metadata.name, Judged{.node = node});
        entry->second.name = entry->first;
        judged_by_name_.emplace(entry->first, &entry->second);
    }
}

void NodeLifecycleController::judge(const std::string& name, Judged& judged,
                                    std::map<std::string, ZoneCount>& counts) {
    const api::Pointer<const Node> node = judged.node;
    zone_of(*node);
    const auto look = look_at(name);
    if (!look) {
        return;
    }
    const bool ready = look->current && look->current->status == "True";
    if (!node->metadata.labels->contains(std::string{exclusion_label})) {
        ZoneCount& count = counts[zone_key_of(*node)];
        ++(ready ? count.ready : count.other);
    }
    if (!look->current) {
        return;
    }
    judge_taints(name, *look->current);
    const bool fell = !ready && look->observed.status == "True";
    if (fell) {
        context_.events.record(node_reference(name, node->metadata.uid), EventType::Normal,
                               "NodeNotReady", "Node " + name + " status is now: NodeNotReady");
    }
    if (fell || (retries_.contains(name) && look->observed.status != "True")) {
        mark_pods(name);
    } else {
        retries_.erase(name);
    }
    if (ready && judged.node == node) {
        settle(name, judged);
    }
}

/// Notes what the next passes need of a node that is ready and has no fault, as it is now.
void NodeLifecycleController::settle(const std::string& name, Judged& judged) {
    const Node& node = *judged.node;
    const auto health = health_.find(name);
    judged.settled = health != health_.end() && !has_taint(node, unreachable_taint, "NoExecute") &&
                     !has_taint(node, not_ready_taint, "NoExecute");
    if (judged.settled) {
        judged.health = &health->second;
        judged.zone = zone_key_of(node);
        judged.counted = !node.metadata.labels->contains(std::string{exclusion_label});
        if (const auto lease = store_.get<Lease>({std::string{lease_namespace}, name})) {
            judged.beats = true;
            judged.renewed = lease->spec.renewTime;
        }
    }
}

/// Tells whether a settled node is still well. Does for it what `judge` would do.
bool NodeLifecycleController::is_settled(Judged& judged) const {
    if (!judged.settled) {
        return false;
    }
    Health& health = *judged.health;
    if (std::exchange(judged.beats, false)) {
        note_renewal(health.renewed, judged.renewed, health);
    }
    judged.settled = now() <= judged.health->probed + monitor_grace;
    return judged.settled;
}

/// Notes a Lease that was renewed since the time `seen`.
void NodeLifecycleController::take_lease(const std::string& name,
                                         std::optional<api::MicroTime> seen, Health& health) const {
    const auto lease = store_.get<Lease>({std::string{lease_namespace}, name});
    if (lease != nullptr) {
        note_renewal(seen, lease->spec.renewTime, health);
    }
}

/// Notes when a Lease was renewed, if that is since the time `seen`.
void NodeLifecycleController::note_renewal(std::optional<api::MicroTime> seen,
                                           std::optional<api::MicroTime> renewed,
                                           Health& health) const {
    if (!seen || seen < renewed) {
        health.renewed = renewed.value_or(api::MicroTime{});
        health.probed = now();
    }
}

/// Notes which nodes are new, and which are gone.
void NodeLifecycleController::welcome(const Nodes& nodes) {
    std::map<std::string, std::string> present;
    for (const auto& node : nodes) {
        const std::string& name = node->metadata.name;
        const std::string& uid = node->metadata.uid;
        present[name] = uid;
        zone_of(*node);
        if (known_.contains(name)) {
            continue;
        }
        context_.events.record(
            node_reference(name, uid), EventType::Normal, "RegisteredNode",
            "Node " + name + " event: Registered Node " + name + " in Controller");
        mark_reachable(name);
    }
    for (const auto& [name, uid] : known_) {
        if (!present.contains(name)) {
            context_.events.record(
                node_reference(name, uid), EventType::Normal, "RemovingNode",
                "Node " + name + " event: Removing Node " + name + " from Controller");
            health_.erase(name);
        }
    }
    known_ = std::move(present);
}

/// Brings what is known of the node up to date with its condition.
NodeLifecycleController::Health& NodeLifecycleController::health_of(const Node& node,
                                                                    const Condition* ready) {
    const auto [entry, fresh] = health_.try_emplace(node.metadata.name);
    Health& health = entry->second;
    if (ready == nullptr) {
        if (fresh) {
            health.probed = node.metadata.creationTimestamp.value_or(api::Time{}).value;
        }
        health.ready.reset();
        return health;
    }
    const bool reported =
        !health.ready || health.ready->lastHeartbeatTime != ready->lastHeartbeatTime;
    if (fresh || reported) {
        health = {.probed = now(), .ready = *ready};
    }
    return health;
}

std::optional<NodeLifecycleController::Look> NodeLifecycleController::look_at(
    const std::string& name) {
    const auto node = store_.get<Node>({.name = name});
    if (node == nullptr) {
        return std::nullopt;
    }
    const Condition* ready = ready_condition(*node);
    const auto created = node->metadata.creationTimestamp;
    Look look{.observed = ready != nullptr ? *ready
                                           : Condition{.type = "Ready",
                                                       .status = "Unknown",
                                                       .lastHeartbeatTime = created,
                                                       .lastTransitionTime = created}};
    if (ready != nullptr) {
        look.current = *ready;
    }
    // What is forgotten with the old report still says whether the Lease is newer.
    const auto known = health_.find(name);
    const auto renewed = known == health_.end() ? std::nullopt : known->second.renewed;
    Health& health = health_of(*node, ready);
    take_lease(name, renewed, health);
    const Duration grace = ready != nullptr ? monitor_grace : startup_grace;
    if (now() > health.probed + grace) {
        if (!declare_unknown(*node, look, health)) {
            return std::nullopt;
        }
        look.current = health.ready;
    }
    return look;
}

/// Writes that nothing is known of the node. Returns false if that could not be written.
bool NodeLifecycleController::declare_unknown(const Node& node, const Look& look, Health& health) {
    constexpr std::array<std::string_view, 4> types{"Ready", "MemoryPressure", "DiskPressure",
                                                    "PIDPressure"};
    const api::Time time{now()};
    Node next = node;
    auto& conditions = next.status.conditions;
    for (const std::string_view type : types) {
        const auto found = std::ranges::find(conditions, type, &Condition::type);
        if (found == conditions.end()) {
            conditions.push_back({.type = std::string{type},
                                  .status = "Unknown",
                                  .lastHeartbeatTime = node.metadata.creationTimestamp,
                                  .lastTransitionTime = time,
                                  .reason = "NodeStatusNeverUpdated",
                                  .message = "Kubelet never posted node status."});
        } else if (found->status != "Unknown") {
            found->status = "Unknown";
            found->reason = "NodeStatusUnknown";
            found->message = "Kubelet stopped posting node status.";
            found->lastTransitionTime = time;
        }
    }
    const Condition current = *ready_condition(next);
    if (current != look.observed && !context_.registry.update_status(std::move(next))) {
        return false;
    }
    health.ready = current;
    return true;
}

void NodeLifecycleController::judge_taints(const std::string& name, const Condition& ready) {
    const auto node = store_.get<Node>({.name = name});
    if (ready.status == "True") {
        mark_reachable(name);
        return;
    }
    const bool unknown = ready.status == "Unknown";
    const std::string wanted{unknown ? unreachable_taint : not_ready_taint};
    const std::string opposite{unknown ? not_ready_taint : unreachable_taint};
    if (has_taint(*node, opposite, "NoExecute")) {
        static_cast<void>(
            change_taints(context_.registry, name,
                          {.effect = "NoExecute", .added = {wanted}, .removed = {opposite}}));
        return;
    }
    ZoneEvictor& evictor = zone_of(*node).evictor;
    if (!has_taint(*node, wanted, "NoExecute")) {
        evictor.remove(name);
    }
    evictor.add(name, now());
}

void NodeLifecycleController::mark_reachable(const std::string& name) {
    const auto node = store_.get<Node>({.name = name});
    if (node == nullptr) {
        return;
    }
    const bool tainted = has_taint(*node, unreachable_taint, "NoExecute") ||
                         has_taint(*node, not_ready_taint, "NoExecute");
    if (tainted) {
        static_cast<void>(change_taints(
            context_.registry, name,
            {.effect = "NoExecute",
             .removed = {std::string{unreachable_taint}, std::string{not_ready_taint}}}));
    }
    zone_of(*node).evictor.remove(name);
}

void NodeLifecycleController::mark_pods(const std::string& node) {
    retries_.erase(node);
    for (const auto& pod : pods_by_node_.on(node)) {
        if (!mark_not_ready(*pod)) {
            retries_.insert(node);
        }
    }
}

Result<> NodeLifecycleController::mark_not_ready(const Pod& pod) {
    const PodCondition* ready = find_condition(pod, "Ready");
    if (ready == nullptr || ready->status == "False") {
        return {};
    }
    Pod next = pod;
    auto& conditions = next.status.conditions.edit();
    const auto found = std::ranges::find(conditions, "Ready", &PodCondition::type);
    found->status = "False";
    found->lastTransitionTime = api::Time{now()};
    const auto written = context_.registry.update_status(std::move(next));
    if (!written && written.error().reason == Reason::NotFound) {
        return {};
    }
    context_.events.warning(pod, "NodeNotReady", "Node is not ready");
    return written ? Result<>{} : Result<>{written.error()};
}

NodeLifecycleController::ZoneState NodeLifecycleController::state_of(const ZoneCount& count) {
    if (count.ready == 0 && count.other > 0) {
        return ZoneState::Full;
    }
    const float share =
        static_cast<float>(count.other) / static_cast<float>(count.other + count.ready);
    return count.other > 2 && share >= unhealthy_share ? ZoneState::Partial : ZoneState::Normal;
}

void NodeLifecycleController::set_limiter(Zone& zone, ZoneState state, const ZoneCount& count) {
    float rate = eviction_rate;
    if (state == ZoneState::Partial) {
        rate = count.ready + count.other > large_zone ? reduced_eviction_rate : 0;
    }
    zone.evictor.swap_limiter(rate, now());
    zone.state = state;
}

/// Slows down where many nodes of a zone are broken at once, and stops where all of all zones are:
/// then it is the control plane that is cut off.
void NodeLifecycleController::handle_disruption(const std::map<std::string, ZoneCount>& counts) {
    std::erase_if(zones_, [&](const auto& entry) { return !counts.contains(entry.first); });
    const bool all_are_full = std::ranges::all_of(
        counts, [](const auto& entry) { return state_of(entry.second) == ZoneState::Full; });
    const bool all_were_full = std::ranges::all_of(
        zones_, [](const auto& entry) { return entry.second.state == ZoneState::Full; });
    if (all_are_full && all_were_full) {
        return;
    }
    if (all_are_full) {
        for (const auto& [name, judged] : judged_) {
            mark_reachable(name);
        }
        for (auto& [name, zone] : zones_) {
            zone.evictor.swap_limiter(0, now());
            zone.state = ZoneState::Full;
        }
        return;
    }
    if (all_were_full) {
        for (auto& [name, health] : health_) {
            health.probed = now();
        }
    }
    for (auto& [name, zone] : zones_) {
        const ZoneCount& count = counts.at(name);
        const ZoneState state = state_of(count);
        if (all_were_full || zone.state != state) {
            set_limiter(zone, state, count);
        }
    }
}

void NodeLifecycleController::no_execute_pass() {
    bool waiting = false;
    for (auto& [name, zone] : zones_) {
        zone.evictor.try_all(now(),
                             [this](const std::string& node) { return add_no_execute(node); });
        waiting = waiting || zone.evictor.has_work();
    }
    if (waiting) {
        context_.queue.add_after(no_execute_key, pass_period);
    }
}

/// Returns false if it has to be tried again.
bool NodeLifecycleController::add_no_execute(const std::string& name) {
    const auto node = store_.get<Node>({.name = name});
    if (node == nullptr) {
        return true;
    }
    const Condition* ready = ready_condition(*node);
    if (ready == nullptr) {
        return false;
    }
    if (ready->status != "False" && ready->status != "Unknown") {
        return true;
    }
    const bool unknown = ready->status == "Unknown";
    return change_taints(context_.registry, name,
                         {.effect = "NoExecute",
                          .added = {std::string{unknown ? unreachable_taint : not_ready_taint}},
                          .removed = {std::string{unknown ? not_ready_taint : unreachable_taint}}})
        .has_value();
}

}  // namespace wavetank::controllers
