// Reading and writing of quantities.

#include <wavetank/api/quantity.hpp>
#include <wavetank/base/ascii.hpp>

#include "api/quantity_rare.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace wavetank::api {
namespace {

constexpr std::string_view wrong_form =
    "quantities must match the regular expression "
    "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
constexpr std::string_view wrong_number = "unable to parse numeric part of quantity";
constexpr std::string_view wrong_suffix = "unable to parse quantity's suffix";

constexpr std::int32_t nano = -9;

Error refusal(std::string_view message) {
    return Error{.reason = Reason::BadRequest, .message = std::string{message}};
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) {
        ++at;
    }
    return at;
}

/// The pieces of a quantity's text. Leading zeros are in `number`, but not in `whole`.
struct Pieces {
    bool negative = false;
    std::string_view number;  ///< sign, digits and point
    std::string_view whole;
    std::string_view fraction;
    std::string_view suffix;
};

Result<Pieces> take_apart(std::string_view text) {
    Pieces pieces;
    std::size_t at = 0;
    if (text[0] == '-' || text[0] == '+') {
        pieces.negative = text[0] == '-';
        ++at;
    }
    const std::size_t significant = std::min(text.find_first_not_of('0', at), text.size());
    if (significant == text.size()) {
        pieces.number = "0";
        pieces.whole = "0";
        return pieces;
    }
    at = skip_digits(text, significant);
    pieces.whole = at == significant ? "0" : text.substr(significant, at - significant);
    if (at < text.size() && text[at] == '.') {
        const std::size_t end = skip_digits(text, at + 1);
        pieces.fraction = text.substr(at + 1, end - at - 1);
        at = end;
    }
    pieces.number = text.substr(0, at);
    pieces.suffix = text.substr(at);
    at = std::min(text.find_first_not_of("eEinumkKMGTP", at), text.size());
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
        ++at;
    }
    if (skip_digits(text, at) != text.size()) {
        return refusal(wrong_form);
    }
    return pieces;
}

struct Unit {
    std::int32_t exponent = 0;  ///< of two for BinarySI, else of ten
    QuantityFormat format = QuantityFormat::DecimalSI;
};

struct NamedUnit {
    std::string_view name;
    Unit unit;
};

constexpr std::array<NamedUnit, 16> units{{
    {"n", {-9, QuantityFormat::DecimalSI}},
    {"u", {-6, QuantityFormat::DecimalSI}},
    {"m", {-3, QuantityFormat::DecimalSI}},
    {"", {0, QuantityFormat::DecimalSI}},
    {"k", {3, QuantityFormat::DecimalSI}},
    {"M", {6, QuantityFormat::DecimalSI}},
    {"G", {9, QuantityFormat::DecimalSI}},
    {"T", {12, QuantityFormat::DecimalSI}},
    {"P", {15, QuantityFormat::DecimalSI}},
    {"E", {18, QuantityFormat::DecimalSI}},
    {"Ki", {10, QuantityFormat::BinarySI}},
    {"Mi", {20, QuantityFormat::BinarySI}},
    {"Gi", {30, QuantityFormat::BinarySI}},
    {"Ti", {40, QuantityFormat::BinarySI}},
    {"Pi", {50, QuantityFormat::BinarySI}},
    {"Ei", {60, QuantityFormat::BinarySI}},
}};

Result<Unit> unit_of(std::string_view suffix) {
    for (const NamedUnit& candidate : units) {
        if (candidate.name == suffix) {
            return candidate.unit;
        }
    }
    if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) {
        return refusal(wrong_suffix);
    }
    std::string_view digits = suffix.substr(1);
    if (digits[0] == '+') {
        digits.remove_prefix(1);
    }
    std::int64_t exponent = 0;
    const auto [end, problem] = std::from_chars(digits.begin(), digits.end(), exponent);
    if (problem != std::errc{} || end != digits.end()) {
        return refusal(wrong_suffix);
    }
    // Upstream truncates, too.
    return Unit{static_cast<std::int32_t>(exponent), QuantityFormat::DecimalExponent};
}

std::string_view suffix_of(std::int64_t exponent, QuantityFormat format) {
    for (const NamedUnit& candidate : units) {
        if (candidate.unit.exponent == exponent && candidate.unit.format == format) {
            return candidate.name;
        }
    }
    return {};  // upstream drops an exponent that has no name, as of "1000E"
}

std::int64_t to_number(std::string_view digits) {
    std::int64_t number = 0;
    std::from_chars(digits.begin(), digits.end(), number);
    return number;
}

/// A number that 64 bits surely hold, by upstream's cautious estimate.
struct Small {
    std::int64_t mantissa = 0;
    std::int32_t scale = 0;
    bool keeps_text = false;  ///< upstream takes the text for canonical already
};

std::optional<Small> read_small(const Pieces& pieces, const Unit& unit) {
    constexpr std::int64_t digits_inline = 18;
    const auto whole = static_cast<std::int64_t>(pieces.whole.size());
    const auto fraction = static_cast<std::int64_t>(pieces.fraction.size());
    const bool binary = unit.format == QuantityFormat::BinarySI;
    const std::int64_t spare =
        binary ? 15 - whole - unit.exponent * 3 / 10 - 1 : digits_inline - (whole + fraction);
    const std::int64_t scale = (binary ? 0 : std::int64_t{unit.exponent}) - fraction;
    if (spare < 0 || (binary && fraction > 0) || scale < nano) {
        return std::nullopt;
    }
    const std::string digits = std::string{pieces.whole} + std::string{pieces.fraction};
    const std::int64_t number = to_number(digits);
    const std::int64_t factor = binary ? std::int64_t{1} << unit.exponent : 1;
    Small small{.scale = static_cast<std::int32_t>(scale)};
    if (__builtin_mul_overflow(number, factor, &small.mantissa)) {
        return std::nullopt;
    }
    small.keeps_text =
        binary ? (number & 7) != 0 : scale % 3 == 0 && !digits.ends_with("000") && digits[0] != '0';
    small.mantissa = pieces.negative ? -small.mantissa : small.mantissa;
    return small;
}

/// Reads sign, digits and point; nothing if there is no digit or there are too many.
std::optional<Decimal> read_decimal(std::string_view number) {
    std::string digits;
    std::int32_t exponent = 0;
    bool behind_point = false;
    for (const char c : number) {
        if (c == '.') {
            behind_point = true;
        } else if (is_digit(c)) {
            digits += c;
            exponent -= behind_point ? 1 : 0;
        }
    }
    if (digits.empty() || static_cast<std::int64_t>(digits.size()) > digits_max) {
        return std::nullopt;
    }
    // A leading zero would make the number octal.
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return Decimal{BigInt{digits}, exponent};
}

/// Reads a number of any size without its sign, rounded and capped as upstream does.
std::optional<Decimal> read_large(const Pieces& pieces, Unit& unit) {
    auto amount = read_decimal(pieces.number);
    if (!amount) {
        return std::nullopt;
    }
    const bool binary = unit.format == QuantityFormat::BinarySI;
    if (binary) {
        amount->unscaled <<= static_cast<unsigned>(unit.exponent);
    } else {
        amount->exponent =
            static_cast<std::int32_t>(std::int64_t{amount->exponent} + std::int64_t{unit.exponent});
    }
    if (!amount->unscaled.is_zero()) {
        *amount = rounded_up(*amount, nano);
    }
    const Decimal largest{BigInt{std::numeric_limits<std::int64_t>::max()}, 0};
    if (binary && compare(*amount, largest) > 0) {
        *amount = largest;
    }
    if (binary && !amount->unscaled.is_zero() && compare(*amount, Decimal{BigInt{1}, 0}) < 0) {
        unit.format = QuantityFormat::DecimalSI;
    }
    return amount;
}

/// Divides by `factor` as often as that leaves no remainder, and returns how often.
std::int32_t remove_factors(BigInt& number, unsigned factor) {
    std::int32_t times = 0;
    BigInt quotient;
    BigInt remainder;
    while (!number.is_zero()) {
        divide_qr(number, BigInt{factor}, quotient, remainder);
        if (!remainder.is_zero()) {
            break;
        }
        number.swap(quotient);
        ++times;
    }
    return times;
}

std::int32_t remove_factors(std::int64_t& number, std::int64_t factor) {
    std::int32_t times = 0;
    while (number != 0 && number % factor == 0) {
        number /= factor;
        ++times;
    }
    return times;
}

std::string with_suffix(std::string number, std::int64_t exponent, QuantityFormat format) {
    if (format == QuantityFormat::DecimalExponent) {
        return exponent == 0 ? number : number + "e" + std::to_string(exponent);
    }
    number += suffix_of(exponent, format);
    return number;
}

}  // namespace

Result<Quantity> Quantity::parse(std::string_view text) {
    if (text.empty()) {
        return refusal(wrong_form);
    }
    const auto pieces = take_apart(text);
    if (!pieces) {
        return pieces.error();
    }
    auto unit = unit_of(pieces->suffix);
    if (!unit) {
        return unit.error();
    }
    Quantity result;
    if (const auto small = read_small(*pieces, *unit)) {
        result = of_scaled(small->mantissa, small->scale, unit->format);
        if (small->keeps_text && result.canonical() != text) {
            result.rare_.reset(new QuantityRare{{}, std::string{text}});
        }
        return result;
    }
    auto amount = read_large(*pieces, *unit);
    if (!amount) {
        return refusal(wrong_number);
    }
    if (pieces->negative) {
        amount->unscaled = -amount->unscaled;
    }
    result.format_ = unit->format;
    result.set(*std::move(amount));
    return result;
}

std::string Quantity::to_string() const {
    return rare_ && !decimal_ ? rare_->text : canonical();
}

std::string Quantity::canonical() const {
    if (is_zero()) {
        return "0";
    }
    if (format_ != QuantityFormat::BinarySI) {
        return canonical_decimal(format_);
    }
    return prints_as_binary() ? canonical_binary() : canonical_decimal(QuantityFormat::DecimalSI);
}

bool Quantity::prints_as_binary() const {
    const bool small = *this > of(-1024) && *this < of(1024);
    return !small && is_whole();
}

bool Quantity::is_whole() const {
    if (const Decimal* number = big()) {
        return compare(*number, rounded_up(*number, 0)) == 0;
    }
    return scale_ >= 0 || scaled_down(mantissa_, -std::int64_t{scale_}).exact;
}

std::string Quantity::canonical_decimal(QuantityFormat format) const {
    if (big() == nullptr) {
        std::int64_t number = mantissa_;
        const std::int64_t exponent = std::int64_t{scale_} + remove_factors(number, 10);
        const std::int64_t excess = ((exponent % 3) + 3) % 3;
        if (const auto raised = scaled_up(number, excess)) {
            return with_suffix(std::to_string(*raised), exponent - excess, format);
        }
    }
    Decimal number = to_decimal();
    const std::int64_t exponent =
        std::int64_t{number.exponent} + remove_factors(number.unscaled, 10);
    const std::int64_t excess = ((exponent % 3) + 3) % 3;
    number.unscaled *= power_of_ten(excess);
    return with_suffix(number.unscaled.str(), exponent - excess, format);
}

std::string Quantity::canonical_binary() const {
    std::optional<std::int64_t> inline_value;
    if (!decimal_) {
        inline_value = scale_ < 0 ? scaled_down(mantissa_, -std::int64_t{scale_}).number
                                  : scaled_up(mantissa_, scale_);
    }
    if (inline_value) {
        std::int64_t number = *inline_value;
        // Upstream negates first, and the least number has no negative.
        const bool least = number == std::numeric_limits<std::int64_t>::min();
        const std::int64_t exponent = least ? 0 : 10 * remove_factors(number, 1024);
        return with_suffix(std::to_string(number), exponent, QuantityFormat::BinarySI);
    }
    Decimal number = rounded_up(to_decimal(), 0);
    const std::int64_t exponent = 10 * remove_factors(number.unscaled, 1024);
    return with_suffix(number.unscaled.str(), exponent, QuantityFormat::BinarySI);
}

}  // namespace wavetank::api
