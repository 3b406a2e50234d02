// Stores the kinds that make pods of a template, and what they need: one unit beside
// write_objects.cpp, because each kind takes its time to compile.

#include "registry/controller_revision.hpp"
#include "registry/cron_job.hpp"
#include "registry/daemon_set.hpp"
#include "registry/deployment.hpp"
#include "registry/job.hpp"
#include "registry/lease.hpp"
#include "registry/priority_class.hpp"
#include "registry/replica_set.hpp"
#include "registry/stateful_set.hpp"
#include "registry/write_objects.hpp"

namespace wavetank::registry {

WAVETANK_REGISTRY_INSTANTIATE(api::schedulingv1::PriorityClass);
WAVETANK_REGISTRY_INSTANTIATE(api::coordinationv1::Lease);
WAVETANK_REGISTRY_INSTANTIATE(api::appsv1::ControllerRevision);
WAVETANK_REGISTRY_INSTANTIATE(api::appsv1::StatefulSet);
WAVETANK_REGISTRY_INSTANTIATE(api::appsv1::DaemonSet);
WAVETANK_REGISTRY_INSTANTIATE(api::appsv1::Deployment);
WAVETANK_REGISTRY_INSTANTIATE(api::appsv1::ReplicaSet);
WAVETANK_REGISTRY_INSTANTIATE(api::batchv1::CronJob);
WAVETANK_REGISTRY_INSTANTIATE(api::batchv1::Job);

}  // namespace wavetank::registry
