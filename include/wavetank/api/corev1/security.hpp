#pragma once

/// \file
/// With which rights does a container run?
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` Capabilities.
struct Capabilities {
    std::vector<std::string> add{};
    std::vector<std::string> drop{};
    Unmodelled unmodelled{};

    bool operator==(const Capabilities&) const = default;
};
BOOST_DESCRIBE_STRUCT(Capabilities, (), (add, drop))

/// Kubernetes' `core/v1` SELinuxOptions.
struct SELinuxOptions {
    std::string user{};
    std::string role{};
    std::string type{};
    std::string level{};
    Unmodelled unmodelled{};

    bool operator==(const SELinuxOptions&) const = default;
};
BOOST_DESCRIBE_STRUCT(SELinuxOptions, (), (user, role, type, level))

/// Kubernetes' `core/v1` WindowsSecurityContextOptions.
struct WindowsSecurityContextOptions {
    std::optional<std::string> gmsaCredentialSpecName{};
    std::optional<std::string> gmsaCredentialSpec{};
    std::optional<std::string> runAsUserName{};
    std::optional<bool> hostProcess{};
    Unmodelled unmodelled{};

    bool operator==(const WindowsSecurityContextOptions&) const = default;
};
BOOST_DESCRIBE_STRUCT(WindowsSecurityContextOptions, (),
                      (gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName, hostProcess))

/// Kubernetes' `core/v1` SeccompProfile.
struct SeccompProfile {
    std::string type{};
    std::optional<std::string> localhostProfile{};
    Unmodelled unmodelled{};

    bool operator==(const SeccompProfile&) const = default;
};
BOOST_DESCRIBE_STRUCT(SeccompProfile, (), (type, localhostProfile))

/// Kubernetes' `core/v1` AppArmorProfile.
struct AppArmorProfile {
    std::string type{};
    std::optional<std::string> localhostProfile{};
    Unmodelled unmodelled{};

    bool operator==(const AppArmorProfile&) const = default;
};
BOOST_DESCRIBE_STRUCT(AppArmorProfile, (), (type, localhostProfile))

/// Kubernetes' `core/v1` SecurityContext.
struct SecurityContext {
    Boxed<Capabilities> capabilities{};
    std::optional<bool> privileged{};
    Boxed<SELinuxOptions> seLinuxOptions{};
    Boxed<WindowsSecurityContextOptions> windowsOptions{};
    std::optional<std::int64_t> runAsUser{};
    std::optional<std::int64_t> runAsGroup{};
    std::optional<bool> runAsNonRoot{};
    std::optional<bool> readOnlyRootFilesystem{};
    std::optional<bool> allowPrivilegeEscalation{};
    std::optional<std::string> procMount{};
    Boxed<SeccompProfile> seccompProfile{};
    Boxed<AppArmorProfile> appArmorProfile{};
    Unmodelled unmodelled{};

    bool operator==(const SecurityContext&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecurityContext, (),
                      (capabilities, privileged, seLinuxOptions, windowsOptions, runAsUser,
                       runAsGroup, runAsNonRoot, readOnlyRootFilesystem, allowPrivilegeEscalation,
                       procMount, seccompProfile, appArmorProfile))

/// Kubernetes' `core/v1` Sysctl.
struct Sysctl {
    std::string name{};
    std::string value{};
    Unmodelled unmodelled{};

    bool operator==(const Sysctl&) const = default;
};
BOOST_DESCRIBE_STRUCT(Sysctl, (), (name, value))

/// Kubernetes' `core/v1` PodSecurityContext.
struct PodSecurityContext {
    Boxed<SELinuxOptions> seLinuxOptions{};
    Boxed<WindowsSecurityContextOptions> windowsOptions{};
    std::optional<std::int64_t> runAsUser{};
    std::optional<std::int64_t> runAsGroup{};
    std::optional<bool> runAsNonRoot{};
    std::vector<std::int64_t> supplementalGroups{};
    std::optional<std::string> supplementalGroupsPolicy{};
    std::optional<std::int64_t> fsGroup{};
    std::vector<Sysctl> sysctls{};
    std::optional<std::string> fsGroupChangePolicy{};
    Boxed<SeccompProfile> seccompProfile{};
    Boxed<AppArmorProfile> appArmorProfile{};
    std::optional<std::string> seLinuxChangePolicy{};
    Unmodelled unmodelled{};

    bool operator==(const PodSecurityContext&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodSecurityContext, (),
                      (seLinuxOptions, windowsOptions, runAsUser, runAsGroup, runAsNonRoot,
                       supplementalGroups, supplementalGroupsPolicy, fsGroup, sysctls,
                       fsGroupChangePolicy, seccompProfile, appArmorProfile, seLinuxChangePolicy))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::Capabilities> = "Capabilities";
inline constexpr FieldFacts corev1_capabilities_facts[] = {
    {.field = "add", .atomic = true},
    {.field = "drop", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Capabilities>{
    corev1_capabilities_facts};
template <>
inline constexpr std::string_view type_name<corev1::SELinuxOptions> = "SELinuxOptions";
template <>
inline constexpr std::string_view type_name<corev1::WindowsSecurityContextOptions> =
    "WindowsSecurityContextOptions";
template <>
inline constexpr std::string_view type_name<corev1::SeccompProfile> = "SeccompProfile";
inline constexpr FieldFacts corev1_seccomp_profile_facts[] = {
    {.field = "type", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::SeccompProfile>{
    corev1_seccomp_profile_facts};
template <>
inline constexpr std::string_view type_name<corev1::AppArmorProfile> = "AppArmorProfile";
inline constexpr FieldFacts corev1_app_armor_profile_facts[] = {
    {.field = "type", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::AppArmorProfile>{
    corev1_app_armor_profile_facts};
template <>
inline constexpr std::string_view type_name<corev1::SecurityContext> = "SecurityContext";
template <>
inline constexpr std::string_view type_name<corev1::Sysctl> = "Sysctl";
inline constexpr FieldFacts corev1_sysctl_facts[] = {
    {.field = "name", .presence = Presence::Always},
    {.field = "value", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Sysctl>{corev1_sysctl_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodSecurityContext> = "PodSecurityContext";
inline constexpr FieldFacts corev1_pod_security_context_facts[] = {
    {.field = "supplementalGroups", .atomic = true},
    {.field = "sysctls", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PodSecurityContext>{
    corev1_pod_security_context_facts};

}  // namespace wavetank::api
