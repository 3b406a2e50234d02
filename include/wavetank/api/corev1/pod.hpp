#pragma once

/// \file
/// The pod: what it is made of and what became of it.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/container.hpp>
#include <wavetank/api/corev1/pod_status.hpp>
#include <wavetank/api/corev1/scheduling.hpp>
#include <wavetank/api/corev1/volume.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` HostAlias.
struct HostAlias {
    std::string ip{};
    std::vector<std::string> hostnames{};
    Unmodelled unmodelled{};

    bool operator==(const HostAlias&) const = default;
};
BOOST_DESCRIBE_STRUCT(HostAlias, (), (ip, hostnames))

/// Kubernetes' `core/v1` PodDNSConfigOption.
struct PodDNSConfigOption {
    std::string name{};
    std::optional<std::string> value{};
    Unmodelled unmodelled{};

    bool operator==(const PodDNSConfigOption&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodDNSConfigOption, (), (name, value))

/// Kubernetes' `core/v1` PodDNSConfig.
struct PodDNSConfig {
    std::vector<std::string> nameservers{};
    std::vector<std::string> searches{};
    std::vector<PodDNSConfigOption> options{};
    Unmodelled unmodelled{};

    bool operator==(const PodDNSConfig&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodDNSConfig, (), (nameservers, searches, options))

/// Kubernetes' `core/v1` PodReadinessGate.
struct PodReadinessGate {
    std::string conditionType{};
    Unmodelled unmodelled{};

    bool operator==(const PodReadinessGate&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodReadinessGate, (), (conditionType))

/// Kubernetes' `core/v1` PodOS.
struct PodOS {
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const PodOS&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodOS, (), (name))

/// Kubernetes' `core/v1` PodSchedulingGate.
struct PodSchedulingGate {
    std::string name{};
    Unmodelled unmodelled{};

    bool operator==(const PodSchedulingGate&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodSchedulingGate, (), (name))

/// Kubernetes' `core/v1` PodResourceClaim.
struct PodResourceClaim {
    std::string name{};
    std::optional<std::string> resourceClaimName{};
    std::optional<std::string> resourceClaimTemplateName{};
    Unmodelled unmodelled{};

    bool operator==(const PodResourceClaim&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodResourceClaim, (), (name, resourceClaimName, resourceClaimTemplateName))

/// Kubernetes' `core/v1` PodSchedulingGroup.
struct PodSchedulingGroup {
    std::optional<std::string> podGroupName{};
    Unmodelled unmodelled{};

    bool operator==(const PodSchedulingGroup&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodSchedulingGroup, (), (podGroupName))

/// Kubernetes' `core/v1` EvictionResponder.
struct EvictionResponder {
    std::string name{};
    std::optional<std::int32_t> priority{};
    Unmodelled unmodelled{};

    bool operator==(const EvictionResponder&) const = default;
};
BOOST_DESCRIBE_STRUCT(EvictionResponder, (), (name, priority))

/// The part of a pod's spec that pods of one template have in common.
struct PodSpecBody {
    std::vector<Volume> volumes{};
    std::vector<Container> initContainers{};
    std::vector<Container> containers{};
    std::vector<EphemeralContainer> ephemeralContainers{};
    std::string restartPolicy{};
    std::optional<std::int64_t> terminationGracePeriodSeconds{};
    std::optional<std::int64_t> activeDeadlineSeconds{};
    std::string dnsPolicy{};
    StringMap nodeSelector{};
    std::string serviceAccountName{};
    std::string serviceAccount{};
    std::optional<bool> automountServiceAccountToken{};
    bool hostNetwork = false;
    bool hostPID = false;
    bool hostIPC = false;
    std::optional<bool> shareProcessNamespace{};
    Boxed<PodSecurityContext> securityContext{};
    std::vector<LocalObjectReference> imagePullSecrets{};
    std::string subdomain{};
    Boxed<Affinity> affinity{};
    std::string schedulerName{};
    std::vector<Toleration> tolerations{};
    std::vector<HostAlias> hostAliases{};
    std::string priorityClassName{};
    std::optional<std::int32_t> priority{};
    Boxed<PodDNSConfig> dnsConfig{};
    std::vector<PodReadinessGate> readinessGates{};
    std::optional<std::string> runtimeClassName{};
    std::optional<bool> enableServiceLinks{};
    std::optional<std::string> preemptionPolicy{};
    ResourceList overhead{};
    std::vector<TopologySpreadConstraint> topologySpreadConstraints{};
    std::optional<bool> setHostnameAsFQDN{};
    Boxed<PodOS> os{};
    std::optional<bool> hostUsers{};
    std::vector<PodSchedulingGate> schedulingGates{};
    std::vector<PodResourceClaim> resourceClaims{};
    Boxed<ResourceRequirements> resources{};
    std::optional<std::string> hostnameOverride{};
    Boxed<PodSchedulingGroup> schedulingGroup{};
    std::vector<EvictionResponder> evictionResponders{};
    Unmodelled unmodelled{};

    bool operator==(const PodSpecBody&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodSpecBody, (),
                      (volumes, initContainers, containers, ephemeralContainers, restartPolicy,
                       terminationGracePeriodSeconds, activeDeadlineSeconds, dnsPolicy,
                       nodeSelector, serviceAccountName, serviceAccount,
                       automountServiceAccountToken, hostNetwork, hostPID, hostIPC,
                       shareProcessNamespace, securityContext, imagePullSecrets, subdomain,
                       affinity, schedulerName, tolerations, hostAliases, priorityClassName,
                       priority, dnsConfig, readinessGates, runtimeClassName, enableServiceLinks,
                       preemptionPolicy, overhead, topologySpreadConstraints, setHostnameAsFQDN, os,
                       hostUsers, schedulingGates, resourceClaims, resources, hostnameOverride,
                       schedulingGroup, evictionResponders))

/// Kubernetes' `core/v1` PodSpec: `spec->containers` reads the shared part, `spec.edit()` changes
/// it.
struct PodSpec {
    Shared<PodSpecBody> body{};
    Text nodeName{};
    Shared<std::string> hostname{};

    [[nodiscard]] const PodSpecBody* operator->() const {
        return &*body;
    }
    [[nodiscard]] PodSpecBody& edit() {
        return body.edit();
    }
    bool operator==(const PodSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodSpec, (), (body, nodeName, hostname))

/// Kubernetes' kind `Pod` of `v1`.
struct Pod {
    metav1::ObjectMeta metadata{};
    PodSpec spec{};
    PodStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const Pod&) const = default;
};
BOOST_DESCRIBE_STRUCT(Pod, (), (metadata, spec, status))

/// Kubernetes' `core/v1` PodTemplateSpec.
struct PodTemplateSpec {
    metav1::ObjectMeta metadata{};
    PodSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const PodTemplateSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodTemplateSpec, (), (metadata, spec))

/// Kubernetes' kind `Binding` of `v1`.
struct Binding {
    metav1::ObjectMeta metadata{};
    ObjectReference target{};
    Unmodelled unmodelled{};

    bool operator==(const Binding&) const = default;
};
BOOST_DESCRIBE_STRUCT(Binding, (), (metadata, target))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::HostAlias> = "HostAlias";
inline constexpr FieldFacts corev1_host_alias_facts[] = {
    {.field = "ip", .presence = Presence::Always},
    {.field = "hostnames", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::HostAlias>{
    corev1_host_alias_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodDNSConfigOption> = "PodDNSConfigOption";
template <>
inline constexpr std::string_view type_name<corev1::PodDNSConfig> = "PodDNSConfig";
inline constexpr FieldFacts corev1_pod_dnsconfig_facts[] = {
    {.field = "nameservers", .atomic = true},
    {.field = "searches", .atomic = true},
    {.field = "options", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodDNSConfig>{
    corev1_pod_dnsconfig_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodReadinessGate> = "PodReadinessGate";
inline constexpr FieldFacts corev1_pod_readiness_gate_facts[] = {
    {.field = "conditionType", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodReadinessGate>{
    corev1_pod_readiness_gate_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodOS> = "PodOS";
inline constexpr FieldFacts corev1_pod_os_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodOS>{corev1_pod_os_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodSchedulingGate> = "PodSchedulingGate";
inline constexpr FieldFacts corev1_pod_scheduling_gate_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodSchedulingGate>{
    corev1_pod_scheduling_gate_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodResourceClaim> = "PodResourceClaim";
inline constexpr FieldFacts corev1_pod_resource_claim_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodResourceClaim>{
    corev1_pod_resource_claim_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodSchedulingGroup> = "PodSchedulingGroup";
template <>
inline constexpr std::string_view type_name<corev1::EvictionResponder> = "EvictionResponder";
inline constexpr FieldFacts corev1_eviction_responder_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "priority", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::EvictionResponder>{
    corev1_eviction_responder_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodSpecBody> = "PodSpecBody";
inline constexpr FieldFacts corev1_pod_spec_body_facts[] = {
    {.field = "volumes", .patch_key = "name", .list_keys = "name"},
    {.field = "initContainers", .patch_key = "name", .list_keys = "name"},
    {.field = "containers", .presence = Presence::Always, .patch_key = "name", .list_keys = "name"},
    {.field = "ephemeralContainers", .patch_key = "name", .list_keys = "name"},
    {.field = "nodeSelector", .atomic = true},
    {.field = "imagePullSecrets", .patch_key = "name", .list_keys = "name"},
    {.field = "tolerations", .atomic = true},
    {.field = "hostAliases", .patch_key = "ip", .list_keys = "ip"},
    {.field = "readinessGates", .atomic = true},
    {.field = "topologySpreadConstraints",
     .patch_key = "topologyKey",
     .list_keys = "topologyKey,whenUnsatisfiable"},
    {.field = "schedulingGates", .patch_key = "name", .list_keys = "name"},
    {.field = "resourceClaims", .patch_key = "name", .list_keys = "name"},
    {.field = "evictionResponders", .patch_key = "name", .list_keys = "name"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodSpecBody>{
    corev1_pod_spec_body_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodSpec> = "PodSpec";
inline constexpr FieldFacts corev1_pod_spec_facts[] = {
    {.field = "body", .inlined = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodSpec>{corev1_pod_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::Pod> = "Pod";
inline constexpr FieldFacts corev1_pod_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Pod>{corev1_pod_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodTemplateSpec> = "PodTemplateSpec";
inline constexpr FieldFacts corev1_pod_template_spec_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodTemplateSpec>{
    corev1_pod_template_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::Binding> = "Binding";
inline constexpr FieldFacts corev1_binding_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "target", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Binding>{corev1_binding_facts};

}  // namespace wavetank::api
