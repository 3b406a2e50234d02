#pragma once

/// \file
/// Who owns an object, and which objects a controller may claim.

#include <wavetank/api/metav1.hpp>
#include <wavetank/api/scheme.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/registry/registry.hpp>

#include <cstdint>
#include <string>

namespace wavetank::controllers {

/// Returns the owner that controls the object; null if none does.
[[nodiscard]] const api::metav1::OwnerReference* controller_of(
    const api::metav1::ObjectMeta& metadata);

/// Returns the reference by which `owner` controls what it creates.
template <class T>
[[nodiscard]] api::metav1::OwnerReference controller_reference(const T& owner) {
    return {.apiVersion = api::kind_info<T>.gvk().api_version(),
            .kind = std::string{api::kind_info<T>.kind},
            .name = owner.metadata.name,
            .uid = owner.metadata.uid,
            .controller = true,
            .blockOwnerDeletion = true};
}

/// Compiles a selector; an absent one picks nothing, an empty one everything.
/// Errors: `Invalid`.
[[nodiscard]] Result<api::Selector> compile(const api::Boxed<api::metav1::LabelSelector>& selector);

/// What is to be done about an object that a controller may claim.
enum class Claim : std::uint8_t { Ignore, Keep, Release, Adopt };

/// Decides by upstream's `ClaimObject`.
[[nodiscard]] Claim claim_of(const api::metav1::ObjectMeta& controller,
                             const api::Selector& selector, const api::metav1::ObjectMeta& object);

/// Makes `owner` the controller of `object`. Errors: those of the update.
template <class Owner, class T>
[[nodiscard]] Result<api::Pointer<const T>> adopt(registry::Registry& registry, const Owner& owner,
                                                  const T& object) {
    T changed = object;
    changed.metadata.ownerReferences.edit().push_back(controller_reference(owner));
    return registry.update(std::move(changed));
}

/// Frees `object` from its owner with that UID. Errors: those of the update.
template <class T>
[[nodiscard]] Result<api::Pointer<const T>> release(registry::Registry& registry,
                                                    const std::string& owner_uid, const T& object) {
    T changed = object;
    std::erase_if(changed.metadata.ownerReferences.edit(),
                  [&](const auto& reference) { return reference.uid == owner_uid; });
    return registry.update(std::move(changed));
}

}  // namespace wavetank::controllers
