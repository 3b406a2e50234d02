#include "registry/metadata.hpp"
#include "registry/pod/containers.hpp"
#include "registry/pod/pod_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::string_view default_account = "default";
constexpr std::string_view token_volume_prefix = "kube-api-access-";
constexpr std::string_view token_path = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr std::string_view mirror_annotation = "kubernetes.io/config.mirror";
constexpr std::int32_t token_file_mode = 0644;
// One hour and seven seconds, by which kube-apiserver knows the tokens that it asked for itself.
constexpr std::int64_t injected_token_expiration_seconds = 3607;
constexpr std::int64_t toleration_seconds = 300;
constexpr std::string_view preempt_lower = "PreemptLowerPriority";

Error forbidden(std::string name, std::string_view why) {
    return {.reason = Reason::Forbidden,
            .message = "pods " + api::quoted(name) + " is forbidden: " + std::string{why},
            .causes = {},
            .where = {},
            .subject = {.group = {}, .kind = "pods", .name = std::move(name), .uid = {}}};
}

/// Refuses a pod before it is checked. kube-apiserver has not generated its name by then, so the
/// message shows the beginning of it.
Error forbidden(const Pod& pod, std::string_view why) {
    const std::string& name = pod.metadata.name;
    const std::string& beginning = *pod.metadata.generateName;
    if (name.empty()) {
        return forbidden("Unknown", why);
    }
    return forbidden(is_generated_name(name, beginning) ? beginning : name, why);
}

bool is_mirror(const Pod& pod) {
    return pod.metadata.annotations->contains(std::string{mirror_annotation});
}

ProjectedVolumeSource token_volume() {
    ProjectedVolumeSource projected{.defaultMode = token_file_mode};
    projected.sources.resize(3);
    projected.sources[0].serviceAccountToken = ServiceAccountTokenProjection{
        .expirationSeconds = injected_token_expiration_seconds, .path = "token"};
    projected.sources[1].configMap = ConfigMapProjection{
        .name = "kube-root-ca.crt", .items = {KeyToPath{.key = "ca.crt", .path = "ca.crt"}}};
    DownwardAPIVolumeFile file{.path = "namespace"};
    file.fieldRef = ObjectFieldSelector{.apiVersion = "v1", .fieldPath = "metadata.namespace"};
    projected.sources[2].downwardAPI = DownwardAPIProjection{.items = {file}};
    return projected;
}

bool mounts_token(const Container& container) {
    return std::any_of(container.volumeMounts.begin(), container.volumeMounts.end(),
                       [](const VolumeMount& mount) { return mount.mountPath == token_path; });
}

// Mounts the token where nothing else is mounted; a volume that looks like one is used.
void mount_token(PodSpecBody& spec, const std::string& suffix) {
    const auto existing = std::find_if(
        spec.volumes.begin(), spec.volumes.end(),
        [](const Volume& volume) { return volume.name.starts_with(token_volume_prefix); });
    const bool has_volume = existing != spec.volumes.end();
    const VolumeMount mount{
        .name = has_volume ? existing->name : std::string{token_volume_prefix} + suffix,
        .readOnly = true,
        .mountPath = std::string{token_path}};
    bool needs_volume = false;
    for (auto* containers : {&spec.initContainers, &spec.containers}) {
        for (Container& container : *containers) {
            if (!mounts_token(container)) {
                container.volumeMounts.push_back(mount);
                needs_volume = true;
            }
        }
    }
    if (needs_volume && !has_volume) {
        Volume volume{.name = mount.name};
        volume.projected = token_volume();
        spec.volumes.push_back(std::move(volume));
    }
}

bool refers_to_secret(const Container& container) {
    return std::any_of(
               container.env.begin(), container.env.end(),
               [](const EnvVar& env) { return env.valueFrom && env.valueFrom->secretKeyRef; }) ||
           std::any_of(container.envFrom.begin(), container.envFrom.end(),
                       [](const EnvFromSource& source) { return source.secretRef.has_value(); });
}

bool refers_to_secret(const Volume& volume) {
    return volume.secret ||
           (volume.projected &&
            std::any_of(volume.projected->sources.begin(), volume.projected->sources.end(),
                        [](const VolumeProjection& source) { return source.secret.has_value(); }));
}

bool uses_token(const Volume& volume) {
    return volume.projected &&
           std::any_of(volume.projected->sources.begin(), volume.projected->sources.end(),
                       [](const VolumeProjection& source) {
                           return source.serviceAccountToken.has_value();
                       });
}

// A mirror of a kubelet's own pod must not need anything that the API keeps.
Result<> review_mirror(const Pod& pod) {
    const PodSpecBody& spec = *pod.spec.body;
    if (!spec.serviceAccountName.empty()) {
        return forbidden(pod, "a mirror pod may not reference service accounts");
    }
    bool secrets = !spec.imagePullSecrets.empty() ||
                   std::any_of(spec.volumes.begin(), spec.volumes.end(),
                               [](const Volume& volume) { return refers_to_secret(volume); });
    for_each_container(spec, Path{""}, [&](const Container& container, const Path&) {
        secrets = secrets || refers_to_secret(container);
    });
    if (secrets) {
        return forbidden(pod, "a mirror pod may not reference secrets");
    }
    if (std::any_of(spec.volumes.begin(), spec.volumes.end(), uses_token)) {
        return forbidden(pod, "a mirror pod may not use ServiceAccountToken volume projections");
    }
    return {};
}

Result<> admit_service_account(Pod& pod, const PodAdmission& admission) {
    if (is_mirror(pod)) {
        return review_mirror(pod);
    }
    PodSpecBody& spec = pod.spec.edit();
    if (spec.serviceAccountName.empty()) {
        spec.serviceAccountName = default_account;
        spec.serviceAccount = default_account;
    }
    const std::string& account = spec.serviceAccountName;
    if (admission.has_service_account && !admission.has_service_account(account)) {
        return forbidden(pod, "error looking up service account " + pod.metadata.namespace_ + "/" +
                                  account + ": serviceaccount " + api::quoted(account) +
                                  " not found");
    }
    if (spec.automountServiceAccountToken.value_or(true)) {
        mount_token(spec, admission.volume_suffix);
    }
    return {};
}

/// What a PriorityClass gives a pod.
struct PriorityOfClass {
    std::string name;
    std::int32_t value = 0;
    std::optional<std::string> policy = std::string{preempt_lower};
};

// Resolves the name, or the default for none. Nothing, if there is no class of that name.
std::optional<PriorityOfClass> priority_of(const std::string& name, const PodAdmission& admission) {
    if (admission.priority_class) {
        if (const auto found = admission.priority_class(name)) {
            return PriorityOfClass{found->metadata.name, found->value, found->preemptionPolicy};
        }
        return name.empty() ? std::optional{PriorityOfClass{}} : std::nullopt;
    }
    if (name == "system-cluster-critical") {
        return PriorityOfClass{name, 2'000'000'000};
    }
    if (name == "system-node-critical") {
        return PriorityOfClass{name, 2'000'001'000};
    }
    return name.empty() ? std::optional{PriorityOfClass{}} : std::nullopt;
}

Result<> admit_priority(Pod& pod, const PodAdmission& admission) {
    PodSpecBody& spec = pod.spec.edit();
    const auto found = priority_of(spec.priorityClassName, admission);
    if (!found) {
        return forbidden(pod,
                         "no PriorityClass with name " + spec.priorityClassName + " was found");
    }
    spec.priorityClassName = found->name;
    if (spec.priority && *spec.priority != found->value) {
        return forbidden(pod, "the integer value of priority (" + std::to_string(*spec.priority) +
                                  ") must not be provided in pod spec; priority admission "
                                  "controller computed " +
                                  std::to_string(found->value) +
                                  " from the given PriorityClass name");
    }
    spec.priority = found->value;
    if (!found->policy) {
        return {};
    }
    if (spec.preemptionPolicy && *spec.preemptionPolicy != *found->policy) {
        return forbidden(pod, "the string value of PreemptionPolicy (" + *spec.preemptionPolicy +
                                  ") must not be provided in pod spec; priority admission "
                                  "controller computed " +
                                  *found->policy + " from the given PriorityClass name");
    }
    spec.preemptionPolicy = found->policy;
    return {};
}

bool tolerates(const PodSpecBody& spec, std::string_view taint) {
    return std::any_of(spec.tolerations.begin(), spec.tolerations.end(),
                       [&](const Toleration& toleration) {
                           return (toleration.key == taint || toleration.key.empty()) &&
                                  (toleration.effect == "NoExecute" || toleration.effect.empty());
                       });
}

void admit_tolerations(Pod& pod) {
    constexpr std::array<std::string_view, 2> taints{"node.kubernetes.io/not-ready",
                                                     "node.kubernetes.io/unreachable"};
    std::vector<std::string_view> missing;
    for (const std::string_view taint : taints) {
        if (!tolerates(*pod.spec.body, taint)) {
            missing.push_back(taint);
        }
    }
    for (const std::string_view taint : missing) {
        pod.spec.edit().tolerations.push_back({.key = std::string{taint},
                                               .operator_ = "Exists",
                                               .effect = "NoExecute",
                                               .tolerationSeconds = toleration_seconds});
    }
}

Result<> admit_runtime_class(const Pod& pod) {
    if (const auto& name = pod.spec->runtimeClassName) {
        if (name->empty()) {
            return Error{.message = "resource name may not be empty", .code = 500};
        }
        return forbidden(pod, "pod rejected: RuntimeClass " + api::quoted(*name) + " not found");
    }
    return {};
}

}  // namespace

Result<> admit_pod(Pod& pod, const PodAdmission& admission) {
    if (Result<> done = admit_service_account(pod, admission); !done) {
        return done;
    }
    if (Result<> done = admit_priority(pod, admission); !done) {
        return done;
    }
    admit_tolerations(pod);
    return admit_runtime_class(pod);
}

Result<> review_pod(const Pod& pod) {
    if (is_mirror(pod)) {
        if (Result<> done = review_mirror(pod); !done) {
            return done;
        }
    }
    if (!pod.spec->overhead.empty() && !pod.spec->runtimeClassName) {
        return forbidden(pod.metadata.name,
                         "pod rejected: Pod Overhead set without corresponding RuntimeClass "
                         "defined Overhead");
    }
    return {};
}

void admit_pod_update(Pod& pod, const Pod& old) {
    if (!pod.spec->priority && old.spec->priority) {
        pod.spec.edit().priority = old.spec->priority;
    }
    if (!pod.spec->preemptionPolicy && old.spec->preemptionPolicy) {
        pod.spec.edit().preemptionPolicy = old.spec->preemptionPolicy;
    }
    admit_tolerations(pod);
}

}  // namespace wavetank::registry
