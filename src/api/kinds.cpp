#include <wavetank/api/json_kinds.hpp>
#include <wavetank/api/kinds.hpp>

#include <array>

namespace wavetank::api {

template const TypeInfo& type_info<metav1::ObjectMeta>();
template const TypeInfo& type_info<metav1::LabelSelector>();
template const TypeInfo& type_info<corev1::PersistentVolumeClaimSpec>();
template const TypeInfo& type_info<corev1::PodTemplateSpec>();
template const TypeInfo& type_info<corev1::Namespace>();
template const TypeInfo& type_info<corev1::Node>();
template const TypeInfo& type_info<corev1::Service>();
template const TypeInfo& type_info<policyv1::PodDisruptionBudget>();
template const TypeInfo& type_info<appsv1::Deployment>();
template const TypeInfo& type_info<appsv1::ReplicaSet>();
template const TypeInfo& type_info<corev1::Pod>();
template const TypeInfo& type_info<discoveryv1::EndpointSlice>();
template const TypeInfo& type_info<corev1::Event>();

namespace {

// Kinds that are served and passed on as JSON.
constexpr KindInfo claim_kind{.version = "v1",
                              .kind = "PersistentVolumeClaim",
                              .plural = "persistentvolumeclaims",
                              .singular = "persistentvolumeclaim",
                              .short_name = "pvc"};
constexpr std::array unmodelled_kinds{
    &kind_info<corev1::ConfigMap>,
    &kind_info<corev1::Secret>,
    &kind_info<corev1::ServiceAccount>,
    &kind_info<corev1::Endpoints>,
    &claim_kind,
    &kind_info<corev1::LimitRange>,
    &kind_info<corev1::ResourceQuota>,
    &kind_info<networkingv1::Ingress>,
    &kind_info<networkingv1::NetworkPolicy>,
    &kind_info<apiextensionsv1::CustomResourceDefinition>,
};

template <class Matches>
const KindInfo* find_if(Matches matches) {
    const KindInfo* found = nullptr;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, ModelledKinds>>(
        [&](auto identity) {
            const KindInfo& info = kind_info<typename decltype(identity)::type>;
            if (found == nullptr && matches(info)) {
                found = &info;
            }
        });
    for (const KindInfo* info : unmodelled_kinds) {
        if (found == nullptr && matches(*info)) {
            found = info;
        }
    }
    return found;
}

}  // namespace

const KindInfo* find_kind(const GroupVersionKind& gvk) {
    return find_if([&](const KindInfo& info) {
        return info.group == gvk.group && info.version == gvk.version && info.kind == gvk.kind;
    });
}

const KindInfo* find_resource(std::string_view group, std::string_view version,
                              std::string_view plural) {
    return find_if([&](const KindInfo& info) {
        return info.group == group && info.version == version && info.plural == plural;
    });
}

}  // namespace wavetank::api
