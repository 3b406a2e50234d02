#include "registry/namespace.hpp"

#include <algorithm>

namespace wavetank::registry {

using api::corev1::Namespace;

namespace {

/// Labels the namespace with its name, as every write does, one of its status too.
void label_with_name(Namespace& object) {
    const std::string label = "kubernetes.io/metadata.name";
    const std::string& name = object.metadata.name;
    if (name.empty()) {
        return;
    }
    const auto found = object.metadata.labels->find(label);
    if (found == object.metadata.labels->end() || found->second != name) {
        object.metadata.labels.edit()[label] = name;
    }
}

}  // namespace

void Rules<Namespace>::set_defaults(Cluster& /*cluster*/, Namespace& object) {
    label_with_name(object);
}

void Rules<Namespace>::prepare_create(Namespace& object) {
    object.status = {};
    object.status.phase = "Active";
    auto& finalizers = object.spec.finalizers;
    if (std::find(finalizers.begin(), finalizers.end(), "kubernetes") == finalizers.end()) {
        finalizers.emplace_back("kubernetes");
    }
}

void Rules<Namespace>::prepare_update(Namespace& next, const Namespace& old) {
    next.spec.finalizers = old.spec.finalizers;
    next.status = old.status;
}

void Rules<Namespace>::prepare_status(Namespace& next, const Namespace& old) {
    label_with_name(next);
    next.spec = old.spec;
    if (next.status.phase.empty()) {
        next.status.phase = "Active";
    }
}

bool Rules<Namespace>::may_go(const Namespace& object) {
    return object.spec.finalizers.empty();
}

void Rules<Namespace>::prepare_delete(Namespace& object) {
    if (object.metadata.rare->deletionGracePeriodSeconds) {
        object.metadata.rare.edit().deletionGracePeriodSeconds.reset();
    }
    object.status.phase = "Terminating";
}

FieldErrors Rules<Namespace>::validate(Cluster& /*cluster*/, const Namespace& object,
                                       const Namespace* /*old*/) {
    FieldErrors errors;
    for (const std::string& finalizer : object.spec.finalizers) {
        append(errors, validate_finalizer(finalizer, Path{"spec.finalizers"}));
    }
    return errors;
}

FieldErrors Rules<Namespace>::validate_status(const Namespace& next, const Namespace& /*old*/) {
    const bool deleting = next.metadata.deletionTimestamp.has_value();
    const std::string phase = deleting ? "Terminating" : "Active";
    if (next.status.phase == phase) {
        return {};
    }
    return {api::invalid_value("status.Phase", next.status.phase,
                               "may only be '" + phase + "' if `deletionTimestamp` is " +
                                   (deleting ? "not empty" : "empty"))};
}

}  // namespace wavetank::registry
