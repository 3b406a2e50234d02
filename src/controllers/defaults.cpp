#include "controllers/cron_job.hpp"
#include "controllers/daemonset.hpp"
#include "controllers/deployment.hpp"
#include "controllers/disruption.hpp"
#include "controllers/endpointslice.hpp"
#include "controllers/garbage_collector.hpp"
#include "controllers/job.hpp"
#include "controllers/namespace.hpp"
#include "controllers/node_lifecycle.hpp"
#include "controllers/pod_gc.hpp"
#include "controllers/replicaset.hpp"
#include "controllers/resource_quota.hpp"
#include "controllers/service_account.hpp"
#include "controllers/statefulset.hpp"
#include "controllers/taint_eviction.hpp"
#include "controllers/ttl_after_finished.hpp"

#include <wavetank/controllers/controller_registry.hpp>
#include <wavetank/controllers/horizontal_pod_autoscaler.hpp>

#include <string>
#include <utility>

namespace wavetank::controllers {
namespace {

template <class T>
ControllerInfo info(std::string name, std::string component, store::Turn turn) {
    return {.name = std::move(name),
            .component = std::move(component),
            .turn = turn,
            .make = [](const ControllerContext& context) { return std::make_unique<T>(context); }};
}

}  // namespace

ControllerRegistry ControllerRegistry::defaults() {
    // ReplicaSets go on until they are done; a Deployment then looks at the result.
    ControllerRegistry registry;
    registry.add(
        info<ReplicaSetController>("replicaset", "replicaset-controller", store::Turn::All));
    registry.add(
        info<DeploymentController>("deployment", "deployment-controller", store::Turn::One));
    registry.add(
        info<StatefulSetController>("statefulset", "statefulset-controller", store::Turn::All));
    registry.add(info<DaemonSetController>("daemonset", "daemonset-controller", store::Turn::All));
    ControllerInfo jobs = info<JobController>("job", "job-controller", store::Turn::All);
    jobs.backoff = {
        .initial = std::chrono::seconds{1}, .limit = std::chrono::minutes{1}, .all = {}};
    registry.add(std::move(jobs));
    registry.add(info<CronJobController>("cronjob", "cronjob-controller", store::Turn::All));
    registry.add(info<TtlAfterFinishedController>(
        "ttl-after-finished", "ttl-after-finished-controller", store::Turn::All));
    registry.add(info<DisruptionController>("disruption", "controllermanager", store::Turn::All));
    registry.add(info<StaleDisruptionController>("stale-pod-disruption", "controllermanager",
                                                 store::Turn::All));
    registry.add(
        info<NodeLifecycleController>("node-lifecycle", "node-controller", store::Turn::All));
    registry.add(info<TaintEvictionController>("taint-eviction", "taint-eviction-controller",
                                               store::Turn::All));
    registry.add(
        info<PodGarbageController>("pod-garbage", "pod-garbage-collector", store::Turn::All));
    ControllerInfo slices = info<EndpointSliceController>(
        "endpointslice", "endpoint-slice-controller", store::Turn::All);
    slices.backoff.initial = std::chrono::seconds{1};
    registry.add(std::move(slices));
    registry.add(
        info<GarbageCollector>("garbage-collector", "garbage-collector", store::Turn::All));
    ControllerInfo namespaces =
        info<NamespaceController>("namespace", "namespace-controller", store::Turn::All);
    namespaces.backoff = {.limit = std::chrono::minutes{1}, .all = {}};
    registry.add(std::move(namespaces));
    registry.add(info<ResourceQuotaController>("resourcequota", "resourcequota-controller",
                                               store::Turn::All));
    registry.add(info<ServiceAccountController>("serviceaccount", "serviceaccount-controller",
                                                store::Turn::All));
    registry.add(horizontal_pod_autoscaler());
    return registry;
}

}  // namespace wavetank::controllers
