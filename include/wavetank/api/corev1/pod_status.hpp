#pragma once

/// \file
/// What is known of a pod that runs?
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/container.hpp>
#include <wavetank/api/corev1/volume.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` PodCondition.
struct PodCondition {
    std::string type{};
    std::int64_t observedGeneration = 0;
    std::string status{};
    std::optional<Time> lastProbeTime{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const PodCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodCondition, (),
                      (type, observedGeneration, status, lastProbeTime, lastTransitionTime, reason,
                       message))

/// Kubernetes' `core/v1` HostIP.
struct HostIP {
    std::string ip{};
    Unmodelled unmodelled{};

    bool operator==(const HostIP&) const = default;
};
BOOST_DESCRIBE_STRUCT(HostIP, (), (ip))

/// Kubernetes' `core/v1` PodIP.
struct PodIP {
    static constexpr bool odd_words_own_nothing = Address::odd_words_own_nothing;

    Address ip{};

    bool operator==(const PodIP&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodIP, (), (ip))

/// Kubernetes' `core/v1` ContainerStateWaiting.
struct ContainerStateWaiting {
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerStateWaiting&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerStateWaiting, (), (reason, message))

/// Kubernetes' `core/v1` ContainerStateRunning.
struct ContainerStateRunning {
    std::optional<Time> startedAt{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerStateRunning&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerStateRunning, (), (startedAt))

/// Kubernetes' `core/v1` ContainerStateTerminated.
struct ContainerStateTerminated {
    std::int32_t exitCode = 0;
    std::int32_t signal = 0;
    std::string reason{};
    std::string message{};
    std::optional<Time> startedAt{};
    std::optional<Time> finishedAt{};
    std::string containerID{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerStateTerminated&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerStateTerminated, (),
                      (exitCode, signal, reason, message, startedAt, finishedAt, containerID))

/// Kubernetes' `core/v1` ContainerState.
struct ContainerState {
    Boxed<ContainerStateWaiting> waiting{};
    Boxed<ContainerStateRunning> running{};
    Boxed<ContainerStateTerminated> terminated{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerState&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerState, (), (waiting, running, terminated))

/// Kubernetes' `core/v1` ImageVolumeStatus.
struct ImageVolumeStatus {
    std::string imageRef{};
    Unmodelled unmodelled{};

    bool operator==(const ImageVolumeStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ImageVolumeStatus, (), (imageRef))

/// Kubernetes' `core/v1` VolumeStatus.
struct VolumeStatus {
    Boxed<ImageVolumeStatus> image{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeStatus, (), (image))

/// Kubernetes' `core/v1` VolumeMountStatus.
struct VolumeMountStatus {
    std::string name{};
    std::string mountPath{};
    bool readOnly = false;
    std::optional<std::string> recursiveReadOnly{};
    Boxed<VolumeStatus> volumeStatus{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeMountStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeMountStatus, (),
                      (name, mountPath, readOnly, recursiveReadOnly, volumeStatus))

/// Kubernetes' `core/v1` LinuxContainerUser.
struct LinuxContainerUser {
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::vector<std::int64_t> supplementalGroups{};
    Unmodelled unmodelled{};

    bool operator==(const LinuxContainerUser&) const = default;
};
BOOST_DESCRIBE_STRUCT(LinuxContainerUser, (), (uid, gid, supplementalGroups))

/// Kubernetes' `core/v1` ContainerUser.
struct ContainerUser {
    Boxed<LinuxContainerUser> linux{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerUser&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerUser, (), (linux))

/// Kubernetes' `core/v1` ResourceHealth.
struct ResourceHealth {
    std::string resourceID{};
    std::string health{};
    std::optional<std::string> message{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceHealth&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceHealth, (), (resourceID, health, message))

/// Kubernetes' `core/v1` ResourceStatus.
struct ResourceStatus {
    std::string name{};
    std::vector<ResourceHealth> resources{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceStatus, (), (name, resources))

/// Kubernetes' `core/v1` ContainerStatus.
struct ContainerStatus {
    std::string name{};
    ContainerState state{};
    ContainerState lastState{};
    bool ready = false;
    std::int32_t restartCount = 0;
    std::string image{};
    std::string imageID{};
    std::string containerID{};
    std::optional<bool> started{};
    ResourceList allocatedResources{};
    Boxed<ResourceRequirements> resources{};
    std::vector<VolumeMountStatus> volumeMounts{};
    Boxed<ContainerUser> user{};
    std::vector<ResourceStatus> allocatedResourcesStatus{};
    std::optional<std::string> stopSignal{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerStatus, (),
                      (name, state, lastState, ready, restartCount, image, imageID, containerID,
                       started, allocatedResources, resources, volumeMounts, user,
                       allocatedResourcesStatus, stopSignal))

/// Kubernetes' `core/v1` PodResourceClaimStatus.
struct PodResourceClaimStatus {
    std::string name{};
    std::optional<std::string> resourceClaimName{};
    Unmodelled unmodelled{};

    bool operator==(const PodResourceClaimStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodResourceClaimStatus, (), (name, resourceClaimName))

/// Kubernetes' `core/v1` ContainerExtendedResourceRequest.
struct ContainerExtendedResourceRequest {
    std::string containerName{};
    std::string resourceName{};
    std::string requestName{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerExtendedResourceRequest&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerExtendedResourceRequest, (),
                      (containerName, resourceName, requestName))

/// Kubernetes' `core/v1` PodExtendedResourceClaimStatus.
struct PodExtendedResourceClaimStatus {
    std::vector<ContainerExtendedResourceRequest> requestMappings{};
    std::string resourceClaimName{};
    Unmodelled unmodelled{};

    bool operator==(const PodExtendedResourceClaimStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodExtendedResourceClaimStatus, (), (requestMappings, resourceClaimName))

/// Kubernetes' `core/v1` NodeAllocatableMappedResources.
struct NodeAllocatableMappedResources {
    std::string name{};
    std::optional<Quantity> quantity{};
    Unmodelled unmodelled{};

    bool operator==(const NodeAllocatableMappedResources&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeAllocatableMappedResources, (), (name, quantity))

/// Kubernetes' `core/v1` NodeAllocatableOverheadResources.
struct NodeAllocatableOverheadResources {
    std::string name{};
    std::optional<Quantity> perPod{};
    std::optional<Quantity> perContainer{};
    Unmodelled unmodelled{};

    bool operator==(const NodeAllocatableOverheadResources&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeAllocatableOverheadResources, (), (name, perPod, perContainer))

/// Kubernetes' `core/v1` NodeAllocatableResourceClaimStatus.
struct NodeAllocatableResourceClaimStatus {
    std::string resourceClaimName{};
    std::vector<std::string> containers{};
    std::vector<NodeAllocatableMappedResources> mapping{};
    std::vector<NodeAllocatableOverheadResources> overhead{};
    Unmodelled unmodelled{};

    bool operator==(const NodeAllocatableResourceClaimStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeAllocatableResourceClaimStatus, (),
                      (resourceClaimName, containers, mapping, overhead))

/// Kubernetes' `core/v1` VolumeHealthCondition.
struct VolumeHealthCondition {
    std::string status{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeHealthCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeHealthCondition, (), (status, reason, message))

/// Kubernetes' `core/v1` PodVolumeHealth.
struct PodVolumeHealth {
    std::string name{};
    std::vector<VolumeHealthCondition> healthConditions{};
    std::optional<Time> lastTransitionTime{};
    Unmodelled unmodelled{};

    bool operator==(const PodVolumeHealth&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodVolumeHealth, (), (name, healthConditions, lastTransitionTime))

/// The part of a pod's status that pods of one template have in common if they start at one
/// instant.
struct PodStatusBody {
    std::int64_t observedGeneration = 0;
    Shared<std::string> message{};
    Shared<std::string> reason{};
    Shared<std::string> nominatedNodeName{};
    CompactOptional<Time> startTime{};
    Shared<std::vector<ContainerStatus>> initContainerStatuses{};
    Shared<std::vector<ContainerStatus>> containerStatuses{};
    Text qosClass{};
    Shared<std::vector<ContainerStatus>> ephemeralContainerStatuses{};
    std::string resize{};
    std::vector<PodResourceClaimStatus> resourceClaimStatuses{};
    Boxed<PodExtendedResourceClaimStatus> extendedResourceClaimStatus{};
    ResourceList allocatedResources{};
    Boxed<ResourceRequirements> resources{};
    std::vector<NodeAllocatableResourceClaimStatus> nodeAllocatableResourceClaimStatuses{};
    std::vector<PodVolumeHealth> volumeHealth{};
    Unmodelled unmodelled{};

    bool operator==(const PodStatusBody&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodStatusBody, (),
                      (observedGeneration, message, reason, nominatedNodeName, startTime,
                       initContainerStatuses, containerStatuses, qosClass,
                       ephemeralContainerStatuses, resize, resourceClaimStatuses,
                       extendedResourceClaimStatus, allocatedResources, resources,
                       nodeAllocatableResourceClaimStatuses, volumeHealth))

/// The part of a pod's status that the pods of a node have in common.
struct PodHost {
    std::string hostIP{};
    std::vector<HostIP> hostIPs{};

    bool operator==(const PodHost&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodHost, (), (hostIP, hostIPs))

/// Kubernetes' `core/v1` PodStatus: `status->startTime` reads the shared part, `status.edit()`
/// changes it.
struct PodStatus {
    Text phase{};
    Shared<std::vector<PodCondition>> conditions{};
    Shared<PodStatusBody> body{};
    Shared<PodHost> host{};
    Address podIP{};
    ShortList<PodIP> podIPs{};

    [[nodiscard]] const PodStatusBody* operator->() const {
        return &*body;
    }
    [[nodiscard]] PodStatusBody& edit() {
        return body.edit();
    }
    bool operator==(const PodStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodStatus, (), (phase, conditions, body, host, podIP, podIPs))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::PodCondition> = "PodCondition";
inline constexpr FieldFacts corev1_pod_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastProbeTime", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodCondition>{
    corev1_pod_condition_facts};
template <>
inline constexpr std::string_view type_name<corev1::HostIP> = "HostIP";
inline constexpr FieldFacts corev1_host_ip_facts[] = {
    {.field = "ip", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::HostIP>{corev1_host_ip_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodIP> = "PodIP";
inline constexpr FieldFacts corev1_pod_ip_facts[] = {
    {.field = "ip", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodIP>{corev1_pod_ip_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerStateWaiting> =
    "ContainerStateWaiting";
template <>
inline constexpr std::string_view type_name<corev1::ContainerStateRunning> =
    "ContainerStateRunning";
inline constexpr FieldFacts corev1_container_state_running_facts[] = {
    {.field = "startedAt", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerStateRunning>{
    corev1_container_state_running_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerStateTerminated> =
    "ContainerStateTerminated";
inline constexpr FieldFacts corev1_container_state_terminated_facts[] = {
    {.field = "exitCode", .presence = Presence::Always},
    {.field = "startedAt", .presence = Presence::Always},
    {.field = "finishedAt", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerStateTerminated>{
    corev1_container_state_terminated_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerState> = "ContainerState";
template <>
inline constexpr std::string_view type_name<corev1::ImageVolumeStatus> = "ImageVolumeStatus";
template <>
inline constexpr std::string_view type_name<corev1::VolumeStatus> = "VolumeStatus";
template <>
inline constexpr std::string_view type_name<corev1::VolumeMountStatus> = "VolumeMountStatus";
inline constexpr FieldFacts corev1_volume_mount_status_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "mountPath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::VolumeMountStatus>{
    corev1_volume_mount_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::LinuxContainerUser> = "LinuxContainerUser";
inline constexpr FieldFacts corev1_linux_container_user_facts[] = {
    {.field = "uid", .presence = Presence::Always},
    {.field = "gid", .presence = Presence::Always},
    {.field = "supplementalGroups", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::LinuxContainerUser>{
    corev1_linux_container_user_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerUser> = "ContainerUser";
template <>
inline constexpr std::string_view type_name<corev1::ResourceHealth> = "ResourceHealth";
inline constexpr FieldFacts corev1_resource_health_facts[] = {
    {.field = "resourceID", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ResourceHealth>{
    corev1_resource_health_facts};
template <>
inline constexpr std::string_view type_name<corev1::ResourceStatus> = "ResourceStatus";
inline constexpr FieldFacts corev1_resource_status_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "resources", .list_keys = "resourceID"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ResourceStatus>{
    corev1_resource_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerStatus> = "ContainerStatus";
inline constexpr FieldFacts corev1_container_status_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "state", .presence = Presence::Always},
    {.field = "lastState", .presence = Presence::Always},
    {.field = "ready", .presence = Presence::Always},
    {.field = "restartCount", .presence = Presence::Always},
    {.field = "image", .presence = Presence::Always},
    {.field = "imageID", .presence = Presence::Always},
    {.field = "volumeMounts", .patch_key = "mountPath", .list_keys = "mountPath"},
    {.field = "allocatedResourcesStatus", .patch_key = "name", .list_keys = "name"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerStatus>{
    corev1_container_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodResourceClaimStatus> =
    "PodResourceClaimStatus";
inline constexpr FieldFacts corev1_pod_resource_claim_status_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodResourceClaimStatus>{
    corev1_pod_resource_claim_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerExtendedResourceRequest> =
    "ContainerExtendedResourceRequest";
inline constexpr FieldFacts corev1_container_extended_resource_request_facts[] = {
    {.field = "containerName", .presence = Presence::Always},
    {.field = "resourceName", .presence = Presence::Always},
    {.field = "requestName", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerExtendedResourceRequest>{
    corev1_container_extended_resource_request_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodExtendedResourceClaimStatus> =
    "PodExtendedResourceClaimStatus";
inline constexpr FieldFacts corev1_pod_extended_resource_claim_status_facts[] = {
    {.field = "requestMappings", .presence = Presence::Always, .atomic = true},
    {.field = "resourceClaimName", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodExtendedResourceClaimStatus>{
    corev1_pod_extended_resource_claim_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeAllocatableMappedResources> =
    "NodeAllocatableMappedResources";
inline constexpr FieldFacts corev1_node_allocatable_mapped_resources_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "quantity", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeAllocatableMappedResources>{
    corev1_node_allocatable_mapped_resources_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeAllocatableOverheadResources> =
    "NodeAllocatableOverheadResources";
inline constexpr FieldFacts corev1_node_allocatable_overhead_resources_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeAllocatableOverheadResources>{
    corev1_node_allocatable_overhead_resources_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeAllocatableResourceClaimStatus> =
    "NodeAllocatableResourceClaimStatus";
inline constexpr FieldFacts corev1_node_allocatable_resource_claim_status_facts[] = {
    {.field = "resourceClaimName", .presence = Presence::Always},
    {.field = "containers", .list_set = true},
    {.field = "mapping", .patch_key = "name", .list_keys = "name"},
    {.field = "overhead", .patch_key = "name", .list_keys = "name"},
};
template <>
inline constexpr std::span<const FieldFacts>
    field_facts<corev1::NodeAllocatableResourceClaimStatus>{
        corev1_node_allocatable_resource_claim_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::VolumeHealthCondition> =
    "VolumeHealthCondition";
inline constexpr FieldFacts corev1_volume_health_condition_facts[] = {
    {.field = "status", .presence = Presence::Always},
    {.field = "reason", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::VolumeHealthCondition>{
    corev1_volume_health_condition_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodVolumeHealth> = "PodVolumeHealth";
inline constexpr FieldFacts corev1_pod_volume_health_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "healthConditions", .patch_key = "status", .list_keys = "status,reason"},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodVolumeHealth>{
    corev1_pod_volume_health_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodStatusBody> = "PodStatusBody";
inline constexpr FieldFacts corev1_pod_status_body_facts[] = {
    {.field = "initContainerStatuses", .atomic = true},
    {.field = "containerStatuses", .atomic = true},
    {.field = "ephemeralContainerStatuses", .atomic = true},
    {.field = "resourceClaimStatuses", .patch_key = "name", .list_keys = "name"},
    {.field = "nodeAllocatableResourceClaimStatuses",
     .patch_key = "resourceClaimName",
     .list_keys = "resourceClaimName"},
    {.field = "volumeHealth", .list_keys = "name"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodStatusBody>{
    corev1_pod_status_body_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodHost> = "PodHost";
inline constexpr FieldFacts corev1_pod_host_facts[] = {
    {.field = "hostIPs", .patch_key = "ip", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodHost>{corev1_pod_host_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodStatus> = "PodStatus";
inline constexpr FieldFacts corev1_pod_status_facts[] = {
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
    {.field = "body", .inlined = true},
    {.field = "host", .inlined = true},
    {.field = "podIPs", .patch_key = "ip", .list_keys = "ip"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodStatus>{
    corev1_pod_status_facts};

}  // namespace wavetank::api
