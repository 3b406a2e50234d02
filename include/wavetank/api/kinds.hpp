#pragma once

/// \file
/// All kinds that Wavetank models, and what the API calls them.

#include <wavetank/api/appsv1/controller_revision.hpp>
#include <wavetank/api/appsv1/daemon_set.hpp>
#include <wavetank/api/appsv1/deployment.hpp>
#include <wavetank/api/appsv1/replica_set.hpp>
#include <wavetank/api/appsv1/stateful_set.hpp>
#include <wavetank/api/autoscalingv2/horizontal_pod_autoscaler.hpp>
#include <wavetank/api/batchv1/cron_job.hpp>
#include <wavetank/api/batchv1/job.hpp>
#include <wavetank/api/coordinationv1/lease.hpp>
#include <wavetank/api/corev1/event.hpp>
#include <wavetank/api/corev1/namespace.hpp>
#include <wavetank/api/corev1/node.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/api/corev1/service.hpp>
#include <wavetank/api/discoveryv1/endpoint_slice.hpp>
#include <wavetank/api/policyv1/pod_disruption_budget.hpp>
#include <wavetank/api/schedulingv1/priority_class.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/api/unstructured.hpp>

namespace wavetank::api {

/// The kinds with a struct of their own, in the order in which manifests are best applied.
using ModelledKinds =
    boost::mp11::mp_list<corev1::Namespace, schedulingv1::PriorityClass, corev1::Node,
                         coordinationv1::Lease, corev1::Service, policyv1::PodDisruptionBudget,
                         appsv1::ControllerRevision, appsv1::StatefulSet, appsv1::DaemonSet,
                         appsv1::Deployment, appsv1::ReplicaSet,
                         autoscalingv2::HorizontalPodAutoscaler, batchv1::CronJob, batchv1::Job,
                         corev1::Pod, discoveryv1::EndpointSlice, corev1::Event>;

// The tables of the kinds are made in one unit each, not in each that includes this header; so are
// those of large parts that several kinds have.
extern template const TypeInfo& type_info<metav1::ObjectMeta>();
extern template const TypeInfo& type_info<metav1::LabelSelector>();
extern template const TypeInfo& type_info<corev1::PersistentVolumeClaimSpec>();
extern template const TypeInfo& type_info<corev1::PodTemplateSpec>();
extern template const TypeInfo& type_info<batchv1::JobSpec>();
extern template const TypeInfo& type_info<corev1::Namespace>();
extern template const TypeInfo& type_info<schedulingv1::PriorityClass>();
extern template const TypeInfo& type_info<corev1::Node>();
extern template const TypeInfo& type_info<coordinationv1::Lease>();
extern template const TypeInfo& type_info<corev1::Service>();
extern template const TypeInfo& type_info<policyv1::PodDisruptionBudget>();
extern template const TypeInfo& type_info<appsv1::ControllerRevision>();
extern template const TypeInfo& type_info<appsv1::StatefulSet>();
extern template const TypeInfo& type_info<appsv1::DaemonSet>();
extern template const TypeInfo& type_info<appsv1::Deployment>();
extern template const TypeInfo& type_info<appsv1::ReplicaSet>();
extern template const TypeInfo& type_info<autoscalingv2::HorizontalPodAutoscaler>();
extern template const TypeInfo& type_info<batchv1::CronJob>();
extern template const TypeInfo& type_info<batchv1::Job>();
extern template const TypeInfo& type_info<corev1::Pod>();
extern template const TypeInfo& type_info<discoveryv1::EndpointSlice>();
extern template const TypeInfo& type_info<corev1::Event>();

template <>
inline constexpr KindInfo kind_info<corev1::Namespace>{.version = "v1",
                                                       .kind = "Namespace",
                                                       .plural = "namespaces",
                                                       .singular = "namespace",
                                                       .short_name = "ns",
                                                       .namespaced = false,
                                                       .type = &type_info<corev1::Namespace>};
template <>
inline constexpr KindInfo kind_info<schedulingv1::PriorityClass>{
    .group = "scheduling.k8s.io",
    .version = "v1",
    .kind = "PriorityClass",
    .plural = "priorityclasses",
    .singular = "priorityclass",
    .short_name = "pc",
    .namespaced = false,
    .type = &type_info<schedulingv1::PriorityClass>};
template <>
inline constexpr KindInfo kind_info<corev1::Node>{.version = "v1",
                                                  .kind = "Node",
                                                  .plural = "nodes",
                                                  .singular = "node",
                                                  .short_name = "no",
                                                  .namespaced = false,
                                                  .type = &type_info<corev1::Node>};
template <>
inline constexpr KindInfo kind_info<coordinationv1::Lease>{
    .group = "coordination.k8s.io",
    .version = "v1",
    .kind = "Lease",
    .plural = "leases",
    .singular = "lease",
    .type = &type_info<coordinationv1::Lease>};
template <>
inline constexpr KindInfo kind_info<corev1::Service>{.version = "v1",
                                                     .kind = "Service",
                                                     .plural = "services",
                                                     .singular = "service",
                                                     .short_name = "svc",
                                                     .category_all = true,
                                                     .type = &type_info<corev1::Service>};
template <>
inline constexpr KindInfo kind_info<policyv1::PodDisruptionBudget>{
    .group = "policy",
    .version = "v1",
    .kind = "PodDisruptionBudget",
    .plural = "poddisruptionbudgets",
    .singular = "poddisruptionbudget",
    .short_name = "pdb",
    .type = &type_info<policyv1::PodDisruptionBudget>};
template <>
inline constexpr KindInfo kind_info<appsv1::ControllerRevision>{
    .group = "apps",
    .version = "v1",
    .kind = "ControllerRevision",
    .plural = "controllerrevisions",
    .singular = "controllerrevision",
    .type = &type_info<appsv1::ControllerRevision>};
template <>
inline constexpr KindInfo kind_info<appsv1::StatefulSet>{.group = "apps",
                                                         .version = "v1",
                                                         .kind = "StatefulSet",
                                                         .plural = "statefulsets",
                                                         .singular = "statefulset",
                                                         .short_name = "sts",
                                                         .category_all = true,
                                                         .type = &type_info<appsv1::StatefulSet>};
template <>
inline constexpr KindInfo kind_info<appsv1::DaemonSet>{.group = "apps",
                                                       .version = "v1",
                                                       .kind = "DaemonSet",
                                                       .plural = "daemonsets",
                                                       .singular = "daemonset",
                                                       .short_name = "ds",
                                                       .category_all = true,
                                                       .type = &type_info<appsv1::DaemonSet>};
template <>
inline constexpr KindInfo kind_info<appsv1::Deployment>{.group = "apps",
                                                        .version = "v1",
                                                        .kind = "Deployment",
                                                        .plural = "deployments",
                                                        .singular = "deployment",
                                                        .short_name = "deploy",
                                                        .category_all = true,
                                                        .type = &type_info<appsv1::Deployment>};
template <>
inline constexpr KindInfo kind_info<appsv1::ReplicaSet>{.group = "apps",
                                                        .version = "v1",
                                                        .kind = "ReplicaSet",
                                                        .plural = "replicasets",
                                                        .singular = "replicaset",
                                                        .short_name = "rs",
                                                        .category_all = true,
                                                        .type = &type_info<appsv1::ReplicaSet>};
template <>
inline constexpr KindInfo kind_info<autoscalingv2::HorizontalPodAutoscaler>{
    .group = "autoscaling",
    .version = "v2",
    .kind = "HorizontalPodAutoscaler",
    .plural = "horizontalpodautoscalers",
    .singular = "horizontalpodautoscaler",
    .short_name = "hpa",
    .category_all = true,
    .type = &type_info<autoscalingv2::HorizontalPodAutoscaler>};
template <>
inline constexpr KindInfo kind_info<batchv1::CronJob>{.group = "batch",
                                                      .version = "v1",
                                                      .kind = "CronJob",
                                                      .plural = "cronjobs",
                                                      .singular = "cronjob",
                                                      .short_name = "cj",
                                                      .category_all = true,
                                                      .type = &type_info<batchv1::CronJob>};
template <>
inline constexpr KindInfo kind_info<batchv1::Job>{.group = "batch",
                                                  .version = "v1",
                                                  .kind = "Job",
                                                  .plural = "jobs",
                                                  .singular = "job",
                                                  .category_all = true,
                                                  .type = &type_info<batchv1::Job>};
template <>
inline constexpr KindInfo kind_info<corev1::Pod>{.version = "v1",
                                                 .kind = "Pod",
                                                 .plural = "pods",
                                                 .singular = "pod",
                                                 .short_name = "po",
                                                 .category_all = true,
                                                 .type = &type_info<corev1::Pod>};
template <>
inline constexpr KindInfo kind_info<discoveryv1::EndpointSlice>{
    .group = "discovery.k8s.io",
    .version = "v1",
    .kind = "EndpointSlice",
    .plural = "endpointslices",
    .singular = "endpointslice",
    .type = &type_info<discoveryv1::EndpointSlice>};
template <>
inline constexpr KindInfo kind_info<corev1::Event>{.version = "v1",
                                                   .kind = "Event",
                                                   .plural = "events",
                                                   .singular = "event",
                                                   .short_name = "ev",
                                                   .type = &type_info<corev1::Event>};

/// Returns the row of a modelled kind, or of one that is known but kept as JSON; null for others.
[[nodiscard]] const KindInfo* find_kind(const GroupVersionKind& gvk);

/// Returns the same by resource name in the plural ("deployments"); null if not known.
[[nodiscard]] const KindInfo* find_resource(std::string_view group, std::string_view version,
                                            std::string_view plural);

}  // namespace wavetank::api
