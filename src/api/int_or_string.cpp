#include <wavetank/api/int_or_string.hpp>

#include <wavetank/api/field_error.hpp>
#include <wavetank/base/assert.hpp>

#include "api/go_text.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wavetank::api {
namespace {

Error invalid(const std::string& what) {
    return Error{.reason = Reason::Invalid, .message = "invalid value for IntOrString: " + what};
}

/// Turns a whole double into an integer as amd64 does: what does not fit gives the least one.
std::int64_t to_integer(double number) {
    constexpr double limit = 9223372036854775808.0;  // 2^63
    return number >= -limit && number < limit ? static_cast<std::int64_t>(number)
                                              : std::numeric_limits<std::int64_t>::min();
}

}  // namespace

IntOrString IntOrString::parse(std::string_view text) {
    const ParsedNumber parsed = parse_number(text);
    const auto number = static_cast<std::int32_t>(parsed.number);
    if (parsed.problem != NumberProblem::None || number != parsed.number) {
        return IntOrString{std::string{text}};
    }
    return IntOrString{number};
}

std::int64_t IntOrString::int_value() const {
    if (const auto* number = std::get_if<std::int32_t>(&value_)) {
        return *number;
    }
    return parse_number(string_value()).number;
}

const std::string& IntOrString::string_value() const {
    const auto* text = std::get_if<std::string>(&value_);
    WAVETANK_ASSERT(text != nullptr);
    return *text;
}

std::string IntOrString::to_string() const {
    return is_string() ? string_value() : std::to_string(int_value());
}

Result<std::int64_t> IntOrString::scaled_value(std::int64_t total, Rounding rounding) const {
    if (!is_string()) {
        return int_value();
    }
    const std::string& text = string_value();
    if (!text.ends_with('%')) {
        return invalid("invalid type: string is not a percentage");
    }
    const std::string digits = text.substr(0, text.size() - 1);
    const ParsedNumber percent = parse_number(digits);
    if (percent.problem != NumberProblem::None) {
        const bool range = percent.problem == NumberProblem::Range;
        return invalid("invalid value " + api::quoted(text) + ": strconv.Atoi: parsing " +
                       api::quoted(digits) + (range ? ": value out of range" : ": invalid syntax"));
    }
    // The order of the operations matters for the last digit.
    const double share = static_cast<double>(percent.number) * static_cast<double>(total) / 100.0;
    return to_integer(rounding == Rounding::Up ? std::ceil(share) : std::floor(share));
}

std::int32_t Fenceposts::unavailable_of(std::int32_t desired) const {
    return desired == 0 ? 0 : std::min(unavailable, desired);
}

std::int32_t Fenceposts::available_of(std::int32_t desired) const {
    return desired - unavailable_of(desired);
}

Result<Fenceposts> resolve_fenceposts(const std::optional<IntOrString>& surge_max,
                                      const std::optional<IntOrString>& missing_max,
                                      std::int32_t desired) {
    const auto surge = surge_max.value_or(IntOrString{}).scaled_value(desired, Rounding::Up);
    if (!surge) {
        return surge.error();
    }
    const auto missing = missing_max.value_or(IntOrString{}).scaled_value(desired, Rounding::Down);
    if (!missing) {
        return missing.error();
    }
    const bool stuck = *surge == 0 && *missing == 0;
    return Fenceposts{static_cast<std::int32_t>(*surge),
                      stuck ? 1 : static_cast<std::int32_t>(*missing)};
}

}  // namespace wavetank::api
