#pragma once

/// \file
/// What can be mounted, and is it well described?

#include "registry/field_error.hpp"
#include "registry/pod/container_rules.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::registry {

/// The volumes that passed, and what is wrong with the others.
struct VolumeFindings {
    VolumesByName volumes;
    FieldErrors errors;
};

/// Checks the volumes of a pod. `pod_name` names the claims made for ephemeral volumes; empty for
/// a template. Lifetime: the findings point into `volumes`.
[[nodiscard]] VolumeFindings validate_volumes(const std::vector<api::corev1::Volume>& volumes,
                                              std::string_view pod_name, const Path& path);

/// Checks a volume that projects several sources into one directory.
[[nodiscard]] FieldErrors validate_projected(const api::corev1::ProjectedVolumeSource& projected,
                                             const Path& path);

/// Checks the claim that an ephemeral volume makes.
[[nodiscard]] FieldErrors validate_claim_template(
    const api::corev1::PersistentVolumeClaimTemplate& claim, const Path& path);

/// Checks what a claim asks for (`ValidatePersistentVolumeClaimSpec`).
[[nodiscard]] FieldErrors validate_claim_spec(const api::corev1::PersistentVolumeClaimSpec& spec,
                                              const Path& path);

/// Checks the sources that need a storage system of the operator's.
[[nodiscard]] FieldErrors validate_iscsi(const api::corev1::ISCSIVolumeSource& source,
                                         const Path& path);
[[nodiscard]] FieldErrors validate_fc(const api::corev1::FCVolumeSource& source, const Path& path);
[[nodiscard]] FieldErrors validate_azure_disk(const api::corev1::AzureDiskVolumeSource& source,
                                              const Path& path);
[[nodiscard]] FieldErrors validate_quobyte(const api::corev1::QuobyteVolumeSource& source,
                                           const Path& path);
[[nodiscard]] FieldErrors validate_storageos(const api::corev1::StorageOSVolumeSource& source,
                                             const Path& path);
[[nodiscard]] FieldErrors validate_flocker(const api::corev1::FlockerVolumeSource& source,
                                           const Path& path);
[[nodiscard]] FieldErrors validate_flex(const api::corev1::FlexVolumeSource& source,
                                        const Path& path);
[[nodiscard]] FieldErrors validate_csi(const api::corev1::CSIVolumeSource& source,
                                       const Path& path);

// The parts that several sources have.
[[nodiscard]] FieldErrors validate_file_mode(const std::optional<std::int32_t>& mode,
                                             const Path& path);
[[nodiscard]] FieldErrors validate_key_to_path(const api::corev1::KeyToPath& item,
                                               const Path& path);
[[nodiscard]] FieldErrors validate_downward_file(const api::corev1::DownwardAPIVolumeFile& file,
                                                 const Path& path);

/// Reports an empty text.
[[nodiscard]] FieldErrors require(std::string_view text, const Path& path);

}  // namespace wavetank::registry
