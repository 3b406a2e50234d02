#pragma once

/// \file
/// How an object is found: by namespace and name, within its kind.

#include <wavetank/api/text.hpp>

#include <compare>
#include <string>

namespace wavetank::store {

/// The name of an object within its kind. Objects without a namespace have an empty one.
struct Key {
    api::Text namespace_;
    api::Text name;

    auto operator<=>(const Key&) const = default;
};

/// Returns the key of an object from its metadata.
template <class T>
[[nodiscard]] Key key_of(const T& object) {
    return {object.metadata.namespace_, object.metadata.name};
}

/// Writes "namespace/name", or "name" without a namespace.
[[nodiscard]] inline std::string to_string(const Key& key) {
    return key.namespace_.empty() ? key.name.str() : key.namespace_ + "/" + key.name;
}

}  // namespace wavetank::store
