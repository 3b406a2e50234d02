#pragma once

/// \file
/// The machine pods run on.
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/corev1/scheduling.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` ConfigMapNodeConfigSource.
struct ConfigMapNodeConfigSource {
    std::string namespace_{};
    std::string name{};
    std::string uid{};
    std::string resourceVersion{};
    std::string kubeletConfigKey{};
    Unmodelled unmodelled{};

    bool operator==(const ConfigMapNodeConfigSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ConfigMapNodeConfigSource, (),
                      (namespace_, name, uid, resourceVersion, kubeletConfigKey))

/// Kubernetes' `core/v1` NodeConfigSource.
struct NodeConfigSource {
    Boxed<ConfigMapNodeConfigSource> configMap{};
    Unmodelled unmodelled{};

    bool operator==(const NodeConfigSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeConfigSource, (), (configMap))

/// Kubernetes' `core/v1` NodePodPreemptionPolicy.
struct NodePodPreemptionPolicy {
    std::vector<std::string> disableResizePreemption{};
    Unmodelled unmodelled{};

    bool operator==(const NodePodPreemptionPolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodePodPreemptionPolicy, (), (disableResizePreemption))

/// Kubernetes' `core/v1` NodeSpec.
struct NodeSpec {
    std::string podCIDR{};
    std::vector<std::string> podCIDRs{};
    std::string providerID{};
    bool unschedulable = false;
    std::vector<Taint> taints{};
    Boxed<NodeConfigSource> configSource{};
    std::string externalID{};
    Boxed<NodePodPreemptionPolicy> podPreemptionPolicy{};
    Unmodelled unmodelled{};

    bool operator==(const NodeSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeSpec, (),
                      (podCIDR, podCIDRs, providerID, unschedulable, taints, configSource,
                       externalID, podPreemptionPolicy))

/// Kubernetes' `core/v1` NodeCondition.
struct NodeCondition {
    std::string type{};
    std::string status{};
    std::optional<Time> lastHeartbeatTime{};
    std::optional<Time> lastTransitionTime{};
    std::string reason{};
    std::string message{};
    Unmodelled unmodelled{};

    bool operator==(const NodeCondition&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeCondition, (),
                      (type, status, lastHeartbeatTime, lastTransitionTime, reason, message))

/// Kubernetes' `core/v1` NodeAddress.
struct NodeAddress {
    std::string type{};
    std::string address{};
    Unmodelled unmodelled{};

    bool operator==(const NodeAddress&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeAddress, (), (type, address))

/// Kubernetes' `core/v1` DaemonEndpoint.
struct DaemonEndpoint {
    std::int32_t Port = 0;
    Unmodelled unmodelled{};

    bool operator==(const DaemonEndpoint&) const = default;
};
BOOST_DESCRIBE_STRUCT(DaemonEndpoint, (), (Port))

/// Kubernetes' `core/v1` NodeDaemonEndpoints.
struct NodeDaemonEndpoints {
    DaemonEndpoint kubeletEndpoint{};
    Unmodelled unmodelled{};

    bool operator==(const NodeDaemonEndpoints&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeDaemonEndpoints, (), (kubeletEndpoint))

/// Kubernetes' `core/v1` NodeSwapStatus.
struct NodeSwapStatus {
    std::optional<std::int64_t> capacity{};
    Unmodelled unmodelled{};

    bool operator==(const NodeSwapStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeSwapStatus, (), (capacity))

/// Kubernetes' `core/v1` NodeSystemInfo.
struct NodeSystemInfo {
    std::string machineID{};
    std::string systemUUID{};
    std::string bootID{};
    std::string kernelVersion{};
    std::string osImage{};
    std::string containerRuntimeVersion{};
    std::string kubeletVersion{};
    std::string kubeProxyVersion{};
    std::string operatingSystem{};
    std::string architecture{};
    Boxed<NodeSwapStatus> swap{};
    std::optional<bool> runningInUserNamespace{};
    Unmodelled unmodelled{};

    bool operator==(const NodeSystemInfo&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeSystemInfo, (),
                      (machineID, systemUUID, bootID, kernelVersion, osImage,
                       containerRuntimeVersion, kubeletVersion, kubeProxyVersion, operatingSystem,
                       architecture, swap, runningInUserNamespace))

/// Kubernetes' `core/v1` ContainerImage.
struct ContainerImage {
    std::vector<std::string> names{};
    std::int64_t sizeBytes = 0;
    Unmodelled unmodelled{};

    bool operator==(const ContainerImage&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerImage, (), (names, sizeBytes))

/// Kubernetes' `core/v1` AttachedVolume.
struct AttachedVolume {
    std::string name{};
    std::string devicePath{};
    Unmodelled unmodelled{};

    bool operator==(const AttachedVolume&) const = default;
};
BOOST_DESCRIBE_STRUCT(AttachedVolume, (), (name, devicePath))

/// Kubernetes' `core/v1` NodeConfigStatus.
struct NodeConfigStatus {
    Boxed<NodeConfigSource> assigned{};
    Boxed<NodeConfigSource> active{};
    Boxed<NodeConfigSource> lastKnownGood{};
    std::string error{};
    Unmodelled unmodelled{};

    bool operator==(const NodeConfigStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeConfigStatus, (), (assigned, active, lastKnownGood, error))

/// Kubernetes' `core/v1` NodeRuntimeHandlerFeatures.
struct NodeRuntimeHandlerFeatures {
    std::optional<bool> recursiveReadOnlyMounts{};
    std::optional<bool> userNamespaces{};
    Unmodelled unmodelled{};

    bool operator==(const NodeRuntimeHandlerFeatures&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeRuntimeHandlerFeatures, (), (recursiveReadOnlyMounts, userNamespaces))

/// Kubernetes' `core/v1` NodeRuntimeHandler.
struct NodeRuntimeHandler {
    std::string name{};
    Boxed<NodeRuntimeHandlerFeatures> features{};
    Unmodelled unmodelled{};

    bool operator==(const NodeRuntimeHandler&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeRuntimeHandler, (), (name, features))

/// Kubernetes' `core/v1` NodeFeatures.
struct NodeFeatures {
    std::optional<bool> supplementalGroupsPolicy{};
    Unmodelled unmodelled{};

    bool operator==(const NodeFeatures&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeFeatures, (), (supplementalGroupsPolicy))

/// Kubernetes' `core/v1` NodeStatus.
struct NodeStatus {
    ResourceList capacity{};
    ResourceList allocatable{};
    std::string phase{};
    std::vector<NodeCondition> conditions{};
    std::vector<NodeAddress> addresses{};
    NodeDaemonEndpoints daemonEndpoints{};
    NodeSystemInfo nodeInfo{};
    std::vector<ContainerImage> images{};
    std::vector<std::string> volumesInUse{};
    std::vector<AttachedVolume> volumesAttached{};
    Boxed<NodeConfigStatus> config{};
    std::vector<NodeRuntimeHandler> runtimeHandlers{};
    Boxed<NodeFeatures> features{};
    std::vector<std::string> declaredFeatures{};
    Unmodelled unmodelled{};

    bool operator==(const NodeStatus&) const = default;
};
BOOST_DESCRIBE_STRUCT(NodeStatus, (),
                      (capacity, allocatable, phase, conditions, addresses, daemonEndpoints,
                       nodeInfo, images, volumesInUse, volumesAttached, config, runtimeHandlers,
                       features, declaredFeatures))

/// Kubernetes' kind `Node` of `v1`.
struct Node {
    metav1::ObjectMeta metadata{};
    NodeSpec spec{};
    NodeStatus status{};
    Unmodelled unmodelled{};

    bool operator==(const Node&) const = default;
};
BOOST_DESCRIBE_STRUCT(Node, (), (metadata, spec, status))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ConfigMapNodeConfigSource> =
    "ConfigMapNodeConfigSource";
inline constexpr FieldFacts corev1_config_map_node_config_source_facts[] = {
    {.field = "namespace", .presence = Presence::Always},
    {.field = "name", .presence = Presence::Always},
    {.field = "kubeletConfigKey", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ConfigMapNodeConfigSource>{
    corev1_config_map_node_config_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeConfigSource> = "NodeConfigSource";
template <>
inline constexpr std::string_view type_name<corev1::NodePodPreemptionPolicy> =
    "NodePodPreemptionPolicy";
inline constexpr FieldFacts corev1_node_pod_preemption_policy_facts[] = {
    {.field = "disableResizePreemption", .list_set = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodePodPreemptionPolicy>{
    corev1_node_pod_preemption_policy_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeSpec> = "NodeSpec";
inline constexpr FieldFacts corev1_node_spec_facts[] = {
    {.field = "podCIDRs", .patch_set = true, .list_set = true},
    {.field = "taints", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeSpec>{corev1_node_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeCondition> = "NodeCondition";
inline constexpr FieldFacts corev1_node_condition_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
    {.field = "lastHeartbeatTime", .presence = Presence::Always},
    {.field = "lastTransitionTime", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeCondition>{
    corev1_node_condition_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeAddress> = "NodeAddress";
inline constexpr FieldFacts corev1_node_address_facts[] = {
    {.field = "type", .presence = Presence::Always},
    {.field = "address", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeAddress>{
    corev1_node_address_facts};
template <>
inline constexpr std::string_view type_name<corev1::DaemonEndpoint> = "DaemonEndpoint";
inline constexpr FieldFacts corev1_daemon_endpoint_facts[] = {
    {.field = "Port", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::DaemonEndpoint>{
    corev1_daemon_endpoint_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeDaemonEndpoints> = "NodeDaemonEndpoints";
inline constexpr FieldFacts corev1_node_daemon_endpoints_facts[] = {
    {.field = "kubeletEndpoint", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeDaemonEndpoints>{
    corev1_node_daemon_endpoints_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeSwapStatus> = "NodeSwapStatus";
template <>
inline constexpr std::string_view type_name<corev1::NodeSystemInfo> = "NodeSystemInfo";
inline constexpr FieldFacts corev1_node_system_info_facts[] = {
    {.field = "machineID", .presence = Presence::Always},
    {.field = "systemUUID", .presence = Presence::Always},
    {.field = "bootID", .presence = Presence::Always},
    {.field = "kernelVersion", .presence = Presence::Always},
    {.field = "osImage", .presence = Presence::Always},
    {.field = "containerRuntimeVersion", .presence = Presence::Always},
    {.field = "kubeletVersion", .presence = Presence::Always},
    {.field = "kubeProxyVersion", .presence = Presence::Always},
    {.field = "operatingSystem", .presence = Presence::Always},
    {.field = "architecture", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeSystemInfo>{
    corev1_node_system_info_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerImage> = "ContainerImage";
inline constexpr FieldFacts corev1_container_image_facts[] = {
    {.field = "names", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerImage>{
    corev1_container_image_facts};
template <>
inline constexpr std::string_view type_name<corev1::AttachedVolume> = "AttachedVolume";
inline constexpr FieldFacts corev1_attached_volume_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "devicePath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::AttachedVolume>{
    corev1_attached_volume_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeConfigStatus> = "NodeConfigStatus";
template <>
inline constexpr std::string_view type_name<corev1::NodeRuntimeHandlerFeatures> =
    "NodeRuntimeHandlerFeatures";
template <>
inline constexpr std::string_view type_name<corev1::NodeRuntimeHandler> = "NodeRuntimeHandler";
inline constexpr FieldFacts corev1_node_runtime_handler_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeRuntimeHandler>{
    corev1_node_runtime_handler_facts};
template <>
inline constexpr std::string_view type_name<corev1::NodeFeatures> = "NodeFeatures";
template <>
inline constexpr std::string_view type_name<corev1::NodeStatus> = "NodeStatus";
inline constexpr FieldFacts corev1_node_status_facts[] = {
    {.field = "conditions", .patch_key = "type", .list_keys = "type"},
    {.field = "addresses", .patch_key = "type", .list_keys = "type"},
    {.field = "daemonEndpoints", .presence = Presence::Always},
    {.field = "nodeInfo", .presence = Presence::Always},
    {.field = "images", .atomic = true},
    {.field = "volumesInUse", .atomic = true},
    {.field = "volumesAttached", .atomic = true},
    {.field = "runtimeHandlers", .atomic = true},
    {.field = "declaredFeatures", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NodeStatus>{
    corev1_node_status_facts};
template <>
inline constexpr std::string_view type_name<corev1::Node> = "Node";
inline constexpr FieldFacts corev1_node_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
    {.field = "status", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Node>{corev1_node_facts};

}  // namespace wavetank::api
