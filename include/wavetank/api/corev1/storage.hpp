#pragma once

/// \file
/// Which storage systems can a volume come from?
///
/// Members are the fields of Kubernetes v1.37, by their JSON names.

#include <wavetank/api/corev1/reference.hpp>
#include <wavetank/api/type_info.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::api::corev1 {

/// Kubernetes' `core/v1` AWSElasticBlockStoreVolumeSource.
struct AWSElasticBlockStoreVolumeSource {
    std::string volumeID{};
    std::string fsType{};
    std::int32_t partition = 0;
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const AWSElasticBlockStoreVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(AWSElasticBlockStoreVolumeSource, (), (volumeID, fsType, partition, readOnly))

/// Kubernetes' `core/v1` AzureDiskVolumeSource.
struct AzureDiskVolumeSource {
    std::string diskName{};
    std::string diskURI{};
    std::optional<std::string> cachingMode{};
    std::optional<std::string> fsType{};
    std::optional<bool> readOnly{};
    std::optional<std::string> kind{};
    Unmodelled unmodelled{};

    bool operator==(const AzureDiskVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(AzureDiskVolumeSource, (),
                      (diskName, diskURI, cachingMode, fsType, readOnly, kind))

/// Kubernetes' `core/v1` AzureFileVolumeSource.
struct AzureFileVolumeSource {
    std::string secretName{};
    std::string shareName{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const AzureFileVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(AzureFileVolumeSource, (), (secretName, shareName, readOnly))

/// Kubernetes' `core/v1` CephFSVolumeSource.
struct CephFSVolumeSource {
    std::vector<std::string> monitors{};
    std::string path{};
    std::string user{};
    std::string secretFile{};
    Boxed<LocalObjectReference> secretRef{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const CephFSVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(CephFSVolumeSource, (),
                      (monitors, path, user, secretFile, secretRef, readOnly))

/// Kubernetes' `core/v1` CinderVolumeSource.
struct CinderVolumeSource {
    std::string volumeID{};
    std::string fsType{};
    bool readOnly = false;
    Boxed<LocalObjectReference> secretRef{};
    Unmodelled unmodelled{};

    bool operator==(const CinderVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(CinderVolumeSource, (), (volumeID, fsType, readOnly, secretRef))

/// Kubernetes' `core/v1` CSIVolumeSource.
struct CSIVolumeSource {
    std::string driver{};
    std::optional<bool> readOnly{};
    std::optional<std::string> fsType{};
    StringMap volumeAttributes{};
    Boxed<LocalObjectReference> nodePublishSecretRef{};
    Unmodelled unmodelled{};

    bool operator==(const CSIVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(CSIVolumeSource, (),
                      (driver, readOnly, fsType, volumeAttributes, nodePublishSecretRef))

/// Kubernetes' `core/v1` FCVolumeSource.
struct FCVolumeSource {
    std::vector<std::string> targetWWNs{};
    std::optional<std::int32_t> lun{};
    std::string fsType{};
    bool readOnly = false;
    std::vector<std::string> wwids{};
    Unmodelled unmodelled{};

    bool operator==(const FCVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(FCVolumeSource, (), (targetWWNs, lun, fsType, readOnly, wwids))

/// Kubernetes' `core/v1` FlexVolumeSource.
struct FlexVolumeSource {
    std::string driver{};
    std::string fsType{};
    Boxed<LocalObjectReference> secretRef{};
    bool readOnly = false;
    StringMap options{};
    Unmodelled unmodelled{};

    bool operator==(const FlexVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(FlexVolumeSource, (), (driver, fsType, secretRef, readOnly, options))

/// Kubernetes' `core/v1` FlockerVolumeSource.
struct FlockerVolumeSource {
    std::string datasetName{};
    std::string datasetUUID{};
    Unmodelled unmodelled{};

    bool operator==(const FlockerVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(FlockerVolumeSource, (), (datasetName, datasetUUID))

/// Kubernetes' `core/v1` GCEPersistentDiskVolumeSource.
struct GCEPersistentDiskVolumeSource {
    std::string pdName{};
    std::string fsType{};
    std::int32_t partition = 0;
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const GCEPersistentDiskVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(GCEPersistentDiskVolumeSource, (), (pdName, fsType, partition, readOnly))

/// Kubernetes' `core/v1` GlusterfsVolumeSource.
struct GlusterfsVolumeSource {
    std::string endpoints{};
    std::string path{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const GlusterfsVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(GlusterfsVolumeSource, (), (endpoints, path, readOnly))

/// Kubernetes' `core/v1` ISCSIVolumeSource.
struct ISCSIVolumeSource {
    std::string targetPortal{};
    std::string iqn{};
    std::int32_t lun = 0;
    std::string iscsiInterface{};
    std::string fsType{};
    bool readOnly = false;
    std::vector<std::string> portals{};
    bool chapAuthDiscovery = false;
    bool chapAuthSession = false;
    Boxed<LocalObjectReference> secretRef{};
    std::optional<std::string> initiatorName{};
    Unmodelled unmodelled{};

    bool operator==(const ISCSIVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ISCSIVolumeSource, (),
                      (targetPortal, iqn, lun, iscsiInterface, fsType, readOnly, portals,
                       chapAuthDiscovery, chapAuthSession, secretRef, initiatorName))

/// Kubernetes' `core/v1` NFSVolumeSource.
struct NFSVolumeSource {
    std::string server{};
    std::string path{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const NFSVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(NFSVolumeSource, (), (server, path, readOnly))

/// Kubernetes' `core/v1` PhotonPersistentDiskVolumeSource.
struct PhotonPersistentDiskVolumeSource {
    std::string pdID{};
    std::string fsType{};
    Unmodelled unmodelled{};

    bool operator==(const PhotonPersistentDiskVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(PhotonPersistentDiskVolumeSource, (), (pdID, fsType))

/// Kubernetes' `core/v1` PortworxVolumeSource.
struct PortworxVolumeSource {
    std::string volumeID{};
    std::string fsType{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const PortworxVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(PortworxVolumeSource, (), (volumeID, fsType, readOnly))

/// Kubernetes' `core/v1` QuobyteVolumeSource.
struct QuobyteVolumeSource {
    std::string registry{};
    std::string volume{};
    bool readOnly = false;
    std::string user{};
    std::string group{};
    std::string tenant{};
    Unmodelled unmodelled{};

    bool operator==(const QuobyteVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(QuobyteVolumeSource, (), (registry, volume, readOnly, user, group, tenant))

/// Kubernetes' `core/v1` RBDVolumeSource.
struct RBDVolumeSource {
    std::vector<std::string> monitors{};
    std::string image{};
    std::string fsType{};
    std::string pool{};
    std::string user{};
    std::string keyring{};
    Boxed<LocalObjectReference> secretRef{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const RBDVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(RBDVolumeSource, (),
                      (monitors, image, fsType, pool, user, keyring, secretRef, readOnly))

/// Kubernetes' `core/v1` ScaleIOVolumeSource.
struct ScaleIOVolumeSource {
    std::string gateway{};
    std::string system{};
    Boxed<LocalObjectReference> secretRef{};
    bool sslEnabled = false;
    std::string protectionDomain{};
    std::string storagePool{};
    std::string storageMode{};
    std::string volumeName{};
    std::string fsType{};
    bool readOnly = false;
    Unmodelled unmodelled{};

    bool operator==(const ScaleIOVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(ScaleIOVolumeSource, (),
                      (gateway, system, secretRef, sslEnabled, protectionDomain, storagePool,
                       storageMode, volumeName, fsType, readOnly))

/// Kubernetes' `core/v1` StorageOSVolumeSource.
struct StorageOSVolumeSource {
    std::string volumeName{};
    std::string volumeNamespace{};
    std::string fsType{};
    bool readOnly = false;
    Boxed<LocalObjectReference> secretRef{};
    Unmodelled unmodelled{};

    bool operator==(const StorageOSVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(StorageOSVolumeSource, (),
                      (volumeName, volumeNamespace, fsType, readOnly, secretRef))

/// Kubernetes' `core/v1` VsphereVirtualDiskVolumeSource.
struct VsphereVirtualDiskVolumeSource {
    std::string volumePath{};
    std::string fsType{};
    std::string storagePolicyName{};
    std::string storagePolicyID{};
    Unmodelled unmodelled{};

    bool operator==(const VsphereVirtualDiskVolumeSource&) const = default;
};
BOOST_DESCRIBE_STRUCT(VsphereVirtualDiskVolumeSource, (),
                      (volumePath, fsType, storagePolicyName, storagePolicyID))

}  // namespace wavetank::api::corev1

namespace wavetank::api {

template <>
inline constexpr std::string_view type_name<corev1::AWSElasticBlockStoreVolumeSource> =
    "AWSElasticBlockStoreVolumeSource";
inline constexpr FieldFacts corev1_awselastic_block_store_volume_source_facts[] = {
    {.field = "volumeID", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::AWSElasticBlockStoreVolumeSource>{
    corev1_awselastic_block_store_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::AzureDiskVolumeSource> =
    "AzureDiskVolumeSource";
inline constexpr FieldFacts corev1_azure_disk_volume_source_facts[] = {
    {.field = "diskName", .presence = Presence::Always},
    {.field = "diskURI", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::AzureDiskVolumeSource>{
    corev1_azure_disk_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::AzureFileVolumeSource> =
    "AzureFileVolumeSource";
inline constexpr FieldFacts corev1_azure_file_volume_source_facts[] = {
    {.field = "secretName", .presence = Presence::Always},
    {.field = "shareName", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::AzureFileVolumeSource>{
    corev1_azure_file_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::CephFSVolumeSource> = "CephFSVolumeSource";
inline constexpr FieldFacts corev1_ceph_fsvolume_source_facts[] = {
    {.field = "monitors", .presence = Presence::Always, .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::CephFSVolumeSource>{
    corev1_ceph_fsvolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::CinderVolumeSource> = "CinderVolumeSource";
inline constexpr FieldFacts corev1_cinder_volume_source_facts[] = {
    {.field = "volumeID", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::CinderVolumeSource>{
    corev1_cinder_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::CSIVolumeSource> = "CSIVolumeSource";
inline constexpr FieldFacts corev1_csivolume_source_facts[] = {
    {.field = "driver", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::CSIVolumeSource>{
    corev1_csivolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::FCVolumeSource> = "FCVolumeSource";
inline constexpr FieldFacts corev1_fcvolume_source_facts[] = {
    {.field = "targetWWNs", .atomic = true},
    {.field = "wwids", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::FCVolumeSource>{
    corev1_fcvolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::FlexVolumeSource> = "FlexVolumeSource";
inline constexpr FieldFacts corev1_flex_volume_source_facts[] = {
    {.field = "driver", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::FlexVolumeSource>{
    corev1_flex_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::FlockerVolumeSource> = "FlockerVolumeSource";
template <>
inline constexpr std::string_view type_name<corev1::GCEPersistentDiskVolumeSource> =
    "GCEPersistentDiskVolumeSource";
inline constexpr FieldFacts corev1_gcepersistent_disk_volume_source_facts[] = {
    {.field = "pdName", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::GCEPersistentDiskVolumeSource>{
    corev1_gcepersistent_disk_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::GlusterfsVolumeSource> =
    "GlusterfsVolumeSource";
inline constexpr FieldFacts corev1_glusterfs_volume_source_facts[] = {
    {.field = "endpoints", .presence = Presence::Always},
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::GlusterfsVolumeSource>{
    corev1_glusterfs_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::ISCSIVolumeSource> = "ISCSIVolumeSource";
inline constexpr FieldFacts corev1_iscsivolume_source_facts[] = {
    {.field = "targetPortal", .presence = Presence::Always},
    {.field = "iqn", .presence = Presence::Always},
    {.field = "lun", .presence = Presence::Always},
    {.field = "portals", .atomic = true},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ISCSIVolumeSource>{
    corev1_iscsivolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::NFSVolumeSource> = "NFSVolumeSource";
inline constexpr FieldFacts corev1_nfsvolume_source_facts[] = {
    {.field = "server", .presence = Presence::Always},
    {.field = "path", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::NFSVolumeSource>{
    corev1_nfsvolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::PhotonPersistentDiskVolumeSource> =
    "PhotonPersistentDiskVolumeSource";
inline constexpr FieldFacts corev1_photon_persistent_disk_volume_source_facts[] = {
    {.field = "pdID", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PhotonPersistentDiskVolumeSource>{
    corev1_photon_persistent_disk_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::PortworxVolumeSource> = "PortworxVolumeSource";
inline constexpr FieldFacts corev1_portworx_volume_source_facts[] = {
    {.field = "volumeID", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::PortworxVolumeSource>{
    corev1_portworx_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::QuobyteVolumeSource> = "QuobyteVolumeSource";
inline constexpr FieldFacts corev1_quobyte_volume_source_facts[] = {
    {.field = "registry", .presence = Presence::Always},
    {.field = "volume", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::QuobyteVolumeSource>{
    corev1_quobyte_volume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::RBDVolumeSource> = "RBDVolumeSource";
inline constexpr FieldFacts corev1_rbdvolume_source_facts[] = {
    {.field = "monitors", .presence = Presence::Always, .atomic = true},
    {.field = "image", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::RBDVolumeSource>{
    corev1_rbdvolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::ScaleIOVolumeSource> = "ScaleIOVolumeSource";
inline constexpr FieldFacts corev1_scale_iovolume_source_facts[] = {
    {.field = "gateway", .presence = Presence::Always},
    {.field = "system", .presence = Presence::Always},
    {.field = "secretRef", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::ScaleIOVolumeSource>{
    corev1_scale_iovolume_source_facts};
template <>
inline constexpr std::string_view type_name<corev1::StorageOSVolumeSource> =
    "StorageOSVolumeSource";
template <>
inline constexpr std::string_view type_name<corev1::VsphereVirtualDiskVolumeSource> =
    "VsphereVirtualDiskVolumeSource";
inline constexpr FieldFacts corev1_vsphere_virtual_disk_volume_source_facts[] = {
    {.field = "volumePath", .presence = Presence::Always},
};
template <>
inline constexpr std::span<const FieldFacts> field_facts<corev1::VsphereVirtualDiskVolumeSource>{
    corev1_vsphere_virtual_disk_volume_source_facts};

}  // namespace wavetank::api
