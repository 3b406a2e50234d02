#include "registry/pod/container_rules.hpp"
#include "registry/pod/containers.hpp"
#include "registry/pod/paths.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <array>
#include <cctype>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::string_view pages_requests = "requests.hugepages-";
constexpr std::string_view pages_limits = "limits.hugepages-";

const std::vector<std::string> variable_fields{"metadata.name",
                                               "metadata.namespace",
                                               "metadata.uid",
                                               "spec.nodeName",
                                               "spec.serviceAccountName",
                                               "status.hostIP",
                                               "status.hostIPs",
                                               "status.podIP",
                                               "status.podIPs"};
const std::vector<std::string> file_fields{"metadata.annotations", "metadata.labels",
                                           "metadata.name", "metadata.namespace", "metadata.uid"};
const std::vector<std::string> resource_fields{
    "limits.cpu",   "limits.ephemeral-storage",   "limits.memory",
    "requests.cpu", "requests.ephemeral-storage", "requests.memory"};

// Fields that the downward API knows at all, whether or not they can be used here.
constexpr std::array<std::string_view, 14> known_fields{
    "metadata.annotations", "metadata.labels", "metadata.name",      "metadata.namespace",
    "metadata.uid",         "spec.nodeName",   "spec.restartPolicy", "spec.serviceAccountName",
    "spec.schedulerName",   "status.phase",    "status.hostIP",      "status.hostIPs",
    "status.podIP",         "status.podIPs"};

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

FieldErrors problem(const Path& path, const std::string& value, const std::string& text) {
    return {api::invalid_value(path, value, text)};
}

// "metadata.labels['app']": a path with the name of one entry.
struct Subscript {
    std::string path;
    std::string key;
};

std::optional<Subscript> subscript_of(const std::string& path) {
    const std::size_t open = path.find("['");
    if (!path.ends_with("']") || open == std::string::npos || open == 0 || open + 4 > path.size()) {
        return std::nullopt;
    }
    return Subscript{.path = path.substr(0, open),
                     .key = path.substr(open + 2, path.size() - open - 4)};
}

FieldErrors validate_subscript(const Subscript& subscript, const std::string& whole,
                               const Path& path) {
    FieldErrors errors;
    if (subscript.path == "metadata.annotations") {
        const std::string key = to_lower(subscript.key);
        append_problems(errors, path, key, api::check_qualified_name(key));
    } else if (subscript.path == "metadata.labels") {
        append_problems(errors, path, subscript.key, api::check_qualified_name(subscript.key));
    } else {
        return problem(
            path / "fieldPath", whole,
            "error converting fieldPath: field label does not support subscript: " + whole);
    }
    return errors;
}

FieldErrors validate_divisor(const ResourceFieldSelector& selector, const Path& path) {
    static const std::vector<std::string> for_bytes{"1",   "1k",  "1M",  "1G",  "1T",  "1P", "1E",
                                                    "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"};
    if (selector.divisor.is_zero()) {
        return {};
    }
    const std::string text = selector.divisor.to_string();
    const std::string& resource = selector.resource;
    const auto bytes_problem = [&](std::string_view what) -> FieldErrors {
        if (contains(for_bytes, text)) {
            return {};
        }
        return problem(path / "divisor", resource,
                       "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, "
                       "1Ei are supported with the " +
                           std::string{what} + " resource");
    };
    if (resource == "limits.cpu" || resource == "requests.cpu") {
        if (text != "1" && text != "1m") {
            return problem(path / "divisor", resource,
                           "only divisor's values 1m and 1 are supported with the cpu resource");
        }
    } else if (resource == "limits.memory" || resource == "requests.memory") {
        return bytes_problem("memory");
    } else if (resource == "limits.ephemeral-storage" || resource == "requests.ephemeral-storage") {
        return bytes_problem("local ephemeral storage");
    } else if (resource.starts_with(pages_requests) || resource.starts_with(pages_limits)) {
        return bytes_problem("hugepages");
    }
    return {};
}

// For the selectors of ConfigMaps and Secrets.
template <class S>
FieldErrors validate_key_ref(const S& selector, const Path& path) {
    FieldErrors errors;
    append_problems(errors, path / "name", selector.name,
                    api::check_name_as_dns_subdomain(selector.name, api::NameForm::Whole));
    if (selector.key.empty()) {
        errors.push_back(api::required_value(path / "key", ""));
    } else {
        append_problems(errors, path / "key", selector.key,
                        api::check_config_map_key(selector.key));
    }
    return errors;
}

FieldErrors validate_file_ref(const FileKeySelector& selector, const Path& path) {
    FieldErrors errors;
    if (selector.key.empty()) {
        errors.push_back(api::required_value(path / "key", ""));
    } else {
        append_problems(errors, path / "key", selector.key,
                        api::check_relaxed_env_var_name(selector.key));
    }
    if (selector.volumeName.empty()) {
        errors.push_back(api::required_value(path / "volumeName", ""));
    } else {
        append_problems(errors, path / "volumeName", selector.volumeName,
                        api::check_dns1123_label(selector.volumeName));
    }
    if (selector.path.empty()) {
        errors.push_back(api::required_value(path / "path", ""));
    } else {
        append(errors, validate_no_backsteps(selector.path, path / "path"));
    }
    return errors;
}

FieldErrors validate_value_from(const EnvVar& env, const Path& path) {
    if (!env.valueFrom) {
        return {};
    }
    FieldErrors errors;
    int count = 0;
    const auto source = [&](std::string_view name, const auto& member, const auto& check) {
        if (member) {
            ++count;
            append(errors, check(*member, path / name));
        }
    };
    const EnvVarSource& from = *env.valueFrom;
    source("fieldRef", from.fieldRef, [](const ObjectFieldSelector& selector, const Path& at) {
        return validate_field_ref(selector, DownwardUse::Variable, at);
    });
    source("resourceFieldRef", from.resourceFieldRef,
           [](const ResourceFieldSelector& selector, const Path& at) {
               return validate_resource_ref(selector, DownwardUse::Variable, at);
           });
    source("configMapKeyRef", from.configMapKeyRef, validate_key_ref<ConfigMapKeySelector>);
    source("secretKeyRef", from.secretKeyRef, validate_key_ref<SecretKeySelector>);
    source("fileKeyRef", from.fileKeyRef, validate_file_ref);
    if (count == 0) {
        append(errors, problem(path, "",
                               "must specify one of: `fieldRef`, `resourceFieldRef`, "
                               "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
    } else if (!env.value.empty()) {
        append(errors, problem(path, "", "may not be specified when `value` is not empty"));
    } else if (count > 1) {
        append(errors, problem(path, "", "may not have more than one field specified at a time"));
    }
    return errors;
}

// For the sources of whole ConfigMaps and Secrets.
template <class S>
FieldErrors validate_whole_ref(const S& source, const Path& path) {
    if (source.name.empty()) {
        return {api::required_value(path, "")};
    }
    FieldErrors errors;
    append_problems(errors, path, source.name,
                    api::check_name_as_dns_subdomain(source.name, api::NameForm::Prefix));
    return errors;
}

}  // namespace

FieldErrors validate_field_ref(const ObjectFieldSelector& selector, DownwardUse use,
                               const Path& path) {
    if (selector.apiVersion.empty()) {
        return {api::required_value(path / "apiVersion", "")};
    }
    if (selector.fieldPath.empty()) {
        return {api::required_value(path / "fieldPath", "")};
    }
    const std::string& whole = selector.fieldPath;
    if (selector.apiVersion != "v1") {
        return problem(
            path / "fieldPath", whole,
            "error converting fieldPath: unsupported pod version: " + selector.apiVersion);
    }
    if (const auto subscript = subscript_of(whole)) {
        return validate_subscript(*subscript, whole, path);
    }
    const std::string field = whole == "spec.host" ? "spec.nodeName" : whole;
    if (std::find(known_fields.begin(), known_fields.end(), field) == known_fields.end()) {
        return problem(path / "fieldPath", whole,
                       "error converting fieldPath: field label not supported: " + whole);
    }
    const auto& supported = use == DownwardUse::Variable ? variable_fields : file_fields;
    if (!contains(supported, field)) {
        return {api::unsupported_value(path / "fieldPath", field, supported)};
    }
    return {};
}

FieldErrors validate_resource_ref(const ResourceFieldSelector& selector, DownwardUse use,
                                  const Path& path) {
    FieldErrors errors;
    const std::string& resource = selector.resource;
    if (use == DownwardUse::File && selector.containerName.empty()) {
        errors.push_back(api::required_value(path / "containerName", ""));
    } else if (resource.empty()) {
        errors.push_back(api::required_value(path / "resource", ""));
    } else if (!contains(resource_fields, resource) && !resource.starts_with(pages_requests) &&
               !resource.starts_with(pages_limits)) {
        errors.push_back(api::unsupported_value(path / "resource", resource, resource_fields));
    }
    append(errors, validate_divisor(selector, path));
    return errors;
}

FieldErrors validate_env(const std::vector<EnvVar>& env, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < env.size(); ++i) {
        if (env[i].name.empty()) {
            errors.push_back(api::required_value(path[i] / "name", ""));
        } else {
            append_problems(errors, path[i] / "name", env[i].name,
                            api::check_relaxed_env_var_name(env[i].name));
        }
        append(errors, validate_value_from(env[i], path[i] / "valueFrom"));
    }
    return errors;
}

FieldErrors validate_env_from(const std::vector<EnvFromSource>& sources, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const EnvFromSource& source = sources[i];
        if (!source.prefix.empty()) {
            append_problems(errors, path[i] / "prefix", source.prefix,
                            api::check_relaxed_env_var_name(source.prefix));
        }
        if (source.configMapRef) {
            append(errors,
                   validate_whole_ref(*source.configMapRef, path[i] / "configMapRef" / "name"));
        }
        if (source.secretRef) {
            append(errors, validate_whole_ref(*source.secretRef, path[i] / "secretRef" / "name"));
        }
        if (!source.configMapRef && !source.secretRef) {
            append(errors, problem(path, "", "must specify one of: `configMapRef` or `secretRef`"));
        } else if (source.configMapRef && source.secretRef) {
            append(errors,
                   problem(path, "", "may not have more than one field specified at a time"));
        }
    }
    return errors;
}

FieldErrors validate_env_files(const PodSpecBody& spec, const Path& path) {
    std::map<std::string, const Volume*> volumes;
    for (const Volume& volume : spec.volumes) {
        volumes[volume.name] = &volume;
    }
    FieldErrors errors;
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        for (std::size_t i = 0; i < container.env.size(); ++i) {
            const auto& from = container.env[i].valueFrom;
            if (!from || !from->fileKeyRef) {
                continue;
            }
            const std::string& name = from->fileKeyRef->volumeName;
            const Path field = (at / "env")[i] / "valueFrom" / "fileKeyRef" / "volumeName";
            const auto found = volumes.find(name);
            if (found == volumes.end()) {
                errors.push_back(api::not_found_value(field, name));
            } else if (!found->second->emptyDir) {
                errors.push_back(
                    api::invalid_value(field, name, "referenced volume must be of type emptyDir"));
            }
        }
    });
    return errors;
}

}  // namespace wavetank::registry
