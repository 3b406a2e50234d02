#pragma once

/// \file
/// A member that is usually absent, held at the price of one pointer.

#include <memory>
#include <utility>

namespace wavetank::api {

/// An optional value on the heap: reads like `std::optional<T>`, takes eight bytes when empty.
/// Copies are deep; equality compares the values.
template <class T>
class Boxed {
public:
    Boxed() = default;
    Boxed(T value) : value_(std::make_unique<T>(std::move(value))) {}
    Boxed(const Boxed& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
    Boxed(Boxed&&) noexcept = default;
    Boxed& operator=(const Boxed& other) {
        return *this = Boxed{other};
    }
    Boxed& operator=(Boxed&&) noexcept = default;
    ~Boxed() = default;

    [[nodiscard]] bool has_value() const {
        return value_ != nullptr;
    }
    explicit operator bool() const {
        return has_value();
    }
    /// Requires: `has_value()`, for all four.
    [[nodiscard]] const T& operator*() const {
        return *value_;
    }
    [[nodiscard]] T& operator*() {
        return *value_;
    }
    [[nodiscard]] const T* operator->() const {
        return value_.get();
    }
    [[nodiscard]] T* operator->() {
        return value_.get();
    }

    /// Replaces the value by a fresh `T{}` and returns it.
    T& emplace() {
        value_ = std::make_unique<T>();
        return *value_;
    }
    void reset() {
        value_.reset();
    }

    bool operator==(const Boxed& other) const {
        return has_value() == other.has_value() && (!has_value() || **this == *other);
    }

private:
    std::unique_ptr<T> value_;
};

}  // namespace wavetank::api
