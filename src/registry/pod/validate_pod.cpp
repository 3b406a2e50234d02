#include "registry/pod/annotations.hpp"
#include "registry/pod/container_rules.hpp"
#include "registry/pod/pod_rules.hpp"
#include "registry/pod/resources.hpp"
#include "registry/pod/scheduling.hpp"
#include "registry/pod/security.hpp"
#include "registry/pod/volumes.hpp"
#include "registry/pod/whole_pod.hpp"

#include <wavetank/api/names.hpp>

#include <charconv>
#include <limits>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::string_view deletion_cost_key = "controller.kubernetes.io/pod-deletion-cost";
constexpr std::int64_t hostname_override_length_max = 64;

// Whether a rule holds for pods alone.
enum class Owner : std::uint8_t { Pod, Template };

FieldErrors validate_name(const std::string& name, const Path& path) {
    FieldErrors errors;
    append_problems(errors, path, name,
                    api::check_name_as_dns_subdomain(name, api::NameForm::Whole));
    return errors;
}

FieldErrors validate_label(const std::string& name, const Path& path) {
    FieldErrors errors;
    if (!name.empty()) {
        append_problems(errors, path, name, api::check_dns1123_label(name));
    }
    return errors;
}

FieldErrors validate_choice(const std::string& value, const std::vector<std::string>& supported,
                            const Path& path) {
    if (value.empty()) {
        return {api::required_value(path, "")};
    }
    for (const std::string& each : supported) {
        if (value == each) {
            return {};
        }
    }
    return {api::unsupported_value(path, value, supported)};
}

bool is_deletion_cost(const std::string& text) {
    if (text.empty() || (text.front() == '0' && text != "0") || text.front() == '+') {
        return false;
    }
    std::int32_t cost = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, cost);
    return error == std::errc{} && stop == end;
}

FieldErrors validate_claim(const PodResourceClaim& claim, std::set<std::string>& names,
                           const Path& path) {
    FieldErrors errors;
    if (claim.name.empty()) {
        errors.push_back(api::required_value(path / "name", ""));
    } else if (!names.insert(claim.name).second) {
        errors.push_back(api::duplicate_value(path / "name", claim.name));
    } else {
        append(errors, validate_label(claim.name, path / "name"));
    }
    const auto text = [](const std::optional<std::string>& member) {
        return member ? api::json_quoted(*member) : std::string{"null"};
    };
    const std::string whole =
        "{\"Name\":" + api::json_quoted(claim.name) +
        ",\"ResourceClaimName\":" + text(claim.resourceClaimName) +
        ",\"ResourceClaimTemplateName\":" + text(claim.resourceClaimTemplateName) + "}";
    if (claim.resourceClaimName && claim.resourceClaimTemplateName) {
        errors.push_back(api::invalid_literal(path, whole,
                                              "at most one of `resourceClaimName` or "
                                              "`resourceClaimTemplateName` may be specified"));
    }
    if (!claim.resourceClaimName && !claim.resourceClaimTemplateName) {
        errors.push_back(api::invalid_literal(
            path, whole, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
    }
    if (claim.resourceClaimName) {
        append(errors, validate_name(*claim.resourceClaimName, path / "resourceClaimName"));
    }
    if (claim.resourceClaimTemplateName) {
        append(errors,
               validate_name(*claim.resourceClaimTemplateName, path / "resourceClaimTemplateName"));
    }
    return errors;
}

FieldErrors validate_claims(const std::vector<PodResourceClaim>& claims, bool is_mirror,
                            const Path& path) {
    FieldErrors errors;
    std::set<std::string> names;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (is_mirror) {
            errors.push_back(
                api::forbidden_value("", "static pods do not support resource claims"));
        } else {
            append(errors, validate_claim(claims[i], names, path[i]));
        }
    }
    return errors;
}

FieldErrors validate_host_network(const PodSpecBody& spec, Owner owner, const Path& path) {
    FieldErrors errors;
    if (!spec.hostNetwork) {
        return errors;
    }
    for (std::size_t i = 0; i < spec.containers.size(); ++i) {
        const auto& ports = spec.containers[i].ports;
        for (std::size_t j = 0; j < ports.size(); ++j) {
            const std::int32_t host = ports[j].hostPort;
            if ((owner == Owner::Pod || host != 0) && host != ports[j].containerPort) {
                errors.push_back(api::invalid_value(
                    ((path / "containers")[i] / "ports")[j] / "hostPort", std::int64_t{host},
                    "must match `containerPort` when `hostNetwork` is true"));
            }
        }
    }
    return errors;
}

FieldErrors validate_gates(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < spec.readinessGates.size(); ++i) {
        const std::string& type = spec.readinessGates[i].conditionType;
        append_problems(errors, (path / "readinessGates")[i] / "conditionType", type,
                        api::check_qualified_name(type));
    }
    std::set<std::string> seen;
    for (std::size_t i = 0; i < spec.schedulingGates.size(); ++i) {
        const std::string& name = spec.schedulingGates[i].name;
        const Path at = (path / "schedulingGates")[i];
        append_problems(errors, at, name, api::check_qualified_name(name));
        if (!seen.insert(name).second) {
            errors.push_back(api::duplicate_value(at, name));
        }
    }
    return errors;
}

FieldErrors validate_hostname_override(const PodSpecBody& spec, const Path& path) {
    if (!spec.hostnameOverride) {
        return {};
    }
    FieldErrors errors;
    if (spec.setHostnameAsFQDN.value_or(false)) {
        errors.push_back(
            api::forbidden_value(path, "may not be specified when setHostnameAsFQDN is true"));
    }
    if (spec.hostNetwork) {
        errors.push_back(
            api::forbidden_value(path, "may not be specified when hostNetwork is true"));
    }
    const std::string& name = *spec.hostnameOverride;
    if (std::ssize(name) > hostname_override_length_max) {
        errors.push_back(api::too_long_value(path, hostname_override_length_max));
    }
    append_problems(errors, path, name, api::check_dns1123_subdomain(name));
    return errors;
}

// The names and numbers at the end of upstream's list.
FieldErrors validate_identity(const PodSpec& spec, const Path& path) {
    FieldErrors errors;
    const std::string& account = spec->serviceAccountName;
    if (!account.empty()) {
        append(errors, validate_name(account, path / "serviceAccountName"));
    }
    if (spec->serviceAccount != account) {
        errors.push_back(
            api::invalid_value(path / "deprecatedServiceAccount", spec->serviceAccount,
                               "must be the same as serviceAccountName: " + api::quoted(account)));
    }
    if (!spec.nodeName.empty()) {
        append(errors, validate_name(spec.nodeName, path / "nodeName"));
    }
    constexpr std::int64_t deadline_max = std::numeric_limits<std::int32_t>::max();
    if (const auto& deadline = spec->activeDeadlineSeconds;
        deadline && (*deadline < 1 || *deadline > deadline_max)) {
        errors.push_back(api::invalid_value(path / "activeDeadlineSeconds", *deadline,
                                            "must be between 1 and 2147483647, inclusive"));
    }
    append(errors, validate_label(*spec.hostname, path / "hostname"));
    append(errors, validate_label(spec->subdomain, path / "subdomain"));
    append(errors, validate_tolerations(spec->tolerations, path / "tolerations"));
    append(errors, validate_host_aliases(spec->hostAliases, path / "hostAliases"));
    if (!spec->priorityClassName.empty()) {
        append(errors, validate_name(spec->priorityClassName, path / "priorityClassName"));
    }
    if (spec->runtimeClassName) {
        append(errors, validate_name(*spec->runtimeClassName, path / "runtimeClassName"));
    }
    if (spec->preemptionPolicy) {
        append(errors, validate_choice(*spec->preemptionPolicy, {"PreemptLowerPriority", "Never"},
                                       path / "preemptionPolicy"));
    }
    append(errors, validate_overhead(spec->overhead, path / "overhead"));
    append(errors, validate_os(*spec.body, path));
    return errors;
}

// The rules of the shared network and process spaces, of rights and of places to run.
FieldErrors validate_surroundings(const PodSpecBody& spec, Owner owner, const Path& path) {
    FieldErrors errors = validate_host_network(spec, owner, path);
    append(errors, validate_choice(spec.restartPolicy, {"Always", "OnFailure", "Never"},
                                   path / "restartPolicy"));
    append(errors, validate_choice(spec.dnsPolicy,
                                   {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"},
                                   path / "dnsPolicy"));
    append(errors, api::validate_labels(spec.nodeSelector, (path / "nodeSelector").text()));
    append(errors, validate_pod_security(spec, path / "securityContext"));
    if (spec.hostPID && spec.shareProcessNamespace.value_or(false)) {
        errors.push_back(
            api::invalid_literal(path / "shareProcessNamespace", "true",
                                 "ShareProcessNamespace and HostPID cannot both be enabled"));
    }
    append(errors, validate_affinity(spec.affinity, path / "affinity"));
    append(errors, validate_dns_config(spec, path / "dnsConfig"));
    append(errors, validate_gates(spec, path));
    append(errors,
           validate_spread(spec.topologySpreadConstraints, path / "topologySpreadConstraints"));
    append(errors, validate_host_process(spec, path));
    append(errors, validate_host_users(spec, path));
    append(errors, validate_hostname_override(spec, path / "hostnameOverride"));
    return errors;
}

FieldErrors validate_spec(const PodSpec& spec, const api::metav1::ObjectMeta& metadata, Owner owner,
                          const Path& path) {
    FieldErrors errors;
    const PodSpecBody& body = *spec.body;
    if (!body.terminationGracePeriodSeconds) {
        errors.push_back(api::required_value(path / "terminationGracePeriodSeconds", ""));
    }
    VolumeFindings volumes = validate_volumes(
        body.volumes, owner == Owner::Pod ? std::string_view{metadata.name} : std::string_view{},
        path / "volumes");
    append(errors, std::move(volumes.errors));
    ContainerSurroundings pod{.spec = body, .volumes = std::move(volumes.volumes), .claims = {}};
    for (const PodResourceClaim& claim : body.resourceClaims) {
        if (!claim.name.empty()) {
            pod.claims.insert(claim.name);
        }
    }
    const bool is_mirror =
        owner == Owner::Pod && metadata.annotations->contains(std::string{mirror_key});
    append(errors, validate_claims(body.resourceClaims, is_mirror, path / "resourceClaims"));
    append(errors, validate_containers(pod, path));
    append(errors, validate_init_containers(pod, path));
    append(errors, validate_ephemeral_containers(pod, path));
    append(errors, validate_pod_level_resources(body, pod.claims, path / "resources"));
    append(errors, validate_surroundings(body, owner, path));
    append(errors, validate_identity(spec, path));
    append(errors, validate_env_files(body, path));
    return errors;
}

FieldErrors validate_token_sources(const PodSpecBody& spec, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < spec.volumes.size(); ++i) {
        if (!spec.serviceAccountName.empty() || !spec.volumes[i].projected) {
            continue;
        }
        const auto& sources = spec.volumes[i].projected->sources;
        for (std::size_t j = 0; j < sources.size(); ++j) {
            if (sources[j].serviceAccountToken) {
                errors.push_back(api::forbidden_value(
                    ((path / "volumes")[i] / "projected" / "sources")[j] / "serviceAccountToken",
                    "must not be specified when serviceAccountName is not set"));
            }
        }
    }
    return errors;
}

}  // namespace

FieldErrors validate_pod_annotations(const api::StringMap& annotations, const PodSpec& spec,
                                     const Path& path) {
    FieldErrors errors;
    if (annotations.empty()) {
        return errors;
    }
    if (const auto mirror = annotations.find(std::string{mirror_key});
        mirror != annotations.end() && spec.nodeName.empty()) {
        errors.push_back(
            api::invalid_value(path.key(mirror_key), mirror->second,
                               "must set spec.nodeName if mirror pod annotation is set"));
    }
    if (const auto cost = annotations.find(std::string{deletion_cost_key});
        cost != annotations.end() && !is_deletion_cost(cost->second)) {
        errors.push_back(api::invalid_value(path.key(deletion_cost_key), cost->second,
                                            "must be a 32bit integer"));
    }
    append(errors, validate_profile_annotations(annotations, *spec.body, path));
    return errors;
}

FieldErrors validate_any_pod(const Pod& pod) {
    const Path metadata{"metadata"};
    const Path spec{"spec"};
    FieldErrors errors =
        validate_pod_annotations(*pod.metadata.annotations, pod.spec, metadata / "annotations");
    append(errors, validate_spec(pod.spec, pod.metadata, Owner::Pod, spec));
    append(errors, validate_token_sources(*pod.spec.body, spec));
    if (const auto& grace = pod.spec->terminationGracePeriodSeconds; grace && *grace < 0) {
        errors.push_back(api::invalid_value(spec / "terminationGracePeriodSeconds", *grace,
                                            "must be greater than or equal to 0"));
    }
    append(errors, validate_image_blanks(pod.spec->containers, spec / "containers"));
    append(errors, validate_image_blanks(pod.spec->initContainers, spec / "initContainers"));
    return errors;
}

FieldErrors validate_pod(const Pod& pod) {
    const Path spec{"spec"};
    FieldErrors errors = validate_any_pod(pod);
    if (!pod.spec->ephemeralContainers.empty()) {
        errors.push_back(
            api::forbidden_value(spec / "ephemeralContainers", "cannot be set on create"));
    }
    if (!pod.spec.nodeName.empty() && !pod.spec->schedulingGates.empty()) {
        errors.push_back(api::forbidden_value(
            spec / "nodeName", "cannot be set until all schedulingGates have been cleared"));
    }
    append(errors, validate_profiles_agree(*pod.metadata.annotations, *pod.spec.body, spec));
    return errors;
}

FieldErrors validate_pod_template(const PodTemplateSpec& pod_template, const Path& path) {
    const api::metav1::ObjectMeta& metadata = pod_template.metadata;
    FieldErrors errors = api::validate_labels(*metadata.labels, (path / "labels").text());
    append(errors, api::validate_annotations(*metadata.annotations, (path / "annotations").text()));
    append(errors, validate_pod_annotations(*metadata.annotations, pod_template.spec,
                                            path / "annotations"));
    append(errors, validate_spec(pod_template.spec, metadata, Owner::Template, path / "spec"));
    append(errors,
           validate_profiles_agree(*metadata.annotations, *pod_template.spec.body, path / "spec"));
    if (!pod_template.spec->ephemeralContainers.empty()) {
        errors.push_back(api::forbidden_value(path / "spec" / "ephemeralContainers",
                                              "ephemeral containers not allowed in pod template"));
    }
    return errors;
}

}  // namespace wavetank::registry
