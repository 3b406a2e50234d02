#include "registry/pod/paths.hpp"
#include "registry/pod/volumes.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::int32_t file_mode_max = 0777;
constexpr std::int32_t directory_mode_max = 01777;
constexpr std::int32_t partition_max = 255;

FieldErrors validate_host_path(const HostPathVolumeSource& source, const Path& path) {
    static const std::vector<std::string> types{
        "",     "BlockDevice",  "CharDevice", "Directory", "DirectoryOrCreate",
        "File", "FileOrCreate", "Socket"};
    if (source.path.empty()) {
        return {api::required_value(path / "path", "")};
    }
    FieldErrors errors = validate_no_backsteps(source.path, path / "path");
    if (source.type && std::find(types.begin(), types.end(), *source.type) == types.end()) {
        errors.push_back(api::unsupported_value(path / "type", *source.type, types));
    }
    return errors;
}

FieldErrors validate_empty_dir(const EmptyDirVolumeSource& source, const Path& path) {
    FieldErrors errors;
    if (source.sizeLimit && source.sizeLimit->sign() < 0) {
        errors.push_back(api::forbidden_value(path / "sizeLimit",
                                              "SizeLimit field must be a valid resource quantity"));
    }
    if (source.mode && (*source.mode < 0 || *source.mode > directory_mode_max)) {
        errors.push_back(
            api::invalid_value(path / "mode", *source.mode,
                               "must be a number between 0 and 01777 (octal), both inclusive"));
    }
    return errors;
}

FieldErrors validate_git_repo(const GitRepoVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.repository, path / "repository");
    append(errors, validate_descending_path(source.directory, path / "directory"));
    return errors;
}

FieldErrors validate_partition(std::int32_t partition, const Path& path) {
    if (partition < 0 || partition > partition_max) {
        return {api::invalid_value(path, std::int64_t{partition},
                                   "must be between 1 and 255, inclusive")};
    }
    return {};
}

FieldErrors validate_gce(const GCEPersistentDiskVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.pdName, path / "pdName");
    append(errors, validate_partition(source.partition, path / "partition"));
    return errors;
}

FieldErrors validate_aws(const AWSElasticBlockStoreVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.volumeID, path / "volumeID");
    append(errors, validate_partition(source.partition, path / "partition"));
    return errors;
}

FieldErrors validate_items(const std::vector<KeyToPath>& items, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < items.size(); ++i) {
        append(errors, validate_key_to_path(items[i], path[i]));
    }
    return errors;
}

FieldErrors validate_secret(const SecretVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.secretName, path / "secretName");
    append(errors, validate_file_mode(source.defaultMode, path / "defaultMode"));
    append(errors, validate_items(source.items, path / "items"));
    return errors;
}

FieldErrors validate_config_map(const ConfigMapVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.name, path / "name");
    append(errors, validate_file_mode(source.defaultMode, path / "defaultMode"));
    append(errors, validate_items(source.items, path / "items"));
    return errors;
}

FieldErrors validate_nfs(const NFSVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.server, path / "server");
    append(errors, require(source.path, path / "path"));
    if (!source.path.starts_with('/')) {
        errors.push_back(
            api::invalid_value(path / "path", source.path, "must be an absolute path"));
    }
    return errors;
}

FieldErrors validate_glusterfs(const GlusterfsVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.endpoints, path / "endpoints");
    append(errors, require(source.path, path / "path"));
    return errors;
}

FieldErrors validate_claim(const PersistentVolumeClaimVolumeSource& source, const Path& path) {
    return require(source.claimName, path / "claimName");
}

FieldErrors validate_rbd(const RBDVolumeSource& source, const Path& path) {
    FieldErrors errors;
    if (source.monitors.empty()) {
        errors.push_back(api::required_value(path / "monitors", ""));
    }
    append(errors, require(source.image, path / "image"));
    return errors;
}

FieldErrors validate_cinder(const CinderVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.volumeID, path / "volumeID");
    if (source.secretRef) {
        append(errors, require(source.secretRef->name, path / "secretRef" / "name"));
    }
    return errors;
}

FieldErrors validate_cephfs(const CephFSVolumeSource& source, const Path& path) {
    if (source.monitors.empty()) {
        return {api::required_value(path / "monitors", "")};
    }
    return {};
}

FieldErrors validate_downward(const DownwardAPIVolumeSource& source, const Path& path) {
    FieldErrors errors = validate_file_mode(source.defaultMode, path / "defaultMode");
    for (const DownwardAPIVolumeFile& file : source.items) {
        append(errors, validate_downward_file(file, path));
    }
    return errors;
}

FieldErrors validate_azure_file(const AzureFileVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.secretName, path / "secretName");
    append(errors, require(source.shareName, path / "shareName"));
    return errors;
}

FieldErrors validate_vsphere(const VsphereVirtualDiskVolumeSource& source, const Path& path) {
    return require(source.volumePath, path / "volumePath");
}

FieldErrors validate_photon(const PhotonPersistentDiskVolumeSource& source, const Path& path) {
    return require(source.pdID, path / "pdID");
}

FieldErrors validate_portworx(const PortworxVolumeSource& source, const Path& path) {
    return require(source.volumeID, path / "volumeID");
}

FieldErrors validate_scale_io(const ScaleIOVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.gateway, path / "gateway");
    append(errors, require(source.system, path / "system"));
    append(errors, require(source.volumeName, path / "volumeName"));
    return errors;
}

FieldErrors validate_image(const ImageVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.reference, path / "reference");
    append(errors, validate_pull_policy(source.pullPolicy, path / "pullPolicy"));
    return errors;
}

FieldErrors validate_ephemeral(const EphemeralVolumeSource& source, const Path& path) {
    if (!source.volumeClaimTemplate) {
        return {api::required_value(path / "volumeClaimTemplate", "")};
    }
    return validate_claim_template(*source.volumeClaimTemplate, path / "volumeClaimTemplate");
}

// Checks the first source that is given, in upstream's order, and reports the others.
class Sources {
public:
    explicit Sources(const Path& path) : path_{path} {}

    /// `name` is the source's where it is one too many, and `checked_name` where it is checked.
    template <class S>
    Sources& source(std::string_view name, std::string_view checked_name,
                    const api::Boxed<S>& source, FieldErrors (*check)(const S&, const Path&)) {
        if (source && found_) {
            errors_.push_back(
                api::forbidden_value(path_ / name, "may not specify more than 1 volume type"));
        } else if (source) {
            found_ = true;
            append(errors_, check(*source, path_ / checked_name));
        }
        return *this;
    }
    template <class S>
    Sources& source(std::string_view name, const api::Boxed<S>& source_value,
                    FieldErrors (*check)(const S&, const Path&)) {
        return source(name, name, source_value, check);
    }
    Sources& add(FieldErrors errors) {
        append(errors_, std::move(errors));
        return *this;
    }
    [[nodiscard]] FieldErrors errors() const {
        if (found_) {
            return errors_;
        }
        return {api::required_value(path_, "must specify a volume type")};
    }

private:
    Path path_;
    FieldErrors errors_{};
    bool found_ = false;
};

FieldErrors validate_iscsi_name(const Volume& volume, const Path& path) {
    constexpr std::size_t length_max = 64;
    if (volume.iscsi && volume.iscsi->initiatorName &&
        volume.name.size() + 1 + volume.iscsi->targetPortal.size() > length_max) {
        return {api::invalid_value(path / "name", volume.name,
                                   "Total length of <volume name>:<iscsi.targetPortal> must be "
                                   "under 64 characters if iscsi.initiatorName is specified.")};
    }
    return {};
}

// The claim of an ephemeral volume is named after pod and volume.
FieldErrors validate_claim_name(const Volume& volume, std::string_view pod_name, const Path& path) {
    FieldErrors errors;
    if (volume.ephemeral && !pod_name.empty() && !volume.name.empty()) {
        const std::string claim = std::string{pod_name} + "-" + volume.name;
        for (const std::string& problem :
             api::check_name_as_dns_subdomain(claim, api::NameForm::Whole)) {
            errors.push_back(api::invalid_value(path / "name", volume.name,
                                                "PVC name " + api::quoted(claim) + ": " + problem));
        }
    }
    return errors;
}

FieldErrors validate_source(const Volume& volume, std::string_view pod_name, const Path& path) {
    return Sources{path}
        .source("emptyDir", volume.emptyDir, validate_empty_dir)
        .source("hostPath", volume.hostPath, validate_host_path)
        .source("gitRepo", volume.gitRepo, validate_git_repo)
        .source("gcePersistentDisk", "persistentDisk", volume.gcePersistentDisk, validate_gce)
        .source("awsElasticBlockStore", volume.awsElasticBlockStore, validate_aws)
        .source("secret", volume.secret, validate_secret)
        .source("nfs", volume.nfs, validate_nfs)
        .source("iscsi", volume.iscsi, validate_iscsi)
        .add(validate_iscsi_name(volume, path))
        .source("glusterfs", volume.glusterfs, validate_glusterfs)
        .source("flocker", volume.flocker, validate_flocker)
        .source("persistentVolumeClaim", volume.persistentVolumeClaim, validate_claim)
        .source("rbd", volume.rbd, validate_rbd)
        .source("cinder", volume.cinder, validate_cinder)
        .source("cephFS", "cephfs", volume.cephfs, validate_cephfs)
        .source("quobyte", volume.quobyte, validate_quobyte)
        .source("downwarAPI", "downwardAPI", volume.downwardAPI, validate_downward)
        .source("fc", volume.fc, validate_fc)
        .source("flexVolume", volume.flexVolume, validate_flex)
        .source("configMap", volume.configMap, validate_config_map)
        .source("azureFile", volume.azureFile, validate_azure_file)
        .source("vsphereVolume", volume.vsphereVolume, validate_vsphere)
        .source("photonPersistentDisk", volume.photonPersistentDisk, validate_photon)
        .source("portworxVolume", volume.portworxVolume, validate_portworx)
        .source("azureDisk", volume.azureDisk, validate_azure_disk)
        .source("storageos", volume.storageos, validate_storageos)
        .source("projected", volume.projected, validate_projected)
        .source("scaleIO", volume.scaleIO, validate_scale_io)
        .source("csi", volume.csi, validate_csi)
        .source("ephemeral", volume.ephemeral, validate_ephemeral)
        .add(validate_claim_name(volume, pod_name, path))
        .source("image", volume.image, validate_image)
        .errors();
}

std::set<std::string> claims_made(const std::vector<Volume>& volumes, std::string_view pod_name) {
    std::set<std::string> names;
    for (const Volume& volume : volumes) {
        if (volume.ephemeral && !pod_name.empty()) {
            names.insert(std::string{pod_name} + "-" + volume.name);
        }
    }
    return names;
}

}  // namespace

FieldErrors require(std::string_view text, const Path& path) {
    if (text.empty()) {
        return {api::required_value(path, "")};
    }
    return {};
}

FieldErrors validate_file_mode(const std::optional<std::int32_t>& mode, const Path& path) {
    if (mode && (*mode < 0 || *mode > file_mode_max)) {
        return {api::invalid_value(path, std::int64_t{*mode},
                                   "must be a number between 0 and 0777 (octal), both inclusive")};
    }
    return {};
}

FieldErrors validate_key_to_path(const KeyToPath& item, const Path& path) {
    FieldErrors errors = require(item.key, path / "key");
    append(errors, require(item.path, path / "path"));
    append(errors, validate_unreserved_path(item.path, path / "path"));
    append(errors, validate_file_mode(item.mode, path / "mode"));
    return errors;
}

FieldErrors validate_downward_file(const DownwardAPIVolumeFile& file, const Path& path) {
    FieldErrors errors = require(file.path, path / "path");
    append(errors, validate_unreserved_path(file.path, path / "path"));
    if (file.fieldRef) {
        append(errors, validate_field_ref(*file.fieldRef, DownwardUse::File, path / "fieldRef"));
        if (file.resourceFieldRef) {
            errors.push_back(
                api::invalid_value(path, "resource",
                                   "fieldRef and resourceFieldRef can not be specified "
                                   "simultaneously"));
        }
    } else if (file.resourceFieldRef) {
        append(errors, validate_resource_ref(*file.resourceFieldRef, DownwardUse::File,
                                             path / "resourceFieldRef"));
    } else {
        errors.push_back(
            api::required_value(path, "one of fieldRef and resourceFieldRef is required"));
    }
    append(errors, validate_file_mode(file.mode, path / "mode"));
    return errors;
}

VolumeFindings validate_volumes(const std::vector<Volume>& volumes, std::string_view pod_name,
                                const Path& path) {
    VolumeFindings result;
    const std::set<std::string> made = claims_made(volumes, pod_name);
    for (std::size_t i = 0; i < volumes.size(); ++i) {
        const Volume& volume = volumes[i];
        const Path name = path[i] / "name";
        FieldErrors errors = validate_source(volume, pod_name, path[i]);
        if (volume.name.empty()) {
            errors.push_back(api::required_value(name, ""));
        } else {
            append_problems(errors, name, volume.name, api::check_dns1123_label(volume.name));
        }
        if (result.volumes.contains(volume.name)) {
            errors.push_back(api::duplicate_value(name, volume.name));
        }
        if (errors.empty()) {
            result.volumes.emplace(volume.name, &volume);
        }
        append(result.errors, std::move(errors));
        if (volume.persistentVolumeClaim &&
            made.contains(volume.persistentVolumeClaim->claimName)) {
            result.errors.push_back(api::invalid_value(
                path[i] / "persistentVolumeClaim" / "claimName",
                volume.persistentVolumeClaim->claimName,
                "must not reference a PVC that gets created for an ephemeral volume"));
        }
    }
    return result;
}

}  // namespace wavetank::registry
