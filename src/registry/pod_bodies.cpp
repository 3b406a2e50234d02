#include "registry/pod_bodies.hpp"

#include "registry/metadata.hpp"
#include "registry/pod/pod_rules.hpp"
#include "registry/priority_class.hpp"

#include <wavetank/api/unstructured.hpp>

namespace wavetank::registry {
namespace {

using api::corev1::Pod;
using api::corev1::PodSpecBody;
using api::corev1::PodTemplateSpec;

using Body = api::Shared<PodSpecBody>;

bool has_account(const Cluster& cluster, const std::string& in_namespace, std::string_view name) {
    // The account "default" is taken to exist everywhere: nothing else would create it.
    const api::GroupVersionKind gvk{.group = "", .version = "v1", .kind = "ServiceAccount"};
    return name == "default" || cluster.store.get<api::Unstructured>(store::unstructured_key(
                                    gvk, {in_namespace, std::string{name}})) != nullptr;
}

PodAdmission admission_of(Cluster& cluster, const Pod& pod) {
    return {.volume_suffix = generate_name(cluster.random, ""),
            .has_service_account =
                [&cluster, in_namespace = pod.metadata.namespace_](std::string_view name) {
                    return has_account(cluster, in_namespace, name);
                },
            .priority_class =
                [&cluster](const std::string& name) {
                    return name.empty()
                               ? default_priority_class(cluster)
                               : cluster.store.get<api::schedulingv1::PriorityClass>({"", name});
                }};
}

/// Tells whether nothing but the body decides what admission makes of the pod.
bool depends_on_body_alone(const Pod& pod) {
    const PodSpecBody& body = *pod.spec.body;
    return pod.spec.nodeName.empty() && pod.spec.hostname->empty() && !body.affinity &&
           body.topologySpreadConstraints.empty() && body.schedulingGates.empty() &&
           body.serviceAccountName == "default";
}

}  // namespace

void default_pod_body(Cluster& cluster, Pod& pod) {
    auto& memo = cluster.memos.pods_defaulted;
    if (const Body* known = memo.find(pod.spec.body)) {
        pod.spec.body = *known;
        return;
    }
    const Body incoming = pod.spec.body;
    default_pod(pod);
    if (*pod.spec.body == *incoming) {
        pod.spec.body = incoming;
    }
    memo.remember(incoming, pod.spec.body);
    memo.remember(pod.spec.body, pod.spec.body);
}

Result<> admit_pod_body(Cluster& cluster, Pod& pod) {
    const bool plain = pod.spec.nodeName.empty() && pod.spec.hostname->empty();
    if (const AdmittedBody* known = cluster.memos.admitted.find(pod.spec.body);
        plain && known != nullptr) {
        pod.spec.body = known->body;
        pod.status = known->status;
        return {};
    }
    const Body incoming = pod.spec.body;
    if (auto admitted = admit_pod(pod, admission_of(cluster, pod)); !admitted) {
        return admitted;
    }
    // Its warnings are found again by whoever reports them.
    static_cast<void>(prepare_pod(pod, cluster.now()));
    cluster.memos.pods_defaulted.remember(pod.spec.body, pod.spec.body);
    if (depends_on_body_alone(pod)) {
        cluster.memos.admitted.remember(incoming, {pod.spec.body, pod.status});
    }
    return {};
}

FieldErrors validate_pod_body(Cluster& cluster, const Pod& pod) {
    if (cluster.memos.pod_bodies.find(pod.spec.body) != nullptr && depends_on_body_alone(pod)) {
        return {};
    }
    return validate_pod(pod);
}

Result<> review_pod_body(Cluster& cluster, const Pod& pod) {
    if (cluster.memos.pod_bodies.find(pod.spec.body) != nullptr && depends_on_body_alone(pod)) {
        return {};
    }
    auto reviewed = review_pod(pod);
    if (reviewed && depends_on_body_alone(pod)) {
        cluster.memos.pod_bodies.remember(pod.spec.body, Valid{});
    }
    return reviewed;
}

void default_template_body(Cluster& cluster, PodTemplateSpec& pod_template) {
    auto& memo = cluster.memos.templates_defaulted;
    Body& body = pod_template.spec.body;
    if (const Body* known = memo.find(body)) {
        body = *known;
        return;
    }
    const Body incoming = body;
    default_pod_template(pod_template);
    prepare_pod_template(pod_template);
    if (*body == *incoming) {
        body = incoming;
    }
    memo.remember(incoming, body);
    memo.remember(body, body);
}

FieldErrors validate_template_body(Cluster& cluster, const PodTemplateSpec& pod_template,
                                   const Path& path) {
    const bool plain = pod_template.spec.nodeName.empty() && pod_template.spec.hostname->empty();
    if (plain && cluster.memos.template_bodies.find(pod_template.spec.body) != nullptr &&
        cluster.memos.labels.find(pod_template.metadata.labels) != nullptr) {
        return {};
    }
    FieldErrors errors = validate_pod_template(pod_template, path);
    if (errors.empty() && plain) {
        cluster.memos.template_bodies.remember(pod_template.spec.body, Valid{});
        cluster.memos.labels.remember(pod_template.metadata.labels, Valid{});
    }
    return errors;
}

}  // namespace wavetank::registry
