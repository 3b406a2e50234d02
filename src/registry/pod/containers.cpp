#include "registry/pod/containers.hpp"

namespace wavetank::registry {

api::corev1::Container as_container(const api::corev1::EphemeralContainer& container) {
    return {.name = container.name,
            .image = container.image,
            .command = container.command,
            .args = container.args,
            .workingDir = container.workingDir,
            .ports = container.ports,
            .envFrom = container.envFrom,
            .env = container.env,
            .resources = container.resources,
            .resizePolicy = container.resizePolicy,
            .restartPolicy = container.restartPolicy,
            .restartPolicyRules = container.restartPolicyRules,
            .volumeMounts = container.volumeMounts,
            .volumeDevices = container.volumeDevices,
            .livenessProbe = container.livenessProbe,
            .readinessProbe = container.readinessProbe,
            .startupProbe = container.startupProbe,
            .lifecycle = container.lifecycle,
            .terminationMessagePath = container.terminationMessagePath,
            .terminationMessagePolicy = container.terminationMessagePolicy,
            .imagePullPolicy = container.imagePullPolicy,
            .securityContext = container.securityContext,
            .stdin = container.stdin,
            .stdinOnce = container.stdinOnce,
            .tty = container.tty};
}

bool is_sidecar(const api::corev1::Container& container) {
    return container.restartPolicy == "Always";
}

}  // namespace wavetank::registry
