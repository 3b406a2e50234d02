#pragma once

/// \file
/// A cluster for benchmarks of the control plane: store, registry, all controllers, scheduler and
/// kubelets, every modelled latency at zero, events off.

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/metrics/metrics_source.hpp>
#include <wavetank/node/kubelets.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/scheduler/scheduler.hpp>

#include <cstddef>
#include <memory>

namespace wavetank::bench {

/// Runs nothing: the kubelets' part is what is measured.
class NoPrograms final : public node::ContainerRuntime {
public:
    Result<void> start(const node::ContainerStart& start) override;
    void drain(const store::Key& pod, const std::string& container) override;
    void stop(const store::Key& pod, const std::string& container) override;
    [[nodiscard]] bool idle(const store::Key& pod, const std::string& container) const override;
};

struct ClusterShape {
    std::size_t nodes = 5000;
    std::size_t zones = 0;  ///< 0: nodes say none
    /// Whether nodes renew Leases and report their status, so that they can fail.
    node::Leases leases = node::Leases::Off;
    metrics::MetricsSource* metrics = nullptr;  ///< of the autoscalers
};

/// A running cluster.
class ControlPlane {
public:
    explicit ControlPlane(const ClusterShape& shape);

    /// Creates `app-0`, `app-1`, ..., a Service and a Deployment each, of `pods` pods altogether.
    void deploy(std::size_t deployments, std::size_t pods);
    /// Lets so much virtual time pass.
    void run_for(Duration duration);
    /// Returns the pods that the Deployments call ready and up to date.
    [[nodiscard]] std::size_t pods_ready() const;
    /// Returns the endpoints in all EndpointSlices that are ready.
    [[nodiscard]] std::size_t endpoints_ready() const;

    [[nodiscard]] store::Store& store() {
        return store_;
    }
    [[nodiscard]] registry::Registry& registry() {
        return registry_;
    }
    [[nodiscard]] node::Kubelets& kubelets() {
        return kubelets_;
    }

private:
    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_{store_, runtime_, Random{1}};
    NoPrograms programs_;
    node::Kubelets kubelets_;
    std::unique_ptr<scheduler::ClusterWriter> writer_;
    std::unique_ptr<scheduler::Scheduler> scheduler_;
    controllers::ControllerManager controllers_;
};

/// Returns the bytes in use on the heap, the allocator's own included.
[[nodiscard]] double heap_bytes();

}  // namespace wavetank::bench
