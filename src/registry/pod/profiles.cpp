#include "registry/pod/annotations.hpp"
#include "registry/pod/containers.hpp"
#include "registry/pod/paths.hpp"
#include "registry/pod/security.hpp"

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::string_view local_prefix = "localhost/";

const std::string* find(const api::StringMap& annotations, const std::string& key) {
    const auto found = annotations.find(key);
    return found == annotations.end() ? nullptr : &found->second;
}

bool is_windows(const PodSpecBody& spec) {
    return spec.os && spec.os->name == "windows";
}

FieldErrors validate_seccomp_annotation(const std::string& profile, const Path& path) {
    if (profile == "runtime/default" || profile == "docker/default" || profile == "unconfined") {
        return {};
    }
    if (profile.starts_with(local_prefix)) {
        return validate_descending_path(profile.substr(local_prefix.size()), path);
    }
    return {api::invalid_value(path, profile, "must be a valid seccomp profile")};
}

bool has_container(const PodSpecBody& spec, std::string_view name) {
    bool found = false;
    for_each_container(spec, Path{""}, [&](const Container& container, const Path&) {
        found = found || container.name == name;
    });
    return found;
}

// The errors of the three types a profile can have; `what` is "seccomp" or "apparmor".
template <class P>
FieldErrors validate_agreement(const std::string& annotation, const P& profile,
                               std::string_view what, const Path& path) {
    const std::string type_differs = std::string{what} + " type in annotation and field must match";
    const bool is_runtime_default =
        annotation == "runtime/default" || (what == "seccomp" && annotation == "docker/default");
    if ((profile.type == "Unconfined" && annotation != "unconfined") ||
        (profile.type == "RuntimeDefault" && !is_runtime_default) ||
        (profile.type == "Localhost" && !annotation.starts_with(local_prefix))) {
        return {api::forbidden_value(path / "type", type_differs)};
    }
    if (profile.type == "Localhost" &&
        annotation.substr(local_prefix.size()) != profile.localhostProfile) {
        return {api::forbidden_value(
            path / "localhostProfile",
            std::string{what} + " profile in annotation and field must match")};
    }
    return {};
}

FieldErrors validate_seccomp_agrees(const api::StringMap& annotations, const PodSpecBody& spec,
                                    const Path& path) {
    FieldErrors errors;
    if (const std::string* annotation = find(annotations, std::string{seccomp_pod_key});
        annotation != nullptr && spec.securityContext && spec.securityContext->seccompProfile) {
        append(errors, validate_agreement(*annotation, *spec.securityContext->seccompProfile,
                                          "seccomp", path / "securityContext" / "seccompProfile"));
    }
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        const std::string* annotation =
            find(annotations, std::string{seccomp_prefix} + container.name);
        if (annotation != nullptr && container.securityContext &&
            container.securityContext->seccompProfile) {
            append(errors,
                   validate_agreement(*annotation, *container.securityContext->seccompProfile,
                                      "seccomp", at / "securityContext" / "seccompProfile"));
        }
    });
    return errors;
}

FieldErrors validate_apparmor_agrees(const api::StringMap& annotations, const PodSpecBody& spec,
                                     const Path& path) {
    if (is_windows(spec)) {
        return {};
    }
    FieldErrors errors;
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        const std::string* annotation =
            find(annotations, std::string{apparmor_prefix} + container.name);
        api::Boxed<AppArmorProfile> profile;
        if (spec.securityContext) {
            profile = spec.securityContext->appArmorProfile;
        }
        if (container.securityContext && container.securityContext->appArmorProfile) {
            profile = container.securityContext->appArmorProfile;
        }
        if (annotation != nullptr && profile) {
            append(errors, validate_agreement(*annotation, *profile, "apparmor",
                                              at / "securityContext" / "appArmorProfile"));
        }
    });
    return errors;
}

// For `Container` and `EphemeralContainer`.
template <class C>
void adopt(C& container, const std::string& annotation,
           const api::Boxed<AppArmorProfile>& pod_profile) {
    const api::Boxed<AppArmorProfile> profile = apparmor_profile_of(annotation);
    if (!profile || profile == pod_profile) {
        return;
    }
    if (!container.securityContext) {
        container.securityContext.emplace();
    }
    container.securityContext->appArmorProfile = profile;
}

}  // namespace

FieldErrors validate_profile_annotations(const api::StringMap& annotations, const PodSpecBody& spec,
                                         const Path& path) {
    FieldErrors errors;
    if (const std::string* profile = find(annotations, std::string{seccomp_pod_key})) {
        append(errors, validate_seccomp_annotation(*profile, path / seccomp_pod_key));
    }
    for (const auto& [key, profile] : annotations) {
        if (key.starts_with(seccomp_prefix)) {
            append(errors, validate_seccomp_annotation(profile, path / key));
        }
    }
    for (const auto& [key, profile] : annotations) {
        if (!key.starts_with(apparmor_prefix)) {
            continue;
        }
        if (const std::string name = key.substr(apparmor_prefix.size());
            !has_container(spec, name)) {
            errors.push_back(api::invalid_value(path.key(key), name, "container not found"));
        }
        if (!profile.empty() && profile != "runtime/default" && profile != "unconfined" &&
            !profile.starts_with(local_prefix)) {
            errors.push_back(api::invalid_value(
                path.key(key), profile, "invalid AppArmor profile name: " + api::quoted(profile)));
        }
    }
    return errors;
}

FieldErrors validate_profiles_agree(const api::StringMap& annotations, const PodSpecBody& spec,
                                    const Path& path) {
    if (annotations.empty()) {
        return {};
    }
    FieldErrors errors = validate_seccomp_agrees(annotations, spec, path);
    append(errors, validate_apparmor_agrees(annotations, spec, path));
    return errors;
}

api::Boxed<AppArmorProfile> apparmor_profile_of(const std::string& annotation) {
    if (annotation == "unconfined") {
        return AppArmorProfile{.type = "Unconfined"};
    }
    if (annotation == "runtime/default") {
        return AppArmorProfile{.type = "RuntimeDefault"};
    }
    if (annotation.starts_with(local_prefix) && annotation.size() > local_prefix.size()) {
        return AppArmorProfile{.type = "Localhost",
                               .localhostProfile = annotation.substr(local_prefix.size())};
    }
    return {};
}

void adopt_apparmor_annotations(Pod& pod) {
    const api::StringMap& annotations = *pod.metadata.annotations;
    if (annotations.empty() || is_windows(*pod.spec.body)) {
        return;
    }
    PodSpecBody& spec = pod.spec.edit();
    api::Boxed<AppArmorProfile> pod_profile;
    if (spec.securityContext) {
        pod_profile = spec.securityContext->appArmorProfile;
    }
    edit_each_container(spec, [&](auto& container) {
        const std::string* annotation =
            find(annotations, std::string{apparmor_prefix} + container.name);
        const bool has_field =
            container.securityContext && container.securityContext->appArmorProfile;
        if (annotation != nullptr && !has_field) {
            adopt(container, *annotation, pod_profile);
        }
    });
}

}  // namespace wavetank::registry
