#include "registry/replica_set.hpp"

#include "registry/pod/pod_rules.hpp"
#include "registry/pod_bodies.hpp"
#include "registry/workload.hpp"

namespace wavetank::registry {

using api::appsv1::ReplicaSet;

void Rules<ReplicaSet>::set_defaults(Cluster& cluster, ReplicaSet& object) {
    if (!object.spec.replicas) {
        object.spec.replicas = 1;
    }
    default_template_body(cluster, object.spec.template_);
}

void Rules<ReplicaSet>::prepare_create(ReplicaSet& object) {
    object.status = {};
    object.metadata.generation = 1;
}

void Rules<ReplicaSet>::prepare_update(ReplicaSet& next, const ReplicaSet& old) {
    next.status = old.status;
    if (next.spec != old.spec) {
        next.metadata.generation = old.metadata.generation + 1;
    }
}

void Rules<ReplicaSet>::prepare_status(ReplicaSet& next, const ReplicaSet& old) {
    next.spec = old.spec;
}

FieldErrors Rules<ReplicaSet>::validate(Cluster& cluster, const ReplicaSet& object,
                                        const ReplicaSet* old) {
    const TemplateOwner owner{.replicas = object.spec.replicas.value_or(0),
                              .min_ready_seconds = object.spec.minReadySeconds,
                              .selector = object.spec.selector,
                              .pod_template = object.spec.template_};
    FieldErrors errors = validate_replicas_and_selector(owner);
    append(errors, validate_template_of(cluster, owner));
    if (old != nullptr) {
        append(errors, validate_same_selector(object.spec.selector, old->spec.selector));
    }
    return errors;
}

FieldErrors Rules<ReplicaSet>::validate_status(const ReplicaSet& next, const ReplicaSet& /*old*/) {
    const auto& status = next.status;
    FieldErrors errors =
        validate_counts({{"replicas", status.replicas},
                         {"fullyLabeledReplicas", status.fullyLabeledReplicas},
                         {"readyReplicas", status.readyReplicas},
                         {"availableReplicas", status.availableReplicas},
                         {"observedGeneration", status.observedGeneration},
                         {"terminatingReplicas", status.terminatingReplicas.value_or(0)}});
    constexpr std::string_view all = "status.replicas";
    check_at_most(errors, {"fullyLabeledReplicas", status.fullyLabeledReplicas}, status.replicas,
                  all);
    check_at_most(errors, {"readyReplicas", status.readyReplicas}, status.replicas, all);
    check_at_most(errors, {"availableReplicas", status.availableReplicas}, status.replicas, all);
    check_at_most(errors, {"availableReplicas", status.availableReplicas}, status.readyReplicas,
                  "readyReplicas");
    return errors;
}

std::vector<std::string> Rules<ReplicaSet>::warnings(const ReplicaSet& object) {
    std::vector<std::string> warnings = name_warnings(object.metadata.name);
    for (std::string& each : pod_template_warnings(object.spec.template_, Path{"spec.template"})) {
        warnings.push_back(std::move(each));
    }
    return warnings;
}

}  // namespace wavetank::registry
