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
constexpr std::array unmodelled_kinds{
    KindInfo{.version = "v1",
             .kind = "ConfigMap",
             .plural = "configmaps",
             .singular = "configmap",
             .short_name = "cm"},
    KindInfo{.version = "v1", .kind = "Secret", .plural = "secrets", .singular = "secret"},
    KindInfo{.version = "v1",
             .kind = "ServiceAccount",
             .plural = "serviceaccounts",
             .singular = "serviceaccount",
             .short_name = "sa"},
    KindInfo{.version = "v1",
             .kind = "Endpoints",
             .plural = "endpoints",
             .singular = "endpoints",
             .short_name = "ep"},
    KindInfo{.version = "v1",
             .kind = "PersistentVolumeClaim",
             .plural = "persistentvolumeclaims",
             .singular = "persistentvolumeclaim",
             .short_name = "pvc"},
    KindInfo{.version = "v1",
             .kind = "LimitRange",
             .plural = "limitranges",
             .singular = "limitrange",
             .short_name = "limits"},
    KindInfo{.version = "v1",
             .kind = "ResourceQuota",
             .plural = "resourcequotas",
             .singular = "resourcequota",
             .short_name = "quota"},
    KindInfo{.group = "networking.k8s.io",
             .version = "v1",
             .kind = "Ingress",
             .plural = "ingresses",
             .singular = "ingress",
             .short_name = "ing"},
    KindInfo{.group = "networking.k8s.io",
             .version = "v1",
             .kind = "NetworkPolicy",
             .plural = "networkpolicies",
             .singular = "networkpolicy",
             .short_name = "netpol"},
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
    for (const KindInfo& info : unmodelled_kinds) {
        if (found == nullptr && matches(info)) {
            found = &info;
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
