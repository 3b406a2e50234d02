#pragma once

/// \file
/// Optional times and numbers that take no more room than the time or the number.

#include <wavetank/api/time.hpp>

#include <cstdint>
#include <limits>
#include <optional>

namespace wavetank::api {

/// The value of T that nothing real has, and that stands for absence. Specialised for each T.
template <class T>
inline constexpr T value_of_absence{};
template <>
inline constexpr std::int64_t value_of_absence<std::int64_t> =
    std::numeric_limits<std::int64_t>::min();
template <>
inline constexpr Time value_of_absence<Time> = [] {
    Time before_all;
    before_all.value = WallTime::min();  // not a whole second, as all others are
    return before_all;
}();

/// An optional T in the room of a T: reads like `std::optional<T>`, and converts from and to one.
template <class T>
class CompactOptional {
public:
    CompactOptional() = default;
    CompactOptional(std::nullopt_t /*absent*/) {}
    CompactOptional(T value) : value_(value) {}
    CompactOptional(const std::optional<T>& from) : value_(from ? *from : value_of_absence<T>) {}

    [[nodiscard]] bool has_value() const {
        return value_ != value_of_absence<T>;
    }
    explicit operator bool() const {
        return has_value();
    }
    operator std::optional<T>() const {
        return has_value() ? std::optional<T>{value_} : std::nullopt;
    }
    /// Requires: `has_value()`, for all four.
    [[nodiscard]] const T& operator*() const {
        return value_;
    }
    [[nodiscard]] T& operator*() {
        return value_;
    }
    [[nodiscard]] const T* operator->() const {
        return &value_;
    }
    [[nodiscard]] T* operator->() {
        return &value_;
    }
    /// Returns the value, or `otherwise` if there is none.
    [[nodiscard]] T value_or(T otherwise) const {
        return has_value() ? value_ : otherwise;
    }
    /// Makes it a fresh `T{}`, and returns that.
    T& emplace() {
        return value_ = T{};
    }
    void reset() {
        value_ = value_of_absence<T>;
    }

    // Nothing is before something, as in `std::optional`.
    auto operator<=>(const CompactOptional&) const = default;

private:
    T value_ = value_of_absence<T>;
};

}  // namespace wavetank::api
