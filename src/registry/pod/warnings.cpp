#include "registry/pod/warnings.hpp"

#include "registry/pod/annotations.hpp"
#include "registry/pod/containers.hpp"
#include "registry/pod/pod_rules.hpp"
#include "registry/pod/security.hpp"

#include <arpa/inet.h>

#include <array>
#include <set>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::string_view use_seccomp_field =
    R"(: non-functional in v1.27+; use the "seccompProfile" field instead)";
constexpr std::string_view use_apparmor_field =
    R"(: deprecated since v1.30; use the "appArmorProfile" field instead)";

struct Deprecation {
    std::string_view key;
    std::string_view message;
};

constexpr std::array<Deprecation, 8> node_labels{{
    {"beta.kubernetes.io/arch", R"(deprecated since v1.14; use "kubernetes.io/arch" instead)"},
    {"beta.kubernetes.io/os", R"(deprecated since v1.14; use "kubernetes.io/os" instead)"},
    {"failure-domain.beta.kubernetes.io/region",
     R"(deprecated since v1.17; use "topology.kubernetes.io/region" instead)"},
    {"failure-domain.beta.kubernetes.io/zone",
     R"(deprecated since v1.17; use "topology.kubernetes.io/zone" instead)"},
    {"beta.kubernetes.io/instance-type",
     R"(deprecated since v1.17; use "node.kubernetes.io/instance-type" instead)"},
    {"app.kubernetes.io/created-by", "deprecated since v1.9"},
    {"scheduler.alpha.kubernetes.io/preferAvoidPods",
     "deprecated since v1.22; use Taints and Tolerations instead"},
    {"node-role.kubernetes.io/master", R"(use "node-role.kubernetes.io/control-plane" instead)"},
}};

constexpr std::array<Deprecation, 3> annotations_without_effect{{
    {"scheduler.alpha.kubernetes.io/critical-pod",
     R"(non-functional in v1.16+; use the "priorityClassName" field instead)"},
    {"security.alpha.kubernetes.io/sysctls",
     R"(non-functional in v1.11+; use the "sysctls" field instead)"},
    {"security.alpha.kubernetes.io/unsafe-sysctls",
     R"(non-functional in v1.11+; use the "sysctls" field instead)"},
}};

std::string_view deprecation_of(std::string_view label) {
    for (const Deprecation& each : node_labels) {
        if (each.key == label) {
            return each.message;
        }
    }
    return {};
}

// "path: message"
std::string about(const Path& path, std::string_view message) {
    return path.text() + ": " + std::string{message};
}

Warnings selector_term_warnings(const NodeSelectorTerm& term, bool checks_values,
                                const Path& path) {
    Warnings warnings;
    for (std::size_t i = 0; i < term.matchExpressions.size(); ++i) {
        const NodeSelectorRequirement& expression = term.matchExpressions[i];
        const Path at = (path / "matchExpressions")[i];
        if (const std::string_view message = deprecation_of(expression.key); !message.empty()) {
            warnings.push_back(about(at / "key", expression.key + " is " + std::string{message}));
        }
        for (std::size_t j = 0; checks_values && j < expression.values.size(); ++j) {
            for (const std::string& problem : api::check_label_value(expression.values[j])) {
                warnings.push_back(
                    about((at / "values")[j], expression.values[j] + " is invalid, " + problem));
            }
        }
    }
    return warnings;
}

Warnings node_choice_warnings(const PodSpecBody& spec, const Path& path) {
    Warnings warnings;
    for (const auto& [key, value] : spec.nodeSelector) {
        if (const std::string_view message = deprecation_of(key); !message.empty()) {
            warnings.push_back(about((path / "nodeSelector").key(key), message));
        }
    }
    if (!spec.affinity || !spec.affinity->nodeAffinity) {
        return warnings;
    }
    const NodeAffinity& affinity = *spec.affinity->nodeAffinity;
    const Path at = path / "affinity" / "nodeAffinity";
    if (const auto& required = affinity.requiredDuringSchedulingIgnoredDuringExecution) {
        const Path terms =
            at / "requiredDuringSchedulingIgnoredDuringExecution" / "nodeSelectorTerms";
        for (std::size_t i = 0; i < required->nodeSelectorTerms.size(); ++i) {
            append(warnings,
                   selector_term_warnings(required->nodeSelectorTerms[i], false, terms[i]));
        }
    }
    const auto& preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < preferred.size(); ++i) {
        append(warnings,
               selector_term_warnings(
                   preferred[i].preference, true,
                   (at / "preferredDuringSchedulingIgnoredDuringExecution")[i] / "preference"));
    }
    return warnings;
}

Warnings spread_warnings(const PodSpecBody& spec, const Path& path) {
    Warnings warnings;
    for (std::size_t i = 0; i < spec.topologySpreadConstraints.size(); ++i) {
        const TopologySpreadConstraint& constraint = spec.topologySpreadConstraints[i];
        const Path at = (path / "topologySpreadConstraints")[i];
        if (const std::string_view message = deprecation_of(constraint.topologyKey);
            !message.empty()) {
            warnings.push_back(
                about(at / "topologyKey", constraint.topologyKey + " is " + std::string{message}));
        }
        if (!constraint.labelSelector) {
            warnings.push_back(
                about(at / "labelSelector", "a null labelSelector results in matching no pod"));
        }
    }
    return warnings;
}

bool is_fractional(const api::ResourceList& list, const std::string& name) {
    const auto found = list.find(name);
    return found != list.end() && found->second.milli_value() % 1000 != 0;
}

Warnings byte_warnings(const api::ResourceList& list, const std::string& name, const Path& path) {
    if (!is_fractional(list, name)) {
        return {};
    }
    return {about(path.key(name), "fractional byte value " +
                                      api::quoted(list.at(name).to_string()) +
                                      " is invalid, must be an integer")};
}

Warnings volume_warnings(const std::vector<Volume>& volumes, const Path& path) {
    Warnings warnings;
    for (std::size_t i = 0; i < volumes.size(); ++i) {
        const Volume& volume = volumes[i];
        const auto deprecated = [&](std::string_view name, const auto& source,
                                    std::string_view message) {
            if (source) {
                warnings.push_back(about(path[i] / name, message));
            }
        };
        deprecated("photonPersistentDisk", volume.photonPersistentDisk,
                   "deprecated in v1.11, non-functional in v1.16+");
        deprecated("gitRepo", volume.gitRepo,
                   "deprecated in v1.11, and disabled by default in v1.33+");
        deprecated("scaleIO", volume.scaleIO, "deprecated in v1.16, non-functional in v1.22+");
        deprecated("flocker", volume.flocker, "deprecated in v1.22, non-functional in v1.25+");
        deprecated("storageOS", volume.storageos, "deprecated in v1.22, non-functional in v1.25+");
        deprecated("quobyte", volume.quobyte, "deprecated in v1.22, non-functional in v1.25+");
        deprecated("glusterfs", volume.glusterfs, "deprecated in v1.25, non-functional in v1.26+");
        if (volume.ephemeral && volume.ephemeral->volumeClaimTemplate) {
            const auto& resources = volume.ephemeral->volumeClaimTemplate->spec.resources;
            const Path at = path[i] / "ephemeral" / "volumeClaimTemplate" / "spec" / "resources";
            append(warnings, byte_warnings(resources.requests, "storage", at / "requests"));
            append(warnings, byte_warnings(resources.limits, "storage", at / "limits"));
        }
        deprecated("cephfs", volume.cephfs, "deprecated in v1.28, non-functional in v1.31+");
        deprecated("rbd", volume.rbd, "deprecated in v1.28, non-functional in v1.31+");
    }
    return warnings;
}

Warnings alias_and_secret_warnings(const PodSpecBody& spec, const Path& path) {
    Warnings warnings;
    std::set<std::string> addresses;
    for (std::size_t i = 0; i < spec.hostAliases.size(); ++i) {
        if (!addresses.insert(spec.hostAliases[i].ip).second) {
            warnings.push_back(about((path / "hostAliases")[i] / "ip",
                                     "duplicate ip " + api::quoted(spec.hostAliases[i].ip)));
        }
    }
    std::set<std::string> names;
    for (std::size_t i = 0; i < spec.imagePullSecrets.size(); ++i) {
        const std::string& name = spec.imagePullSecrets[i].name;
        if (!names.insert(name).second) {
            warnings.push_back(about((path / "imagePullSecrets")[i] / "name",
                                     "duplicate name " + api::quoted(name)));
        }
    }
    for (std::size_t i = 0; i < spec.imagePullSecrets.size(); ++i) {
        if (spec.imagePullSecrets[i].name.empty()) {
            warnings.push_back(
                about((path / "imagePullSecrets")[i] / "name", "invalid empty name \"\""));
        }
    }
    return warnings;
}

bool refers_to_itself(const EnvVar& env) {
    const std::string reference = "$(" + env.name + ")";
    return !env.valueFrom && env.value != reference &&
           env.value.find(reference) != std::string::npos;
}

Warnings env_warnings(const std::vector<EnvVar>& env, const Path& path) {
    Warnings warnings;
    std::set<std::string> names;
    for (std::size_t i = 0; i < env.size(); ++i) {
        if (!names.insert(env[i].name).second && !refers_to_itself(env[i])) {
            warnings.push_back(about(path[i], "hides previous definition of " +
                                                  api::quoted(env[i].name) +
                                                  ", which may be dropped when using apply"));
        }
    }
    return warnings;
}

// What the rules of profiles need: where the annotations are and whose they are.
struct Annotated {
    const api::StringMap& annotations;
    Path path;
    bool is_template;
};

bool is_deprecated_apparmor(const Container& container, const std::string& annotation,
                            const api::Boxed<AppArmorProfile>& pod_profile, bool is_template) {
    const api::Boxed<AppArmorProfile> profile = apparmor_profile_of(annotation);
    const bool has_field = container.securityContext && container.securityContext->appArmorProfile;
    if (is_template) {
        return !has_field && (!pod_profile || profile != pod_profile);
    }
    // In a pod the annotation has already been copied into the field.
    return has_field ? container.securityContext->appArmorProfile == profile : !profile.has_value();
}

Warnings container_warnings(const Container& container, const PodSpecBody& spec,
                            const Annotated& metadata, const Path& path) {
    Warnings warnings;
    const bool has_seccomp = container.securityContext && container.securityContext->seccompProfile;
    if (const std::string key = std::string{seccomp_prefix} + container.name;
        !has_seccomp && metadata.annotations.contains(key)) {
        warnings.push_back(metadata.path.key(key).text() + std::string{use_seccomp_field});
    }
    const std::string key = std::string{apparmor_prefix} + container.name;
    if (const auto annotation = metadata.annotations.find(key);
        metadata.is_template && annotation != metadata.annotations.end() &&
        is_deprecated_apparmor(container, annotation->second,
                               spec.securityContext ? spec.securityContext->appArmorProfile
                                                    : api::Boxed<AppArmorProfile>{},
                               true)) {
        warnings.push_back(metadata.path.key(key).text() + std::string{use_apparmor_field});
    }
    const Path limits = path / "resources" / "limits";
    const Path requests = path / "resources" / "requests";
    append(warnings, byte_warnings(container.resources.limits, "memory", limits));
    append(warnings, byte_warnings(container.resources.requests, "memory", requests));
    append(warnings, byte_warnings(container.resources.limits, "ephemeral-storage", limits));
    append(warnings, byte_warnings(container.resources.requests, "ephemeral-storage", requests));
    append(warnings, env_warnings(container.env, path / "env"));
    return warnings;
}

// For `PodAffinity` and `PodAntiAffinity`.
template <class A>
Warnings affinity_warnings(const api::Boxed<A>& affinity, const Path& path) {
    Warnings warnings;
    if (!affinity) {
        return warnings;
    }
    constexpr std::string_view message = "a null labelSelector results in matching no pod";
    const auto& required = affinity->requiredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < required.size(); ++i) {
        if (!required[i].labelSelector) {
            warnings.push_back(about(
                (path / "requiredDuringSchedulingIgnoredDuringExecution")[i] / "labelSelector",
                message));
        }
    }
    const auto& preferred = affinity->preferredDuringSchedulingIgnoredDuringExecution;
    for (std::size_t i = 0; i < preferred.size(); ++i) {
        if (!preferred[i].podAffinityTerm.labelSelector) {
            warnings.push_back(about((path / "preferredDuringSchedulingIgnoredDuringExecution")[i] /
                                         "podAffinityTerm" / "labelSelector",
                                     message));
        }
    }
    return warnings;
}

Warnings address_warnings(const std::string& address, const Path& path) {
    in6_addr bytes{};
    std::array<char, INET6_ADDRSTRLEN> canonical{};
    if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1 ||
        inet_ntop(AF_INET6, &bytes, canonical.data(), canonical.size()) == nullptr ||
        address == canonical.data()) {
        return {};
    }
    return {about(path, "IPv6 address " + api::quoted(address) +
                            " should be in RFC 5952 canonical format (" +
                            api::quoted(canonical.data()) + ")")};
}

Warnings network_warnings(const PodSpecBody& spec, const Path& path) {
    Warnings warnings;
    if (spec.affinity) {
        const Path at = path / "affinity";
        append(warnings, affinity_warnings(spec.affinity->podAffinity, at / "podAffinity"));
        append(warnings, affinity_warnings(spec.affinity->podAntiAffinity, at / "podAntiAffinity"));
    }
    if (spec.dnsConfig) {
        const auto& nameservers = spec.dnsConfig->nameservers;
        for (std::size_t i = 0; i < nameservers.size(); ++i) {
            append(warnings,
                   address_warnings(nameservers[i], (path / "dnsConfig" / "nameservers")[i]));
        }
    }
    for (std::size_t i = 0; i < spec.hostAliases.size(); ++i) {
        append(warnings,
               address_warnings(spec.hostAliases[i].ip, (path / "hostAliases")[i] / "ip"));
    }
    return warnings;
}

Warnings spec_warnings(const PodSpecBody& spec, const Annotated& metadata, const Path& path) {
    Warnings warnings = node_choice_warnings(spec, path);
    append(warnings, spread_warnings(spec, path));
    for (const Deprecation& each : annotations_without_effect) {
        if (metadata.annotations.contains(std::string{each.key})) {
            warnings.push_back(about(metadata.path.key(each.key), each.message));
        }
    }
    append(warnings, volume_warnings(spec.volumes, path / "volumes"));
    append(warnings, overlap_warnings(spec.volumes));
    append(warnings, alias_and_secret_warnings(spec, path));
    append(warnings, byte_warnings(spec.overhead, "memory", path / "overhead"));
    append(warnings, byte_warnings(spec.overhead, "ephemeral-storage", path / "overhead"));
    const bool has_seccomp = spec.securityContext && spec.securityContext->seccompProfile;
    if (!has_seccomp && metadata.annotations.contains(std::string{seccomp_pod_key})) {
        warnings.push_back(metadata.path.key(seccomp_pod_key).text() +
                           std::string{use_seccomp_field});
    }
    for_each_container(spec, path, [&](const Container& container, const Path& at) {
        append(warnings, container_warnings(container, spec, metadata, at));
    });
    append(warnings, port_warnings(spec, path));
    if (spec.terminationGracePeriodSeconds.value_or(0) < 0) {
        warnings.push_back(
            about(path / "terminationGracePeriodSeconds",
                  "must be >= 0; negative values are invalid and will be treated as 1"));
    }
    append(warnings, network_warnings(spec, path));
    return warnings;
}

Warnings apparmor_warnings(const PodSpecBody& spec, const Annotated& metadata, const Path& path) {
    Warnings warnings;
    if (metadata.annotations.empty() || (spec.os && spec.os->name == "windows")) {
        return warnings;
    }
    for_each_container(spec, path, [&](const Container& container, const Path&) {
        const std::string key = std::string{apparmor_prefix} + container.name;
        const auto annotation = metadata.annotations.find(key);
        if (annotation != metadata.annotations.end() &&
            is_deprecated_apparmor(container, annotation->second, {}, false)) {
            warnings.push_back(metadata.path.key(key).text() + std::string{use_apparmor_field});
        }
    });
    return warnings;
}

}  // namespace

void append(Warnings& warnings, Warnings more) {
    for (std::string& warning : more) {
        warnings.push_back(std::move(warning));
    }
}

std::vector<std::string> pod_warnings(const Pod& pod) {
    const Path spec{"spec"};
    const Annotated metadata{.annotations = *pod.metadata.annotations,
                             .path = Path{"metadata"} / "annotations",
                             .is_template = false};
    Warnings warnings = apparmor_warnings(*pod.spec.body, metadata, spec);
    if (const api::NameProblems problems = api::check_dns1123_label(pod.metadata.name);
        !problems.empty()) {
        std::string joined;
        for (const std::string& problem : problems) {
            joined += (joined.empty() ? "" : " ") + problem;
        }
        warnings.push_back(
            "metadata.name: this is used in the Pod's hostname, which can result in surprising "
            "behavior; a DNS label is recommended: [" +
            joined + "]");
    }
    append(warnings, spec_warnings(*pod.spec.body, metadata, spec));
    return warnings;
}

std::vector<std::string> pod_template_warnings(const PodTemplateSpec& pod_template,
                                               const Path& path) {
    const Annotated metadata{.annotations = *pod_template.metadata.annotations,
                             .path = path / "metadata" / "annotations",
                             .is_template = true};
    return spec_warnings(*pod_template.spec.body, metadata, path / "spec");
}

}  // namespace wavetank::registry
