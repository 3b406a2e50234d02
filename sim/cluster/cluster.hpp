#pragma once

/// \file
/// The composition root: one running cluster, every part wired to the others.

#include "sim/cluster/declared_fleet.hpp"
#include "sim/cluster/fabric.hpp"

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/mesh/proxy.hpp>
#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/mesh/service_stats.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/scheduler/scheduler.hpp>
#include <wavetank/store/store.hpp>

#include <memory>
#include <string>

namespace wavetank::sim {

struct ClusterOptions {
    std::string load_balancer = "LEAST_REQUEST";
    Distribution network{};
    node::NodeOptions node{};
};

/// Store, API, control plane, nodes and mesh of one cluster. Lifetime: `runtime` outlives it.
class Cluster {
public:
    Cluster(runtime::VirtualRuntime& runtime, const Random& random, ClusterOptions options,
            Fabric::ProgramOf program_of, DeclaredFleet::ModelOf model_of);

    [[nodiscard]] store::Store& store() {
        return store_;
    }
    [[nodiscard]] registry::Registry& registry() {
        return registry_;
    }
    [[nodiscard]] DeclaredFleet& declared() {
        return declared_;
    }
    [[nodiscard]] Fabric& fabric() {
        return fabric_;
    }
    [[nodiscard]] mesh::MeshContext& mesh() {
        return mesh_;
    }
    [[nodiscard]] const mesh::StatsRegistry& service_stats() const {
        return stats_;
    }

private:
    // In the order in which each needs the ones before; they end in the opposite order.
    store::Store store_;
    registry::Registry registry_;
    mesh::StatsRegistry stats_;
    mesh::BalancerRegistry balancers_;
    mesh::ServiceDirectory directory_;
    DeclaredFleet declared_;
    Fabric fabric_;
    mesh::MeshContext mesh_;
    node::Kubelets kubelets_;
    std::unique_ptr<scheduler::ClusterWriter> scheduler_writer_;
    std::unique_ptr<scheduler::Scheduler> scheduler_;
    controllers::ControllerManager controllers_;
};

}  // namespace wavetank::sim
