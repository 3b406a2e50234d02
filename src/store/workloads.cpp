// The store's members for the kinds that run and what they run on.
#include "store/table.hpp"

namespace wavetank::store {

WAVETANK_STORE_INSTANTIATE(api::corev1::Node);
WAVETANK_STORE_INSTANTIATE(api::corev1::Pod);
WAVETANK_STORE_INSTANTIATE(api::appsv1::ControllerRevision);
WAVETANK_STORE_INSTANTIATE(api::appsv1::StatefulSet);
WAVETANK_STORE_INSTANTIATE(api::appsv1::DaemonSet);
WAVETANK_STORE_INSTANTIATE(api::appsv1::Deployment);
WAVETANK_STORE_INSTANTIATE(api::appsv1::ReplicaSet);
WAVETANK_STORE_INSTANTIATE(api::batchv1::CronJob);
WAVETANK_STORE_INSTANTIATE(api::batchv1::Job);

}  // namespace wavetank::store
