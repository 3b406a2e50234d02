#include <wavetank/node/kubelets.hpp>

#include "node/kubelets_state.hpp"
#include "node/node_status.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

constexpr Duration heartbeat_interval = 5min;  // the kubelet's nodeStatusReportFrequency

// Tells whether a change of a pod is of no concern to its kubelet: mostly its own writing.
bool is_echo(const store::WatchEvent<api::corev1::Pod>& event) {
    if (event.type != store::EventType::Modified || !event.previous) {
        return false;
    }
    const auto& now = *event.object;
    const auto& before = *event.previous;
    return now.metadata.generation == before.metadata.generation &&
           now.spec.nodeName == before.spec.nodeName &&
           (now.spec->readinessGates.empty() ||
            now.status.conditions == before.status.conditions) &&
           now.metadata.deletionTimestamp == before.metadata.deletionTimestamp &&
           now.metadata.rare->deletionGracePeriodSeconds ==
               before.metadata.rare->deletionGracePeriodSeconds;
}

}  // namespace

Kubelets::Kubelets(runtime::Executor& executor, registry::Registry& registry,
                   ContainerRuntime& runtime, Random random, NodeOptions options)
    : state_{std::make_unique<State>(executor, registry, runtime, random, std::move(options))} {}

Kubelets::~Kubelets() = default;

void Kubelets::container_exited(const store::Key& pod, const std::string& container,
                                ExitOfContainer how) {
    PodRecord* const record = state_->find(pod);
    const auto object = state_->registry.store().get<api::corev1::Pod>(pod);
    if (record == nullptr || !object) {
        return;
    }
    for (std::size_t i = 0; i < record->containers->size(); ++i) {
        if (container_at(*object->spec.body, i).name == container) {
            record->containers.edit()[i].exit_reported = how;
            state_->arm(*record, state_->agenda.now());
        }
    }
}

void Kubelets::health_changed(const store::Key& pod, const std::string& container,
                              ContainerHealth health) {
    PodRecord* const record = state_->find(pod);
    const auto object = state_->registry.store().get<api::corev1::Pod>(pod);
    if (record == nullptr || !object) {
        return;
    }
    for (std::size_t i = 0; i < record->containers->size(); ++i) {
        const bool is_probed = (*record->containers)[i].probing.has_value();
        if (is_probed && container_at(*object->spec.body, i).name == container) {
            record->containers.edit()[i].probing->health_told = health;
            state_->arm(*record, state_->agenda.now());
        }
    }
}

void Kubelets::notify_idle(const store::Key& pod) {
    PodRecord* const record = state_->find(pod);
    if (record != nullptr && record->stage == Stage::Terminating) {
        state_->arm(*record, state_->agenda.now());
    }
}

void Kubelets::observe_usage(std::span<const ContainerUsage> usage) {
    state_->observe_usage(usage);
}

void Kubelets::shut_down(const std::string& node, const ShutdownGrace& grace) {
    state_->shut_down(node, grace);
}

void Kubelets::silence(const std::string& node) {
    state_->silence(node);
}

void Kubelets::wake(const std::string& node) {
    state_->wake(node);
}

Kubelets::State::State(runtime::Executor& the_executor, registry::Registry& the_registry,
                       ContainerRuntime& the_runtime, Random the_random, NodeOptions the_options)
    : registry{the_registry},
      runtime{the_runtime},
      random{the_random},
      options{std::move(the_options)},
      events{registry, options.events},
      agenda{the_executor, [this](const Ticket& ticket) { serve(ticket); },
             [this](const Ticket& ticket, Agenda::Turn turn) { prefetch(ticket, turn); }} {
    store::Store& store = registry.store();
    nodes_watched =
        store.watch<Node>([this](const store::WatchEvent<Node>& event) { on_node(event); });
    pods_watched = store.watch<Pod>([this](const store::WatchEvent<Pod>& event) { on_pod(event); });
    for (const auto& node : store.list<Node>()) {
        join(node->metadata.name);
    }
}

void Kubelets::State::on_pod(const store::WatchEvent<Pod>& event) {
    if (is_echo(event) || event.object->spec.nodeName.empty()) {
        return;
    }
    if (event.type == store::EventType::Deleted) {
        forget(event.object);
    } else {
        adopt(*event.object);
    }
}

void Kubelets::State::on_node(const store::WatchEvent<Node>& event) {
    if (event.type == store::EventType::Added) {
        join(event.object->metadata.name);
    } else if (event.type == store::EventType::Deleted) {
        leave(event.object->metadata.name);
    }
}

// Lets be fetched into the cache what is looked at first when the ticket's turn comes: of hundred
// thousands of pods, and thousands of nodes, hardly any is there.
void Kubelets::State::prefetch(const Ticket& ticket, Agenda::Turn turn) const {
    if (ticket.owner == Ticket::Owner::Pod) {
        const PodRecord& record = pods[ticket.slot];
        if (turn == Agenda::Turn::Later) {
            __builtin_prefetch(&record, 1);
            __builtin_prefetch(reinterpret_cast<const char*>(&record) + 64, 1);
        } else if (record.is_taken()) {
            __builtin_prefetch(record.key.name.data(), 1);
        }
    } else if (ticket.owner == Ticket::Owner::Lease) {
        const NodeRecord& node = nodes[ticket.slot];
        if (turn == Agenda::Turn::Later) {
            __builtin_prefetch(&node, 1);
        } else if (node.lease != nullptr) {
            const auto* const lease = reinterpret_cast<const char*>(node.lease.get());
            for (std::size_t at = 0; at < sizeof(*node.lease); at += 64) {
                __builtin_prefetch(lease + at, 1);
            }
        }
    }
}

void Kubelets::State::serve(const Ticket& ticket) {
    bury();
    switch (ticket.owner) {
        case Ticket::Owner::Pod: {
            PodRecord& record = pods[ticket.slot];
            if (record.is_taken() && record.serial == ticket.serial) {
                record.due = TimePoint::max();
                if (!is_silent(record)) {
                    visit(record);
                }
            }
            break;
        }
        case Ticket::Owner::Node: {
            NodeRecord& node = nodes[ticket.slot];
            if (node.present && node.serial == ticket.serial && node.silences == 0) {
                visit_node(node);
            }
            break;
        }
        case Ticket::Owner::Lease: {
            NodeRecord& node = nodes[ticket.slot];
            if (node.present && node.serial == ticket.serial && node.silences == 0) {
                renew_lease(node);
            }
            break;
        }
        case Ticket::Owner::Pulls: {
            NodeRecord& node = nodes[ticket.slot];
            if (node.present && node.pulls != nullptr && node.pulls_due == agenda.now()) {
                finish_pulls(node);
            }
            break;
        }
        case Ticket::Owner::Images: {
            NodeRecord& node = nodes[ticket.slot];
            if (node.present && node.serial == ticket.serial && node.silences == 0) {
                list_images(node);
            }
            break;
        }
        case Ticket::Owner::Shutdown: {
            const NodeRecord& node = nodes[ticket.slot];
            if (node.present && node.serial == ticket.serial && node.shutdown != nullptr) {
                fail_group(node, true, node.shutdown->critical);
            }
            break;
        }
        case Ticket::Owner::Departed:
            break;
    }
}

// Takes note of a pod that is bound to a node, or of a change of one.
void Kubelets::State::adopt(const Pod& pod) {
    store::Key key = store::key_of(pod);
    if (PodRecord* const known = find(key)) {
        arm(*known, agenda.now());
        return;
    }
    const auto node = nodes_by_name.find(pod.spec.nodeName);
    if (node == nodes_by_name.end() || !nodes[node->second].present) {
        return;
    }
    auto slot = static_cast<std::uint32_t>(pods.size());
    if (free_pods.empty()) {
        pods.emplace_back();
    } else {
        slot = free_pods.back();
        free_pods.pop_back();
    }
    PodRecord& record = pods[slot];
    const std::uint32_t serial = record.serial;
    record = PodRecord{};
    writes_due.erase(slot);
    record.key = std::move(key);
    record.serial = serial + 1;
    record.slot = slot;
    record.node = node->second;
    pods_by_key.insert(slot);
    arm(record, agenda.now());
}

// Lets go of a pod that is gone; what still runs of it is stopped later, outside the write.
void Kubelets::State::forget(const api::Pointer<const Pod>& pod) {
    const auto place = pods_by_key.find(store::key_of(*pod));
    if (place == pods_by_key.end()) {
        return;
    }
    PodRecord& record = pods[*place];
    Departed leftover{.pod = pod, .running = {}};
    for (std::size_t i = 0; i < record.containers->size(); ++i) {
        if ((*record.containers)[i].view.state == RunState::Running) {
            leftover.running.push_back(container_at(*pod->spec.body, i).name);
        }
    }
    if (!leftover.running.empty()) {
        departed.push_back(std::move(leftover));
        agenda.add(agenda.now(), {.owner = Ticket::Owner::Departed});
    }
    give_back_address(record);
    pods_by_key.erase(place);
    free_pods.push_back(record.slot);
    ++record.serial;
    record.key = {};
    record.containers = {};
    terminations.erase(record.slot);
    failures.erase(record.slot);
}

void Kubelets::State::bury() {
    for (const Departed& each : std::exchange(departed, {})) {
        for (const std::string& container : each.running) {
            runtime.stop(store::key_of(*each.pod), container);
        }
    }
}

void Kubelets::State::join(const api::Text& name) {
    const auto [place, is_new] =
        nodes_by_name.try_emplace(name, static_cast<std::uint32_t>(nodes.size()));
    if (is_new) {
        nodes.emplace_back();
        nodes.back().name = name.str();
        nodes.back().number = static_cast<std::uint32_t>(nodes.size());
    }
    NodeRecord& node = nodes[place->second];
    node.present = true;
    node.described = false;
    node.joined_at = agenda.now();
    node.images_listed_at = {};
    node.images.clear();
    node.pulls.reset();
    node.pullers.clear();
    node.pressures = {};
    node.shutdown.reset();
    ++node.serial;
    agenda.add(agenda.now(),
               {.owner = Ticket::Owner::Node, .slot = place->second, .serial = node.serial});
}

void Kubelets::State::leave(const std::string& name) {
    const auto place = nodes_by_name.find(name);
    if (place == nodes_by_name.end()) {
        return;
    }
    nodes[place->second].present = false;
    std::vector<store::Key> keys;
    for (const PodRecord& record : pods) {
        if (record.is_taken() && record.node == place->second) {
            keys.push_back(record.key);
        }
    }
    for (const store::Key& key : keys) {
        if (const auto pod = registry.store().get<Pod>(key)) {
            forget(pod);
        }
    }
}

void Kubelets::State::visit_node(NodeRecord& node) {
    const auto object = registry.store().get<Node>(store::Key{{}, node.name});
    if (!object) {
        return;
    }
    if (!node.described) {
        welcome(node, *object);
    } else {
        Node next = *object;
        beat(next, api::Time{registry.clock().wall()}, health_of(node));
        static_cast<void>(registry.update_status(std::move(next)));
    }
    if (options.heartbeats == Heartbeats::On) {
        agenda.add(agenda.now() + heartbeat_interval,
                   {.owner = Ticket::Owner::Node, .slot = node.number - 1, .serial = node.serial});
    }
}

// Makes a new node ready, then looks for pods that are bound to it already.
void Kubelets::State::welcome(NodeRecord& node, const Node& object) {
    node.described = true;
    take_images(node, object);
    Node next = object;
    describe_node(next, node.number, api::Time{registry.clock().wall()});
    for (const auto& address : next.status.addresses) {
        if (address.type == "InternalIP") {
            node.host = api::corev1::PodHost{.hostIP = address.address,
                                             .hostIPs = {{.ip = address.address}}};
        }
    }
    if (const auto described = registry.update_status(std::move(next))) {
        Node admitted = **described;
        admit_pods(admitted, node.number);
        static_cast<void>(registry.update(std::move(admitted)));
    }
    if (options.leases == Leases::On) {
        take_lease(node, object);
    }
    events.report(
        object, {.type = EventClass::Normal, .reason = "Starting", .message = "Starting kubelet."});
    events.report(object, {.type = EventClass::Normal,
                           .reason = "NodeReady",
                           .message = "Node " + node.name + " status is now: NodeReady"});
    if (registry.store().size<Pod>() == pods_by_key.size()) {
        return;  // every pod is known
    }
    for (const auto& pod : registry.store().list<Pod>()) {
        if (pod->spec.nodeName == node.name) {
            adopt(*pod);
        }
    }
}

PodRecord* Kubelets::State::find(const store::Key& key) {
    const auto place = pods_by_key.find(key);
    return place == pods_by_key.end() ? nullptr : &pods[*place];
}

// Lets pods of one instant, whose containers run or are done, share what is known of those.
void Kubelets::State::rest(PodRecord& record) {
    if (record.stage != Stage::Active || record.containers->empty() ||
        !std::ranges::all_of(*record.containers, is_at_rest)) {
        return;
    }
    for (ContainerRecord& container : record.containers.edit()) {
        container.due = {};  // of no step
        container.pull_began = {};
    }
    record.containers = rests.share(std::move(record.containers));
}

// Asks for a visit at `due`, or sooner if one is due sooner.
void Kubelets::State::arm(PodRecord& record, TimePoint due) {
    if (due >= record.due) {
        return;
    }
    record.due = due;
    ++record.serial;
    agenda.add(due, {.owner = Ticket::Owner::Pod, .slot = record.slot, .serial = record.serial});
}

}  // namespace wavetank::node
