#include "registry/pod/security.hpp"

#include "registry/pod/containers.hpp"
#include "registry/pod/paths.hpp"
#include "registry/pod/windows.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::size_t sysctl_length_max = 253;
constexpr std::int64_t apparmor_length_max = 4095;  // PATH_MAX - 1

bool is_sysctl_segment(std::string_view text) {
    const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && is_word(text.front()) && is_word(text.back()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_word(c) || c == '-' || c == '_'; });
}

bool is_sysctl(std::string_view name) {
    if (name.size() > sysctl_length_max) {
        return false;
    }
    for (std::size_t end = name.find_first_of("./"); end != std::string_view::npos;
         end = name.find_first_of("./")) {
        if (!is_sysctl_segment(name.substr(0, end))) {
            return false;
        }
        name.remove_prefix(end + 1);
    }
    return is_sysctl_segment(name);
}

// Names may be written with slashes; then a dot stands for itself.
std::string with_dots(std::string name) {
    if (const std::size_t first = name.find_first_of("./");
        first != std::string::npos && name[first] == '/') {
        for (char& c : name) {
            c = c == '/' ? '.' : c == '.' ? '/' : c;
        }
    }
    return name;
}

bool is_ipc_sysctl(std::string_view name) {
    return name.starts_with("kernel.shm") || name.starts_with("kernel.msg") ||
           name.starts_with("fs.mqueue.") || name == "kernel.sem";
}

FieldErrors validate_sysctls(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    std::set<std::string> names;
    const std::vector<Sysctl>& sysctls = spec.securityContext->sysctls;
    for (std::size_t i = 0; i < sysctls.size(); ++i) {
        const std::string& name = sysctls[i].name;
        const Path at = path[i] / "name";
        if (name.empty()) {
            errors.push_back(api::required_value(at, ""));
        } else if (!is_sysctl(name)) {
            errors.push_back(api::invalid_value(
                at, name,
                "must have at most 253 characters and match regex "
                "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"));
        } else if (names.contains(name)) {
            errors.push_back(api::duplicate_value(at, name));
        }
        const std::string dotted = with_dots(name);
        if (spec.hostNetwork && dotted.starts_with("net.")) {
            errors.push_back(
                api::invalid_value(at, name, "may not be specified when 'hostNetwork' is true"));
        } else if (spec.hostIPC && is_ipc_sysctl(dotted)) {
            errors.push_back(
                api::invalid_value(at, name, "may not be specified when 'hostIPC' is true"));
        }
        names.insert(name);
    }
    return errors;
}

FieldErrors validate_choice(const std::optional<std::string>& value,
                            const std::vector<std::string>& supported, const Path& path) {
    if (!value || std::find(supported.begin(), supported.end(), *value) != supported.end()) {
        return {};
    }
    return {api::unsupported_value(path, *value, supported)};
}

const std::vector<std::string>& profile_types() {
    static const std::vector<std::string> types{"Localhost", "RuntimeDefault", "Unconfined"};
    return types;
}

FieldErrors validate_seccomp(const api::Boxed<SeccompProfile>& profile, const Path& path) {
    if (!profile) {
        return {};
    }
    FieldErrors errors;
    if (profile->type.empty()) {
        errors.push_back(
            api::required_value(path / "type", "type is required when seccompProfile is set"));
    } else {
        append(errors, validate_choice(profile->type, profile_types(), path / "type"));
    }
    const Path at = path / "localhostProfile";
    if (profile->type == "Localhost") {
        if (!profile->localhostProfile) {
            errors.push_back(api::required_value(at, "must be set when seccomp type is Localhost"));
        } else {
            append(errors, validate_descending_path(*profile->localhostProfile, at));
        }
    } else if (profile->localhostProfile) {
        // Upstream prints the whole profile here.
        errors.push_back(api::invalid_literal(
            at,
            "{\"Type\":" + api::json_quoted(profile->type) +
                ",\"LocalhostProfile\":" + api::json_quoted(*profile->localhostProfile) + "}",
            "can only be set when seccomp type is Localhost"));
    }
    return errors;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\v\f\r";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

FieldErrors validate_local_apparmor(const std::optional<std::string>& profile, const Path& path) {
    constexpr std::string_view missing = "must be set when AppArmor type is Localhost";
    if (!profile) {
        return {api::required_value(path, missing)};
    }
    FieldErrors errors;
    if (trimmed(*profile) != *profile) {
        errors.push_back(api::invalid_value(path, *profile, "must not be padded with whitespace"));
    } else if (profile->empty()) {
        errors.push_back(api::required_value(path, missing));
    }
    if (std::ssize(*profile) > apparmor_length_max) {
        errors.push_back(api::too_long_value(path, apparmor_length_max));
    }
    return errors;
}

FieldErrors validate_apparmor(const api::Boxed<AppArmorProfile>& profile, const Path& path) {
    if (!profile) {
        return {};
    }
    if (profile->type.empty()) {
        return {api::required_value(path / "type", "type is required when appArmorProfile is set")};
    }
    if (profile->type == "Localhost") {
        return validate_local_apparmor(profile->localhostProfile, path / "localhostProfile");
    }
    FieldErrors errors = validate_choice(profile->type, profile_types(), path / "type");
    if (errors.empty() && profile->localhostProfile) {
        errors.push_back(api::invalid_value(path / "localhostProfile", *profile->localhostProfile,
                                            "can only be set when AppArmor type is Localhost"));
    }
    return errors;
}

template <class T>
boost::json::value json_of(const std::optional<T>& member) {
    return member ? boost::json::value(*member) : boost::json::value(nullptr);
}

boost::json::value json_of(const std::vector<std::string>& list) {
    if (list.empty()) {
        return nullptr;
    }
    return boost::json::array(list.begin(), list.end());
}

// A profile of either sort.
template <class P>
boost::json::value json_of_profile(const api::Boxed<P>& profile) {
    if (!profile) {
        return nullptr;
    }
    return boost::json::object{{"Type", profile->type},
                               {"LocalhostProfile", json_of(profile->localhostProfile)}};
}

// Writes the context as upstream's internal type looks like; some messages quote it whole.
std::string internal_text(const SecurityContext& security) {
    boost::json::object text;
    text["Capabilities"] = security.capabilities
                               ? boost::json::value(boost::json::object{
                                     {"Add", json_of(security.capabilities->add)},
                                     {"Drop", json_of(security.capabilities->drop)}})
                               : boost::json::value(nullptr);
    text["Privileged"] = json_of(security.privileged);
    text["SELinuxOptions"] =
        security.seLinuxOptions
            ? boost::json::value(boost::json::object{{"User", security.seLinuxOptions->user},
                                                     {"Role", security.seLinuxOptions->role},
                                                     {"Type", security.seLinuxOptions->type},
                                                     {"Level", security.seLinuxOptions->level}})
            : boost::json::value(nullptr);
    const auto& windows = security.windowsOptions;
    text["WindowsOptions"] =
        windows ? boost::json::value(boost::json::object{
                      {"GMSACredentialSpecName", json_of(windows->gmsaCredentialSpecName)},
                      {"GMSACredentialSpec", json_of(windows->gmsaCredentialSpec)},
                      {"RunAsUserName", json_of(windows->runAsUserName)},
                      {"HostProcess", json_of(windows->hostProcess)}})
                : boost::json::value(nullptr);
    text["RunAsUser"] = json_of(security.runAsUser);
    text["RunAsGroup"] = json_of(security.runAsGroup);
    text["RunAsNonRoot"] = json_of(security.runAsNonRoot);
    text["ReadOnlyRootFilesystem"] = json_of(security.readOnlyRootFilesystem);
    text["AllowPrivilegeEscalation"] = json_of(security.allowPrivilegeEscalation);
    text["ProcMount"] = json_of(security.procMount);
    text["SeccompProfile"] = json_of_profile(security.seccompProfile);
    text["AppArmorProfile"] = json_of_profile(security.appArmorProfile);
    return boost::json::serialize(text);
}

FieldErrors validate_escalation(const SecurityContext& security, const Path& path) {
    if (security.allowPrivilegeEscalation.value_or(true)) {
        return {};
    }
    FieldErrors errors;
    if (security.privileged.value_or(false)) {
        errors.push_back(api::invalid_literal(
            path, internal_text(security),
            "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
    }
    if (security.capabilities) {
        for (const std::string& capability : security.capabilities->add) {
            if (capability == "CAP_SYS_ADMIN") {
                errors.push_back(
                    api::invalid_literal(path, internal_text(security),
                                         "cannot set `allowPrivilegeEscalation` to false and "
                                         "`capabilities.Add` CAP_SYS_ADMIN"));
            }
        }
    }
    return errors;
}

FieldErrors validate_user(const std::optional<std::int64_t>& user, const Path& path) {
    FieldErrors errors;
    if (user) {
        for (const std::string& problem : api::check_user_id(*user)) {
            errors.push_back(api::invalid_value(path, *user, problem));
        }
    }
    return errors;
}

FieldErrors validate_group(std::int64_t group, const Path& path) {
    FieldErrors errors;
    for (const std::string& problem : api::check_group_id(group)) {
        errors.push_back(api::invalid_value(path, group, problem));
    }
    return errors;
}

FieldErrors validate_group(const std::optional<std::int64_t>& group, const Path& path) {
    return group ? validate_group(*group, path) : FieldErrors{};
}

}  // namespace

FieldErrors validate_container_security(const api::Boxed<SecurityContext>& security,
                                        const Path& path, UserNamespace users) {
    if (!security) {
        return {};
    }
    FieldErrors errors = validate_user(security->runAsUser, path / "runAsUser");
    append(errors, validate_group(security->runAsGroup, path / "runAsGroup"));
    append(errors,
           validate_choice(security->procMount, {"Default", "Unmasked"}, path / "procMount"));
    if (users == UserNamespace::Host && security->procMount == "Unmasked") {
        errors.push_back(api::invalid_value(path / "procMount", "Unmasked",
                                            "`hostUsers` must be false to use `Unmasked`"));
    }
    append(errors, validate_seccomp(security->seccompProfile, path / "seccompProfile"));
    append(errors, validate_escalation(*security, path));
    append(errors, validate_windows_options(security->windowsOptions, path / "windowsOptions"));
    append(errors, validate_apparmor(security->appArmorProfile, path / "appArmorProfile"));
    return errors;
}

FieldErrors validate_pod_security(const PodSpecBody& spec, const Path& path) {
    if (!spec.securityContext) {
        return {};
    }
    const PodSecurityContext& security = *spec.securityContext;
    FieldErrors errors = validate_group(security.fsGroup, path / "fsGroup");
    append(errors, validate_user(security.runAsUser, path / "runAsUser"));
    append(errors, validate_group(security.runAsGroup, path / "runAsGroup"));
    for (std::size_t i = 0; i < security.supplementalGroups.size(); ++i) {
        append(errors,
               validate_group(security.supplementalGroups[i], (path / "supplementalGroups")[i]));
    }
    append(errors, validate_sysctls(spec, path / "sysctls"));
    append(errors, validate_choice(security.fsGroupChangePolicy, {"Always", "OnRootMismatch"},
                                   path / "fsGroupChangePolicy"));
    append(errors, validate_seccomp(security.seccompProfile, path / "seccompProfile"));
    append(errors, validate_windows_options(security.windowsOptions, path / "windowsOptions"));
    append(errors, validate_apparmor(security.appArmorProfile, path / "appArmorProfile"));
    append(errors, validate_choice(security.supplementalGroupsPolicy, {"Merge", "Strict"},
                                   path / "supplementalGroupsPolicy"));
    append(errors, validate_choice(security.seLinuxChangePolicy, {"MountOption", "Recursive"},
                                   path / "seLinuxChangePolicy"));
    return errors;
}

FieldErrors validate_host_users(const PodSpecBody& spec, const Path& path) {
    if (spec.hostUsers.value_or(true)) {
        return {};
    }
    constexpr std::string_view why = "when `hostUsers` is false";
    FieldErrors errors;
    if (spec.hostNetwork) {
        errors.push_back(api::forbidden_value(path / "hostNetwork", why));
    }
    if (spec.hostPID) {
        errors.push_back(api::forbidden_value(path / "HostPID", why));
    }
    if (spec.hostIPC) {
        errors.push_back(api::forbidden_value(path / "HostIPC", why));
    }
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        if (!container.volumeDevices.empty()) {
            errors.push_back(api::forbidden_value(at / "volumeDevices", why));
        }
    });
    return errors;
}

}  // namespace wavetank::registry
