#include "bench/control_plane_cluster.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/base/slab.hpp>
#include <wavetank/controllers/horizontal_pod_autoscaler.hpp>
#include <wavetank/node/make_node.hpp>

#include <malloc.h>

#include <string>

namespace wavetank::bench {
namespace {

using api::Quantity;
using api::appsv1::Deployment;
using api::corev1::Service;

Deployment deployment_of(std::size_t index, std::size_t replicas) {
    const std::string name = "app-" + std::to_string(index);
    Deployment made{.metadata = {.name = name, .namespace_ = "default"}};
    made.spec.replicas = static_cast<std::int32_t>(replicas);
    made.spec.selector.emplace().matchLabels["app"] = name;
    made.spec.template_.metadata.labels.edit()["app"] = name;
    auto& container = made.spec.template_.spec.edit().containers.emplace_back();
    container.name = "app";
    container.image = name + ":v1";
    container.ports.push_back({.containerPort = 8080});
    container.resources.requests["cpu"] =
        Quantity::of_milli(50 + static_cast<std::int64_t>(index % 10) * 10);
    container.resources.requests["memory"] = Quantity::of(std::int64_t{64} << 20);
    return made;
}

Service service_of(std::size_t index) {
    const std::string name = "app-" + std::to_string(index);
    Service made{.metadata = {.name = name, .namespace_ = "default"}};
    made.spec.selector["app"] = name;
    made.spec.ports.push_back({.port = 80});
    return made;
}

controllers::ControllerManagerOptions controllers_of(const ClusterShape& shape) {
    controllers::ControllerManagerOptions options{.events = controllers::EventPolicy::None};
    options.controllers.add(controllers::horizontal_pod_autoscaler({.metrics = shape.metrics}));
    return options;
}

}  // namespace

Result<void> NoPrograms::start(const node::ContainerStart& /*start*/) {
    return {};
}
void NoPrograms::drain(const store::Key& /*pod*/, const std::string& /*container*/) {}
void NoPrograms::stop(const store::Key& /*pod*/, const std::string& /*container*/) {}
bool NoPrograms::idle(const store::Key& /*pod*/, const std::string& /*container*/) const {
    return true;
}

ControlPlane::ControlPlane(const ClusterShape& shape)
    : kubelets_{runtime_,
                registry_,
                programs_,
                Random{2},
                {.events = node::EventReporting::Off,
                 .heartbeats = shape.leases == node::Leases::On ? node::Heartbeats::On
                                                                : node::Heartbeats::Off,
                 .leases = shape.leases}},
      writer_{scheduler::make_registry_writer(registry_)},
      scheduler_{scheduler::Scheduler::make(store_, *writer_, runtime_, Random{3},
                                            {.events = scheduler::EventRecording::Off})
                     .value()},
      controllers_{registry_, runtime_, controllers_of(shape)} {
    for (std::size_t index = 0; index < shape.nodes; ++index) {
        node::NodeShape node{.cpu = Quantity::of(16)};
        if (shape.zones > 0) {
            node.zone = "zone-" + std::to_string(index % shape.zones);
        }
        const auto made = registry_.create(node::make_node("node-" + std::to_string(index), node));
        WAVETANK_ASSERT(made.has_value());
    }
    run_for(std::chrono::seconds{1});
}

void ControlPlane::deploy(std::size_t deployments, std::size_t pods) {
    for (std::size_t index = 0; index < deployments; ++index) {
        const auto service = registry_.create(service_of(index));
        const auto deployment = registry_.create(deployment_of(index, pods / deployments));
        WAVETANK_ASSERT(service.has_value());
        WAVETANK_ASSERT(deployment.has_value());
    }
    // Progress deadlines lie in the future; everything else happens at once.
    run_for(std::chrono::seconds{1});
}

void ControlPlane::run_for(Duration duration) {
    runtime_.run_until(runtime_.now() + duration);
}

std::size_t ControlPlane::pods_ready() const {
    std::size_t ready = 0;
    for (const auto& deployment : store_.list<Deployment>()) {
        const auto& status = deployment->status;
        if (status.observedGeneration == deployment->metadata.generation &&
            status.updatedReplicas == status.replicas) {
            ready += static_cast<std::size_t>(status.readyReplicas);
        }
    }
    return ready;
}

std::size_t ControlPlane::endpoints_ready() const {
    std::size_t ready = 0;
    for (const auto& slice : store_.list<api::discoveryv1::EndpointSlice>()) {
        for (const auto& endpoint : slice->endpoints) {
            ready += (*endpoint)->conditions.ready.value_or(false) ? 1 : 0;
        }
    }
    return ready;
}

double heap_bytes() {
    const auto info = mallinfo2();
    return static_cast<double>(info.uordblks + info.hblkhd + slab_bytes());
}

}  // namespace wavetank::bench
