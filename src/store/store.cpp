#include "store/table.hpp"

namespace wavetank::store {

Store::Store(StoreOptions options) : tables_(std::make_unique<Tables>(options)) {}

Store::~Store() = default;

std::uint64_t Store::version() const {
    return tables_->version;
}

WAVETANK_STORE_INSTANTIATE(api::corev1::Namespace);
WAVETANK_STORE_INSTANTIATE(api::schedulingv1::PriorityClass);
WAVETANK_STORE_INSTANTIATE(api::coordinationv1::Lease);
WAVETANK_STORE_INSTANTIATE(api::corev1::Service);
WAVETANK_STORE_INSTANTIATE(api::corev1::Event);
WAVETANK_STORE_INSTANTIATE(api::discoveryv1::EndpointSlice);
WAVETANK_STORE_INSTANTIATE(api::autoscalingv2::HorizontalPodAutoscaler);
WAVETANK_STORE_INSTANTIATE(api::policyv1::PodDisruptionBudget);
WAVETANK_STORE_INSTANTIATE(api::Unstructured);

}  // namespace wavetank::store
