#include "sim/cluster/cluster.hpp"

#include <utility>

namespace wavetank::sim {

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
      kubelets_(runtime, registry_, fleet_, random.fork("kubelets"), options.node),
      scheduler_writer_(scheduler::make_registry_writer(registry_)),
      scheduler_(
          scheduler::Scheduler::make(store_, *scheduler_writer_, runtime, random.fork("scheduler"))
              .value()),
      controllers_(registry_, runtime) {
    fleet_.on_exit([this](const store::Key& pod, const std::string& container,
                          node::ExitOfContainer how) { end_container(pod, container, how); });
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

}  // namespace wavetank::sim
