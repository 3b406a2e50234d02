#pragma once

/// \file
/// Kinds by name: group, version, kind, and the resource path they are served under.

#include <wavetank/api/type_info.hpp>

#include <compare>
#include <string>
#include <string_view>

namespace wavetank::api {

/// Which kind an object says it is.
struct GroupVersionKind {
    std::string group;  ///< "" for the core group
    std::string version;
    std::string kind;

    auto operator<=>(const GroupVersionKind&) const = default;

    /// Splits "apps/v1" or "v1"; anything after a second slash stays in the version.
    [[nodiscard]] static GroupVersionKind from(std::string_view api_version, std::string_view kind);
    /// Returns "apps/v1", or "v1" for the core group.
    [[nodiscard]] std::string api_version() const;
};

/// What the API calls a kind.
struct KindInfo {
    std::string_view group{};
    std::string_view version{};
    std::string_view kind{};
    std::string_view plural{};
    std::string_view singular{};
    std::string_view short_name{};
    bool namespaced = true;
    bool category_all = false;            ///< part of `kubectl get all`
    const TypeInfo& (*type)() = nullptr;  ///< null: known, but kept as JSON

    [[nodiscard]] GroupVersionKind gvk() const {
        return {std::string{group}, std::string{version}, std::string{kind}};
    }
};

/// The row of a modelled kind.
template <class T>
inline constexpr KindInfo kind_info{};

/// A struct that is a kind of its own, with metadata.
template <class T>
concept Kind = requires(T object) {
    object.metadata.resourceVersion;
    requires !kind_info<T>.kind.empty();
};

}  // namespace wavetank::api
