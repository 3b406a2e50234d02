#pragma once

/// \file
/// A field that takes a number or a text: a port by number or name, a share of pods by count or
/// percentage.

#include <wavetank/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace wavetank::api {

/// Which way a share of pods goes that is not whole.
enum class Rounding : std::uint8_t { Down, Up };

/// Kubernetes' `intstr.IntOrString`. The default value is the number 0.
class IntOrString {
public:
    IntOrString() = default;
    explicit(false) IntOrString(std::int32_t number) : value_{number} {}
    explicit(false) IntOrString(std::string text) : value_{std::move(text)} {}
    explicit(false) IntOrString(const char* text) : value_{std::string{text}} {}

    /// Reads a command line's text: a number if it is one of 32 bits, else the text.
    [[nodiscard]] static IntOrString parse(std::string_view text);

    [[nodiscard]] bool is_string() const {
        return value_.index() == 1;
    }

    /// Returns the number; of a text the number it spells, 0 if it spells none, and the nearest
    /// 64-bit number if it is too large.
    [[nodiscard]] std::int64_t int_value() const;

    /// Returns the text. Requires: `is_string()`.
    [[nodiscard]] const std::string& string_value() const;

    /// Returns the text or the number as text.
    [[nodiscard]] std::string to_string() const;

    /// Returns a number as it is, and a percentage as that share of `total`.
    ///
    /// Errors: `Invalid` with upstream's text if the value is a text but no percentage.
    [[nodiscard]] Result<std::int64_t> scaled_value(std::int64_t total, Rounding rounding) const;

    bool operator==(const IntOrString&) const = default;

private:
    std::variant<std::int32_t, std::string> value_;
};

/// By how many pods a rolling update may exceed and fall short of the desired count.
struct Fenceposts {
    std::int32_t surge = 0;
    std::int32_t unavailable = 0;

    /// Returns how many of `desired` pods may be missing; never more than there are.
    [[nodiscard]] std::int32_t unavailable_of(std::int32_t desired) const;

    /// Returns how many of `desired` pods must stay.
    [[nodiscard]] std::int32_t available_of(std::int32_t desired) const;

    bool operator==(const Fenceposts&) const = default;
};

/// Resolves a rolling update's bounds as the deployment controller's `ResolveFenceposts`: surge
/// rounds up, unavailable rounds down, absent counts as 0, and both zero gives 1 unavailable.
///
/// Errors: `Invalid`, if one of them is a text but no percentage.
[[nodiscard]] Result<Fenceposts> resolve_fenceposts(const std::optional<IntOrString>& surge_max,
                                                    const std::optional<IntOrString>& missing_max,
                                                    std::int32_t desired);

}  // namespace wavetank::api
