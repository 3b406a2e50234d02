#include "sim/cluster/cluster.hpp"

#include <utility>

namespace wavetank::sim {

Cluster::Cluster(runtime::VirtualRuntime& runtime, const Random& random, ClusterOptions options,
                 Fabric::ProgramOf program_of, DeclaredFleet::ModelOf model_of)
    : registry_(store_, runtime, random.fork("registry")),
      balancers_(mesh::BalancerRegistry::defaults()),
      directory_(store_),
      declared_(store_, directory_, runtime,
                {.random = random,
                 .network = options.network,
                 .load_balancer = options.load_balancer,
                 .balancers = balancers_},
                std::move(model_of)),
      fabric_(runtime, declared_, options.network, std::move(program_of), random.fork("fabric")),
      mesh_{.executor = runtime,
            .directory = directory_,
            .transport = fabric_,
            .stats = stats_,
            .balancers = balancers_,
            .policy = options.load_balancer},
      kubelets_(runtime, registry_, fabric_, random.fork("kubelets"), options.node),
      scheduler_writer_(scheduler::make_registry_writer(registry_)),
      scheduler_(
          scheduler::Scheduler::make(store_, *scheduler_writer_, runtime, random.fork("scheduler"))
              .value()),
      controllers_(registry_, runtime) {
    fabric_.connect(mesh_);
}

}  // namespace wavetank::sim
