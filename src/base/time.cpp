#include <wavetank/base/ascii.hpp>
#include <wavetank/base/time.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <optional>
#include <utility>

namespace wavetank {
namespace {

using std::chrono::days;
using std::chrono::seconds;

struct Unit {
    std::string_view name;
    std::uint64_t nanoseconds;
};

constexpr std::array<Unit, 8> units{{
    {"ns", 1},
    {"us", 1'000},
    {"µs", 1'000},
    {"μs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

// Go's magnitudes: unsigned, up to the one that only a negative duration can have.
constexpr std::uint64_t magnitude_max = std::uint64_t{1} << 63U;

// Writes a text as Go's errors about durations quote it.
std::string quoted_in_duration(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < ' ' || byte >= 0x80) {
            result += "\\x";
            result += digits[byte / 16];
            result += digits[byte % 16];
        } else {
            result += c == '"' || c == '\\' ? "\\" : "";
            result += c;
        }
    }
    return result + "\"";
}

Error duration_error(std::string_view text, const std::string& what) {
    return {.reason = Reason::BadRequest,
            .message = "time: " + what + " duration " + quoted_in_duration(text)};
}

// Takes the digits before a point; nothing if they are too many.
std::optional<std::uint64_t> take_whole(std::string_view& rest) {
    std::uint64_t whole = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
        if (whole > magnitude_max / 10) {
            return std::nullopt;
        }
        whole = whole * 10 + static_cast<std::uint64_t>(rest.front() - '0');
        if (whole > magnitude_max) {
            return std::nullopt;
        }
    }
    return whole;
}

struct Fraction {
    std::uint64_t digits = 0;
    double scale = 1;
};

// Takes the digits after a point; those that do not fit are passed over.
Fraction take_fraction(std::string_view& rest) {
    Fraction fraction;
    bool full = false;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
        if (full || fraction.digits > (magnitude_max - 1) / 10) {
            full = true;
            continue;
        }
        fraction.digits = fraction.digits * 10 + static_cast<std::uint64_t>(rest.front() - '0');
        fraction.scale *= 10;
    }
    return fraction;
}

// Takes one "number unit" of the duration `text`, as magnitude in nanoseconds.
Result<std::uint64_t> take_part(std::string_view text, std::string_view& rest) {
    const Error invalid = duration_error(text, "invalid");
    const std::size_t before = rest.size();
    const auto whole = take_whole(rest);
    bool has_digits = rest.size() < before;
    Fraction fraction;
    if (whole && !rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        const std::size_t left = rest.size();
        fraction = take_fraction(rest);
        has_digits = has_digits || rest.size() < left;
    }
    if (!whole || !has_digits) {
        return invalid;
    }
    const std::size_t length = std::min(rest.find_first_of(".0123456789"), rest.size());
    const std::string_view name = rest.substr(0, length);
    rest.remove_prefix(length);
    if (name.empty()) {
        return duration_error(text, "missing unit in");
    }
    const auto* const unit = std::find_if(units.begin(), units.end(),
                                          [name](const Unit& each) { return each.name == name; });
    if (unit == units.end()) {
        return duration_error(text, "unknown unit " + quoted_in_duration(name) + " in");
    }
    if (*whole > magnitude_max / unit->nanoseconds) {
        return invalid;
    }
    const auto part =
        static_cast<std::uint64_t>(static_cast<double>(fraction.digits) *
                                   (static_cast<double>(unit->nanoseconds) / fraction.scale));
    const std::uint64_t value = *whole * unit->nanoseconds + part;
    return value > magnitude_max ? Result<std::uint64_t>{invalid} : value;
}

// "1.5" from 1'500'000 and 1'000'000: a decimal without trailing zeros.
std::string decimal(std::uint64_t value, std::uint64_t unit) {
    std::string text = std::to_string(value / unit);
    std::uint64_t rest = value % unit;
    if (rest == 0) {
        return text;
    }
    text += '.';
    while (rest != 0) {
        unit /= 10;
        text += static_cast<char>('0' + rest / unit);
        rest %= unit;
    }
    return text;
}

std::string civil(WallTime time) {
    const auto second = std::chrono::floor<seconds>(time);
    const auto day = std::chrono::floor<days>(second);
    const std::chrono::year_month_day date{day};
    const auto of_day = (second - day).count();
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(of_day / 3600),
                  static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60));
    return text.data();
}

// Reads exactly `count` digits at the front of `rest`; -1 if they are not there.
int take_digits(std::string_view& rest, std::size_t count) {
    if (rest.size() < count) {
        return -1;
    }
    int value = 0;
    for (const char c : rest.substr(0, count)) {
        if (!is_digit(c)) {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return value;
}

bool take(std::string_view& rest, char expected) {
    if (rest.empty() || rest.front() != expected) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

// The offset from UTC in seconds at the end of an RFC 3339 text.
Result<int> take_offset(std::string_view rest, const Error& error) {
    if (rest == "Z") {
        return 0;
    }
    const int sign = !rest.empty() && rest.front() == '-' ? -1 : 1;
    if (!take(rest, '+') && !take(rest, '-')) {
        return error;
    }
    const int hours = take_digits(rest, 2);
    if (!take(rest, ':')) {
        return error;
    }
    const int minutes = take_digits(rest, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !rest.empty()) {
        return error;
    }
    return sign * (hours * 3600 + minutes * 60);
}

// The whole years that nanoseconds since 1970 in 64 bits reach.
constexpr int first_year = 1678;
constexpr int last_year = 2261;

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
    std::string_view rest = text;
    const bool negative = !rest.empty() && rest.front() == '-';
    if (negative || (!rest.empty() && rest.front() == '+')) {
        rest.remove_prefix(1);
    }
    if (rest == "0") {
        return Duration::zero();
    }
    if (rest.empty()) {
        return duration_error(text, "invalid");
    }
    std::uint64_t total = 0;
    while (!rest.empty()) {
        const auto part = take_part(text, rest);
        if (!part) {
            return part.error();
        }
        total += *part;
        if (total > magnitude_max) {
            return duration_error(text, "invalid");
        }
    }
    if (negative) {
        return Duration{static_cast<std::int64_t>(0 - total)};
    }
    if (total == magnitude_max) {
        return duration_error(text, "invalid");
    }
    return Duration{static_cast<std::int64_t>(total)};
}

std::string to_string(Duration duration) {
    const std::int64_t count = duration.count();
    const std::string sign = count < 0 ? "-" : "";
    const std::uint64_t value =
        count < 0 ? ~static_cast<std::uint64_t>(count) + 1 : static_cast<std::uint64_t>(count);
    if (value == 0) {
        return "0s";
    }
    if (value < 1'000) {
        return sign + std::to_string(value) + "ns";
    }
    if (value < 1'000'000) {
        return sign + decimal(value, 1'000) + "µs";
    }
    if (value < 1'000'000'000) {
        return sign + decimal(value, 1'000'000) + "ms";
    }
    constexpr std::uint64_t minute = 60'000'000'000;
    std::string text = sign;
    if (value >= 60 * minute) {
        text += std::to_string(value / (60 * minute)) + "h";
    }
    if (value >= minute) {
        text += std::to_string(value / minute % 60) + "m";
    }
    return text + decimal(value % minute, 1'000'000'000) + "s";
}

std::string to_rfc3339(WallTime time) {
    return civil(time) + "Z";
}

std::string to_rfc3339_micro(WallTime time) {
    const auto fraction = time - std::chrono::floor<seconds>(time);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), ".%06dZ", static_cast<int>(fraction.count() / 1'000));
    return civil(time) + text.data();
}

Result<WallTime> parse_rfc3339(std::string_view text) {
    const Error error{.reason = Reason::BadRequest,
                      .message = "parsing time \"" + std::string{text} +
                                 "\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it"};
    std::string_view rest = text;
    const int year = take_digits(rest, 4);
    const bool dash = take(rest, '-');
    const int month = take_digits(rest, 2);
    const bool second_dash = take(rest, '-');
    const int day = take_digits(rest, 2);
    const bool separator = take(rest, 'T');
    const int hour = take_digits(rest, 2);
    const bool colon = take(rest, ':');
    const int minute = take_digits(rest, 2);
    const bool second_colon = take(rest, ':');
    const int second = take_digits(rest, 2);
    if (!dash || !second_dash || !separator || !colon || !second_colon || year < 0 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
        return error;
    }
    const std::chrono::year_month_day date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (month < 0 || day < 0 || !date.ok()) {
        return error;
    }
    if (year < first_year || year > last_year) {
        return Error{.reason = Reason::BadRequest,
                     .message = "parsing time \"" + std::string{text} +
                                "\": only the years 1678 to 2261 can be kept"};
    }
    std::int64_t nanoseconds = 0;
    if (take(rest, '.')) {
        std::int64_t scale = 1'000'000'000;
        while (!rest.empty() && is_digit(rest.front())) {
            scale /= 10;
            nanoseconds += scale * (rest.front() - '0');
            rest.remove_prefix(1);
        }
        if (scale == 1'000'000'000) {
            return error;
        }
    }
    const Result<int> offset = take_offset(rest, error);
    if (!offset) {
        return offset.error();
    }
    return WallTime{std::chrono::sys_days{date}.time_since_epoch() +
                    seconds{hour * 3600 + minute * 60 + second} - seconds{*offset} +
                    Duration{nanoseconds}};
}

}  // namespace wavetank
