// What a node does when it is short of memory, disk or processes, or is shut down: it ends pods of
// its own accord.

#include "node/amounts.hpp"
#include "node/kubelets_state.hpp"
#include "node/node_status.hpp"
#include "node/pod_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

// The kubelet's interval, how long its conditions stay, and `immediateEvictionGracePeriodSeconds`.
constexpr Duration pressure_interval = 10s;
constexpr Duration pressure_transition = 5min;
constexpr Duration eviction_grace = 1s;
constexpr Duration image_gc_interval = 5min;
constexpr Duration image_age_least = 2min;  // imageMinimumGCAge

constexpr std::int32_t system_critical_priority = 2'000'000'000;

/// What there is too little of, by `Shortage`: its name, that of the resource of which less is to
/// be used, and what nodes report when it begins and ends.
struct ShortResource {
    const char* name;
    const char* begins;
    const char* ends;
};
constexpr std::array short_resources{
    ShortResource{"memory", "NodeHasInsufficientMemory", "NodeHasSufficientMemory"},
    ShortResource{"ephemeral-storage", "NodeHasDiskPressure", "NodeHasNoDiskPressure"},
    ShortResource{"pids", "NodeHasInsufficientPID", "NodeHasSufficientPID"},
};

const ShortResource& resource_of(Shortage shortage) {
    return short_resources[static_cast<std::size_t>(shortage)];
}

std::int32_t priority_of(const api::corev1::Pod& pod) {
    return pod.spec->priority.value_or(0);
}

std::string amount_text(Shortage shortage, std::int64_t amount) {
    return api::Quantity::of(amount, shortage == Shortage::Processes
                                         ? api::QuantityFormat::DecimalSI
                                         : api::QuantityFormat::BinarySI)
        .to_string();
}

std::int64_t amount_of(const api::ResourceList& list, const char* resource) {
    const auto found = list.find(resource);
    return found == list.end() ? 0 : found->second.value();
}

std::int64_t used_by(const ContainerUsage& container, Shortage shortage) {
    switch (shortage) {
        case Shortage::Memory:
            return container.memory;
        case Shortage::Disk:
            return container.disk;
        case Shortage::Processes:
            break;
    }
    return container.processes;
}

/// What the containers of a pod use; one is enough to know the others by.
using PodUsage = std::vector<const ContainerUsage*>;

std::int64_t used_by(const PodUsage& containers, Shortage shortage) {
    std::int64_t sum = 0;
    for (const ContainerUsage* const container : containers) {
        sum = add_amount(sum, used_by(*container, shortage));
    }
    return sum;
}

/// Returns the sum of what the containers request, or the most that an init container does.
std::int64_t requested_by(const api::corev1::PodSpecBody& body, const char* resource) {
    std::int64_t sum = 0;
    for (const auto& container : body.containers) {
        sum = add_amount(sum, amount_of(container.resources.requests, resource));
    }
    for (const auto& container : body.initContainers) {
        const std::int64_t request = amount_of(container.resources.requests, resource);
        sum = is_sidecar(container) ? add_amount(sum, request)
                                    : std::max(sum, add_amount(0, request));
    }
    return sum;
}

/// How little of something is left.
struct Threshold {
    Shortage shortage;
    std::int64_t least = 0;
    std::int64_t available = 0;
};

/// Says as the kubelet does what the node lacks and which containers use more than they asked for.
std::string eviction_message(const api::corev1::PodSpecBody& body, const PodUsage& usage,
                             const Threshold& met) {
    const char* const resource = resource_of(met.shortage).name;
    std::string text = fmt::format(
        "The node was low on resource: {}. Threshold quantity: {}, available: {}. ", resource,
        amount_text(met.shortage, met.least), amount_text(met.shortage, met.available));
    if (met.shortage == Shortage::Processes) {
        return text;  // nobody requests any
    }
    for (const ContainerUsage* const each : usage) {
        for (const auto* containers : {&body.containers, &body.initContainers}) {
            for (const auto& container : *containers) {
                const auto& requests = container.resources.requests;
                const std::int64_t used = used_by(*each, met.shortage);
                if (container.name == each->container && used > amount_of(requests, resource)) {
                    const auto request = requests.find(resource);
                    text += fmt::format(
                        "Container {} was using {}, request is {}, has larger consumption of {}. ",
                        each->container, amount_text(met.shortage, used),
                        request == requests.end() ? "0" : request->second.to_string(), resource);
                }
            }
        }
    }
    return text;
}

/// Orders pods by who has to go first. Of processes nobody requests any.
auto eviction_rank(const api::corev1::Pod& pod, const PodUsage& usage, Shortage shortage) {
    const std::int64_t used = used_by(usage, shortage);
    const std::int64_t requested = shortage == Shortage::Processes
                                       ? 0
                                       : requested_by(*pod.spec.body, resource_of(shortage).name);
    const bool exceeds = shortage == Shortage::Processes || used > requested;
    return std::tuple{!exceeds, priority_of(pod), requested - used, pod.metadata.name};
}

/// Writes a size as the kubelet's image garbage collection does: "1.5 GiB".
std::string disk_text(std::int64_t bytes) {
    constexpr std::int64_t step = 1024;
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB"};
    if (bytes < step) {
        return fmt::format("{} B", bytes);
    }
    double size = static_cast<double>(bytes) / step;
    std::size_t unit = 0;
    while (size >= step && unit + 1 < units.size()) {
        size /= step;
        ++unit;
    }
    return fmt::format("{:.1f} {}", size, units[unit]);
}

/// Returns the size of a node's disk; nothing if it has no end.
std::optional<std::int64_t> disk_of(const api::corev1::Node& node) {
    const std::int64_t capacity = amount_of(node.status.capacity, "ephemeral-storage");
    return capacity > 0 ? std::optional{capacity} : std::nullopt;
}

}  // namespace

void Kubelets::State::observe_usage(std::span<const ContainerUsage> usage) {
    if (agenda.now() < next_pressure_look) {
        return;
    }
    next_pressure_look = agenda.now() + pressure_interval;
    std::map<std::uint32_t, NodeUsage> by_node;
    for (const ContainerUsage& each : usage) {
        const PodRecord* record = find(each.pod);
        if (record != nullptr && record->stage == Stage::Active) {
            by_node[record->node][record->slot].push_back(&each);
        }
    }
    for (NodeRecord& node : nodes) {
        if (node.present && node.described && node.silences == 0) {
            if (const auto object = registry.store().get<Node>(store::Key{{}, node.name})) {
                see_to_pressure(node, *object, by_node[node.number - 1]);
            }
        }
    }
}

// Looks at what the node has left, tells what is too little, and ends one pod for the first of it.
void Kubelets::State::see_to_pressure(NodeRecord& node, const Node& object,
                                      const NodeUsage& usage) {
    const auto used = [&](Shortage shortage) {
        std::int64_t sum = 0;
        for (const auto& [slot, containers] : usage) {
            sum = add_amount(sum, used_by(containers, shortage));
        }
        return sum;
    };
    const EvictionRules& rules = options.eviction;
    std::vector<Threshold> thresholds;
    if (const std::int64_t memory = amount_of(object.status.capacity, "memory"); memory > 0) {
        thresholds.push_back(
            {Shortage::Memory, rules.memory_available, memory - used(Shortage::Memory)});
    }
    const auto disk = disk_of(object);
    if (disk) {
        const std::int64_t written = used(Shortage::Disk);
        collect_images(node, object, *disk - written - bytes_of_images(node));
        thresholds.push_back({Shortage::Disk, share_of(*disk, rules.disk_available_percent),
                              *disk - written - bytes_of_images(node)});
    }
    thresholds.push_back({Shortage::Processes, rules.processes_available,
                          rules.processes_max - used(Shortage::Processes)});
    const Threshold* first = nullptr;
    for (const Threshold& each : thresholds) {
        const bool is_met = each.available < each.least;
        note_pressure(node, each.shortage, is_met);
        first = first == nullptr && is_met ? &each : first;
    }
    if (first == nullptr) {
        return;
    }
    events.report(object, {.type = EventClass::Warning,
                           .reason = "EvictionThresholdMet",
                           .message = fmt::format("Attempting to reclaim {}",
                                                  resource_of(first->shortage).name)});
    if (first->shortage == Shortage::Disk) {
        const std::int64_t freed =
            free_images(node, std::numeric_limits<std::int64_t>::max(), Duration{});
        if (first->available + freed >= first->least) {
            return;
        }
    }
    evict_one(usage, first->shortage, [&](const Pod& pod, const PodUsage& its) {
        return eviction_message(*pod.spec.body, its, *first);
    });
}

// At most one pod at a time, and none that the system cannot do without.
void Kubelets::State::evict_one(
    const NodeUsage& usage, Shortage shortage,
    const std::function<std::string(const Pod&, const std::vector<const ContainerUsage*>&)>&
        message_of) {
    api::Pointer<const Pod> victim;
    const PodUsage* its_usage = nullptr;
    for (const auto& [slot, containers] : usage) {
        auto pod = registry.store().get<Pod>(pods[slot].key);
        if (!pod || priority_of(*pod) >= system_critical_priority) {
            continue;
        }
        if (!victim || eviction_rank(*pod, containers, shortage) <
                           eviction_rank(*victim, *its_usage, shortage)) {
            victim = std::move(pod);
            its_usage = &containers;
        }
    }
    if (!victim) {
        return;
    }
    std::string message = message_of(*victim, *its_usage);
    events.report(*victim, no_container,
                  {.type = EventClass::Warning, .reason = "Evicted", .message = message});
    fail(*find(store::key_of(*victim)), {"Evicted", std::move(message)}, eviction_grace);
}

// The node's image garbage collection, which has little to do with pressure: it comes before.
void Kubelets::State::collect_images(NodeRecord& node, const Node& object, std::int64_t available) {
    if (agenda.now() - node.images_collected < image_gc_interval) {
        return;
    }
    node.images_collected = agenda.now();
    const EvictionRules& rules = options.eviction;
    const std::int64_t capacity = disk_of(object).value();
    const std::int64_t used_percent =
        100 - percent_of(std::max<std::int64_t>(available, 0), capacity);
    if (used_percent < rules.image_gc_high_percent) {
        return;
    }
    const std::int64_t wanted = share_of(capacity, 100 - rules.image_gc_low_percent) - available;
    const std::int64_t freed = free_images(node, wanted, image_age_least);
    if (freed < wanted) {
        events.report(
            object,
            {.type = EventClass::Warning,
             .reason = "FreeDiskSpaceFailed",
             .message = fmt::format(
                 "Insufficient free disk space on the node's image filesystem ({}% of {} used). "
                 "Failed to free sufficient space by deleting unused images (freed {} bytes). "
                 "Investigate disk usage, as it could be used by active images, logs, volumes, or "
                 "other data.",
                 used_percent, disk_text(capacity), freed)});
    }
}

// A condition begins at once, and ends when there has been enough for a while.
void Kubelets::State::note_pressure(NodeRecord& node, Shortage shortage, bool is_short) {
    NodePressure& pressure = node.pressures[static_cast<std::size_t>(shortage)];
    if (is_short) {
        pressure.seen = agenda.now();
        if (!std::exchange(pressure.on, true)) {
            tell_health(node, resource_of(shortage).begins);
        }
    } else if (pressure.on && agenda.now() - pressure.seen >= pressure_transition) {
        pressure.on = false;
        tell_health(node, resource_of(shortage).ends);
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
    const auto is_short = [&](Shortage shortage) {
        return node.pressures[static_cast<std::size_t>(shortage)].on;
    };
    return {.memory_pressure = is_short(Shortage::Memory),
            .disk_pressure = is_short(Shortage::Disk),
            .pid_pressure = is_short(Shortage::Processes),
            .shutting_down = node.shutdown != nullptr};
}

// Ends a pod for good because the node wants it gone.
void Kubelets::State::fail(PodRecord& record, PodFailure failure, Duration grace) {
    if (record.stage == Stage::Terminating || record.stage == Stage::Finished ||
        record.stage == Stage::Removed) {
        return;
    }
    const auto pod = registry.store().get<Pod>(record.key);
    if (!pod) {
        return;
    }
    failures.insert_or_assign(record.slot, std::move(failure));
    Visit visit{.record = record, .pod = *pod, .now = agenda.now(), .changed = true};
    if (record.stage == Stage::Bound) {
        record.start_time = api::Time{registry.clock().wall()};
        record.containers.edit().resize(pod->spec->initContainers.size() +
                                        pod->spec->containers.size());
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
        if (!record.is_taken() || record.node != node.number - 1) {
            continue;
        }
        const auto pod = registry.store().get<Pod>(record.key);
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
