#pragma once

/// \file
/// The annotations of a pod that kube-apiserver itself reads.

#include <string_view>

namespace wavetank::registry {

inline constexpr std::string_view mirror_key = "kubernetes.io/config.mirror";
inline constexpr std::string_view seccomp_pod_key = "seccomp.security.alpha.kubernetes.io/pod";
/// Before the name of a container.
inline constexpr std::string_view seccomp_prefix =
    "container.seccomp.security.alpha.kubernetes.io/";
inline constexpr std::string_view apparmor_prefix =
    "container.apparmor.security.beta.kubernetes.io/";

}  // namespace wavetank::registry
