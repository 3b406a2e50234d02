#include "registry/pod/image_name.hpp"
#include "registry/pod/pod_rules.hpp"

#include <cstdint>
#include <string_view>

namespace wavetank::registry {
namespace {

using namespace api::corev1;

constexpr std::int32_t file_mode = 0644;
constexpr std::int64_t grace_period_seconds = 30;
constexpr std::int64_t default_token_expiration_seconds = 3600;
constexpr int milli_scale = -3;

template <class T>
void set_if_absent(std::optional<T>& member, T value) {
    if (!member) {
        member = std::move(value);
    }
}

void set_if_empty(std::string& member, std::string_view value) {
    if (member.empty()) {
        member = value;
    }
}

void set_if_zero(std::int32_t& member, std::int32_t value) {
    if (member == 0) {
        member = value;
    }
}

// Amounts finer than a thousandth are rounded up, as the API has always done.
void round_amounts(api::ResourceList& list) {
    for (auto& [name, amount] : list) {
        amount.round_up(milli_scale);
    }
}

void default_http(api::Boxed<HTTPGetAction>& action) {
    if (action) {
        set_if_empty(action->path, "/");
        set_if_empty(action->scheme, "HTTP");
    }
}

void default_probe(api::Boxed<Probe>& probe) {
    if (!probe) {
        return;
    }
    set_if_zero(probe->timeoutSeconds, 1);
    set_if_zero(probe->periodSeconds, 10);
    set_if_zero(probe->successThreshold, 1);
    set_if_zero(probe->failureThreshold, 3);
    default_http(probe->httpGet);
    if (probe->grpc) {
        set_if_absent(probe->grpc->service, std::string{});
    }
}

void default_field_selector(api::Boxed<ObjectFieldSelector>& selector) {
    if (selector) {
        set_if_empty(selector->apiVersion, "v1");
    }
}

void default_env(EnvVar& env) {
    if (!env.valueFrom) {
        return;
    }
    default_field_selector(env.valueFrom->fieldRef);
    if (env.valueFrom->fileKeyRef) {
        set_if_absent(env.valueFrom->fileKeyRef->optional, false);
    }
}

std::string_view pull_policy_of(std::string_view image) {
    return image_tag(image) == "latest" ? "Always" : "IfNotPresent";
}

// For `Container` and `EphemeralContainer`.
template <class C>
void default_container(C& container) {
    if (container.imagePullPolicy.empty()) {
        container.imagePullPolicy = pull_policy_of(container.image);
    }
    set_if_empty(container.terminationMessagePath, "/dev/termination-log");
    set_if_empty(container.terminationMessagePolicy, "File");
    for (ContainerPort& port : container.ports) {
        set_if_empty(port.protocol, "TCP");
    }
    for (EnvVar& env : container.env) {
        default_env(env);
    }
    round_amounts(container.resources.limits);
    round_amounts(container.resources.requests);
    default_probe(container.livenessProbe);
    default_probe(container.readinessProbe);
    default_probe(container.startupProbe);
    if (container.lifecycle && container.lifecycle->postStart) {
        default_http(container.lifecycle->postStart->httpGet);
    }
    if (container.lifecycle && container.lifecycle->preStop) {
        default_http(container.lifecycle->preStop->httpGet);
    }
}

bool has_source(const Volume& volume) {
    const auto any = [](const auto&... sources) { return (sources.has_value() || ...); };
    return any(volume.hostPath, volume.emptyDir, volume.gcePersistentDisk,
               volume.awsElasticBlockStore, volume.gitRepo, volume.secret, volume.nfs, volume.iscsi,
               volume.glusterfs, volume.persistentVolumeClaim, volume.rbd, volume.flexVolume,
               volume.cinder, volume.cephfs, volume.flocker, volume.downwardAPI, volume.fc,
               volume.azureFile, volume.configMap, volume.vsphereVolume, volume.quobyte,
               volume.azureDisk, volume.photonPersistentDisk, volume.projected,
               volume.portworxVolume, volume.scaleIO, volume.storageos, volume.csi,
               volume.ephemeral, volume.image);
}

void default_files(std::vector<DownwardAPIVolumeFile>& files) {
    for (DownwardAPIVolumeFile& file : files) {
        default_field_selector(file.fieldRef);
    }
}

void default_projected(ProjectedVolumeSource& projected) {
    set_if_absent(projected.defaultMode, file_mode);
    for (VolumeProjection& source : projected.sources) {
        if (source.downwardAPI) {
            default_files(source.downwardAPI->items);
        }
        if (source.serviceAccountToken) {
            set_if_absent(source.serviceAccountToken->expirationSeconds,
                          default_token_expiration_seconds);
        }
    }
}

// The kinds that need an operator's storage system, rare in manifests.
void default_foreign_volume(Volume& volume) {
    if (volume.iscsi) {
        set_if_empty(volume.iscsi->iscsiInterface, "default");
    }
    if (volume.rbd) {
        set_if_empty(volume.rbd->pool, "rbd");
        set_if_empty(volume.rbd->user, "admin");
        set_if_empty(volume.rbd->keyring, "/etc/ceph/keyring");
    }
    if (volume.azureDisk) {
        set_if_absent(volume.azureDisk->cachingMode, std::string{"ReadWrite"});
        set_if_absent(volume.azureDisk->fsType, std::string{"ext4"});
        set_if_absent(volume.azureDisk->readOnly, false);
        set_if_absent(volume.azureDisk->kind, std::string{"Shared"});
    }
    if (volume.scaleIO) {
        set_if_empty(volume.scaleIO->storageMode, "ThinProvisioned");
        set_if_empty(volume.scaleIO->fsType, "xfs");
    }
}

void default_volume(Volume& volume) {
    if (!has_source(volume)) {
        volume.emptyDir.emplace();
    }
    if (volume.image) {
        if (volume.image->pullPolicy.empty()) {
            volume.image->pullPolicy = pull_policy_of(volume.image->reference);
        }
    }
    if (volume.hostPath) {
        set_if_absent(volume.hostPath->type, std::string{});
    }
    if (volume.secret) {
        set_if_absent(volume.secret->defaultMode, file_mode);
    }
    if (volume.configMap) {
        set_if_absent(volume.configMap->defaultMode, file_mode);
    }
    if (volume.downwardAPI) {
        set_if_absent(volume.downwardAPI->defaultMode, file_mode);
        default_files(volume.downwardAPI->items);
    }
    if (volume.projected) {
        default_projected(*volume.projected);
    }
    if (volume.ephemeral && volume.ephemeral->volumeClaimTemplate) {
        default_claim_spec(volume.ephemeral->volumeClaimTemplate->spec);
    }
    default_foreign_volume(volume);
}

void default_requests(Container& container) {
    for (const auto& [name, amount] : container.resources.limits) {
        container.resources.requests.try_emplace(name, amount);
    }
}

void default_host_ports(std::vector<Container>& containers) {
    for (Container& container : containers) {
        for (ContainerPort& port : container.ports) {
            set_if_zero(port.hostPort, port.containerPort);
        }
    }
}

void default_status(PodStatus& status) {
    const bool has_ip = !status.podIP.empty();
    const bool has_ips = !status.podIPs.empty();
    if (!has_ip && has_ips) {
        status.podIP = status.podIPs.front().ip;
    } else if (has_ip && (!has_ips || status.podIPs.front().ip != status.podIP)) {
        // Where they differ, the single address has the say.
        status.podIPs.assign(1, PodIP{.ip = status.podIP});
    }
}

}  // namespace

void default_claim_spec(PersistentVolumeClaimSpec& claim) {
    set_if_absent(claim.volumeMode, std::string{"Filesystem"});
    round_amounts(claim.resources.limits);
    round_amounts(claim.resources.requests);
}

void default_pod_spec(PodSpecBody& spec) {
    // `serviceAccount` is the old name of `serviceAccountName`; both always read the same.
    set_if_empty(spec.serviceAccountName, spec.serviceAccount);
    spec.serviceAccount = spec.serviceAccountName;
    set_if_empty(spec.dnsPolicy, "ClusterFirst");
    set_if_empty(spec.restartPolicy, "Always");
    if (!spec.securityContext) {
        spec.securityContext.emplace();
    }
    set_if_absent(spec.terminationGracePeriodSeconds, grace_period_seconds);
    set_if_empty(spec.schedulerName, "default-scheduler");
    for (Volume& volume : spec.volumes) {
        default_volume(volume);
    }
    for (Container& container : spec.initContainers) {
        default_container(container);
    }
    for (Container& container : spec.containers) {
        default_container(container);
    }
    for (EphemeralContainer& container : spec.ephemeralContainers) {
        default_container(container);
    }
    round_amounts(spec.overhead);
    if (spec.resources) {
        round_amounts(spec.resources->limits);
        round_amounts(spec.resources->requests);
    }
}

void default_pod_template(PodTemplateSpec& pod_template) {
    default_pod_spec(pod_template.spec.edit());
}

void default_pod(Pod& pod) {
    PodSpecBody& spec = pod.spec.edit();
    if (spec.terminationGracePeriodSeconds && *spec.terminationGracePeriodSeconds < 0) {
        spec.terminationGracePeriodSeconds = 1;
    }
    for (Container& container : spec.containers) {
        default_requests(container);
    }
    for (Container& container : spec.initContainers) {
        default_requests(container);
    }
    set_if_absent(spec.enableServiceLinks, true);
    if (spec.hostNetwork) {
        default_host_ports(spec.containers);
        default_host_ports(spec.initContainers);
    }
    default_pod_spec(spec);
    default_status(pod.status);
}

}  // namespace wavetank::registry
