#include <wavetank/base/ascii.hpp>
#include <wavetank/base/time.hpp>

#include <array>
#include <cctype>
#include <cstdio>
#include <limits>
#include <utility>

namespace wavetank {
namespace {

using std::chrono::days;
using std::chrono::seconds;

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
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

Error invalid_duration(std::string_view text) {
    return {.reason = Reason::BadRequest,
            .message = "time: invalid duration \"" + std::string{text} + "\""};
}

// One "number unit" of a duration, as magnitude in nanoseconds; -1 if it is malformed.
std::int64_t take_part(std::string_view& rest) {
    constexpr auto limit = std::numeric_limits<std::int64_t>::max();
    std::int64_t whole = 0;
    std::int64_t fraction = 0;
    double scale = 1;
    std::size_t digits = 0;
    while (!rest.empty() && is_digit(rest.front())) {
        if (whole > (limit - 9) / 10) {
            return -1;
        }
        whole = whole * 10 + (rest.front() - '0');
        rest.remove_prefix(1);
        ++digits;
    }
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        while (!rest.empty() && is_digit(rest.front())) {
            if (fraction <= (limit - 9) / 10) {
                fraction = fraction * 10 + (rest.front() - '0');
                scale *= 10;
            }
            rest.remove_prefix(1);
            ++digits;
        }
    }
    std::size_t length = 0;
    while (length < rest.size() && rest[length] != '.' && !is_digit(rest[length])) {
        ++length;
    }
    const std::string_view name = rest.substr(0, length);
    rest.remove_prefix(length);
    for (const Unit& unit : units) {
        if (unit.name != name || digits == 0) {
            continue;
        }
        if (whole > limit / unit.nanoseconds) {
            return -1;
        }
        const auto part = static_cast<std::int64_t>(
            static_cast<double>(fraction) * (static_cast<double>(unit.nanoseconds) / scale));
        const std::int64_t value = whole * unit.nanoseconds;
        return value > limit - part ? -1 : value + part;
    }
    return -1;
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
        return invalid_duration(text);
    }
    std::int64_t total = 0;
    while (!rest.empty()) {
        const std::int64_t part = take_part(rest);
        if (part < 0 || total > std::numeric_limits<std::int64_t>::max() - part) {
            return invalid_duration(text);
        }
        total += part;
    }
    return Duration{negative ? -total : total};
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
