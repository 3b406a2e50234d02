#pragma once

/// \file
/// What runs in a pod, with which resources, probes and rights?
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/probe.hpp>
#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/corev1/security.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` ContainerPort.
struct ContainerPort {
    std::string name{};
    std::int32_t hostPort = 0;
    std::int32_t containerPort = 0;
    std::string protocol{};
    std::string hostIP{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerPort&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerPort, (), (name, hostPort, containerPort, protocol, hostIP))

/// Kubernetes' `core/v1` ConfigMapEnvSource.
struct ConfigMapEnvSource {
    std::string name{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const ConfigMapEnvSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ConfigMapEnvSource, (), (name, optional))

/// Kubernetes' `core/v1` SecretEnvSource.
struct SecretEnvSource {
    std::string name{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const SecretEnvSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecretEnvSource, (), (name, optional))

/// Kubernetes' `core/v1` EnvFromSource.
struct EnvFromSource {
    std::string prefix{};
    Boxed<ConfigMapEnvSource> configMapRef{};
    Boxed<SecretEnvSource> secretRef{};
    Unmodelled unmodelled{};

    bool operator==(const EnvFromSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(EnvFromSource, (), (prefix, configMapRef, secretRef))

/// Kubernetes' `core/v1` ConfigMapKeySelector.
struct ConfigMapKeySelector {
    std::string name{};
    std::string key{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const ConfigMapKeySelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(ConfigMapKeySelector, (), (name, key, optional))

/// Kubernetes' `core/v1` SecretKeySelector.
struct SecretKeySelector {
    std::string name{};
    std::string key{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const SecretKeySelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecretKeySelector, (), (name, key, optional))

/// Kubernetes' `core/v1` FileKeySelector.
struct FileKeySelector {
    std::string volumeName{};
    std::string path{};
    std::string key{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const FileKeySelector&) const = default;
};
BOOST_DESCRIBE_STRUCT(FileKeySelector, (), (volumeName, path, key, optional))

/// Kubernetes' `core/v1` EnvVarSource.
struct EnvVarSource {
    Boxed<ObjectFieldSelector> fieldRef{};
    Boxed<ResourceFieldSelector> resourceFieldRef{};
    Boxed<ConfigMapKeySelector> configMapKeyRef{};
    Boxed<SecretKeySelector> secretKeyRef{};
    Boxed<FileKeySelector> fileKeyRef{};
    Unmodelled unmodelled{};

    bool operator==(const EnvVarSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(EnvVarSource, (),
                      (fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef))

/// Kubernetes' `core/v1` EnvVar.
struct EnvVar {
    std::string name{};
    std::string value{};
    Boxed<EnvVarSource> valueFrom{};
    Unmodelled unmodelled{};

    bool operator==(const EnvVar&) const = default;
};
BOOST_DESCRIBE_STRUCT(EnvVar, (), (name, value, valueFrom))

/// Kubernetes' `core/v1` ResourceClaim.
struct ResourceClaim {
    std::string name{};
    std::string request{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceClaim&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceClaim, (), (name, request))

/// Kubernetes' `core/v1` ResourceRequirements.
struct ResourceRequirements {
    ResourceList limits{};
    ResourceList requests{};
    std::vector<ResourceClaim> claims{};
    Unmodelled unmodelled{};

    bool operator==(const ResourceRequirements&) const = default;
};
BOOST_DESCRIBE_STRUCT(ResourceRequirements, (), (limits, requests, claims))

/// Kubernetes' `core/v1` ContainerResizePolicy.
struct ContainerResizePolicy {
    std::string resourceName{};
    std::string restartPolicy{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerResizePolicy&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerResizePolicy, (), (resourceName, restartPolicy))

/// Kubernetes' `core/v1` ContainerRestartRuleOnExitCodes.
struct ContainerRestartRuleOnExitCodes {
    std::string operator_{};
    std::vector<std::int32_t> values{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerRestartRuleOnExitCodes&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerRestartRuleOnExitCodes, (), (operator_, values))

/// Kubernetes' `core/v1` ContainerRestartRule.
struct ContainerRestartRule {
    std::string action{};
    Boxed<ContainerRestartRuleOnExitCodes> exitCodes{};
    Unmodelled unmodelled{};

    bool operator==(const ContainerRestartRule&) const = default;
};
BOOST_DESCRIBE_STRUCT(ContainerRestartRule, (), (action, exitCodes))

/// Kubernetes' `core/v1` VolumeMount.
struct VolumeMount {
    std::string name{};
    bool readOnly = false;
    std::optional<std::string> recursiveReadOnly{};
    std::string mountPath{};
    std::string subPath{};
    std::optional<std::string> mountPropagation{};
    std::string subPathExpr{};
    std::vector<std::string> bindMountOptions{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeMount&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeMount, (),
                      (name, readOnly, recursiveReadOnly, mountPath, subPath, mountPropagation,
                       subPathExpr, bindMountOptions))

/// Kubernetes' `core/v1` VolumeDevice.
struct VolumeDevice {
    std::string name{};
    std::string devicePath{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeDevice&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeDevice, (), (name, devicePath))

/// Kubernetes' `core/v1` Container.
struct Container {
    std::string name{};
    std::string image{};
    std::vector<std::string> command{};
    std::vector<std::string> args{};
    std::string workingDir{};
    std::vector<ContainerPort> ports{};
    std::vector<EnvFromSource> envFrom{};
    std::vector<EnvVar> env{};
    ResourceRequirements resources{};
    std::vector<ContainerResizePolicy> resizePolicy{};
    std::optional<std::string> restartPolicy{};
    std::vector<ContainerRestartRule> restartPolicyRules{};
    std::vector<VolumeMount> volumeMounts{};
    std::vector<VolumeDevice> volumeDevices{};
    Boxed<Probe> livenessProbe{};
    Boxed<Probe> readinessProbe{};
    Boxed<Probe> startupProbe{};
    Boxed<Lifecycle> lifecycle{};
    std::string terminationMessagePath{};
    std::string terminationMessagePolicy{};
    std::string imagePullPolicy{};
    Boxed<SecurityContext> securityContext{};
    bool stdin = false;
    bool stdinOnce = false;
    bool tty = false;
    Unmodelled unmodelled{};

    bool operator==(const Container&) const = default;
};
BOOST_DESCRIBE_STRUCT(Container, (),
                      (name, image, command, args, workingDir, ports, envFrom, env, resources,
                       resizePolicy, restartPolicy, restartPolicyRules, volumeMounts, volumeDevices,
                       livenessProbe, readinessProbe, startupProbe, lifecycle,
                       terminationMessagePath, terminationMessagePolicy, imagePullPolicy,
                       securityContext, stdin, stdinOnce, tty))

/// Kubernetes' `core/v1` EphemeralContainer.
struct EphemeralContainer {
    std::string name{};
    std::string image{};
    std::vector<std::string> command{};
    std::vector<std::string> args{};
    std::string workingDir{};
    std::vector<ContainerPort> ports{};
    std::vector<EnvFromSource> envFrom{};
    std::vector<EnvVar> env{};
    ResourceRequirements resources{};
    std::vector<ContainerResizePolicy> resizePolicy{};
    std::optional<std::string> restartPolicy{};
    std::vector<ContainerRestartRule> restartPolicyRules{};
    std::vector<VolumeMount> volumeMounts{};
    std::vector<VolumeDevice> volumeDevices{};
    Boxed<Probe> livenessProbe{};
    Boxed<Probe> readinessProbe{};
    Boxed<Probe> startupProbe{};
    Boxed<Lifecycle> lifecycle{};
    std::string terminationMessagePath{};
    std::string terminationMessagePolicy{};
    std::string imagePullPolicy{};
    Boxed<SecurityContext> securityContext{};
    bool stdin = false;
    bool stdinOnce = false;
    bool tty = false;
    std::string targetContainerName{};
    Unmodelled unmodelled{};

    bool operator==(const EphemeralContainer&) const = default;
};
BOOST_DESCRIBE_STRUCT(EphemeralContainer, (),
                      (name, image, command, args, workingDir, ports, envFrom, env, resources,
                       resizePolicy, restartPolicy, restartPolicyRules, volumeMounts, volumeDevices,
                       livenessProbe, readinessProbe, startupProbe, lifecycle,
                       terminationMessagePath, terminationMessagePolicy, imagePullPolicy,
                       securityContext, stdin, stdinOnce, tty, targetContainerName))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::ContainerPort> = "ContainerPort";
inline constexpr FieldFacts corev1_container_port_facts[] = {
    {.field = "containerPort", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerPort>{
    corev1_container_port_facts};
template <>
inline constexpr std::string_view type_name<corev1::ConfigMapEnvSource> = "ConfigMapEnvSource";
template <>
inline constexpr std::string_view type_name<corev1::SecretEnvSource> = "SecretEnvSource";
template <>
inline constexpr std::string_view type_name<corev1::EnvFromSource> = "EnvFromSource";
template <>
inline constexpr std::string_view type_name<corev1::ConfigMapKeySelector> = "ConfigMapKeySelector";
inline constexpr FieldFacts corev1_config_map_key_selector_facts[] = {
    {.field = "key", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ConfigMapKeySelector>{
    corev1_config_map_key_selector_facts};
template <>
inline constexpr std::string_view type_name<corev1::SecretKeySelector> = "SecretKeySelector";
inline constexpr FieldFacts corev1_secret_key_selector_facts[] = {
    {.field = "key", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::SecretKeySelector>{
    corev1_secret_key_selector_facts};
template <>
inline constexpr std::string_view type_name<corev1::FileKeySelector> = "FileKeySelector";
inline constexpr FieldFacts corev1_file_key_selector_facts[] = {
    {.field = "volumeName", .presence = Presence::Always},
    {.field = "path", .presence = Presence::Always},
    {.field = "key", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::FileKeySelector>{
    corev1_file_key_selector_facts};
template <>
inline constexpr std::string_view type_name<corev1::EnvVarSource> = "EnvVarSource";
template <>
inline constexpr std::string_view type_name<corev1::EnvVar> = "EnvVar";
inline constexpr FieldFacts corev1_env_var_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::EnvVar>{corev1_env_var_facts};
template <>
inline constexpr std::string_view type_name<corev1::ResourceClaim> = "ResourceClaim";
inline constexpr FieldFacts corev1_resource_claim_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ResourceClaim>{
    corev1_resource_claim_facts};
template <>
inline constexpr std::string_view type_name<corev1::ResourceRequirements> = "ResourceRequirements";
inline constexpr FieldFacts corev1_resource_requirements_facts[] = {
    {.field = "claims", .list_keys = "name"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ResourceRequirements>{
    corev1_resource_requirements_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerResizePolicy> =
    "ContainerResizePolicy";
inline constexpr FieldFacts corev1_container_resize_policy_facts[] = {
    {.field = "resourceName", .presence = Presence::Always},
    {.field = "restartPolicy", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerResizePolicy>{
    corev1_container_resize_policy_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerRestartRuleOnExitCodes> =
    "ContainerRestartRuleOnExitCodes";
inline constexpr FieldFacts corev1_container_restart_rule_on_exit_codes_facts[] = {
    {.field = "values", .list_set = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ContainerRestartRuleOnExitCodes>{
    corev1_container_restart_rule_on_exit_codes_facts};
template <>
inline constexpr std::string_view type_name<corev1::ContainerRestartRule> = "ContainerRestartRule";
template <>
inline constexpr std::string_view type_name<corev1::VolumeMount> = "VolumeMount";
inline constexpr FieldFacts corev1_volume_mount_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "mountPath", .presence = Presence::Always},
    {.field = "bindMountOptions", .list_set = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::VolumeMount>{
    corev1_volume_mount_facts};
template <>
inline constexpr std::string_view type_name<corev1::VolumeDevice> = "VolumeDevice";
inline constexpr FieldFacts corev1_volume_device_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "devicePath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::VolumeDevice>{
    corev1_volume_device_facts};
template <>
inline constexpr std::string_view type_name<corev1::Container> = "Container";
inline constexpr FieldFacts corev1_container_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "command", .atomic = true},
    {.field = "args", .atomic = true},
    {.field = "ports", .patch_key = "containerPort", .list_keys = "containerPort,protocol"},
    {.field = "envFrom", .atomic = true},
    {.field = "env", .patch_key = "name", .list_keys = "name"},
    {.field = "resources", .presence = Presence::Always},
    {.field = "resizePolicy", .atomic = true},
    {.field = "restartPolicyRules", .atomic = true},
    {.field = "volumeMounts", .patch_key = "mountPath", .list_keys = "mountPath"},
    {.field = "volumeDevices", .patch_key = "devicePath", .list_keys = "devicePath"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Container>{corev1_container_facts};
template <>
inline constexpr std::string_view type_name<corev1::EphemeralContainer> = "EphemeralContainer";
inline constexpr FieldFacts corev1_ephemeral_container_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "command", .atomic = true},
    {.field = "args", .atomic = true},
    {.field = "ports", .patch_key = "containerPort", .list_keys = "containerPort,protocol"},
    {.field = "envFrom", .atomic = true},
    {.field = "env", .patch_key = "name", .list_keys = "name"},
    {.field = "resources", .presence = Presence::Always},
    {.field = "resizePolicy", .atomic = true},
    {.field = "restartPolicyRules", .atomic = true},
    {.field = "volumeMounts", .patch_key = "mountPath", .list_keys = "mountPath"},
    {.field = "volumeDevices", .patch_key = "devicePath", .list_keys = "devicePath"},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::EphemeralContainer>{
    corev1_ephemeral_container_facts};

}  // namespace wavetank::api
