#pragma once

/// \file
/// How much of a resource: "500m", "1Gi", "1e3".
///
/// Follows `resource.Quantity` of Kubernetes v1.37 to the digit, wrap-arounds and odd roundings
/// included, because schedulers and quotas compare what it computes. Nearly every quantity is a
/// 64-bit number times a power of ten and lies in the 24 bytes of the object; only numbers beyond
/// that, and texts that differ from the canonical one ("+5", "1.25Ei"), are boxed.

#include <wavetank/base/result.hpp>

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace wavetank::api {

/// How a quantity prints.
enum class QuantityFormat : std::uint8_t {
    DecimalSI,        ///< 12M: powers of ten
    BinarySI,         ///< 12Mi: powers of 1024
    DecimalExponent,  ///< 12e6
};

/// Returns upstream's name of the format: "DecimalSI".
[[nodiscard]] std::string_view to_string(QuantityFormat format);

struct Decimal;       // a number of any size; private
struct QuantityRare;  // what does not fit inline; private

/// Copies and deletes a box whose type is private.
struct QuantityRareDeleter {
    void operator()(const QuantityRare* rare) const;
};

/// An exact decimal number with a format.
///
/// Equality and order are of the numbers; "1" equals "1000m".
///
/// Threads: `const` members may be called concurrently.
class Quantity {
public:
    Quantity() = default;
    Quantity(const Quantity& other);
    Quantity(Quantity&& other) noexcept = default;
    Quantity& operator=(const Quantity& other);
    Quantity& operator=(Quantity&& other) noexcept = default;
    ~Quantity() = default;

    /// Reads a quantity as manifests have it; what is finer than a nano unit is rounded up.
    ///
    /// Errors: `BadRequest` with upstream's text, for a wrong form or an unknown suffix. Departs
    /// from upstream for numbers of more than 10,000 digits, which are refused.
    [[nodiscard]] static Result<Quantity> parse(std::string_view text);

    [[nodiscard]] static Quantity of(std::int64_t value,
                                     QuantityFormat format = QuantityFormat::DecimalSI);
    [[nodiscard]] static Quantity of_milli(std::int64_t value,
                                           QuantityFormat format = QuantityFormat::DecimalSI);

    /// Returns `value` times ten to the power of `scale`.
    [[nodiscard]] static Quantity of_scaled(std::int64_t value, int scale,
                                            QuantityFormat format = QuantityFormat::DecimalSI);

    [[nodiscard]] QuantityFormat format() const {
        return format_;
    }
    [[nodiscard]] bool is_zero() const {
        return sign() == 0;
    }

    /// Returns -1, 0 or 1.
    [[nodiscard]] int sign() const;

    /// Returns the number in units, rounded up; as upstream, beyond 64 bits it wraps or is 0.
    /// Cost: a compare and a load for whole numbers.
    [[nodiscard]] std::int64_t value() const {
        return holds(0) ? mantissa_ : scaled_value(0);
    }

    /// Returns the number in thousandths, rounded as `value`.
    [[nodiscard]] std::int64_t milli_value() const {
        return holds(-3) ? mantissa_ : scaled_value(-3);
    }

    /// Returns the number in units of ten to the power of `scale`, rounded as `value`.
    [[nodiscard]] std::int64_t scaled_value(int scale) const;

    /// Adds; a zero takes the other's format.
    Quantity& operator+=(const Quantity& other);
    Quantity& operator-=(const Quantity& other);

    /// Changes the sign.
    void negate();

    /// Rounds away from zero to a multiple of ten to the power of `scale`; returns whether the
    /// number was one already.
    bool round_up(int scale);

    /// Returns the text that Kubernetes prints: canonical, or the text that was read where
    /// upstream keeps that.
    [[nodiscard]] std::string to_string() const;

    /// Returns the number as a plain decimal fraction, with the digits it is held with: "0.100".
    [[nodiscard]] std::string to_decimal_string() const;

    [[nodiscard]] std::weak_ordering operator<=>(const Quantity& other) const;
    [[nodiscard]] bool operator==(const Quantity& other) const;

private:
    using Box = std::unique_ptr<const QuantityRare, QuantityRareDeleter>;

    [[nodiscard]] bool holds(int scale) const {
        return scale_ == scale && !decimal_;
    }
    [[nodiscard]] const Decimal* big() const;
    [[nodiscard]] Decimal to_decimal() const;
    void set(std::int64_t mantissa, std::int32_t scale);
    void set(Decimal number);
    [[nodiscard]] bool add_inline(std::int64_t mantissa, std::int32_t scale);
    [[nodiscard]] bool is_whole() const;
    [[nodiscard]] bool prints_as_binary() const;
    [[nodiscard]] std::string canonical() const;
    [[nodiscard]] std::string canonical_decimal(QuantityFormat format) const;
    [[nodiscard]] std::string canonical_binary() const;

    // 1. Without a big number in the box, the value is mantissa_ * 10^scale_.
    // 2. decimal_ says that upstream would hold an arbitrary-precision number here, for which it
    //    rounds and wraps by other rules, even where the number fits 64 bits.
    // 3. The box holds either a big number (then decimal_) or the text that was read.
    std::int64_t mantissa_ = 0;
    std::int32_t scale_ = 0;
    QuantityFormat format_ = QuantityFormat::DecimalSI;
    bool decimal_ = false;
    Box rare_;
};

std::ostream& operator<<(std::ostream& out, const Quantity& quantity);

}  // namespace wavetank::api
