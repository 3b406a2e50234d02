#pragma once

/// \file
/// A part that many objects have in common, held once.

#include <memory>
#include <utility>

namespace wavetank::api {

/// An immutable value shared by all copies; a copy costs a reference count, not a `T`.
/// Reads like a pointer that is never null; `edit()` is the one way to change it.
///
/// Threads: copies in different threads are independent, as with `shared_ptr<const T>`.
template <class T>
class Shared {
public:
    Shared() = default;
    Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}

    [[nodiscard]] const T& operator*() const {
        return value_ ? *value_ : empty();
    }
    [[nodiscard]] const T* operator->() const {
        return &**this;
    }

    /// Returns a value of this object alone, copied first if others share it.
    /// Lifetime: until the next copy of this object is taken.
    [[nodiscard]] T& edit() {
        if (!value_) {
            value_ = std::make_shared<T>();
        } else if (value_.use_count() != 1) {
            value_ = std::make_shared<T>(*value_);
        }
        return *value_;
    }

    /// Tells whether both hold the very same value, which is quicker to see than equality.
    [[nodiscard]] bool same_as(const Shared& other) const {
        return value_ == other.value_;
    }
    /// Returns an address that all copies have in common: a key for caches, provided that they
    /// also keep a copy, so that the address is not used anew.
    [[nodiscard]] const void* identity() const {
        return value_.get();
    }

    bool operator==(const Shared& other) const {
        return same_as(other) || **this == *other;
    }

private:
    static const T& empty() {
        static const T value{};
        return value;
    }

    std::shared_ptr<T> value_;
};

}  // namespace wavetank::api
