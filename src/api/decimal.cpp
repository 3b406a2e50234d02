#include "api/decimal.hpp"

#include <algorithm>
#include <limits>

namespace wavetank::api {
namespace {

struct Magnitude {
    std::int64_t least;  ///< floor of log10(|number|) is at least this
    std::int64_t most;   ///< and at most this
};

/// Bounds the decimal magnitude of a number that is not zero, without computing its digits.
Magnitude magnitude_of(const Decimal& number) {
    // log10(2) lies between these fractions.
    const auto bits = static_cast<std::int64_t>(msb(abs(number.unscaled)));
    return {bits * 30102 / 100000 + number.exponent,
            (bits + 1) * 30103 / 100000 + 1 + number.exponent};
}

BigInt raised(const Decimal& number, std::int32_t exponent) {
    return number.unscaled * power_of_ten(std::int64_t{number.exponent} - exponent);
}

}  // namespace

BigInt power_of_ten(std::int64_t exponent) {
    return boost::multiprecision::pow(BigInt{10}, static_cast<unsigned>(exponent));
}

Decimal rounded_up(const Decimal& number, std::int32_t exponent) {
    const std::int64_t distance = std::int64_t{number.exponent} - exponent;
    if (distance == 0 || number.unscaled.is_zero()) {
        return {number.unscaled, exponent};
    }
    if (distance > 0) {
        return distance > digits_max ? number : Decimal{raised(number, exponent), exponent};
    }
    if (magnitude_of(number).most < exponent) {
        return {BigInt{number.unscaled.sign()}, exponent};
    }
    BigInt quotient;
    BigInt remainder;
    divide_qr(number.unscaled, power_of_ten(-distance), quotient, remainder);
    quotient += remainder.sign();
    return {quotient, exponent};
}

int compare(const Decimal& left, const Decimal& right) {
    const int sign = left.unscaled.sign();
    if (sign != right.unscaled.sign()) {
        return sign < right.unscaled.sign() ? -1 : 1;
    }
    if (sign == 0) {
        return 0;
    }
    const Magnitude of_left = magnitude_of(left);
    const Magnitude of_right = magnitude_of(right);
    if (of_left.least > of_right.most) {
        return sign;
    }
    if (of_right.least > of_left.most) {
        return -sign;
    }
    const std::int32_t exponent = std::min(left.exponent, right.exponent);
    const int order = raised(left, exponent).compare(raised(right, exponent));
    return order == 0 ? 0 : (order < 0 ? -1 : 1);
}

Decimal sum(const Decimal& left, const Decimal& right) {
    const std::int64_t distance = std::int64_t{left.exponent} - right.exponent;
    if (distance > digits_max || distance < -digits_max) {
        if (left.unscaled.is_zero() || right.unscaled.is_zero()) {
            return left.unscaled.is_zero() ? right : left;
        }
        return magnitude_of(left).least > magnitude_of(right).least ? left : right;
    }
    const std::int32_t exponent = std::min(left.exponent, right.exponent);
    return {raised(left, exponent) + raised(right, exponent), exponent};
}

std::int64_t low_bits(const BigInt& number) {
    const BigInt mask{std::numeric_limits<std::uint64_t>::max()};
    const auto low = static_cast<std::uint64_t>(BigInt{abs(number) & mask});
    return static_cast<std::int64_t>(number.sign() < 0 ? 0 - low : low);
}

bool fits_64_bits(const BigInt& number) {
    return number <= std::numeric_limits<std::int64_t>::max() &&
           number >= std::numeric_limits<std::int64_t>::min();
}

std::string to_string(const Decimal& number) {
    std::string digits = BigInt{abs(number.unscaled)}.str();
    if (number.exponent > 0 && !number.unscaled.is_zero()) {
        digits.append(static_cast<std::size_t>(number.exponent), '0');
    }
    if (number.exponent < 0) {
        const auto places = static_cast<std::size_t>(-std::int64_t{number.exponent});
        if (digits.size() <= places) {
            digits.insert(0, places + 1 - digits.size(), '0');
        }
        digits.insert(digits.size() - places, 1, '.');
    }
    return number.unscaled.sign() < 0 ? "-" + digits : digits;
}

}  // namespace wavetank::api
