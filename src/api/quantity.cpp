#include <wavetank/api/quantity.hpp>

#include "api/quantity_rare.hpp"

#include <array>
#include <limits>
#include <ostream>

namespace wavetank::api {
namespace {

constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();

// 10^18 is the largest power of ten in 64 bits.
constexpr std::array<std::int64_t, 19> powers_of_ten = [] {
    std::array<std::int64_t, 19> powers{1};
    for (std::size_t i = 1; i < powers.size(); ++i) {
        powers[i] = powers[i - 1] * 10;
    }
    return powers;
}();

std::int64_t wrapping_product(std::int64_t left, std::int64_t right) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) *
                                     static_cast<std::uint64_t>(right));
}

std::int64_t wrapping_negative(std::int64_t number) {
    return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(number));
}

/// Returns number * 10^scale. Of a product beyond 64 bits upstream returns the wrapped one for the
/// scales that it has a short cut for, and 0 for the others.
std::int64_t scaled_up_or_wrapped(std::int64_t number, std::int64_t scale) {
    if (const auto product = scaled_up(number, scale)) {
        return *product;
    }
    const bool short_cut = scale <= 3 || scale == 6 || scale == 9;
    return short_cut && number != int64_min
               ? wrapping_product(number, powers_of_ten[static_cast<std::size_t>(scale)])
               : 0;
}

/// Divides by 10^scale as upstream's `scaledValue` does for arbitrary-precision numbers: towards
/// zero in its short cut and downwards otherwise, then one more if there was a remainder.
std::int64_t scaled_down_decimal(const BigInt& unscaled, std::int64_t scale) {
    if (unscaled < int64_max && scale < static_cast<std::int64_t>(powers_of_ten.size())) {
        const std::int64_t number = low_bits(unscaled);
        const std::int64_t divisor = powers_of_ten[static_cast<std::size_t>(scale)];
        return number / divisor + (number % divisor != 0 ? 1 : 0);
    }
    if (scale > 2 * digits_max) {
        return unscaled.sign() > 0 ? 1 : 0;
    }
    BigInt quotient;
    BigInt remainder;
    divide_qr(unscaled, power_of_ten(scale), quotient, remainder);
    if (remainder.is_zero()) {
        return low_bits(quotient);
    }
    return low_bits(unscaled.sign() < 0 ? quotient : BigInt{quotient + 1});
}

/// Returns -1, 0 or 1 for numbers whose scales lie at most 17 apart; nothing beyond.
std::optional<int> compared_inline(std::int64_t coarse, std::int64_t fine, std::int64_t distance) {
    if (distance >= 18) {
        return std::nullopt;
    }
    const std::int64_t divisor = powers_of_ten[static_cast<std::size_t>(distance)];
    const std::int64_t quotient = fine / divisor;
    if (coarse != quotient) {
        return coarse < quotient ? -1 : 1;
    }
    const std::int64_t remainder = fine % divisor;
    return remainder == 0 ? 0 : (remainder > 0 ? -1 : 1);
}

}  // namespace

std::optional<std::int64_t> scaled_up(std::int64_t number, std::int64_t scale) {
    if (number == 0) {
        return 0;
    }
    std::int64_t product = 0;
    if (scale >= static_cast<std::int64_t>(powers_of_ten.size()) ||
        __builtin_mul_overflow(number, powers_of_ten[static_cast<std::size_t>(scale)], &product)) {
        return std::nullopt;
    }
    return product;
}

ScaledDown scaled_down(std::int64_t number, std::int64_t scale) {
    const std::int64_t away = number < 0 ? -1 : 1;
    if (number == 0 || scale >= static_cast<std::int64_t>(powers_of_ten.size())) {
        return number == 0 ? ScaledDown{} : ScaledDown{away, false};
    }
    const std::int64_t divisor = powers_of_ten[static_cast<std::size_t>(scale)];
    const bool exact = number % divisor == 0;
    return {number / divisor + (exact ? 0 : away), exact};
}

std::string_view to_string(QuantityFormat format) {
    switch (format) {
        case QuantityFormat::BinarySI:
            return "BinarySI";
        case QuantityFormat::DecimalExponent:
            return "DecimalExponent";
        case QuantityFormat::DecimalSI:
            break;
    }
    return "DecimalSI";
}

void QuantityRareDeleter::operator()(const QuantityRare* rare) const {
    delete rare;
}

Quantity::Quantity(const Quantity& other)
    : mantissa_{other.mantissa_},
      scale_{other.scale_},
      format_{other.format_},
      decimal_{other.decimal_},
      rare_{other.rare_ ? new QuantityRare{*other.rare_} : nullptr} {}

Quantity& Quantity::operator=(const Quantity& other) {
    if (this != &other) {
        *this = Quantity{other};
    }
    return *this;
}

Quantity Quantity::of(std::int64_t value, QuantityFormat format) {
    return of_scaled(value, 0, format);
}

Quantity Quantity::of_milli(std::int64_t value, QuantityFormat format) {
    return of_scaled(value, -3, format);
}

Quantity Quantity::of_scaled(std::int64_t value, int scale, QuantityFormat format) {
    Quantity result;
    result.mantissa_ = value;
    result.scale_ = scale;
    result.format_ = format;
    return result;
}

int Quantity::sign() const {
    if (const Decimal* number = big()) {
        return number->unscaled.sign();
    }
    return mantissa_ == 0 ? 0 : (mantissa_ < 0 ? -1 : 1);
}

std::int64_t Quantity::scaled_value(int scale) const {
    const Decimal* number = big();
    const std::int64_t exponent = number == nullptr ? scale_ : number->exponent;
    const std::int64_t distance = std::int64_t{scale} - exponent;
    if (!decimal_) {
        return distance > 0 ? scaled_down(mantissa_, distance).number
                            : scaled_up_or_wrapped(mantissa_, -distance);
    }
    if (distance > 0) {
        return number == nullptr ? scaled_down_decimal(BigInt{mantissa_}, distance)
                                 : scaled_down_decimal(number->unscaled, distance);
    }
    // Upstream's power is a double that it turns into an integer: amd64 gives the least int64 for
    // what does not fit.
    const std::int64_t low = number == nullptr ? mantissa_ : low_bits(number->unscaled);
    const bool fits = -distance < static_cast<std::int64_t>(powers_of_ten.size());
    return wrapping_product(low,
                            fits ? powers_of_ten[static_cast<std::size_t>(-distance)] : int64_min);
}

Quantity& Quantity::operator+=(const Quantity& other) {
    if (is_zero()) {
        format_ = other.format_;
    }
    if (decimal_ || other.decimal_ || !add_inline(other.mantissa_, other.scale_)) {
        set(sum(to_decimal(), other.to_decimal()));
    }
    return *this;
}

Quantity& Quantity::operator-=(const Quantity& other) {
    if (is_zero()) {
        format_ = other.format_;
    }
    if (decimal_ || other.decimal_ ||
        !add_inline(wrapping_negative(other.mantissa_), other.scale_)) {
        Decimal negative = other.to_decimal();
        negative.unscaled = -negative.unscaled;
        set(sum(to_decimal(), negative));
    }
    return *this;
}

void Quantity::negate() {
    if (decimal_) {
        Decimal negative = to_decimal();
        negative.unscaled = -negative.unscaled;
        set(std::move(negative));
    } else {
        set(wrapping_negative(mantissa_), scale_);
    }
}

bool Quantity::round_up(int scale) {
    if (decimal_) {
        const Decimal before = to_decimal();
        Decimal after = rounded_up(before, scale);
        const bool exact = compare(before, after) == 0;
        set(std::move(after));
        return exact;
    }
    if (scale_ >= scale) {
        return true;
    }
    const ScaledDown rounded = scaled_down(mantissa_, std::int64_t{scale} - scale_);
    set(rounded.number, scale);
    return rounded.exact;
}

std::weak_ordering Quantity::operator<=>(const Quantity& other) const {
    std::optional<int> order;
    if (!decimal_ && !other.decimal_) {
        const std::int64_t distance = std::int64_t{scale_} - other.scale_;
        if (distance >= 0) {
            order = compared_inline(mantissa_, other.mantissa_, distance);
        } else if (const auto reversed = compared_inline(other.mantissa_, mantissa_, -distance)) {
            order = -*reversed;
        }
    }
    return (order ? *order : compare(to_decimal(), other.to_decimal())) <=> 0;
}

bool Quantity::operator==(const Quantity& other) const {
    return (*this <=> other) == 0;
}

std::string Quantity::to_decimal_string() const {
    return api::to_string(to_decimal());
}

const Decimal* Quantity::big() const {
    return decimal_ && rare_ ? &*rare_->big : nullptr;
}

Decimal Quantity::to_decimal() const {
    const Decimal* number = big();
    return number == nullptr ? Decimal{BigInt{mantissa_}, scale_} : *number;
}

void Quantity::set(std::int64_t mantissa, std::int32_t scale) {
    mantissa_ = mantissa;
    scale_ = scale;
    decimal_ = false;
    rare_.reset();
}

void Quantity::set(Decimal number) {
    if (fits_64_bits(number.unscaled)) {
        set(static_cast<std::int64_t>(number.unscaled), number.exponent);
    } else {
        rare_.reset(new QuantityRare{std::move(number), {}});
    }
    decimal_ = true;
}

bool Quantity::add_inline(std::int64_t mantissa, std::int32_t scale) {
    if (mantissa == 0) {
        set(mantissa_, scale_);
        return true;
    }
    if (mantissa_ == 0) {
        set(mantissa, scale);
        return true;
    }
    const std::int32_t finer = scale_ < scale ? scale_ : scale;
    const auto left = scaled_up(mantissa_, std::int64_t{scale_} - finer);
    const auto right = scaled_up(mantissa, std::int64_t{scale} - finer);
    std::int64_t total = 0;
    if (!left || !right || __builtin_add_overflow(*left, *right, &total)) {
        return false;
    }
    set(total, finer);
    return true;
}

std::ostream& operator<<(std::ostream& out, const Quantity& quantity) {
    return out << quantity.to_string();
}

}  // namespace wavetank::api
