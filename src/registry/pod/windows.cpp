#include "registry/pod/windows.hpp"

#include "registry/pod/containers.hpp"
#include "registry/pod/security.hpp"

#include <wavetank/base/ascii.hpp>

#include <algorithm>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::size_t credential_length_max = 64 * 1024;
constexpr std::size_t domain_length_end = 256;
constexpr std::size_t user_length_max = 104;
constexpr std::size_t netbios_length_max = 15;
constexpr std::size_t label_length_max = 63;
constexpr std::string_view not_for_windows = "cannot be set for a windows pod";
constexpr std::string_view not_for_linux = "windows options cannot be set for a linux pod";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_netbios_name(std::string_view name) {
    return !name.empty() && name.size() <= netbios_length_max && name.front() != '.' &&
           name.find_first_of("\\/:*?\"<>|") == std::string_view::npos;
}

bool is_dns_label(std::string_view text) {
    return !text.empty() && text.size() <= label_length_max && is_alphanumeric(text.front()) &&
           is_alphanumeric(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
               return is_alphanumeric(c) || c == '-';
           });
}

bool is_dns_domain(std::string_view text) {
    for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
        if (!is_dns_label(text.substr(0, dot))) {
            return false;
        }
        text.remove_prefix(dot + 1);
    }
    return is_dns_label(text);
}

std::vector<std::string> check_user(std::string_view user) {
    std::vector<std::string> problems;
    if (user.empty()) {
        problems.emplace_back("runAsUserName's User cannot be empty");
    } else if (user.size() > user_length_max) {
        problems.emplace_back("runAsUserName's User length must not be longer than 104 characters");
    }
    if (!user.empty() && user.find_first_not_of(". ") == std::string_view::npos) {
        problems.emplace_back("runAsUserName's User cannot contain only periods or spaces");
    }
    if (user.find_first_of("\"/\\:;|=,+*?<>@[]") != std::string_view::npos) {
        problems.emplace_back(
            R"(runAsUserName's User cannot contain the following characters: "/\:;|=,+*?<>@[])");
    }
    return problems;
}

std::vector<std::string> check_user_name(std::string_view name) {
    if (name.empty()) {
        return {"runAsUserName cannot be an empty string"};
    }
    if (std::any_of(name.begin(), name.end(), is_control)) {
        return {"runAsUserName cannot contain control characters"};
    }
    if (std::count(name.begin(), name.end(), '\\') > 1) {
        return {"runAsUserName cannot contain more than one backslash"};
    }
    const std::size_t backslash = name.find('\\');
    if (backslash == std::string_view::npos) {
        return check_user(name);
    }
    const std::string_view domain = name.substr(0, backslash);
    std::vector<std::string> problems;
    if (domain.size() >= domain_length_end) {
        problems.emplace_back("runAsUserName's Domain length must be under 256 characters");
    }
    if (!is_netbios_name(domain) && !is_dns_domain(domain)) {
        problems.emplace_back(
            "runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
    for (std::string& problem : check_user(name.substr(backslash + 1))) {
        problems.push_back(std::move(problem));
    }
    return problems;
}

// Reports each member that is set, by its name.
class Ban {
public:
    Ban(Path path, std::string_view why) : path_{std::move(path)}, why_{why} {}

    Ban& field(std::string_view name, bool is_set) {
        if (is_set) {
            errors_.push_back(api::forbidden_value(path_ / name, why_));
        }
        return *this;
    }
    [[nodiscard]] FieldErrors errors() const {
        return errors_;
    }

private:
    Path path_;
    std::string_view why_;
    FieldErrors errors_;
};

FieldErrors validate_linux(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    if (spec.securityContext) {
        append(errors,
               Ban{path / "securityContext", not_for_linux}
                   .field("windowsOptions", spec.securityContext->windowsOptions.has_value())
                   .errors());
    }
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        if (container.securityContext) {
            append(errors, Ban{at / "securityContext", not_for_linux}
                               .field("windowsOptions",
                                      container.securityContext->windowsOptions.has_value())
                               .errors());
        }
    });
    return errors;
}

FieldErrors ban_for_pod(const PodSecurityContext& security, const Path& path) {
    return Ban{path, not_for_windows}
        .field("appArmorProfile", security.appArmorProfile.has_value())
        .field("seLinuxOptions", security.seLinuxOptions.has_value())
        .field("seccompProfile", security.seccompProfile.has_value())
        .field("fsGroup", security.fsGroup.has_value())
        .field("fsGroupChangePolicy", security.fsGroupChangePolicy.has_value())
        .field("sysctls", !security.sysctls.empty())
        .field("runAsUser", security.runAsUser.has_value())
        .field("runAsGroup", security.runAsGroup.has_value())
        .field("supplementalGroups", !security.supplementalGroups.empty())
        .field("supplementalGroupsPolicy", security.supplementalGroupsPolicy.has_value())
        .field("seLinuxChangePolicy", security.seLinuxChangePolicy.has_value())
        .errors();
}

FieldErrors ban_for_container(const SecurityContext& security, const Path& path) {
    return Ban{path, not_for_windows}
        .field("appArmorProfile", security.appArmorProfile.has_value())
        .field("seLinuxOptions", security.seLinuxOptions.has_value())
        .field("seccompProfile", security.seccompProfile.has_value())
        .field("capabilities", security.capabilities.has_value())
        .field("readOnlyRootFilesystem", security.readOnlyRootFilesystem.has_value())
        .field("privileged", security.privileged.has_value())
        .field("allowPrivilegeEscalation", security.allowPrivilegeEscalation.has_value())
        .field("procMount", security.procMount.has_value())
        .field("runAsUser", security.runAsUser.has_value())
        .field("runAsGroup", security.runAsGroup.has_value())
        .errors();
}

FieldErrors validate_windows(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    if (spec.securityContext) {
        append(errors, ban_for_pod(*spec.securityContext, path / "securityContext"));
    }
    append(errors, Ban{path, not_for_windows}
                       .field("hostUsers", spec.hostUsers.has_value())
                       .field("hostPID", spec.hostPID)
                       .field("hostIPC", spec.hostIPC)
                       .field("shareProcessNamespace", spec.shareProcessNamespace.has_value())
                       .errors());
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        if (container.securityContext) {
            append(errors, ban_for_container(*container.securityContext, at / "securityContext"));
        }
    });
    return errors;
}

// For the contexts of pods and of containers.
template <class S>
std::optional<bool> host_process_of(const api::Boxed<S>& security) {
    return security && security->windowsOptions ? security->windowsOptions->hostProcess
                                                : std::nullopt;
}

}  // namespace

FieldErrors validate_windows_options(const api::Boxed<WindowsSecurityContextOptions>& options,
                                     const Path& path) {
    if (!options) {
        return {};
    }
    FieldErrors errors;
    if (const auto& name = options->gmsaCredentialSpecName) {
        append_problems(errors, path / "gmsaCredentialSpecName", *name,
                        api::check_dns1123_subdomain(*name));
    }
    if (const auto& spec = options->gmsaCredentialSpec) {
        if (spec->empty()) {
            append_problems(errors, path / "gmsaCredentialSpec", *spec,
                            {"gmsaCredentialSpec cannot be an empty string"});
        } else if (spec->size() > credential_length_max) {
            append_problems(errors, path / "gmsaCredentialSpec", *spec,
                            {"gmsaCredentialSpec size must be under 64 KiB"});
        }
    }
    if (const auto& user = options->runAsUserName) {
        append_problems(errors, path / "runAsUserName", *user, check_user_name(*user));
    }
    return errors;
}

FieldErrors validate_host_process(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    int count = 0;
    int host_count = 0;
    const std::optional<bool> of_pod = host_process_of(spec.securityContext);
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        ++count;
        const std::optional<bool> own = host_process_of(container.securityContext);
        if (of_pod && own && *of_pod != *own) {
            errors.push_back(api::invalid_literal(
                at / "securityContext" / "windowsOptions" / "hostProcess", *own ? "true" : "false",
                std::string{"pod hostProcess value must be identical if both are specified, was "} +
                    (*of_pod ? "true" : "false")));
        }
        host_count += own.value_or(of_pod.value_or(false)) ? 1 : 0;
    });
    if (host_count > 0 && host_count != count) {
        errors.push_back(api::invalid_value(path, "",
                                            "If pod contains any hostProcess containers then all "
                                            "containers must be HostProcess containers"));
    }
    if (host_count > 0 && !spec.hostNetwork) {
        errors.push_back(api::invalid_literal(
            path / "hostNetwork", "false",
            "hostNetwork must be true if pod contains any hostProcess containers"));
    }
    return errors;
}

FieldErrors validate_os(const PodSpecBody& spec, const Path& path) {
    if (!spec.os) {
        return {};
    }
    if (spec.os->name.empty()) {
        return {api::required_value(path / "os" / "name", "")};
    }
    if (spec.os->name == "linux") {
        return validate_linux(spec, path);
    }
    if (spec.os->name == "windows") {
        return validate_windows(spec, path);
    }
    return {api::unsupported_value(path / "os", spec.os->name, {"linux", "windows"})};
}

}  // namespace wavetank::registry
