#pragma once

/// \file
/// The composition root: one running cluster, every part wired to the others.

#include "sim/cluster/fleet.hpp"
#include "sim/metrics/metrics_pipeline.hpp"

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/controllers/horizontal_pod_autoscaler.hpp>
#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/scheduler/configuration.hpp>
#include <wavetank/scheduler/scheduler.hpp>
#include <wavetank/sim/control_plane_timing.hpp>
#include <wavetank/sim/load_balancing.hpp>
#include <wavetank/store/store.hpp>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace wavetank::sim {

struct ClusterOptions {
    std::string load_balancer = "LEAST_REQUEST";
    LoadBalancing load_balancing{};
    Distribution network{};
    std::optional<PlannedNetwork> links{};  ///< absent: there is nothing but `network`
    /// What tells clients where requests go; absent: there is no such thing.
    std::optional<std::vector<boost::json::object>> mesh{};
    /// How clients reach Services that have no proxies of their own; absent: they have.
    std::optional<mesh::KubeProxyPolicy> kube_proxy{};
    node::NodeOptions node{};
    ControlPlaneTiming timing{};  ///< less what `node` has of it
    MetricsPipelineOptions metrics{};
    controllers::HorizontalPodAutoscalerOptions autoscaler{};  ///< less its metrics
    scheduler::SchedulerConfiguration scheduler{};             ///< one that can be used
};

/// Store, API, control plane, nodes and mesh of one cluster. Lifetime: `runtime` outlives it.
class Cluster {
public:
    Cluster(runtime::VirtualRuntime& runtime, const Random& random, ClusterOptions options,
            Fleet::ProgramOf program_of);

    [[nodiscard]] store::Store& store() {
        return store_;
    }
    [[nodiscard]] registry::Registry& registry() {
        return registry_;
    }
    [[nodiscard]] Fleet& fleet() {
        return fleet_;
    }

    /// What autoscalers get to know.
    [[nodiscard]] MetricsPipeline& metrics() {
        return metrics_;
    }

    /// Ends a container that runs; its kubelet sees to what comes then.
    void end_container(const store::Key& pod, const std::string& container,
                       node::ExitOfContainer how);

    /// Cuts the kubelet of a node off, until it is back as often.
    void silence_node(const std::string& node);
    void wake_node(const std::string& node);

    /// Lets a node end its pods, before it goes off.
    void shut_down_node(const std::string& node, const node::ShutdownGrace& grace);

    /// Tells the kubelets what containers use.
    void observe_usage(std::span<const node::ContainerUsage> usage);

private:
    // In the order in which each needs the ones before; they end in the opposite order.
    store::Store store_;
    registry::Registry registry_;
    mesh::ServiceDirectory directory_;
    Fleet fleet_;
    MetricsPipeline metrics_;
    node::Kubelets kubelets_;
    std::unique_ptr<scheduler::ClusterWriter> scheduler_writer_;
    std::unique_ptr<scheduler::Scheduler> scheduler_;
    controllers::ControllerManager controllers_;
};

}  // namespace wavetank::sim
