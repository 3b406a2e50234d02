#pragma once

/// \file
/// Which rights may a pod and its containers ask for?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::registry {

/// Whose users the containers run as.
enum class UserNamespace : std::uint8_t { Host, Own };

[[nodiscard]] FieldErrors validate_container_security(
    const api::Boxed<api::corev1::SecurityContext>& security, const Path& path,
    UserNamespace users);

/// Checks the security context of the pod. `path` is the context's.
[[nodiscard]] FieldErrors validate_pod_security(const api::corev1::PodSpecBody& spec,
                                                const Path& path);

/// Checks that host processes of Windows come all or none. `path` is the spec's, as below.
[[nodiscard]] FieldErrors validate_host_process(const api::corev1::PodSpecBody& spec,
                                                const Path& path);

/// Checks what a user namespace of one's own excludes.
[[nodiscard]] FieldErrors validate_host_users(const api::corev1::PodSpecBody& spec,
                                              const Path& path);

/// Checks the operating system and what it excludes.
[[nodiscard]] FieldErrors validate_os(const api::corev1::PodSpecBody& spec, const Path& path);

/// Checks the seccomp and AppArmor profiles in annotations. `path` is the annotations'.
[[nodiscard]] FieldErrors validate_profile_annotations(const api::StringMap& annotations,
                                                       const api::corev1::PodSpecBody& spec,
                                                       const Path& path);

/// Checks that profiles in annotations and in fields agree.
[[nodiscard]] FieldErrors validate_profiles_agree(const api::StringMap& annotations,
                                                  const api::corev1::PodSpecBody& spec,
                                                  const Path& path);

/// Copies AppArmor profiles from the annotations that used to hold them into their fields.
void adopt_apparmor_annotations(api::corev1::Pod& pod);

/// Returns the profile that an annotation names; empty for a wrong one.
[[nodiscard]] api::Boxed<api::corev1::AppArmorProfile> apparmor_profile_of(
    const std::string& annotation);

}  // namespace wavetank::registry
