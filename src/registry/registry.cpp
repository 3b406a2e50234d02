#include <wavetank/registry/registry.hpp>

#include "registry/handle.hpp"
#include "registry/priority_class.hpp"
#include "registry/unstructured.hpp"
#include "registry/write.hpp"

#include <array>
#include <utility>

namespace wavetank::registry {

using api::corev1::Pod;

struct Registry::State {
    Cluster cluster;
};

Registry::Registry(store::Store& store, const runtime::Clock& clock, Random random)
    : state_(std::make_unique<State>(
          State{.cluster = {.store = store, .clock = clock, .random = random}})) {
    constexpr std::array names{"default", "kube-system", "kube-public", "kube-node-lease"};
    for (const char* name : names) {
        if (store.get<api::corev1::Namespace>({"", name}) != nullptr) {
            continue;
        }
        api::corev1::Namespace object;
        object.metadata.name = name;
        const auto created = create(std::move(object));
        WAVETANK_ASSERT(created.has_value());
    }
    create_system_priority_classes(state_->cluster);
    for (const auto& object : store.list<api::Unstructured>()) {
        note_limits(state_->cluster, *object);
    }
}

Registry::~Registry() = default;

store::Store& Registry::store() {
    return state_->cluster.store;
}

const runtime::Clock& Registry::clock() {
    return state_->cluster.clock;
}

template <class T>
Result<api::Pointer<const T>> Registry::create(T object) {
    return create_object(state_->cluster, std::move(object), DryRun::No);
}

template <class T>
Result<api::Pointer<const T>> Registry::update(T object) {
    return update_object(state_->cluster, std::move(object), DryRun::No);
}

template <class T>
Result<api::Pointer<const T>> Registry::update_status(T object) {
    return update_object_status(state_->cluster, std::move(object), DryRun::No);
}

template <class T>
Result<api::Pointer<const T>> Registry::remove(const store::Key& key,
                                               const DeleteOptions& options) {
    auto removal = remove_object<T>(state_->cluster, key, options, DryRun::No);
    if (!removal) {
        return removal.error();
    }
    return std::move(removal->object);
}

Result<api::Pointer<const Pod>> Registry::bind(const store::Key& pod, const std::string& node) {
    return bind_pod(state_->cluster, pod, node, DryRun::No);
}

Result<api::Pointer<const api::corev1::Namespace>> Registry::finalize(const std::string& name) {
    return finalize_namespace(state_->cluster, name);
}

std::vector<Error> Registry::apply(std::span<const boost::json::object> objects) {
    return apply_objects(state_->cluster, objects);
}

ApiResponse Registry::handle(const ApiRequest& request) {
    return handle_request(state_->cluster, request);
}

#define WAVETANK_REGISTRY_KIND(T)                                                 \
    template Result<api::Pointer<const T>> Registry::create<T>(T);                \
    template Result<api::Pointer<const T>> Registry::update<T>(T);                \
    template Result<api::Pointer<const T>> Registry::update_status<T>(T);         \
    template Result<api::Pointer<const T>> Registry::remove<T>(const store::Key&, \
                                                               const DeleteOptions&)

WAVETANK_REGISTRY_KIND(api::corev1::Namespace);
WAVETANK_REGISTRY_KIND(api::corev1::Node);
WAVETANK_REGISTRY_KIND(api::schedulingv1::PriorityClass);
WAVETANK_REGISTRY_KIND(api::coordinationv1::Lease);
WAVETANK_REGISTRY_KIND(api::corev1::Service);
WAVETANK_REGISTRY_KIND(api::policyv1::PodDisruptionBudget);
WAVETANK_REGISTRY_KIND(api::appsv1::ControllerRevision);
WAVETANK_REGISTRY_KIND(api::appsv1::StatefulSet);
WAVETANK_REGISTRY_KIND(api::appsv1::DaemonSet);
WAVETANK_REGISTRY_KIND(api::appsv1::Deployment);
WAVETANK_REGISTRY_KIND(api::appsv1::ReplicaSet);
WAVETANK_REGISTRY_KIND(api::autoscalingv2::HorizontalPodAutoscaler);
WAVETANK_REGISTRY_KIND(api::batchv1::CronJob);
WAVETANK_REGISTRY_KIND(api::batchv1::Job);
WAVETANK_REGISTRY_KIND(api::corev1::Pod);
WAVETANK_REGISTRY_KIND(api::discoveryv1::EndpointSlice);
WAVETANK_REGISTRY_KIND(api::corev1::Event);
WAVETANK_REGISTRY_KIND(api::Unstructured);

}  // namespace wavetank::registry
