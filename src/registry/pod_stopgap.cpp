// Accepts every pod spec, until the checks of pod/ are there.

#include "registry/pod/pod_rules.hpp"

namespace wavetank::registry {

[[gnu::weak]] FieldErrors validate_pod(const api::corev1::Pod& pod) {
    if (pod.spec->containers.empty()) {
        return {api::required_value("spec.containers", "")};
    }
    return {};
}

[[gnu::weak]] FieldErrors validate_pod_update(const api::corev1::Pod& /*pod*/,
                                              const api::corev1::Pod& /*old*/) {
    return {};
}

[[gnu::weak]] FieldErrors validate_pod_template(const api::corev1::PodTemplateSpec& pod_template,
                                                const Path& path) {
    if (pod_template.spec->containers.empty()) {
        return {api::required_value(path / "spec" / "containers", "")};
    }
    return {};
}

[[gnu::weak]] std::vector<std::string> pod_warnings(const api::corev1::Pod& /*pod*/) {
    return {};
}

[[gnu::weak]] std::vector<std::string> pod_template_warnings(
    const api::corev1::PodTemplateSpec& /*pod_template*/, const Path& /*path*/) {
    return {};
}

}  // namespace wavetank::registry
