#include "controllers/owners.hpp"

#include <vector>

namespace wavetank::controllers {

using api::metav1::ObjectMeta;
using api::metav1::OwnerReference;

const OwnerReference* controller_of(const ObjectMeta& metadata) {
    for (const OwnerReference& reference : *metadata.ownerReferences) {
        if (reference.controller.value_or(false)) {
            return &reference;
        }
    }
    return nullptr;
}

Result<api::Selector> compile(const api::Boxed<api::metav1::LabelSelector>& selector) {
    if (!selector) {
        return api::Selector::nothing();
    }
    std::vector<api::SelectorExpression> expressions;
    for (const auto& requirement : selector->matchExpressions) {
        expressions.push_back({requirement.key, requirement.operator_, requirement.values});
    }
    return api::Selector::from(selector->matchLabels, expressions);
}

Claim claim_of(const ObjectMeta& controller, const api::Selector& selector,
               const ObjectMeta& object) {
    const bool going = controller.deletionTimestamp.has_value();
    if (const OwnerReference* owner = controller_of(object)) {
        if (owner->uid != controller.uid) {
            return Claim::Ignore;
        }
        if (selector.matches(*object.labels)) {
            return Claim::Keep;
        }
        return going ? Claim::Ignore : Claim::Release;
    }
    if (going || object.deletionTimestamp || controller.namespace_ != object.namespace_ ||
        !selector.matches(*object.labels)) {
        return Claim::Ignore;
    }
    return Claim::Adopt;
}

}  // namespace wavetank::controllers
