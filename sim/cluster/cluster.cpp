#include "sim/cluster/cluster.hpp"

#include <utility>

namespace wavetank::sim {
namespace {

controllers::ControllerManagerOptions controllers_with(
    controllers::HorizontalPodAutoscalerOptions autoscaler, MetricsPipeline& metrics) {
    autoscaler.metrics = &metrics;
    controllers::ControllerManagerOptions options;
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
              .load_balancer = std::move(options.load_balancer)},
             std::move(options.links), std::move(program_of)),
      metrics_(store_, runtime, std::move(options.metrics)),
      kubelets_(runtime, registry_, fleet_, random.fork("kubelets"), options.node),
      scheduler_writer_(scheduler::make_registry_writer(registry_)),
      scheduler_(
          scheduler::Scheduler::make(store_, *scheduler_writer_, runtime, random.fork("scheduler"))
              .value()),
      controllers_(registry_, runtime, controllers_with(options.autoscaler, metrics_)) {}

void Cluster::end_container(const store::Key& pod, const std::string& container,
                            node::ExitOfContainer how) {
    fleet_.stop(pod, container);
    kubelets_.container_exited(pod, container, how);
}

}  // namespace wavetank::sim
