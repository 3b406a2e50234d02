#pragma once

/// \file
/// How does kube-apiserver word a refusal?

#include <wavetank/api/field_error.hpp>
#include <wavetank/api/kinds.hpp>
#include <wavetank/base/error.hpp>

#include <string>
#include <string_view>

namespace wavetank::registry {

/// What error messages call a kind.
struct Resource {
    std::string group;
    std::string kind;    ///< "Deployment"
    std::string plural;  ///< "deployments"

    /// Returns "deployments.apps", or "pods" in the core group.
    [[nodiscard]] std::string qualified_plural() const;
    /// Returns "Deployment.apps", or "Pod" in the core group.
    [[nodiscard]] std::string qualified_kind() const;
};

[[nodiscard]] Resource resource_of(const api::KindInfo& info);
[[nodiscard]] Resource resource_of(const api::GroupVersionKind& gvk);

/// Returns the resource of a modelled kind, or the one that an unstructured object names.
template <class T>
[[nodiscard]] Resource resource_of([[maybe_unused]] const T& object) {
    return resource_of(api::kind_info<T>);
}
[[nodiscard]] inline Resource resource_of(const api::Unstructured& object) {
    return resource_of(object.gvk);
}

[[nodiscard]] Error invalid_error(const Resource& resource, std::string_view name,
                                  api::FieldErrors causes);
[[nodiscard]] Error not_found_error(const Resource& resource, std::string_view name);
[[nodiscard]] Error already_exists_error(const Resource& resource, std::string_view name);
[[nodiscard]] Error bad_request_error(std::string message);
[[nodiscard]] Error internal_error(std::string message);

/// `Forbidden`: 'pods "x" is forbidden: <why>'.
[[nodiscard]] Error forbidden_error(const Resource& resource, std::string_view name,
                                    std::string_view why);

/// `Conflict`: 'Operation cannot be fulfilled on pods "x": <why>'.
[[nodiscard]] Error conflict_error(const Resource& resource, std::string_view name,
                                   std::string_view why);

/// The conflict of a writer who read an older version.
[[nodiscard]] Error stale_error(const Resource& resource, std::string_view name);

/// The refusal of a writer who must say which version was read, and does not.
[[nodiscard]] Error versionless_error(const Resource& resource, std::string_view name);

/// The conflict of a writer who means an earlier object of the same name.
[[nodiscard]] Error wrong_uid_error(const Resource& resource, std::string_view name,
                                    std::string_view expected, std::string_view actual);

}  // namespace wavetank::registry
