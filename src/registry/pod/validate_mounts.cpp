#include "registry/pod/container_rules.hpp"
#include "registry/pod/paths.hpp"

#include <algorithm>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

const Volume* find(const VolumesByName& volumes, const std::string& name) {
    const auto found = volumes.find(name);
    return found == volumes.end() ? nullptr : found->second;
}

bool is_privileged(const Container& container) {
    return container.securityContext && container.securityContext->privileged.value_or(false);
}

FieldErrors validate_propagation(const VolumeMount& mount, const Container& container,
                                 const Path& path) {
    if (!mount.mountPropagation) {
        return {};
    }
    const std::string& mode = *mount.mountPropagation;
    FieldErrors errors;
    if (mode != "Bidirectional" && mode != "HostToContainer" && mode != "None") {
        errors.push_back(
            api::unsupported_value(path, mode, {"Bidirectional", "HostToContainer", "None"}));
    }
    if (mode == "Bidirectional" && !is_privileged(container)) {
        errors.push_back(api::forbidden_value(
            path, "Bidirectional mount propagation is available only to privileged containers"));
    }
    return errors;
}

FieldErrors validate_recursive_read_only(const VolumeMount& mount, const Path& path) {
    if (!mount.recursiveReadOnly || *mount.recursiveReadOnly == "Disabled") {
        return {};
    }
    if (*mount.recursiveReadOnly != "Enabled" && *mount.recursiveReadOnly != "IfPossible") {
        return {api::unsupported_value(path, *mount.recursiveReadOnly,
                                       {"Disabled", "Enabled", "IfPossible"})};
    }
    FieldErrors errors;
    if (!mount.readOnly) {
        errors.push_back(api::forbidden_value(path, "may only be specified when readOnly is true"));
    }
    if (mount.mountPropagation && *mount.mountPropagation != "None") {
        errors.push_back(api::forbidden_value(
            path, "may only be specified when mountPropagation is None or not specified"));
    }
    return errors;
}

// As upstream, some of these paths name the list and not the element.
FieldErrors validate_mount_options(const VolumeMount& mount, const Container& container,
                                   const Path& list, const Path& path) {
    FieldErrors errors;
    if (!mount.subPath.empty()) {
        append(errors, validate_descending_path(mount.subPath, list / "subPath"));
    }
    if (!mount.subPathExpr.empty()) {
        if (!mount.subPath.empty()) {
            errors.push_back(api::invalid_value(path / "subPathExpr", mount.subPathExpr,
                                                "subPathExpr and subPath are mutually exclusive"));
        }
        append(errors, validate_descending_path(mount.subPathExpr, list / "subPathExpr"));
    }
    append(errors, validate_propagation(mount, container, list / "mountPropagation"));
    append(errors, validate_recursive_read_only(mount, list / "recursiveReadOnly"));
    return errors;
}

}  // namespace

FieldErrors validate_volume_mounts(const Container& container, const VolumesByName& volumes,
                                   const Path& path) {
    FieldErrors errors;
    std::set<std::string> mount_paths;
    for (std::size_t i = 0; i < container.volumeMounts.size(); ++i) {
        const VolumeMount& mount = container.volumeMounts[i];
        const Path at = path[i];
        if (mount.name.empty()) {
            errors.push_back(api::required_value(at / "name", ""));
        }
        if (find(volumes, mount.name) == nullptr) {
            errors.push_back(api::not_found_value(at / "name", mount.name));
        }
        if (mount.mountPath.empty()) {
            errors.push_back(api::required_value(at / "mountPath", ""));
        }
        if (!mount_paths.insert(mount.mountPath).second) {
            errors.push_back(
                api::invalid_value(at / "mountPath", mount.mountPath, "must be unique"));
        }
        const auto is_device = [&](auto member, const std::string& value) {
            return std::any_of(container.volumeDevices.begin(), container.volumeDevices.end(),
                               [&](const VolumeDevice& device) { return device.*member == value; });
        };
        if (is_device(&VolumeDevice::name, mount.name)) {
            errors.push_back(api::invalid_value(at / "name", mount.name,
                                                "must not already exist in volumeDevices"));
        }
        if (is_device(&VolumeDevice::devicePath, mount.mountPath)) {
            errors.push_back(
                api::invalid_value(at / "mountPath", mount.mountPath,
                                   "must not already exist as a path in volumeDevices"));
        }
        append(errors, validate_mount_options(mount, container, path, at));
    }
    return errors;
}

FieldErrors validate_volume_devices(const Container& container, const VolumesByName& volumes,
                                    const Path& path) {
    FieldErrors errors;
    std::set<std::string> names;
    std::set<std::string> device_paths;
    const auto report = [&](const Path& at, const std::string& value, std::string_view why) {
        errors.push_back(api::invalid_value(at, value, why));
    };
    for (std::size_t i = 0; i < container.volumeDevices.size(); ++i) {
        const auto& [name, file, unmodelled] = container.volumeDevices[i];
        const Path name_path = path[i] / "name";
        const Path file_path = path[i] / "devicePath";
        const Volume* volume = find(volumes, name);
        if (name.empty()) {
            errors.push_back(api::required_value(name_path, ""));
        }
        if (names.contains(name)) {
            report(name_path, name, "must be unique");
        }
        if (volume == nullptr) {
            errors.push_back(api::not_found_value(name_path, name));
        } else if (!volume->persistentVolumeClaim && !volume->ephemeral) {
            report(name_path, name,
                   "can only use volume source type of PersistentVolumeClaim or Ephemeral for "
                   "block mode");
        }
        if (file.empty()) {
            errors.push_back(api::required_value(file_path, ""));
        }
        if (device_paths.contains(file)) {
            report(file_path, file, "must be unique");
        }
        if (!file.empty() && !validate_no_backsteps(file, file_path).empty()) {
            report(file_path, file, "can not contain backsteps ('..')");
        } else {
            device_paths.insert(file);
        }
        const auto is_mount = [&, &wanted_name = name, &wanted_file = file](bool by_name) {
            return std::any_of(container.volumeMounts.begin(), container.volumeMounts.end(),
                               [&](const VolumeMount& mount) {
                                   return by_name ? mount.name == wanted_name
                                                  : mount.mountPath == wanted_file;
                               });
        };
        if (is_mount(true)) {
            report(name_path, name, "must not already exist in volumeMounts");
        }
        if (is_mount(false)) {
            report(file_path, file, "must not already exist as a path in volumeMounts");
        }
        if (!name.empty()) {
            names.insert(name);
        }
    }
    return errors;
}

}  // namespace wavetank::registry
