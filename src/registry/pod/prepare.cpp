#include "registry/pod/containers.hpp"
#include "registry/pod/pod_rules.hpp"
#include "registry/pod/resources.hpp"
#include "registry/pod/security.hpp"

#include <array>

namespace wavetank::registry {
namespace {

using namespace api::corev1;
using api::metav1::LabelSelector;

// The annotations by which init containers were once given.
constexpr std::array<const char*, 4> init_container_annotations{
    "pod.beta.kubernetes.io/init-containers",
    "pod.alpha.kubernetes.io/init-containers",
    "pod.beta.kubernetes.io/init-container-statuses",
    "pod.alpha.kubernetes.io/init-container-statuses",
};

void drop_annotations(api::metav1::ObjectMeta& metadata) {
    for (const char* key : init_container_annotations) {
        if (metadata.annotations->contains(key)) {
            metadata.annotations.edit().erase(key);
        }
    }
}

void drop_users(std::vector<KeyToPath>& items) {
    for (KeyToPath& item : items) {
        item.user.reset();
    }
}

void drop_users(std::vector<DownwardAPIVolumeFile>& items) {
    for (DownwardAPIVolumeFile& item : items) {
        item.user.reset();
    }
}

void drop_users(VolumeProjection& source) {
    if (source.secret) {
        drop_users(source.secret->items);
    } else if (source.downwardAPI) {
        drop_users(source.downwardAPI->items);
    } else if (source.configMap) {
        drop_users(source.configMap->items);
    } else if (source.serviceAccountToken) {
        source.serviceAccountToken->user.reset();
    } else if (source.clusterTrustBundle) {
        source.clusterTrustBundle->user.reset();
    } else if (source.podCertificate) {
        source.podCertificate->user.reset();
    }
}

// Owners of files in volumes: AtomicWriteVolumeUserFields, alpha.
void drop_users(Volume& volume) {
    if (volume.secret) {
        volume.secret->defaultUser.reset();
        drop_users(volume.secret->items);
    } else if (volume.configMap) {
        volume.configMap->defaultUser.reset();
        drop_users(volume.configMap->items);
    } else if (volume.downwardAPI) {
        volume.downwardAPI->defaultUser.reset();
        drop_users(volume.downwardAPI->items);
    } else if (volume.projected) {
        volume.projected->defaultUser.reset();
        for (VolumeProjection& source : volume.projected->sources) {
            drop_users(source);
        }
    }
}

void drop_http_protocol(api::Boxed<HTTPGetAction>& action) {
    if (action) {
        action->protocol.reset();
    }
}

// H2CContainerProbe and GRPCContainerProbeTLS, alpha.
void drop_probe_fields(api::Boxed<Probe>& probe) {
    if (probe) {
        drop_http_protocol(probe->httpGet);
        if (probe->grpc) {
            probe->grpc->mode.reset();
        }
    }
}

// ContainerStopSignals, alpha.
void drop_lifecycle_fields(api::Boxed<Lifecycle>& lifecycle) {
    if (!lifecycle) {
        return;
    }
    for (auto* handler : {&lifecycle->postStart, &lifecycle->preStop}) {
        if (*handler) {
            drop_http_protocol((*handler)->httpGet);
        }
    }
    if (lifecycle->stopSignal) {
        lifecycle->stopSignal.reset();
        if (*lifecycle == Lifecycle{}) {
            lifecycle.reset();
        }
    }
}

void drop_disabled_fields(PodSpecBody& spec) {
    for (Volume& volume : spec.volumes) {
        drop_users(volume);
        if (volume.emptyDir) {
            volume.emptyDir->mode.reset();  // EmptyDirVolumeMode, alpha
        }
    }
    spec.schedulingGroup.reset();     // GenericWorkload, off
    spec.evictionResponders.clear();  // EvictionRequestAPI, alpha
    edit_each_container(spec, [](auto& container) {
        drop_probe_fields(container.livenessProbe);
        drop_probe_fields(container.readinessProbe);
        drop_probe_fields(container.startupProbe);
        drop_lifecycle_fields(container.lifecycle);
        for (VolumeMount& mount : container.volumeMounts) {
            mount.bindMountOptions.clear();  // VolumeBindMountOptions, alpha
        }
    });
}

void add_expressions(LabelSelector& selector, const std::vector<std::string>& keys,
                     std::string_view operation, const api::StringMap& labels) {
    for (const std::string& key : keys) {
        if (const auto label = labels.find(key); label != labels.end()) {
            selector.matchExpressions.push_back(
                {.key = key, .operator_ = std::string{operation}, .values = {label->second}});
        }
    }
}

void resolve(PodAffinityTerm& term, const api::StringMap& labels) {
    if (term.labelSelector) {
        add_expressions(*term.labelSelector, term.matchLabelKeys, "In", labels);
        add_expressions(*term.labelSelector, term.mismatchLabelKeys, "NotIn", labels);
    }
}

// For `PodAffinity` and `PodAntiAffinity`.
template <class A>
void resolve(api::Boxed<A>& affinity, const api::StringMap& labels) {
    if (!affinity) {
        return;
    }
    for (auto& weighted : affinity->preferredDuringSchedulingIgnoredDuringExecution) {
        resolve(weighted.podAffinityTerm, labels);
    }
    for (PodAffinityTerm& term : affinity->requiredDuringSchedulingIgnoredDuringExecution) {
        resolve(term, labels);
    }
}

// Turns `matchLabelKeys` into expressions with the values that this pod's labels have.
void resolve_label_keys(PodSpecBody& spec, const api::StringMap& labels) {
    if (spec.affinity) {
        resolve(spec.affinity->podAffinity, labels);
        resolve(spec.affinity->podAntiAffinity, labels);
    }
    for (TopologySpreadConstraint& constraint : spec.topologySpreadConstraints) {
        if (constraint.labelSelector) {
            add_expressions(*constraint.labelSelector, constraint.matchLabelKeys, "In", labels);
        }
    }
}

}  // namespace

void prepare_pod(Pod& pod, api::Time now) {
    PodSpecBody& spec = pod.spec.edit();
    pod.metadata.generation = 1;
    pod.status = {};
    pod.status.phase = "Pending";
    drop_disabled_fields(spec);
    drop_annotations(pod.metadata);
    if (!spec.schedulingGates.empty()) {
        pod.status.conditions = std::vector{
            PodCondition{.type = "PodScheduled",
                         .status = "False",
                         .lastTransitionTime = now,
                         .reason = "SchedulingGated",
                         .message = "Scheduling is blocked due to non-empty scheduling gates"}};
    }
    resolve_label_keys(spec, *pod.metadata.labels);
    adopt_apparmor_annotations(pod);
    default_pod_level_resources(spec);
    pod.status.edit().qosClass = qos_class(spec);
}

void prepare_pod_update(Pod& pod, const Pod& old) {
    pod.status = old.status;
    if (!pod.spec.body.same_as(old.spec.body)) {
        PodSpecBody& spec = pod.spec.edit();
        if (!spec.resources && old.spec->resources) {
            spec.resources = old.spec->resources;
        }
        drop_disabled_fields(spec);
    }
    drop_annotations(pod.metadata);
    if (pod.spec != old.spec) {
        ++pod.metadata.generation;
    }
}

void prepare_pod_template(PodTemplateSpec& pod_template) {
    drop_disabled_fields(pod_template.spec.edit());
    drop_annotations(pod_template.metadata);
}

}  // namespace wavetank::registry
