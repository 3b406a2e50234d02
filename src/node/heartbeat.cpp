// How others see that a node is alive, and what is not done while they cannot.

#include "node/kubelets_state.hpp"

#include <wavetank/api/kinds.hpp>

#include <chrono>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;
using api::coordinationv1::Lease;

// The kubelet's nodeLeaseDurationSeconds, and a quarter of it.
constexpr std::int32_t lease_seconds = 40;
constexpr Duration renewal_interval = 10s;

const std::string lease_namespace = "kube-node-lease";

}  // namespace

// It fails if there is a Lease already.
void Kubelets::State::create_lease(NodeRecord& node, const Node& object) {
    Lease lease;
    lease.metadata.name = node.name;
    lease.metadata.namespace_ = lease_namespace;
    lease.metadata.ownerReferences.edit().push_back(
        {.apiVersion = "v1", .kind = "Node", .name = node.name, .uid = object.metadata.uid});
    lease.spec.holderIdentity = node.name;
    lease.spec.leaseDurationSeconds = lease_seconds;
    lease.spec.renewTime = api::MicroTime{registry.clock().wall()};
    const auto created = registry.create(std::move(lease));
    node.lease = created ? *created : nullptr;
}

// Nodes renew at times of their own, as they would if each had been started by itself. If the node
// was here before, its Lease is renewed then.
void Kubelets::State::take_lease(NodeRecord& node, const Node& object) {
    create_lease(node, object);
    Random stream = random.fork("lease/" + node.name);
    const auto phase = std::chrono::milliseconds{static_cast<std::int64_t>(
        stream.below(static_cast<std::uint64_t>(renewal_interval / 1ms)))};
    agenda.add(agenda.now() + phase,
               {.owner = Ticket::Owner::Lease, .slot = node.number - 1, .serial = node.serial});
}

// Writes the time into the Lease as it is known, which fails if others have written it since.
bool Kubelets::State::write_renewal(NodeRecord& node) {
    if (node.lease == nullptr) {
        return false;
    }
    Lease next = *node.lease;
    next.spec.renewTime = api::MicroTime{registry.clock().wall()};
    const auto written = registry.update(std::move(next));
    node.lease = written ? *written : nullptr;
    return written.has_value();
}

// As the kubelet's `backoffEnsureLease`, it makes a new Lease if there is none: the old one goes
// with the Node that owned it, even if another one has its name by then.
void Kubelets::State::renew_lease(NodeRecord& node) {
    if (!write_renewal(node)) {
        node.lease = registry.store().get<Lease>({lease_namespace, node.name});
        const auto object = registry.store().get<Node>(store::Key{{}, node.name});
        if (node.lease == nullptr && object) {
            create_lease(node, *object);
        } else {
            static_cast<void>(write_renewal(node));
        }
    }
    agenda.add(agenda.now() + renewal_interval,
               {.owner = Ticket::Owner::Lease, .slot = node.number - 1, .serial = node.serial});
}

void Kubelets::State::silence(const std::string& name) {
    if (const auto place = nodes_by_name.find(name); place != nodes_by_name.end()) {
        ++nodes[place->second].silences;
    }
}

void Kubelets::State::wake(const std::string& name) {
    const auto place = nodes_by_name.find(name);
    if (place == nodes_by_name.end() || nodes[place->second].silences == 0) {
        return;
    }
    NodeRecord& node = nodes[place->second];
    if (--node.silences > 0 || !node.present) {
        return;
    }
    ++node.serial;
    node.shutdown.reset();  // it has been started again
    agenda.add(agenda.now(),
               {.owner = Ticket::Owner::Node, .slot = place->second, .serial = node.serial});
    if (node.described && options.leases == Leases::On) {
        agenda.add(agenda.now(),
                   {.owner = Ticket::Owner::Lease, .slot = place->second, .serial = node.serial});
    }
    node.images_listed_at = {};
    images_changed(node);
    for (PodRecord& record : pods) {
        if (record.is_taken() && record.node == place->second) {
            record.restate = true;
            arm(record, agenda.now());
        }
    }
}

}  // namespace wavetank::node
