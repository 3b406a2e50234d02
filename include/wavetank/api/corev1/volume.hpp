#pragma once

/// \file
/// What can a pod mount?
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/storage.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` HostPathVolumeSource.
struct HostPathVolumeSource {
    std::string path{};
    std::optional<std::string> type{};
    Unmodelled unmodelled{};

    bool operator==(const HostPathVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(HostPathVolumeSource, (), (path, type))

/// Kubernetes' `core/v1` EmptyDirVolumeSource.
struct EmptyDirVolumeSource {
    std::string medium{};
    std::optional<Quantity> sizeLimit{};
    std::optional<std::int32_t> mode{};
    Unmodelled unmodelled{};

    bool operator==(const EmptyDirVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(EmptyDirVolumeSource, (), (medium, sizeLimit, mode))

/// Kubernetes' `core/v1` GitRepoVolumeSource.
struct GitRepoVolumeSource {
    std::string repository{};
    std::string revision{};
    std::string directory{};
    Unmodelled unmodelled{};

    bool operator==(const GitRepoVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(GitRepoVolumeSource, (), (repository, revision, directory))

/// Kubernetes' `core/v1` KeyToPath.
struct KeyToPath {
    std::string key{};
    std::string path{};
    std::optional<std::int32_t> mode{};
    std::optional<std::int64_t> user{};
    Unmodelled unmodelled{};

    bool operator==(const KeyToPath&) const = default;
};
BOOST_DESCRIBE_STRUCT(KeyToPath, (), (key, path, mode, user))

/// Kubernetes' `core/v1` SecretVolumeSource.
struct SecretVolumeSource {
    std::string secretName{};
    std::vector<KeyToPath> items{};
    std::optional<std::int32_t> defaultMode{};
    std::optional<bool> optional{};
    std::optional<std::int64_t> defaultUser{};
    Unmodelled unmodelled{};

    bool operator==(const SecretVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecretVolumeSource, (),
                      (secretName, items, defaultMode, optional, defaultUser))

/// Kubernetes' `core/v1` PersistentVolumeClaimVolumeSource.
struct PersistentVolumeClaimVolumeSource {
    std::string claimName{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const PersistentVolumeClaimVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(PersistentVolumeClaimVolumeSource, (), (claimName, readOnly))

/// Kubernetes' `core/v1` DownwardAPIVolumeFile.
struct DownwardAPIVolumeFile {
    std::string path{};
    Boxed<ObjectFieldSelector> fieldRef{};
    Boxed<ResourceFieldSelector> resourceFieldRef{};
    std::optional<std::int32_t> mode{};
    std::optional<std::int64_t> user{};
    Unmodelled unmodelled{};

    bool operator==(const DownwardAPIVolumeFile&) const = default;
};
BOOST_DESCRIBE_STRUCT(DownwardAPIVolumeFile, (), (path, fieldRef, resourceFieldRef, mode, user))

/// Kubernetes' `core/v1` DownwardAPIVolumeSource.
struct DownwardAPIVolumeSource {
    std::vector<DownwardAPIVolumeFile> items{};
    std::optional<std::int32_t> defaultMode{};
    std::optional<std::int64_t> defaultUser{};
    Unmodelled unmodelled{};

    bool operator==(const DownwardAPIVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(DownwardAPIVolumeSource, (), (items, defaultMode, defaultUser))

/// Kubernetes' `core/v1` ConfigMapVolumeSource.
struct ConfigMapVolumeSource {
    std::string name{};
    std::vector<KeyToPath> items{};
    std::optional<std::int32_t> defaultMode{};
    std::optional<bool> optional{};
    std::optional<std::int64_t> defaultUser{};
    Unmodelled unmodelled{};

    bool operator==(const ConfigMapVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ConfigMapVolumeSource, (), (name, items, defaultMode, optional, defaultUser))

/// Kubernetes' `core/v1` SecretProjection.
struct SecretProjection {
    std::string name{};
    std::vector<KeyToPath> items{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const SecretProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(SecretProjection, (), (name, items, optional))

/// Kubernetes' `core/v1` DownwardAPIProjection.
struct DownwardAPIProjection {
    std::vector<DownwardAPIVolumeFile> items{};
    Unmodelled unmodelled{};

    bool operator==(const DownwardAPIProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(DownwardAPIProjection, (), (items))

/// Kubernetes' `core/v1` ConfigMapProjection.
struct ConfigMapProjection {
    std::string name{};
    std::vector<KeyToPath> items{};
    std::optional<bool> optional{};
    Unmodelled unmodelled{};

    bool operator==(const ConfigMapProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(ConfigMapProjection, (), (name, items, optional))

/// Kubernetes' `core/v1` ServiceAccountTokenProjection.
struct ServiceAccountTokenProjection {
    std::string audience{};
    std::optional<std::int64_t> expirationSeconds{};
    std::string path{};
    std::optional<std::int64_t> user{};
    Unmodelled unmodelled{};

    bool operator==(const ServiceAccountTokenProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(ServiceAccountTokenProjection, (), (audience, expirationSeconds, path, user))

/// Kubernetes' `core/v1` ClusterTrustBundleProjection.
struct ClusterTrustBundleProjection {
    std::optional<std::string> name{};
    std::optional<std::string> signerName{};
    Boxed<metav1::LabelSelector> labelSelector{};
    std::optional<bool> optional{};
    std::string path{};
    std::optional<std::int64_t> user{};
    Unmodelled unmodelled{};

    bool operator==(const ClusterTrustBundleProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(ClusterTrustBundleProjection, (),
                      (name, signerName, labelSelector, optional, path, user))

/// Kubernetes' `core/v1` PodCertificateProjection.
struct PodCertificateProjection {
    std::string signerName{};
    std::string keyType{};
    std::optional<std::int32_t> maxExpirationSeconds{};
    std::string credentialBundlePath{};
    std::string keyPath{};
    std::string certificateChainPath{};
    StringMap userAnnotations{};
    std::optional<std::int64_t> user{};
    Unmodelled unmodelled{};

    bool operator==(const PodCertificateProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(PodCertificateProjection, (),
                      (signerName, keyType, maxExpirationSeconds, credentialBundlePath, keyPath,
                       certificateChainPath, userAnnotations, user))

/// Kubernetes' `core/v1` VolumeProjection.
struct VolumeProjection {
    Boxed<SecretProjection> secret{};
    Boxed<DownwardAPIProjection> downwardAPI{};
    Boxed<ConfigMapProjection> configMap{};
    Boxed<ServiceAccountTokenProjection> serviceAccountToken{};
    Boxed<ClusterTrustBundleProjection> clusterTrustBundle{};
    Boxed<PodCertificateProjection> podCertificate{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeProjection&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeProjection, (),
                      (secret, downwardAPI, configMap, serviceAccountToken, clusterTrustBundle,
                       podCertificate))

/// Kubernetes' `core/v1` ProjectedVolumeSource.
struct ProjectedVolumeSource {
    std::vector<VolumeProjection> sources{};
    std::optional<std::int32_t> defaultMode{};
    std::optional<std::int64_t> defaultUser{};
    Unmodelled unmodelled{};

    bool operator==(const ProjectedVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ProjectedVolumeSource, (), (sources, defaultMode, defaultUser))

/// Kubernetes' `core/v1` VolumeResourceRequirements.
struct VolumeResourceRequirements {
    ResourceList limits{};
    ResourceList requests{};
    Unmodelled unmodelled{};

    bool operator==(const VolumeResourceRequirements&) const = default;
};
BOOST_DESCRIBE_STRUCT(VolumeResourceRequirements, (), (limits, requests))

/// Kubernetes' `core/v1` TypedObjectReference.
struct TypedObjectReference {
    std::optional<std::string> apiGroup{};
    std::string kind{};
    std::string name{};
    std::optional<std::string> namespace_{};
    Unmodelled unmodelled{};

    bool operator==(const TypedObjectReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(TypedObjectReference, (), (apiGroup, kind, name, namespace_))

/// Kubernetes' `core/v1` PersistentVolumeClaimSpec.
struct PersistentVolumeClaimSpec {
    std::vector<std::string> accessModes{};
    Boxed<metav1::LabelSelector> selector{};
    VolumeResourceRequirements resources{};
    std::string volumeName{};
    std::optional<std::string> storageClassName{};
    std::optional<std::string> volumeMode{};
    Boxed<TypedLocalObjectReference> dataSource{};
    Boxed<TypedObjectReference> dataSourceRef{};
    std::optional<std::string> volumeAttributesClassName{};
    Unmodelled unmodelled{};

    bool operator==(const PersistentVolumeClaimSpec&) const = default;
};
BOOST_DESCRIBE_STRUCT(PersistentVolumeClaimSpec, (),
                      (accessModes, selector, resources, volumeName, storageClassName, volumeMode,
                       dataSource, dataSourceRef, volumeAttributesClassName))

/// Kubernetes' `core/v1` PersistentVolumeClaimTemplate.
struct PersistentVolumeClaimTemplate {
    metav1::ObjectMeta metadata{};
    PersistentVolumeClaimSpec spec{};
    Unmodelled unmodelled{};

    bool operator==(const PersistentVolumeClaimTemplate&) const = default;
};
BOOST_DESCRIBE_STRUCT(PersistentVolumeClaimTemplate, (), (metadata, spec))

/// Kubernetes' `core/v1` EphemeralVolumeSource.
struct EphemeralVolumeSource {
    Boxed<PersistentVolumeClaimTemplate> volumeClaimTemplate{};
    Unmodelled unmodelled{};

    bool operator==(const EphemeralVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(EphemeralVolumeSource, (), (volumeClaimTemplate))

/// Kubernetes' `core/v1` ImageVolumeSource.
struct ImageVolumeSource {
    std::string reference{};
    std::string pullPolicy{};
    Unmodelled unmodelled{};

    bool operator==(const ImageVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ImageVolumeSource, (), (reference, pullPolicy))

/// Kubernetes' `core/v1` Volume.
struct Volume {
    std::string name{};
    Boxed<HostPathVolumeSource> hostPath{};
    Boxed<EmptyDirVolumeSource> emptyDir{};
    Boxed<GCEPersistentDiskVolumeSource> gcePersistentDisk{};
    Boxed<AWSElasticBlockStoreVolumeSource> awsElasticBlockStore{};
    Boxed<GitRepoVolumeSource> gitRepo{};
    Boxed<SecretVolumeSource> secret{};
    Boxed<NFSVolumeSource> nfs{};
    Boxed<ISCSIVolumeSource> iscsi{};
    Boxed<GlusterfsVolumeSource> glusterfs{};
    Boxed<PersistentVolumeClaimVolumeSource> persistentVolumeClaim{};
    Boxed<RBDVolumeSource> rbd{};
    Boxed<FlexVolumeSource> flexVolume{};
    Boxed<CinderVolumeSource> cinder{};
    Boxed<CephFSVolumeSource> cephfs{};
    Boxed<FlockerVolumeSource> flocker{};
    Boxed<DownwardAPIVolumeSource> downwardAPI{};
    Boxed<FCVolumeSource> fc{};
    Boxed<AzureFileVolumeSource> azureFile{};
    Boxed<ConfigMapVolumeSource> configMap{};
    Boxed<VsphereVirtualDiskVolumeSource> vsphereVolume{};
    Boxed<QuobyteVolumeSource> quobyte{};
    Boxed<AzureDiskVolumeSource> azureDisk{};
    Boxed<PhotonPersistentDiskVolumeSource> photonPersistentDisk{};
    Boxed<ProjectedVolumeSource> projected{};
    Boxed<PortworxVolumeSource> portworxVolume{};
    Boxed<ScaleIOVolumeSource> scaleIO{};
    Boxed<StorageOSVolumeSource> storageos{};
    Boxed<CSIVolumeSource> csi{};
    Boxed<EphemeralVolumeSource> ephemeral{};
    Boxed<ImageVolumeSource> image{};
    Unmodelled unmodelled{};

    bool operator==(const Volume&) const = default;
};
BOOST_DESCRIBE_STRUCT(Volume, (),
                      (name, hostPath, emptyDir, gcePersistentDisk, awsElasticBlockStore, gitRepo,
                       secret, nfs, iscsi, glusterfs, persistentVolumeClaim, rbd, flexVolume,
                       cinder, cephfs, flocker, downwardAPI, fc, azureFile, configMap,
                       vsphereVolume, quobyte, azureDisk, photonPersistentDisk, projected,
                       portworxVolume, scaleIO, storageos, csi, ephemeral, image))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::HostPathVolumeSource> = "HostPathVolumeSource";
inline constexpr FieldFacts corev1_host_path_volume_source_facts[] = {
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::HostPathVolumeSource>{
    corev1_host_path_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::EmptyDirVolumeSource> = "EmptyDirVolumeSource";
template <>
inline constexpr std::string_view type_name<corev1::GitRepoVolumeSource> = "GitRepoVolumeSource";
inline constexpr FieldFacts corev1_git_repo_volume_source_facts[] = {
    {.field = "repository", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::GitRepoVolumeSource>{
    corev1_git_repo_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::KeyToPath> = "KeyToPath";
inline constexpr FieldFacts corev1_key_to_path_facts[] = {
    {.field = "key", .presence = Presence::Always},
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::KeyToPath>{
    corev1_key_to_path_facts};
template <>
inline constexpr std::string_view type_name<corev1::SecretVolumeSource> = "SecretVolumeSource";
inline constexpr FieldFacts corev1_secret_volume_source_facts[] = {
    {.field = "items", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::SecretVolumeSource>{
    corev1_secret_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::PersistentVolumeClaimVolumeSource> =
    "PersistentVolumeClaimVolumeSource";
inline constexpr FieldFacts corev1_persistent_volume_claim_volume_source_facts[] = {
    {.field = "claimName", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PersistentVolumeClaimVolumeSource>{
    corev1_persistent_volume_claim_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::DownwardAPIVolumeFile> =
    "DownwardAPIVolumeFile";
inline constexpr FieldFacts corev1_downward_apivolume_file_facts[] = {
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::DownwardAPIVolumeFile>{
    corev1_downward_apivolume_file_facts};
template <>
inline constexpr std::string_view type_name<corev1::DownwardAPIVolumeSource> =
    "DownwardAPIVolumeSource";
inline constexpr FieldFacts corev1_downward_apivolume_source_facts[] = {
    {.field = "items", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::DownwardAPIVolumeSource>{
    corev1_downward_apivolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::ConfigMapVolumeSource> =
    "ConfigMapVolumeSource";
inline constexpr FieldFacts corev1_config_map_volume_source_facts[] = {
    {.field = "items", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ConfigMapVolumeSource>{
    corev1_config_map_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::SecretProjection> = "SecretProjection";
inline constexpr FieldFacts corev1_secret_projection_facts[] = {
    {.field = "items", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::SecretProjection>{
    corev1_secret_projection_facts};
template <>
inline constexpr std::string_view type_name<corev1::DownwardAPIProjection> =
    "DownwardAPIProjection";
inline constexpr FieldFacts corev1_downward_apiprojection_facts[] = {
    {.field = "items", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::DownwardAPIProjection>{
    corev1_downward_apiprojection_facts};
template <>
inline constexpr std::string_view type_name<corev1::ConfigMapProjection> = "ConfigMapProjection";
inline constexpr FieldFacts corev1_config_map_projection_facts[] = {
    {.field = "items", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ConfigMapProjection>{
    corev1_config_map_projection_facts};
template <>
inline constexpr std::string_view type_name<corev1::ServiceAccountTokenProjection> =
    "ServiceAccountTokenProjection";
inline constexpr FieldFacts corev1_service_account_token_projection_facts[] = {
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ServiceAccountTokenProjection>{
    corev1_service_account_token_projection_facts};
template <>
inline constexpr std::string_view type_name<corev1::ClusterTrustBundleProjection> =
    "ClusterTrustBundleProjection";
inline constexpr FieldFacts corev1_cluster_trust_bundle_projection_facts[] = {
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ClusterTrustBundleProjection>{
    corev1_cluster_trust_bundle_projection_facts};
template <>
inline constexpr std::string_view type_name<corev1::PodCertificateProjection> =
    "PodCertificateProjection";
template <>
inline constexpr std::string_view type_name<corev1::VolumeProjection> = "VolumeProjection";
template <>
inline constexpr std::string_view type_name<corev1::ProjectedVolumeSource> =
    "ProjectedVolumeSource";
inline constexpr FieldFacts corev1_projected_volume_source_facts[] = {
    {.field = "sources", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ProjectedVolumeSource>{
    corev1_projected_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::VolumeResourceRequirements> =
    "VolumeResourceRequirements";
template <>
inline constexpr std::string_view type_name<corev1::TypedObjectReference> = "TypedObjectReference";
inline constexpr FieldFacts corev1_typed_object_reference_facts[] = {
    {.field = "apiGroup", .presence = Presence::Always},
    {.field = "kind", .presence = Presence::Always},
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::TypedObjectReference>{
    corev1_typed_object_reference_facts};
template <>
inline constexpr std::string_view type_name<corev1::PersistentVolumeClaimSpec> =
    "PersistentVolumeClaimSpec";
inline constexpr FieldFacts corev1_persistent_volume_claim_spec_facts[] = {
    {.field = "accessModes", .atomic = true},
    {.field = "resources", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PersistentVolumeClaimSpec>{
    corev1_persistent_volume_claim_spec_facts};
template <>
inline constexpr std::string_view type_name<corev1::PersistentVolumeClaimTemplate> =
    "PersistentVolumeClaimTemplate";
inline constexpr FieldFacts corev1_persistent_volume_claim_template_facts[] = {
    {.field = "metadata", .presence = Presence::Always},
    {.field = "spec", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PersistentVolumeClaimTemplate>{
    corev1_persistent_volume_claim_template_facts};
template <>
inline constexpr std::string_view type_name<corev1::EphemeralVolumeSource> =
    "EphemeralVolumeSource";
template <>
inline constexpr std::string_view type_name<corev1::ImageVolumeSource> = "ImageVolumeSource";
template <>
inline constexpr std::string_view type_name<corev1::Volume> = "Volume";
inline constexpr FieldFacts corev1_volume_facts[] = {
    {.field = "name", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::Volume>{corev1_volume_facts};

}  // namespace wavetank::api
