#include "sim/cluster/fault_injector.hpp"

#include "sim/cluster/own_kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wavetank::sim {
namespace {

using api::corev1::Pod;

// How often it is looked whether such pods are ready again.
constexpr Duration look = std::chrono::milliseconds{100};

// Of a container whose end nobody has seen.
constexpr std::int32_t exit_code_unknown = 255;

std::string names_of(const std::vector<store::Key>& pods) {
    constexpr std::size_t shown = 5;
    std::string names;
    for (std::size_t i = 0; i < std::min(shown, pods.size()); ++i) {
        names += (i == 0 ? "" : ", ") + pods[i].name;
    }
    return pods.size() <= shown ? names : fmt::format("{} and {} more", names, pods.size() - shown);
}

bool is_ready(const Pod& pod) {
    return std::ranges::any_of(*pod.status.conditions, [](const auto& condition) {
        return condition.type == "Ready" && condition.status == "True";
    });
}

}  // namespace

FaultInjector::FaultInjector(runtime::Executor& executor, Cluster& cluster, Recorder& recorder,
                             const Random& random)
    : executor_(executor), cluster_(cluster), recorder_(recorder), random_(random) {}

void FaultInjector::plan(const PlannedFault& fault) {
    faults_.push_back(std::make_unique<Fault>(
        Fault{.planned = fault, .random = random_.fork("fault/" + fault.name)}));
    executor_.schedule(fault.at, [this, planned = faults_.back().get()] { begin(*planned); });
}

// Pods that come later are well.
void FaultInjector::begin(Fault& fault) {
    const PlannedFault& planned = fault.planned;
    const TimePoint now = executor_.clock().now();
    if (planned.every) {
        executor_.schedule(now + planned.every->sample(fault.random),
                           [this, &fault] { begin(fault); });
    }
    if (planned.stalls_endpoints || planned.link) {
        if (planned.link) {
            cluster_.fleet().begin_link(*planned.link);
        } else {
            cluster_.fleet().begin_endpoint_stall();
        }
        recorder_.note_fault(planned.name, "FaultBegan",
                             planned.link ? "it befalls links between nodes"
                                          : "no client hears of changed endpoints");
        if (planned.duration) {
            executor_.schedule(now + *planned.duration, [this, &fault] { end(fault, {}); });
        }
        return;
    }
    if (planned.node_trouble) {
        begin_on_nodes(fault);
        return;
    }
    const std::vector<store::Key> pods = choose(fault);
    if (pods.empty()) {
        if (!std::exchange(fault.found_nobody, true)) {
            recorder_.note_fault(planned.name, "FaultBegan", "there is no such pod");
        }
        return;
    }
    recorder_.note_fault(planned.name, "FaultBegan", "it befalls " + names_of(pods));
    for (const store::Key& pod : pods) {
        befall(planned, pod);
    }
    const bool hangs_for_good = planned.slow_down >= slow_down_max && !planned.duration;
    if (planned.crashes || hangs_for_good) {
        watch_recovery(planned.name, pods, now);
    }
    if (planned.duration && !planned.crashes) {
        executor_.schedule(now + *planned.duration, [this, &fault, pods] { end(fault, pods); });
    }
}

void FaultInjector::end(const Fault& fault, const std::vector<store::Key>& pods) {
    if (fault.planned.stalls_endpoints) {
        const bool is_last = cluster_.fleet().end_endpoint_stall();
        recorder_.note_fault(fault.planned.name, "FaultEnded",
                             is_last ? "all clients know all endpoints"
                                     : "another one goes on: clients still do not hear");
        return;
    }
    if (fault.planned.link) {
        cluster_.fleet().end_link(*fault.planned.link);
    }
    for (const store::Key& pod : pods) {
        leave(fault.planned, pod);
    }
    recorder_.note_fault(fault.planned.name, "FaultEnded", "what it befell is well again");
}

void FaultInjector::befall(const PlannedFault& fault, const store::Key& pod) {
    Fleet& fleet = cluster_.fleet();
    if (fault.slow_down > 1) {
        fleet.begin_slow_down(pod, fault.slow_down);
    }
    if (fault.error_rate) {
        fleet.begin_errors(pod, *fault.error_rate);
    }
    if (fault.leak > 0) {
        fleet.begin_leak(pod, static_cast<double>(fault.leak));
    }
    if (fault.crashes) {
        for (const std::string& container : fleet.running(pod)) {
            cluster_.end_container(pod, container, {.code = 1});
        }
    }
}

void FaultInjector::leave(const PlannedFault& fault, const store::Key& pod) {
    Fleet& fleet = cluster_.fleet();
    if (fault.slow_down > 1) {
        fleet.end_slow_down(pod, fault.slow_down);
    }
    if (fault.error_rate) {
        fleet.end_errors(pod, *fault.error_rate);
    }
    if (fault.leak > 0) {
        fleet.end_leak(pod, static_cast<double>(fault.leak));
    }
}

// Tells when all pods that crashed, or hung until they were killed, are ready again, or gone.
void FaultInjector::watch_recovery(const std::string& name, std::vector<store::Key> pods,
                                   TimePoint since) {
    executor_.schedule_after(look, [this, name, pods = std::move(pods), since] {
        std::size_t gone = 0;
        for (const store::Key& key : pods) {
            const auto pod = cluster_.store().get<Pod>(key);
            if (pod != nullptr && (!is_ready(*pod) || cluster_.fleet().hangs(key))) {
                watch_recovery(name, pods, since);
                return;
            }
            gone += pod == nullptr ? 1 : 0;
        }
        recorder_.note_fault(
            name, "FaultEnded",
            fmt::format("after {}, {} of {} pods are ready again{}",
                        to_string(executor_.clock().now() - since), pods.size() - gone, pods.size(),
                        gone == 0 ? "" : ", the others are gone"));
    });
}

std::vector<store::Key> FaultInjector::choose(Fault& fault) const {
    const PlannedFault& planned = fault.planned;
    std::vector<store::Key> pods;
    for (const auto& pod : cluster_.store().list<Pod>(planned.in_namespace)) {
        const auto node = cluster_.store().get<api::corev1::Node>({.name = pod->spec.nodeName});
        const bool is_there = planned.nodes.empty() ||
                              (node != nullptr && planned.nodes.matches(*node->metadata.labels));
        if (is_there && planned.selector.matches(*pod->metadata.labels) &&
            !cluster_.fleet().running(store::key_of(*pod)).empty()) {
            pods.push_back(store::key_of(*pod));
        }
    }
    choose_some(fault, pods);
    return pods;
}

std::vector<store::Key> FaultInjector::choose_nodes(Fault& fault) const {
    std::vector<store::Key> nodes;
    for (const auto& node : cluster_.store().list<api::corev1::Node>()) {
        if (fault.planned.nodes.matches(*node->metadata.labels)) {
            nodes.push_back(store::key_of(*node));
        }
    }
    choose_some(fault, nodes);
    return nodes;
}

void FaultInjector::choose_some(Fault& fault, std::vector<store::Key>& all) {
    std::ranges::sort(all);
    const std::size_t count =
        std::min<std::size_t>(all.size(), fault.planned.count.value_or(all.size()));
    for (std::size_t i = 0; fault.planned.is_random && i < count; ++i) {
        std::swap(all[i], all[i + fault.random.below(all.size() - i)]);
    }
    all.resize(count);
}

void FaultInjector::begin_on_nodes(Fault& fault) {
    const PlannedFault& planned = fault.planned;
    const std::vector<store::Key> nodes = choose_nodes(fault);
    if (nodes.empty()) {
        if (!std::exchange(fault.found_nobody, true)) {
            recorder_.note_fault(planned.name, "FaultBegan", "there is no such node");
        }
        return;
    }
    recorder_.note_fault(planned.name, "FaultBegan", "it befalls " + names_of(nodes));
    if (planned.node_trouble != NodeTrouble::Shutdown) {
        strike_all(fault, nodes, planned.duration);
        return;
    }
    for (const store::Key& node : nodes) {
        cluster_.shut_down_node(node.name, planned.shutdown);
    }
    const Duration grace = planned.shutdown.regular + planned.shutdown.critical;
    auto rest = planned.duration;
    if (rest) {
        rest = std::max(*rest - grace, Duration::zero());
    }
    executor_.schedule_after(grace,
                             [this, &fault, nodes, rest] { strike_all(fault, nodes, rest); });
}

void FaultInjector::strike_all(Fault& fault, const std::vector<store::Key>& nodes,
                               std::optional<Duration> duration) {
    std::vector<StruckNode> struck;
    for (const store::Key& node : nodes) {
        struck.push_back(strike(node.name, *fault.planned.node_trouble));
    }
    if (duration) {
        executor_.schedule_after(
            *duration, [this, &fault, struck = std::move(struck)] { end_on_nodes(fault, struck); });
    }
}

// What runs on a node that is off, or stands still, does not answer; nor does it refuse.
FaultInjector::StruckNode FaultInjector::strike(const std::string& node, NodeTrouble trouble) {
    cluster_.silence_node(node);
    StruckNode struck{.node = node, .pods = {}};
    if (trouble == NodeTrouble::HeartbeatLoss) {
        return struck;
    }
    for (const auto& pod : cluster_.store().list<Pod>()) {
        const store::Key key = store::key_of(*pod);
        if (pod->spec.nodeName == node && !cluster_.fleet().running(key).empty()) {
            cluster_.fleet().begin_slow_down(key, slow_down_max);
            struck.pods.push_back(key);
        }
    }
    return struck;
}

void FaultInjector::end_on_nodes(const Fault& fault, const std::vector<StruckNode>& struck) {
    for (const auto& [node, pods] : struck) {
        for (const store::Key& pod : pods) {
            if (fault.planned.node_trouble == NodeTrouble::Crash ||
                fault.planned.node_trouble == NodeTrouble::Shutdown) {
                for (const std::string& container : cluster_.fleet().running(pod)) {
                    cluster_.end_container(pod, container, {.code = exit_code_unknown});
                }
            }
            cluster_.fleet().end_slow_down(pod, slow_down_max);
        }
        cluster_.wake_node(node);
    }
    recorder_.note_fault(fault.planned.name, "FaultEnded", "what it befell is there again");
}

}  // namespace wavetank::sim
