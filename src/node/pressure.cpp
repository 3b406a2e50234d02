// What a node does when it runs out of memory or is shut down: it ends pods of its own accord.

#include "node/kubelets_state.hpp"
#include "node/node_status.hpp"
#include "node/pod_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

// The kubelet's evictionHard for memory.available, its interval, and how long its condition stays.
constexpr std::int64_t memory_threshold = 100LL * 1024 * 1024;
constexpr Duration pressure_interval = 10s;
constexpr Duration pressure_transition = 5min;
constexpr Duration eviction_grace = 1s;  // `immediateEvictionGracePeriodSeconds`

constexpr std::int32_t system_critical_priority = 2'000'000'000;

std::int32_t priority_of(const api::corev1::Pod& pod) {
    return pod.spec->priority.value_or(0);
}

std::string bytes_text(std::int64_t bytes) {
    return api::Quantity::of(bytes, api::QuantityFormat::BinarySI).to_string();
}

std::int64_t memory_of(const api::ResourceList& list) {
    const auto found = list.find("memory");
    return found == list.end() ? 0 : found->second.value();
}

/// What a pod uses and has asked for.
struct PodMemory {
    std::int64_t used = 0;
    std::int64_t requested = 0;
    std::vector<std::pair<std::string, std::int64_t>> containers{};
};

/// Returns the sum of what the containers request, or the most that an init container does.
std::int64_t requested_memory(const api::corev1::PodSpecBody& body) {
    std::int64_t sum = 0;
    for (const auto& container : body.containers) {
        sum += memory_of(container.resources.requests);
    }
    for (const auto& container : body.initContainers) {
        sum = is_sidecar(container) ? sum + memory_of(container.resources.requests)
                                    : std::max(sum, memory_of(container.resources.requests));
    }
    return sum;
}

/// Says as the kubelet does what the node lacks and which containers use more than they asked for.
std::string eviction_message(const api::corev1::PodSpecBody& body, const PodMemory& memory,
                             std::int64_t available) {
    std::string text =
        fmt::format("The node was low on resource: memory. Threshold quantity: {}, available: {}. ",
                    bytes_text(memory_threshold), bytes_text(available));
    for (const auto& [name, used] : memory.containers) {
        for (const auto* containers : {&body.containers, &body.initContainers}) {
            for (const auto& container : *containers) {
                const auto& requests = container.resources.requests;
                if (container.name == name && used > memory_of(requests)) {
                    const auto request = requests.find("memory");
                    text += fmt::format(
                        "Container {} was using {}, request is {}, has larger consumption of "
                        "memory. ",
                        name, bytes_text(used),
                        request == requests.end() ? "0" : request->second.to_string());
                }
            }
        }
    }
    return text;
}

}  // namespace

void Kubelets::State::observe_memory(std::span<const ContainerMemory> usage) {
    if (agenda.now() < next_pressure_look) {
        return;
    }
    next_pressure_look = agenda.now() + pressure_interval;
    std::map<std::uint32_t, std::map<std::uint32_t, PodMemory>> by_node;  // and by the pod's slot
    for (const ContainerMemory& each : usage) {
        const PodRecord* record = find(each.pod);
        if (record != nullptr && record->stage == Stage::Active) {
            PodMemory& memory = by_node[record->node][record->slot];
            memory.used += each.bytes;
            memory.containers.emplace_back(each.container, each.bytes);
        }
    }
    for (NodeRecord& node : nodes) {
        if (!node.present || !node.described || node.silences > 0) {
            continue;
        }
        const auto object = registry.store().get<Node>(store::Key{{}, node.name});
        const std::int64_t capacity = object ? memory_of(object->status.capacity) : 0;
        if (capacity <= 0) {
            continue;
        }
        auto& pods_here = by_node[node.number - 1];
        std::int64_t available = capacity;
        for (const auto& [slot, memory] : pods_here) {
            available -= memory.used;
        }
        if (available >= memory_threshold) {
            if (node.pressure && agenda.now() - node.pressure_seen >= pressure_transition) {
                node.pressure = false;
                tell_health(node, "NodeHasSufficientMemory");
            }
            continue;
        }
        node.pressure_seen = agenda.now();
        if (!std::exchange(node.pressure, true)) {
            tell_health(node, "NodeHasInsufficientMemory");
        }
        events.report(*object, {.type = EventClass::Warning,
                                .reason = "EvictionThresholdMet",
                                .message = "Attempting to reclaim memory"});
        // At most one pod at a time: those above their requests first, then by priority, then by
        // how much they are above.
        std::shared_ptr<const Pod> victim;
        PodMemory worst;
        for (auto& [slot, memory] : pods_here) {
            auto pod = registry.store().get<Pod>(*pods[slot].key);
            if (!pod || priority_of(*pod) >= system_critical_priority) {
                continue;
            }
            memory.requested = requested_memory(*pod->spec.body);
            const auto rank = [](const Pod& of, const PodMemory& its) {
                return std::tuple{its.used <= its.requested, priority_of(of),
                                  its.requested - its.used, of.metadata.name};
            };
            if (!victim || rank(*pod, memory) < rank(*victim, worst)) {
                victim = std::move(pod);
                worst = memory;
            }
        }
        if (victim) {
            std::string message = eviction_message(*victim->spec.body, worst, available);
            events.report(*victim, no_container,
                          {.type = EventClass::Warning, .reason = "Evicted", .message = message});
            fail(*find(store::key_of(*victim)), {"Evicted", std::move(message)}, eviction_grace);
        }
    }
}

// Writes the node's conditions anew and says which has changed.
void Kubelets::State::tell_health(const NodeRecord& node, const char* what) {
    const auto object = registry.store().get<Node>(store::Key{{}, node.name});
    if (!object) {
        return;
    }
    Node next = *object;
    beat(next, api::Time{registry.clock().wall()}, health_of(node));
    static_cast<void>(registry.update_status(std::move(next)));
    events.report(*object,
                  {.type = EventClass::Normal,
                   .reason = what,
                   .message = "Node " + node.name + " status is now: " + std::string{what}});
}

NodeHealth Kubelets::State::health_of(const NodeRecord& node) {
    return {.memory_pressure = node.pressure, .shutting_down = node.shutdown != nullptr};
}

// Ends a pod for good because the node wants it gone.
void Kubelets::State::fail(PodRecord& record, PodFailure failure, Duration grace) {
    if (record.stage == Stage::Terminating || record.stage == Stage::Finished ||
        record.stage == Stage::Removed) {
        return;
    }
    const auto pod = registry.store().get<Pod>(*record.key);
    if (!pod) {
        return;
    }
    stir(record);
    record.failure = std::make_unique<PodFailure>(std::move(failure));
    Visit visit{.record = record, .pod = *pod, .now = agenda.now(), .changed = true};
    if (record.stage == Stage::Bound) {
        record.start_time = api::Time{registry.clock().wall()};
        record.containers.resize(pod->spec->initContainers.size() + pod->spec->containers.size());
        record.stage = Stage::Finished;
    } else {
        bring_down(visit, grace);
        complete(visit);
    }
    write_status(visit);
}

void Kubelets::State::shut_down(const std::string& name, const ShutdownGrace& grace) {
    const auto place = nodes_by_name.find(name);
    if (place == nodes_by_name.end() || !nodes[place->second].present) {
        return;
    }
    NodeRecord& node = nodes[place->second];
    if (node.shutdown != nullptr) {
        return;
    }
    node.shutdown = std::make_unique<ShutdownGrace>(grace);
    if (const auto object = registry.store().get<Node>(store::Key{{}, name})) {
        events.report(*object, {.type = EventClass::Normal,
                                .reason = "NodeShutdown",
                                .message = "Shutdown manager detected shutdown event"});
    }
    tell_health(node, "NodeNotReady");
    fail_group(node, false, grace.regular);
    agenda.add(agenda.now() + grace.regular,
               {.owner = Ticket::Owner::Shutdown, .slot = place->second, .serial = node.serial});
}

// Ends the pods of a node that is shut down: the critical ones, or those that are not.
void Kubelets::State::fail_group(const NodeRecord& node, bool critical, Duration grace) {
    for (PodRecord& record : pods) {
        if (!record.key || record.node != node.number - 1) {
            continue;
        }
        const auto pod = registry.store().get<Pod>(*record.key);
        if (!pod || (priority_of(*pod) >= system_critical_priority) != critical) {
            continue;
        }
        const Duration own =
            std::chrono::seconds{pod->spec->terminationGracePeriodSeconds.value_or(30)};
        fail(record, {"Terminated", "Pod was terminated in response to imminent node shutdown."},
             std::min(grace, own));
    }
}

}  // namespace wavetank::node
