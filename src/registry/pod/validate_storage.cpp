#include "registry/pod/volumes.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::int32_t lun_max = 255;
constexpr std::size_t quobyte_tenant_length_end = 65;
constexpr std::int64_t driver_length_max = 63;
constexpr std::size_t eui_length = 16;
constexpr std::size_t naa_length = 32;

// "iqn.2001-04.com.example:storage": year, month, a domain, then anything but ,;*&$| and blanks.
bool is_iqn(std::string_view name) {
    constexpr std::size_t date_length = 9;  // ".2001-04."
    name.remove_prefix(3);
    if (name.size() <= date_length || name[0] != '.' || name[5] != '-' || name[8] != '.' ||
        !std::all_of(name.begin() + 1, name.begin() + 5, is_digit) ||
        !std::all_of(name.begin() + 6, name.begin() + 8, is_digit)) {
        return false;
    }
    name.remove_prefix(date_length);
    const std::size_t colon = name.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == name.size()) {
        return false;
    }
    const std::string_view domain = name.substr(0, colon);
    const std::string_view rest = name.substr(colon + 1);
    return std::all_of(domain.begin(), domain.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; }) &&
           rest.find_first_of(",;*&$| \t\n\v\f\r") == std::string_view::npos;
}

// "eui." or "naa.", then so many letters and digits.
bool is_hardware_name(std::string_view name, std::size_t length) {
    constexpr std::size_t prefix_length = 4;
    return name.size() == prefix_length + length &&
           std::all_of(name.begin() + prefix_length, name.end(), is_alphanumeric);
}

FieldErrors validate_iscsi_qualified_name(const std::string& name, const Path& path) {
    const bool is_known =
        name.starts_with("iqn") || name.starts_with("eui") || name.starts_with("naa");
    if (!is_known) {
        return {
            api::invalid_value(path, name, "must be valid format starting with iqn, eui, or naa")};
    }
    const bool is_valid = name.starts_with("iqn")   ? is_iqn(name)
                          : name.starts_with("eui") ? is_hardware_name(name, eui_length)
                                                    : is_hardware_name(name, naa_length);
    if (!is_valid) {
        return {api::invalid_value(path, name, "must be valid format")};
    }
    return {};
}

FieldErrors validate_lun(std::int32_t lun, const Path& path) {
    if (lun < 0 || lun > lun_max) {
        return {
            api::invalid_value(path, std::int64_t{lun}, "must be between 0 and 255, inclusive")};
    }
    return {};
}

// Whether it is "host:port", by the measure of Go's `net.SplitHostPort`.
bool is_host_and_port(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[')) {
        if (!host.ends_with(']')) {
            return false;
        }
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return false;
    }
    return host.find_first_of("[]") == std::string_view::npos &&
           text.substr(colon).find_first_of("[]") == std::string_view::npos;
}

bool are_hosts_and_ports(std::string_view list) {
    for (std::size_t comma = list.find(','); comma != std::string_view::npos;
         comma = list.find(',')) {
        if (!is_host_and_port(list.substr(0, comma))) {
            return false;
        }
        list.remove_prefix(comma + 1);
    }
    return is_host_and_port(list);
}

FieldErrors validate_option(const std::string& key, const Path& path) {
    const std::string domain = "." + to_lower(key.substr(0, key.find('/')));
    if (domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io")) {
        return {api::invalid_value(path.key(key), key,
                                   "kubernetes.io and k8s.io namespaces are reserved")};
    }
    return {};
}

FieldErrors validate_one_of(const std::optional<std::string>& value,
                            const std::vector<std::string>& supported, const Path& path) {
    if (!value || std::find(supported.begin(), supported.end(), *value) != supported.end()) {
        return {};
    }
    return {api::unsupported_value(path, *value, supported)};
}

}  // namespace

FieldErrors validate_iscsi(const ISCSIVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.targetPortal, path / "targetPortal");
    append(errors, source.iqn.empty() ? require(source.iqn, path / "iqn")
                                      : validate_iscsi_qualified_name(source.iqn, path / "iqn"));
    append(errors, validate_lun(source.lun, path / "lun"));
    if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
        errors.push_back(api::required_value(path / "secretRef", ""));
    }
    if (source.initiatorName) {
        append(errors,
               validate_iscsi_qualified_name(*source.initiatorName, path / "initiatorname"));
    }
    return errors;
}

FieldErrors validate_fc(const FCVolumeSource& source, const Path& path) {
    FieldErrors errors;
    const Path names = path / "targetWWNs";
    if (source.targetWWNs.empty() && source.wwids.empty()) {
        errors.push_back(
            api::required_value(names, "must specify either targetWWNs or wwids, but not both"));
    }
    if (!source.targetWWNs.empty() && !source.wwids.empty()) {
        errors.push_back(
            api::invalid_literal(names, json_list(source.targetWWNs),
                                 "targetWWNs and wwids can not be specified simultaneously"));
    }
    if (!source.targetWWNs.empty()) {
        if (!source.lun) {
            errors.push_back(
                api::required_value(path / "lun", "lun is required if targetWWNs is specified"));
        } else {
            append(errors, validate_lun(*source.lun, path / "lun"));
        }
    }
    return errors;
}

FieldErrors validate_azure_disk(const AzureDiskVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.diskName, path / "diskName");
    append(errors, require(source.diskURI, path / "diskURI"));
    append(errors, validate_one_of(source.cachingMode, {"None", "ReadOnly", "ReadWrite"},
                                   path / "cachingMode"));
    append(errors, validate_one_of(source.kind, {"Dedicated", "Managed", "Shared"}, path / "kind"));
    if (source.kind == "Managed" && !source.diskURI.starts_with("/subscriptions/")) {
        errors.push_back(api::unsupported_value(
            path / "diskURI", source.diskURI,
            {"/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/"
             "disks/{disk-id}"}));
    }
    if (source.kind && source.kind != "Managed" && !source.diskURI.starts_with("https://")) {
        errors.push_back(api::unsupported_value(
            path / "diskURI", source.diskURI,
            {"https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"}));
    }
    return errors;
}

FieldErrors validate_quobyte(const QuobyteVolumeSource& source, const Path& path) {
    constexpr std::string_view pairs =
        "must be a host:port pair or multiple pairs separated by commas";
    FieldErrors errors;
    if (source.registry.empty()) {
        errors.push_back(api::required_value(path / "registry", pairs));
    } else if (source.tenant.size() >= quobyte_tenant_length_end) {
        errors.push_back(api::required_value(
            path / "tenant", "must be a UUID and may not exceed a length of 64 characters"));
    } else if (!are_hosts_and_ports(source.registry)) {
        errors.push_back(api::invalid_value(path / "registry", source.registry, pairs));
    }
    append(errors, require(source.volume, path / "volume"));
    return errors;
}

FieldErrors validate_storageos(const StorageOSVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.volumeName, path / "volumeName");
    if (!source.volumeName.empty()) {
        append_problems(errors, path / "volumeName", source.volumeName,
                        api::check_dns1123_label(source.volumeName));
    }
    if (!source.volumeNamespace.empty()) {
        append_problems(errors, path / "volumeNamespace", source.volumeNamespace,
                        api::check_dns1123_label(source.volumeNamespace));
    }
    if (source.secretRef) {
        append(errors, require(source.secretRef->name, path / "secretRef" / "name"));
    }
    return errors;
}

FieldErrors validate_flocker(const FlockerVolumeSource& source, const Path& path) {
    FieldErrors errors;
    if (source.datasetName.empty() && source.datasetUUID.empty()) {
        errors.push_back(
            api::required_value(path, "one of datasetName and datasetUUID is required"));
    }
    if (!source.datasetName.empty() && !source.datasetUUID.empty()) {
        errors.push_back(api::invalid_value(
            path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
    }
    if (source.datasetName.find('/') != std::string::npos) {
        errors.push_back(
            api::invalid_value(path / "datasetName", source.datasetName, "must not contain '/'"));
    }
    return errors;
}

FieldErrors validate_flex(const FlexVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.driver, path / "driver");
    for (const auto& [key, value] : source.options) {
        append(errors, validate_option(key, path / "options"));
    }
    return errors;
}

FieldErrors validate_csi(const CSIVolumeSource& source, const Path& path) {
    FieldErrors errors = require(source.driver, path / "driver");
    if (!source.driver.empty()) {
        if (std::ssize(source.driver) > driver_length_max) {
            errors.push_back(api::too_long_value(path / "driver", driver_length_max));
        }
        append_problems(errors, path / "driver", source.driver,
                        api::check_dns1123_subdomain(to_lower(source.driver)));
    }
    if (const auto& secret = source.nodePublishSecretRef) {
        if (secret->name.empty()) {
            errors.push_back(api::required_value(path / "nodePublishSecretRef" / "name", ""));
        } else {
            append_problems(errors, path / "name", secret->name,
                            api::check_name_as_dns_subdomain(secret->name, api::NameForm::Whole));
        }
    }
    return errors;
}

}  // namespace wavetank::registry
