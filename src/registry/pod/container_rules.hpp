#pragma once

/// \file
/// What may stand in a container, apart from hooks, probes, resources and rights?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace wavetank::registry {

/// The volumes that are well formed, by name.
using VolumesByName = std::map<std::string, const api::corev1::Volume*>;

/// What the rules of containers need of the pod around them.
struct ContainerSurroundings {
    const api::corev1::PodSpecBody& spec;
    VolumesByName volumes;
    std::set<std::string> claims;
};

/// Checks all containers of a pod; `path` is the spec's.
[[nodiscard]] FieldErrors validate_containers(const ContainerSurroundings& pod, const Path& path);
[[nodiscard]] FieldErrors validate_init_containers(const ContainerSurroundings& pod,
                                                   const Path& path);
[[nodiscard]] FieldErrors validate_ephemeral_containers(const ContainerSurroundings& pod,
                                                        const Path& path);

/// Checks the image's name, which only pods must have well formed.
[[nodiscard]] FieldErrors validate_image_blanks(
    const std::vector<api::corev1::Container>& containers, const Path& path);

[[nodiscard]] FieldErrors validate_env(const std::vector<api::corev1::EnvVar>& env,
                                       const Path& path);
[[nodiscard]] FieldErrors validate_env_from(const std::vector<api::corev1::EnvFromSource>& sources,
                                            const Path& path);

/// Checks that files with variables are in volumes of the kind `emptyDir`.
[[nodiscard]] FieldErrors validate_env_files(const api::corev1::PodSpecBody& spec,
                                             const Path& path);

/// Where a reference to a field or resource stands: it decides which there are.
enum class DownwardUse : std::uint8_t { Variable, File };

[[nodiscard]] FieldErrors validate_field_ref(const api::corev1::ObjectFieldSelector& selector,
                                             DownwardUse use, const Path& path);
[[nodiscard]] FieldErrors validate_resource_ref(const api::corev1::ResourceFieldSelector& selector,
                                                DownwardUse use, const Path& path);

[[nodiscard]] FieldErrors validate_volume_mounts(const api::corev1::Container& container,
                                                 const VolumesByName& volumes, const Path& path);
[[nodiscard]] FieldErrors validate_volume_devices(const api::corev1::Container& container,
                                                  const VolumesByName& volumes, const Path& path);

[[nodiscard]] FieldErrors validate_pull_policy(const std::string& policy, const Path& path);

}  // namespace wavetank::registry
