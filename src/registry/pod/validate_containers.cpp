#include "registry/pod/container_rules.hpp"
#include "registry/pod/containers.hpp"
#include "registry/pod/probes.hpp"
#include "registry/pod/resources.hpp"
#include "registry/pod/security.hpp"

#include <algorithm>
#include <array>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::size_t restart_rules_max = 20;
constexpr std::size_t exit_codes_max = 255;

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

FieldErrors validate_port_number(std::int32_t port, const Path& path) {
    FieldErrors errors;
    for (const std::string& problem : api::check_port_number(port)) {
        errors.push_back(api::invalid_value(path, std::int64_t{port}, problem));
    }
    return errors;
}

FieldErrors validate_ports(const std::vector<ContainerPort>& ports, const Path& path) {
    FieldErrors errors;
    std::set<std::string> names;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const ContainerPort& port = ports[i];
        const Path at = path[i];
        if (!port.name.empty()) {
            const api::NameProblems problems = api::check_port_name(port.name);
            append_problems(errors, at / "name", port.name, problems);
            if (problems.empty() && !names.insert(port.name).second) {
                errors.push_back(api::duplicate_value(at / "name", port.name));
            }
        }
        if (port.containerPort == 0) {
            errors.push_back(api::required_value(at / "containerPort", ""));
        } else {
            append(errors, validate_port_number(port.containerPort, at / "containerPort"));
        }
        if (port.hostPort != 0) {
            append(errors, validate_port_number(port.hostPort, at / "hostPort"));
        }
        if (port.protocol.empty()) {
            errors.push_back(api::required_value(at / "protocol", ""));
        } else if (port.protocol != "TCP" && port.protocol != "UDP" && port.protocol != "SCTP") {
            errors.push_back(
                api::unsupported_value(at / "protocol", port.protocol, {"SCTP", "TCP", "UDP"}));
        }
    }
    return errors;
}

// One host port for one purpose, among the containers from `first` to `last`.
FieldErrors validate_host_ports(std::span<const Container> containers, const Path& path) {
    FieldErrors errors;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < containers.size(); ++i) {
        for (std::size_t j = 0; j < containers[i].ports.size(); ++j) {
            const ContainerPort& port = containers[i].ports[j];
            if (port.hostPort == 0) {
                continue;
            }
            const std::string key =
                port.protocol + "/" + port.hostIP + "/" + std::to_string(port.hostPort);
            if (!taken.insert(key).second) {
                errors.push_back(api::duplicate_value((path[i] / "ports")[j] / "hostPort", key));
            }
        }
    }
    return errors;
}

FieldErrors validate_resize_policy(const std::vector<ContainerResizePolicy>& policies,
                                   const std::string& pod_restart_policy, const Path& path) {
    FieldErrors errors;
    std::set<std::string> resources;
    for (std::size_t i = 0; i < policies.size(); ++i) {
        const ContainerResizePolicy& policy = policies[i];
        if (!resources.insert(policy.resourceName).second) {
            errors.push_back(api::duplicate_value(path[i], policy.resourceName));
        }
        if (policy.resourceName.empty()) {
            errors.push_back(api::required_value(path, ""));
        } else if (policy.resourceName != "cpu" && policy.resourceName != "memory") {
            errors.push_back(api::unsupported_value(path, policy.resourceName, {"cpu", "memory"}));
        }
        if (policy.restartPolicy.empty()) {
            errors.push_back(api::required_value(path, ""));
        } else if (policy.restartPolicy != "NotRequired" &&
                   policy.restartPolicy != "RestartContainer") {
            errors.push_back(api::unsupported_value(path, policy.restartPolicy,
                                                    {"NotRequired", "RestartContainer"}));
        }
        if (pod_restart_policy == "Never" && policy.restartPolicy != "NotRequired") {
            errors.push_back(
                api::invalid_value(path, policy.restartPolicy,
                                   "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
        }
    }
    return errors;
}

FieldErrors validate_restart_rule(const ContainerRestartRule& rule, const Path& path) {
    FieldErrors errors;
    if (rule.action != "Restart" && rule.action != "RestartAllContainers") {
        errors.push_back(api::unsupported_value(path / "action", rule.action,
                                                {"Restart", "RestartAllContainers"}));
    }
    if (!rule.exitCodes) {
        errors.push_back(api::required_value(path / "exitCodes", "must be specified"));
        return errors;
    }
    const ContainerRestartRuleOnExitCodes& codes = *rule.exitCodes;
    if (codes.operator_ != "In" && codes.operator_ != "NotIn") {
        errors.push_back(api::unsupported_value(path / "exitCodes" / "operator", codes.operator_,
                                                {"In", "NotIn"}));
    }
    if (codes.values.size() > exit_codes_max) {
        errors.push_back(api::too_many_values(path / "exitCodes" / "values",
                                              std::ssize(codes.values), exit_codes_max));
    }
    return errors;
}

// Containers and init containers have the same rule: rules need a policy.
FieldErrors validate_restart(const Container& container, const Path& path) {
    FieldErrors errors;
    const std::vector<ContainerRestartRule>& rules = container.restartPolicyRules;
    const auto& policy = container.restartPolicy;
    if (!policy) {
        if (!rules.empty()) {
            errors.push_back(api::required_value(
                path / "restartPolicy", "must specify restartPolicy when restart rules are used"));
        }
    } else if (*policy != "Always" && *policy != "Never" && *policy != "OnFailure") {
        errors.push_back(api::unsupported_value(path / "restartPolicy", *policy,
                                                {"Always", "Never", "OnFailure"}));
    }
    if (rules.size() > restart_rules_max) {
        errors.push_back(api::too_many_values(path / "restartPolicyRules", std::ssize(rules),
                                              restart_rules_max));
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        append(errors, validate_restart_rule(rules[i], (path / "restartPolicyRules")[i]));
    }
    return errors;
}

FieldErrors validate_init_restart(const Container& container, const Path& path) {
    if (!container.restartPolicy && !container.restartPolicyRules.empty()) {
        return {api::required_value(path / "restartPolicy",
                                    "must specify restartPolicy when restart rules are used")};
    }
    return validate_restart(container, path);
}

FieldErrors validate_message_policy(const std::string& policy, const Path& path) {
    if (policy.empty()) {
        return {api::required_value(path, "")};
    }
    if (policy != "File" && policy != "FallbackToLogsOnError") {
        return {api::unsupported_value(path, policy, {"File", "FallbackToLogsOnError"})};
    }
    return {};
}

FieldErrors validate_common(const Container& container, const ContainerSurroundings& pod,
                            const Path& path) {
    FieldErrors errors;
    if (container.name.empty()) {
        errors.push_back(api::required_value(path / "name", ""));
    } else {
        append_problems(errors, path / "name", container.name,
                        api::check_dns1123_label(container.name));
    }
    if (container.image.empty()) {
        errors.push_back(api::required_value(path / "image", ""));
    }
    append(errors, validate_message_policy(container.terminationMessagePolicy,
                                           path / "terminationMessagePolicy"));
    append(errors, validate_ports(container.ports, path / "ports"));
    append(errors, validate_env(container.env, path / "env"));
    append(errors, validate_env_from(container.envFrom, path / "envFrom"));
    append(errors, validate_volume_mounts(container, pod.volumes, path / "volumeMounts"));
    append(errors, validate_volume_devices(container, pod.volumes, path / "volumeDevices"));
    append(errors, validate_pull_policy(container.imagePullPolicy, path / "imagePullPolicy"));
    append(errors,
           validate_container_resources(container.resources, pod.claims, path / "resources"));
    append(errors, validate_resize_policy(container.resizePolicy, pod.spec.restartPolicy,
                                          path / "resizePolicy"));
    append(errors,
           validate_container_security(
               container.securityContext, path / "securityContext",
               pod.spec.hostUsers.value_or(true) ? UserNamespace::Host : UserNamespace::Own));
    return errors;
}

FieldErrors validate_init_resize(const Container& container, const Path& path) {
    if (is_sidecar(container)) {
        return {};
    }
    FieldErrors errors;
    for (std::size_t i = 0; i < container.resizePolicy.size(); ++i) {
        if (container.resizePolicy[i].restartPolicy == "RestartContainer") {
            errors.push_back(api::invalid_value(
                (path / "resizePolicy")[i] / "restartPolicy", "RestartContainer",
                "must not be set to 'RestartContainer' for non-sidecar initContainers"));
        }
    }
    return errors;
}

// What an ephemeral container cannot have, in the order of upstream's type.
FieldErrors validate_ephemeral_fields(const Container& container, const Path& path) {
    constexpr std::string_view why = "cannot be set for an Ephemeral Container";
    FieldErrors errors;
    const auto forbid = [&](std::string_view name, bool is_set) {
        if (is_set) {
            errors.push_back(api::forbidden_value(path / name, why));
        }
    };
    forbid("ports", !container.ports.empty());
    forbid("resources", container.resources != ResourceRequirements{});
    forbid("resizePolicy", !container.resizePolicy.empty());
    forbid("restartPolicy", container.restartPolicy.has_value());
    forbid("restartPolicyRules", !container.restartPolicyRules.empty());
    forbid("livenessProbe", container.livenessProbe.has_value());
    forbid("readinessProbe", container.readinessProbe.has_value());
    forbid("startupProbe", container.startupProbe.has_value());
    forbid("lifecycle", container.lifecycle.has_value());
    for (std::size_t i = 0; i < container.volumeMounts.size(); ++i) {
        const Path at = (path / "volumeMounts")[i];
        if (!container.volumeMounts[i].subPath.empty()) {
            errors.push_back(api::forbidden_value(at / "subPath", why));
        }
        if (!container.volumeMounts[i].subPathExpr.empty()) {
            errors.push_back(api::forbidden_value(at / "subPathExpr", why));
        }
    }
    return errors;
}

}  // namespace

FieldErrors validate_pull_policy(const std::string& policy, const Path& path) {
    if (policy.empty()) {
        return {api::required_value(path, "")};
    }
    if (policy != "Always" && policy != "IfNotPresent" && policy != "Never") {
        return {api::unsupported_value(path, policy, {"Always", "IfNotPresent", "Never"})};
    }
    return {};
}

FieldErrors validate_containers(const ContainerSurroundings& pod, const Path& path) {
    const std::vector<Container>& containers = pod.spec.containers;
    const Path list = path / "containers";
    if (containers.empty()) {
        return {api::required_value(list, "")};
    }
    FieldErrors errors;
    std::set<std::string> names;
    for (std::size_t i = 0; i < containers.size(); ++i) {
        append(errors, validate_common(containers[i], pod, list[i]));
        if (!names.insert(containers[i].name).second) {
            errors.push_back(api::duplicate_value(list[i] / "name", containers[i].name));
        }
        append(errors,
               validate_hooks_and_probes(containers[i], list[i],
                                         pod.spec.terminationGracePeriodSeconds, pod.spec.os));
        append(errors, validate_restart(containers[i], list[i]));
    }
    append(errors, validate_host_ports(containers, list));
    return errors;
}

FieldErrors validate_init_containers(const ContainerSurroundings& pod, const Path& path) {
    const std::vector<Container>& containers = pod.spec.initContainers;
    const Path list = path / "initContainers";
    FieldErrors errors;
    std::set<std::string> names;
    for (const Container& container : pod.spec.containers) {
        names.insert(container.name);
    }
    for (std::size_t i = 0; i < containers.size(); ++i) {
        const Container& container = containers[i];
        append(errors, validate_common(container, pod, list[i]));
        append(errors, validate_init_restart(container, list[i]));
        if (names.contains(container.name)) {
            errors.push_back(api::duplicate_value(list[i] / "name", container.name));
        } else if (!container.name.empty()) {
            names.insert(container.name);
        }
        // Upstream counts each init container as the first.
        append(errors, validate_host_ports(std::span{containers}.subspan(i, 1), list));
        append(errors,
               is_sidecar(container)
                   ? validate_hooks_and_probes(container, list[i],
                                               pod.spec.terminationGracePeriodSeconds, pod.spec.os)
                   : forbid_hooks_and_probes(container, list[i]));
        append(errors, validate_init_resize(container, list[i]));
    }
    return errors;
}

FieldErrors validate_ephemeral_containers(const ContainerSurroundings& pod, const Path& path) {
    FieldErrors errors;
    std::set<std::string> others;
    for (const auto* containers : {&pod.spec.containers, &pod.spec.initContainers}) {
        for (const Container& container : *containers) {
            others.insert(container.name);
        }
    }
    std::set<std::string> names = others;
    const auto& containers = pod.spec.ephemeralContainers;
    for (std::size_t i = 0; i < containers.size(); ++i) {
        const Path at = (path / "ephemeralContainers")[i];
        const Container container = as_container(containers[i]);
        append(errors, validate_common(container, pod, at));
        append(errors, validate_image_blanks({container}, path / "ephemeralContainers"));
        if (!names.insert(container.name).second) {
            errors.push_back(api::duplicate_value(at / "name", container.name));
        }
        const std::string& target = containers[i].targetContainerName;
        if (!target.empty() && !others.contains(target)) {
            errors.push_back(api::not_found_value(at / "targetContainerName", target));
        }
        append(errors, validate_ephemeral_fields(container, at));
    }
    return errors;
}

FieldErrors validate_image_blanks(const std::vector<Container>& containers, const Path& path) {
    FieldErrors errors;
    for (std::size_t i = 0; i < containers.size(); ++i) {
        const std::string& image = containers[i].image;
        if (!image.empty() && (is_blank(image.front()) || is_blank(image.back()))) {
            errors.push_back(api::invalid_value(path[i] / "image", image,
                                                "must not have leading or trailing whitespace"));
        }
    }
    return errors;
}

}  // namespace wavetank::registry
