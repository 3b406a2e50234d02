#pragma once

/// \file
/// A part that many objects have in common, held once.

#include <wavetank/api/pointer.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace wavetank::api {

/// An immutable value shared by all copies; a copy costs a reference count, not a `T`, and takes
/// eight bytes. Reads like a pointer that is never null; `edit()` is the one way to change it.
/// Also the form of members that are nearly always empty: an empty one holds nothing.
///
/// Threads: copies in different threads are independent, as with `Pointer`.
template <class T>
class Shared {
public:
    Shared() = default;
    Shared(T value) : held_(make_object<T>(std::move(value))) {}
    template <std::convertible_to<T> From>
        requires(!std::same_as<std::remove_cvref_t<From>, Shared>)
    Shared(From&& from) : Shared(T(std::forward<From>(from))) {}

    [[nodiscard]] const T& operator*() const {
        return held_ ? *held_ : empty();
    }
    [[nodiscard]] const T* operator->() const {
        return &**this;
    }

    /// Returns a value of this object alone, copied first if others share it.
    /// Lifetime: until the next copy of this object is taken.
    [[nodiscard]] T& edit() {
        if (!held_) {
            held_ = make_object<T>();
        } else if (!held_.is_only_one()) {
            held_ = make_object<T>(std::as_const(*held_));
        }
        return *held_;
    }

    /// Tells whether both hold the very same value, which is quicker to see than equality.
    [[nodiscard]] bool same_as(const Shared& other) const {
        return held_ == other.held_;
    }
    /// Returns an address that all copies have in common: a key for caches, provided that they
    /// also keep a copy, so that the address is not used anew.
    [[nodiscard]] const void* identity() const {
        return held_.get();
    }

    bool operator==(const Shared& other) const {
        return same_as(other) || **this == *other;
    }

private:
    static const T& empty() {
        static const T value{};
        return value;
    }

    Pointer<T> held_;
};

}  // namespace wavetank::api
