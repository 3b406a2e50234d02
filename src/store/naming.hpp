#pragma once

/// \file
/// What an object is called in its table, and in the store's errors.

#include <wavetank/api/kinds.hpp>
#include <wavetank/base/error.hpp>
#include <wavetank/store/key.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace wavetank::store {

/// A key without its storage.
struct KeyView {
    std::string_view namespace_;
    std::string_view name;

    auto operator<=>(const KeyView&) const = default;
};

/// The words for a kind in a message: "deployments" of "apps".
struct KindWords {
    std::string group;
    std::string plural;
};

/// Returns the words of a kind that may have no struct or row of its own.
[[nodiscard]] KindWords words_of_kind(const api::GroupVersionKind& gvk);

/// Splits the name of an unstructured object's key into kind and name.
[[nodiscard]] std::pair<KindWords, std::string> words_of_unstructured_key(const Key& key);

template <class T>
[[nodiscard]] KindWords words_of(const T& /*object*/) {
    const api::KindInfo& info = api::kind_info<T>;
    return {std::string{info.group}, std::string{info.plural}};
}
[[nodiscard]] inline KindWords words_of(const api::Unstructured& object) {
    return words_of_kind(object.gvk);
}

template <class T>
[[nodiscard]] std::pair<KindWords, std::string> words_of(const Key& key) {
    return {words_of(T{}), key.name};
}
template <>
[[nodiscard]] inline std::pair<KindWords, std::string> words_of<api::Unstructured>(const Key& key) {
    return words_of_unstructured_key(key);
}

// kube-apiserver's errors, in its words.
[[nodiscard]] Error already_exists(const KindWords& words, const std::string& name);
[[nodiscard]] Error not_found(const KindWords& words, const std::string& name);
[[nodiscard]] Error conflict(const KindWords& words, const std::string& name);
[[nodiscard]] Error expired(std::uint64_t version, std::uint64_t oldest);

/// The name of an object in its table, which for an unstructured one has to be put together.
template <class T>
class ObjectName {
public:
    explicit ObjectName(const T& object) : object_(object) {}

    [[nodiscard]] KeyView view() const {
        return {object_.metadata.namespace_, object_.metadata.name};
    }

private:
    const T& object_;
};
template <>
class ObjectName<api::Unstructured> {
public:
    explicit ObjectName(const api::Unstructured& object);

    [[nodiscard]] KeyView view() const {
        return {key_.namespace_, key_.name};
    }

private:
    Key key_;
};

/// Returns what `list` sorts by.
template <class T>
[[nodiscard]] auto sort_name(const T& object) {
    return std::tie(object.metadata.namespace_, object.metadata.name);
}
[[nodiscard]] Key sort_name(const api::Unstructured& object);

}  // namespace wavetank::store
