#pragma once

/// \file
/// A list that knows whether JSON had it.

#include <wavetank/api/type_info.hpp>

#include <vector>

namespace wavetank::api {

/// A list that is empty either because it was given so, or because it was not given: Go's empty and
/// nil slices, which error messages show as `[]` and `null`.
template <class E>
struct GivenList : std::vector<E> {
    bool given = false;  ///< though perhaps empty
};

template <class E>
struct TypeShape<GivenList<E>> {
    template <class T>
    static void describe(TypeInfo& info) {
        TypeShape<std::vector<E>>::template describe<T>(info);
        info.is_zero = [](const void* value) {
            const T& list = *static_cast<const T*>(value);
            return list.empty() && !list.given;
        };
        // The decoder clears a list when it finds one.
        info.clear = [](void* value) {
            T& list = *static_cast<T*>(value);
            list.clear();
            list.given = true;
        };
    }
};

}  // namespace wavetank::api
