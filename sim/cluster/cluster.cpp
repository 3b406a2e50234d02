#include "sim/cluster/cluster.hpp"

#include <wavetank/mesh/cluster_balancer.hpp>

#include <utility>

namespace wavetank::sim {
namespace {

// Gives the policies that have settings those of the cluster.
mesh::BalancerRegistry balancers_with(const mesh::ClusterLbConfig& settings) {
    mesh::BalancerRegistry registry = mesh::BalancerRegistry::defaults();
    const auto add = [&](std::string name, mesh::LbPolicy policy) {
        mesh::ClusterLbConfig config = settings;
        config.lb_policy = policy;
        registry.add(std::move(name),
                     [config] { return std::make_unique<mesh::ClusterBalancer>(config); });
    };
    add("RING_HASH", mesh::LbPolicy::RingHash);
    add("MAGLEV", mesh::LbPolicy::Maglev);
    return registry;
}

controllers::ControllerManagerOptions controllers_with(
    controllers::HorizontalPodAutoscalerOptions autoscaler, MetricsPipeline& metrics,
    const ControlPlaneTiming& timing) {
    autoscaler.metrics = &metrics;
    controllers::ControllerManagerOptions options{
        .timing = {.notice = timing.notice, .client = timing.controllers}};
    options.controllers.add(controllers::horizontal_pod_autoscaler(autoscaler));
    return options;
}

}  // namespace

Cluster::Cluster(runtime::VirtualRuntime& runtime, const Random& random, ClusterOptions options,
                 Fleet::ProgramOf program_of)
    : registry_(store_, runtime, random.fork("registry")),
      directory_(store_),
      fleet_(store_, directory_, runtime,
             {.random = random,
              .network = options.network,
              .has_links = options.links.has_value(),
              .load_balancer = std::move(options.load_balancer),
              .balancers = balancers_with(options.load_balancing.config)},
             {.links = std::move(options.links),
              .hash_policy = std::move(options.load_balancing.hash_policy),
              .mesh = std::move(options.mesh),
              .kube_proxy = options.kube_proxy,
              .timing = options.timing},
             std::move(program_of)),
      metrics_(store_, runtime, std::move(options.metrics)),
      kubelets_(runtime, registry_, fleet_, random.fork("kubelets"), options.node),
      scheduler_writer_(scheduler::make_registry_writer(registry_)),
      scheduler_(scheduler::Scheduler::make(store_, *scheduler_writer_, runtime,
                                            random.fork("scheduler"),
                                            {.profiles = std::move(options.scheduler.profiles),
                                             .queue = options.scheduler.queue,
                                             .notice = options.timing.notice,
                                             .client = options.timing.scheduler})
                     .value()),
      controllers_(registry_, runtime,
                   controllers_with(options.autoscaler, metrics_, options.timing)) {
    fleet_.on_exit([this](const store::Key& pod, const std::string& container,
                          node::ExitOfContainer how) { end_container(pod, container, how); });
    fleet_.on_health(
        [this](const store::Key& pod, const std::string& container, node::ContainerHealth health) {
            kubelets_.health_changed(pod, container, health);
        });
}

void Cluster::end_container(const store::Key& pod, const std::string& container,
                            node::ExitOfContainer how) {
    fleet_.stop(pod, container);
    kubelets_.container_exited(pod, container, how);
}

void Cluster::silence_node(const std::string& node) {
    kubelets_.silence(node);
}

void Cluster::wake_node(const std::string& node) {
    kubelets_.wake(node);
}

void Cluster::shut_down_node(const std::string& node, const node::ShutdownGrace& grace) {
    kubelets_.shut_down(node, grace);
}

void Cluster::observe_usage(std::span<const node::ContainerUsage> usage) {
    kubelets_.observe_usage(usage);
}

}  // namespace wavetank::sim
