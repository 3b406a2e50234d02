#include "base/posix_zone.hpp"

#include <algorithm>
#include <utility>

namespace wavetank {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using Change = PosixZone::Change;

constexpr std::int64_t day_seconds = 86'400;
constexpr std::int64_t hour_seconds = 3'600;

/// Takes the parts of a description off its front; each returns nothing if its part is not there.
class PosixZoneReader {
public:
    explicit PosixZoneReader(std::string_view rest) : rest_{rest} {}

    [[nodiscard]] std::string_view rest() const {
        return rest_;
    }

    bool take(char expected) {
        if (rest_.empty() || rest_.front() != expected) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    /// Takes a name: at least three characters up to a digit, sign or comma, or any in "<>".
    bool take_name() {
        if (rest_.starts_with('<')) {
            const std::size_t end = rest_.find('>');
            if (end == std::string_view::npos) {
                return false;
            }
            rest_.remove_prefix(end + 1);
            return true;
        }
        const std::size_t end = std::min(rest_.find_first_of("0123456789,-+"), rest_.size());
        if (end < 3) {
            return false;
        }
        rest_.remove_prefix(end);
        return true;
    }

    std::optional<std::int64_t> take_number(std::int64_t least, std::int64_t most) {
        std::int64_t number = 0;
        std::size_t digits = 0;
        while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
            number = number * 10 + (rest_[digits] - '0');
            if (number > most) {
                return std::nullopt;
            }
            ++digits;
        }
        if (digits == 0 || number < least) {
            return std::nullopt;
        }
        rest_.remove_prefix(digits);
        return number;
    }

    /// Takes "[+-]hours[:minutes[:seconds]]" as seconds. Zone files go up to a week.
    std::optional<std::int64_t> take_offset() {
        const std::int64_t sign = take('-') ? -1 : 1;
        if (sign > 0) {
            take('+');
        }
        const auto hours = take_number(0, 24 * 7);
        if (!hours) {
            return std::nullopt;
        }
        std::int64_t total = *hours * hour_seconds;
        for (std::int64_t unit = 60; unit > 0 && take(':'); unit /= 60) {
            const auto part = take_number(0, 59);
            if (!part) {
                return std::nullopt;
            }
            total += *part * unit;
        }
        return sign * total;
    }

    std::optional<Change> take_change() {
        Change change;
        if (take('J')) {
            change.form = Change::Form::DayWithoutLeapDay;
            if (!assign(change.day, take_number(1, 365))) {
                return std::nullopt;
            }
        } else if (take('M')) {
            change.form = Change::Form::WeekdayOfMonth;
            if (!assign(change.month, take_number(1, 12)) || !take('.') ||
                !assign(change.week, take_number(1, 5)) || !take('.') ||
                !assign(change.day, take_number(0, 6))) {
                return std::nullopt;
            }
        } else if (!assign(change.day, take_number(0, 365))) {
            return std::nullopt;
        }
        if (take('/') && !assign(change.time_of_day, take_offset())) {
            return std::nullopt;
        }
        return change;
    }

private:
    static bool assign(std::int64_t& target, std::optional<std::int64_t> value) {
        target = value.value_or(0);
        return value.has_value();
    }

    std::string_view rest_;
};

sys_days first_day(std::int64_t year, unsigned month) {
    return sys_days{std::chrono::year{static_cast<int>(year)} / std::chrono::month{month} / 1};
}

// The day of the year of the week-th such weekday of the month; its last one if there are fewer.
std::int64_t day_of(const Change& change, std::int64_t year) {
    const auto month = static_cast<unsigned>(change.month);
    const sys_days first = first_day(year, month);
    const auto length = std::chrono::year_month_day_last{
        std::chrono::year{static_cast<int>(year)},
        std::chrono::month_day_last{std::chrono::month{
            month}}}.day();
    const auto weekday = static_cast<std::int64_t>(std::chrono::weekday{first}.c_encoding());
    std::int64_t day = (change.day - weekday + 7) % 7;
    for (std::int64_t week = 1; week < change.week; ++week) {
        if (day + 7 >= static_cast<unsigned>(length)) {
            break;
        }
        day += 7;
    }
    return (first - first_day(year, 1)).count() + day;
}

}  // namespace

std::int64_t PosixZone::Change::seconds_into(std::int64_t year, std::int64_t offset) const {
    std::int64_t start = day;
    switch (form) {
        case Form::DayWithoutLeapDay: {
            const bool leap = std::chrono::year{static_cast<int>(year)}.is_leap();
            start = day - 1 + (leap && day >= 60 ? 1 : 0);
            break;
        }
        case Form::Day:
            break;
        case Form::WeekdayOfMonth:
            start = day_of(*this, year);
            break;
    }
    return start * day_seconds + time_of_day - offset;
}

std::optional<PosixZone> PosixZone::parse(std::string_view text) {
    PosixZoneReader reader{text};
    PosixZone zone;
    const bool named = reader.take_name();
    const auto standard = named ? reader.take_offset() : std::nullopt;
    if (!standard) {
        return std::nullopt;
    }
    zone.offset_ = -*standard;  // the text says what to add to local time
    if (reader.rest().empty() || reader.rest().front() == ',') {
        return zone;
    }
    if (!reader.take_name()) {
        return std::nullopt;
    }
    Saving saving{.offset = zone.offset_ + hour_seconds};
    if (!reader.rest().empty() && reader.rest().front() != ',') {
        const auto offset = reader.take_offset();
        if (!offset) {
            return std::nullopt;
        }
        saving.offset = -*offset;
    }
    if (reader.rest().empty()) {
        reader = PosixZoneReader{",M3.2.0,M11.1.0"};  // as IANA's code has it
    }
    const bool separated = reader.take(',') || reader.take(';');
    const auto begin = separated ? reader.take_change() : std::nullopt;
    const auto end = begin && reader.take(',') ? reader.take_change() : std::nullopt;
    if (!end || !reader.rest().empty()) {
        return std::nullopt;
    }
    saving.begin = *begin;
    saving.end = *end;
    zone.saving_ = saving;
    return zone;
}

PosixZone::Span PosixZone::span_at(sys_seconds time) const {
    if (!saving_) {
        return {.offset = seconds{offset_}};
    }
    const std::chrono::year_month_day date{std::chrono::floor<days>(time)};
    const auto year = static_cast<std::int64_t>(static_cast<int>(date.year()));
    const sys_seconds start = first_day(year, 1);
    const std::int64_t now = (time - start).count();
    std::int64_t first = saving_->begin.seconds_into(year, offset_);
    std::int64_t second = saving_->end.seconds_into(year, saving_->offset);
    std::int64_t outside = offset_;  // at the ends of the year
    std::int64_t between = saving_->offset;
    if (second < first) {  // in the southern half of the world
        std::swap(first, second);
        std::swap(outside, between);
    }
    if (now < first) {
        return {seconds{outside}, start, start + seconds{first}};
    }
    if (now >= second) {
        return {seconds{outside}, start + seconds{second}, start + days{365}};
    }
    return {seconds{between}, start + seconds{first}, start + seconds{second}};
}

}  // namespace wavetank
