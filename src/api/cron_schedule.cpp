#include <wavetank/api/cron_schedule.hpp>

#include "api/go_text.hpp"

#include <wavetank/api/field_error.hpp>
#include <wavetank/base/ascii.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::api {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;
using CronFields = CronSchedule::Fields;

constexpr std::uint64_t star_bit = std::uint64_t{1} << 63U;

struct CronName {
    std::string_view name;
    std::int64_t value;
};

/// The values one field may have, and the names of some.
struct CronBounds {
    std::int64_t least;
    std::int64_t most;
    std::span<const CronName> names;
};

constexpr std::array<CronName, 12> month_names{{{"jan", 1},
                                                {"feb", 2},
                                                {"mar", 3},
                                                {"apr", 4},
                                                {"may", 5},
                                                {"jun", 6},
                                                {"jul", 7},
                                                {"aug", 8},
                                                {"sep", 9},
                                                {"oct", 10},
                                                {"nov", 11},
                                                {"dec", 12}}};
constexpr std::array<CronName, 7> weekday_names{
    {{"sun", 0}, {"mon", 1}, {"tue", 2}, {"wed", 3}, {"thu", 4}, {"fri", 5}, {"sat", 6}}};

constexpr CronBounds minute_bounds{0, 59, {}};
constexpr CronBounds hour_bounds{0, 23, {}};
constexpr CronBounds day_of_month_bounds{1, 31, {}};
constexpr CronBounds month_bounds{1, 12, month_names};
constexpr CronBounds day_of_week_bounds{0, 6, weekday_names};

Error cron_error(std::string message) {
    return {.reason = Reason::BadRequest, .message = std::move(message)};
}

// White space beyond ASCII, in UTF-8, that Go splits at.
constexpr std::array<std::string_view, 19> wide_spaces{
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

// Returns the length in bytes of the white space that `text` starts with, 0 if it does not.
std::size_t space_length(std::string_view text) {
    constexpr std::string_view plain = " \t\n\v\f\r";
    if (text.empty()) {
        return 0;
    }
    if (plain.find(text.front()) != std::string_view::npos) {
        return 1;
    }
    for (const std::string_view space : wide_spaces) {
        if (text.starts_with(space)) {
            return space.size();
        }
    }
    return 0;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    bool within = false;
    while (!text.empty()) {
        const std::size_t space = space_length(text);
        if (space == 0) {
            if (!within) {
                words.emplace_back();
            }
            words.back() += text.front();
        }
        within = space == 0;
        text.remove_prefix(std::max<std::size_t>(space, 1));
    }
    return words;
}

std::string_view without_spaces_around(std::string_view text) {
    while (const std::size_t space = space_length(text)) {
        text.remove_prefix(space);
    }
    std::size_t end = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t space = space_length(text.substr(at));
        at += std::max<std::size_t>(space, 1);
        end = space == 0 ? at : end;
    }
    return text.substr(0, end);
}

Result<std::int64_t> cron_number(std::string_view text) {
    const ParsedNumber parsed = parse_number(text);
    if (parsed.problem != NumberProblem::None) {
        return cron_error(
            "failed to parse int from " + std::string{text} + ": strconv.Atoi: parsing " +
            quoted(text) + ": " +
            (parsed.problem == NumberProblem::Range ? "value out of range" : "invalid syntax"));
    }
    if (parsed.number < 0) {
        return cron_error("negative number (" + std::to_string(parsed.number) +
                          ") not allowed: " + std::string{text});
    }
    return parsed.number;
}

Result<std::int64_t> cron_value(std::string_view text, const CronBounds& bounds) {
    const std::string name = to_lower(text);
    for (const CronName& named : bounds.names) {
        if (named.name == name) {
            return named.value;
        }
    }
    return cron_number(text);
}

// Requires: 0 <= first <= last <= 63.
std::uint64_t every_nth_bit(std::int64_t first, std::int64_t last, std::int64_t step) {
    std::uint64_t bits = 0;
    for (std::int64_t i = first; i <= last; i += std::min<std::int64_t>(step, 64)) {
        bits |= std::uint64_t{1} << static_cast<unsigned>(i);
    }
    return bits;
}

// Reads "first", "first-last" or "*", and "/step" after any of them.
Result<std::uint64_t> cron_range(std::string_view text, const CronBounds& bounds) {
    const auto range_and_step = split(text, '/');
    const auto ends = split(range_and_step[0], '-');
    std::int64_t first = bounds.least;
    std::int64_t last = bounds.most;
    std::uint64_t extra = star_bit;
    if (ends[0] != "*" && ends[0] != "?") {
        extra = 0;
        const auto low = cron_value(ends[0], bounds);
        if (!low) {
            return low.error();
        }
        first = last = *low;
        if (ends.size() > 2) {
            return cron_error("too many hyphens: " + std::string{text});
        }
        if (ends.size() == 2) {
            const auto high = cron_value(ends[1], bounds);
            if (!high) {
                return high.error();
            }
            last = *high;
        }
    }
    std::int64_t step = 1;
    if (range_and_step.size() > 2) {
        return cron_error("too many slashes: " + std::string{text});
    }
    if (range_and_step.size() == 2) {
        const auto number = cron_number(range_and_step[1]);
        if (!number) {
            return number.error();
        }
        step = *number;
        last = ends.size() == 1 ? bounds.most : last;  // "5/15" starts at 5
        extra = step > 1 ? 0 : extra;
    }
    if (first < bounds.least) {
        return cron_error("beginning of range (" + std::to_string(first) + ") below minimum (" +
                          std::to_string(bounds.least) + "): " + std::string{text});
    }
    if (last > bounds.most) {
        return cron_error("end of range (" + std::to_string(last) + ") above maximum (" +
                          std::to_string(bounds.most) + "): " + std::string{text});
    }
    if (first > last) {
        return cron_error("beginning of range (" + std::to_string(first) +
                          ") beyond end of range (" + std::to_string(last) +
                          "): " + std::string{text});
    }
    if (step == 0) {
        return cron_error("step of range should be a positive number: " + std::string{text});
    }
    return every_nth_bit(first, last, step) | extra;
}

// Reads a list of ranges. Empty ones count for nothing; "," alone never matches.
Result<std::uint64_t> cron_field(std::string_view text, const CronBounds& bounds) {
    std::uint64_t bits = 0;
    for (const std::string_view range : split(text, ',')) {
        if (range.empty()) {
            continue;
        }
        const auto found = cron_range(range, bounds);
        if (!found) {
            return found.error();
        }
        bits |= *found;
    }
    return bits;
}

std::uint64_t all_of(const CronBounds& bounds) {
    return every_nth_bit(bounds.least, bounds.most, 1) | star_bit;
}

Result<CronFields> cron_macro(std::string_view text) {
    constexpr std::uint64_t zeroth = 1;
    constexpr std::uint64_t first = 2;
    CronFields fields{.minutes = zeroth,
                      .hours = zeroth,
                      .days_of_month = all_of(day_of_month_bounds),
                      .months = all_of(month_bounds),
                      .days_of_week = all_of(day_of_week_bounds)};
    if (text == "@yearly" || text == "@annually") {
        fields.days_of_month = first;
        fields.months = first;
    } else if (text == "@monthly") {
        fields.days_of_month = first;
    } else if (text == "@weekly") {
        fields.days_of_week = zeroth;
    } else if (text == "@hourly") {
        fields.hours = all_of(hour_bounds);
    } else if (text != "@daily" && text != "@midnight") {
        return cron_error("unrecognized descriptor: " + std::string{text});
    }
    return fields;
}

Result<CronFields> cron_fields(std::string_view text) {
    const auto words = words_of(text);
    if (words.size() != 5) {
        return cron_error("expected exactly 5 fields, found " + std::to_string(words.size()) +
                          ": [" + join(words, " ") + "]");
    }
    CronFields fields;
    const std::array<std::pair<std::uint64_t*, const CronBounds*>, 5> targets{
        {{&fields.minutes, &minute_bounds},
         {&fields.hours, &hour_bounds},
         {&fields.days_of_month, &day_of_month_bounds},
         {&fields.months, &month_bounds},
         {&fields.days_of_week, &day_of_week_bounds}}};
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto bits = cron_field(words[i], *targets[i].second);
        if (!bits) {
            return bits.error();
        }
        *targets[i].first = *bits;
    }
    return fields;
}

Result<seconds> cron_interval(std::string_view text, std::string_view duration) {
    const auto parsed = parse_duration(duration);
    if (!parsed) {
        return cron_error("failed to parse duration " + std::string{text} + ": " +
                          parsed.error().message);
    }
    return std::max(std::chrono::duration_cast<seconds>(*parsed), seconds{1});
}

/// A time as the clocks of one zone show it.
class LocalClock {
public:
    LocalClock(sys_seconds now, const TimeZone& zone) : zone_{zone} {
        set(now);
    }

    [[nodiscard]] sys_seconds now() const {
        return now_;
    }
    [[nodiscard]] int year() const {
        return static_cast<int>(date_.year());
    }
    [[nodiscard]] unsigned month() const {
        return static_cast<unsigned>(date_.month());
    }
    [[nodiscard]] unsigned day() const {
        return static_cast<unsigned>(date_.day());
    }
    [[nodiscard]] unsigned weekday() const {
        return std::chrono::weekday{std::chrono::floor<days>(shown_)}.c_encoding();
    }
    [[nodiscard]] unsigned hour() const {
        return static_cast<unsigned>(time_of_day() / hours{1});
    }
    [[nodiscard]] unsigned minute() const {
        return static_cast<unsigned>(time_of_day() / minutes{1} % 60);
    }

    void set(sys_seconds now) {
        now_ = now;
        shown_ = zone_.to_local(now);
        date_ = year_month_day{std::chrono::floor<days>(shown_)};
    }
    void advance(seconds span) {
        set(now_ + span);
    }
    void set_local(local_days day, seconds time_of_day) {
        set(zone_.to_sys(day + time_of_day));
    }

    [[nodiscard]] local_days today() const {
        return local_days{date_};
    }
    [[nodiscard]] local_days first_of_month() const {
        return local_days{date_.year() / date_.month() / 1};
    }
    [[nodiscard]] seconds time_of_day() const {
        return shown_ - std::chrono::floor<days>(shown_);
    }
    /// Goes one month on, as Go's `AddDate(0, 1, 0)`: 31 January becomes 3 March.
    void advance_month() {
        const auto next = date_ + std::chrono::months{1};
        const local_days first{next.year() / next.month() / 1};
        set_local(first + days{day() - 1}, time_of_day());
    }

private:
    const TimeZone& zone_;
    sys_seconds now_;
    local_seconds shown_;
    year_month_day date_;
};

bool has_bit(std::uint64_t bits, unsigned index) {
    return (bits >> index & 1U) != 0;
}

bool day_matches(const CronFields& fields, const LocalClock& clock) {
    const bool day_of_month = has_bit(fields.days_of_month, clock.day());
    const bool day_of_week = has_bit(fields.days_of_week, clock.weekday());
    if (((fields.days_of_month | fields.days_of_week) & star_bit) != 0) {
        return day_of_month && day_of_week;
    }
    return day_of_month || day_of_week;
}

// Goes to the next midnight, or to what the clocks show instead of it.
void advance_day(LocalClock& clock) {
    const sys_seconds before = clock.now();
    const local_days tomorrow = clock.today() + days{1};
    const seconds time_of_day = clock.time_of_day();
    clock.set_local(tomorrow, time_of_day);
    for (int skipped = 1; clock.now() <= before; ++skipped) {
        clock.set_local(tomorrow + days{skipped}, time_of_day);  // a day that never was
    }
    if (clock.hour() != 0) {
        const int hour = static_cast<int>(clock.hour());
        clock.advance(hours{hour > 12 ? 24 - hour : -hour});
    }
}

/// What one pass over the fields came to.
enum class CronPass : std::uint8_t { Found, StartAgain };

/// Goes on until every field matches, the largest first. Whenever a field wraps around, the larger
/// ones have changed and are looked at again. The first time a field moves, all smaller ones go
/// back to their start.
class CronSearch {
public:
    CronSearch(const CronFields& fields, LocalClock clock) : fields_{fields}, clock_{clock} {}

    std::optional<sys_seconds> run() {
        const int year_last = clock_.year() + 5;
        while (clock_.year() <= year_last) {
            if (pass() == CronPass::Found) {
                return clock_.now();
            }
        }
        return std::nullopt;
    }

private:
    CronPass pass() {
        while (!has_bit(fields_.months, clock_.month())) {
            restart_from(clock_.first_of_month(), seconds{0});
            clock_.advance_month();
            if (clock_.month() == 1) {
                return CronPass::StartAgain;
            }
        }
        while (!day_matches(fields_, clock_)) {
            restart_from(clock_.today(), seconds{0});
            advance_day(clock_);
            if (clock_.day() == 1) {
                return CronPass::StartAgain;
            }
        }
        while (!has_bit(fields_.hours, clock_.hour())) {
            restart_from(clock_.today(), hours{clock_.hour()});
            clock_.advance(hours{1});
            if (clock_.hour() == 0) {
                return CronPass::StartAgain;
            }
        }
        while (!has_bit(fields_.minutes, clock_.minute())) {
            if (!moved_) {
                moved_ = true;
                clock_.set(std::chrono::floor<minutes>(clock_.now()));
            }
            clock_.advance(minutes{1});
            if (clock_.minute() == 0) {
                return CronPass::StartAgain;
            }
        }
        // Second zero is the only one that a schedule of five fields matches.
        const seconds second = clock_.time_of_day() % minutes{1};
        if (second != seconds{0}) {
            moved_ = true;
            clock_.advance(minutes{1} - second);
            return CronPass::StartAgain;
        }
        return CronPass::Found;
    }

    void restart_from(local_days day, seconds time_of_day) {
        if (!moved_) {
            moved_ = true;
            clock_.set_local(day, time_of_day);
        }
    }

    const CronFields& fields_;
    LocalClock clock_;
    bool moved_ = false;
};

}  // namespace

Result<CronSchedule> CronSchedule::parse(std::string_view text, std::string_view time_zone) {
    if (text.find("TZ") == std::string_view::npos && !time_zone.empty()) {
        if (const auto zone = TimeZone::load(time_zone)) {
            auto schedule = parse("TZ=UTC " + std::string{text});
            if (schedule) {
                schedule->zone_ = time_zone == "Local" ? std::nullopt : std::optional{*zone};
            }
            return schedule;
        }
    }
    if (text.empty()) {
        return cron_error("empty spec string");
    }
    CronSchedule schedule;
    if (text.starts_with("TZ=") || text.starts_with("CRON_TZ=")) {
        const std::size_t end = text.find(' ');
        if (end == std::string_view::npos) {
            return cron_error(
                "invalid schedule format: runtime error: slice bounds out of range [:-1]");
        }
        const std::size_t begin = text.find('=') + 1;
        const std::string_view name = text.substr(begin, end - begin);
        const auto zone = TimeZone::load(name);
        if (!zone) {
            return cron_error("provided bad location " + std::string{name} + ": " +
                              zone.error().message);
        }
        if (name != "Local") {
            schedule.zone_ = *zone;
        }
        text = without_spaces_around(text.substr(end));
    }
    constexpr std::string_view every = "@every ";
    if (text.starts_with(every)) {
        const auto interval = cron_interval(text, text.substr(every.size()));
        if (!interval) {
            return interval.error();
        }
        schedule.interval_ = *interval;
        return schedule;
    }
    const auto fields = text.starts_with('@') ? cron_macro(text) : cron_fields(text);
    if (!fields) {
        return fields.error();
    }
    schedule.fields_ = *fields;
    return schedule;
}

std::optional<WallTime> CronSchedule::next(WallTime after, const TimeZone& local) const {
    const auto whole = std::chrono::floor<seconds>(after);
    std::optional<sys_seconds> found;
    if (interval_) {
        found = whole + *interval_;
    } else {
        const TimeZone& zone = zone_ ? *zone_ : local;
        found = CronSearch{fields_, LocalClock{whole + seconds{1}, zone}}.run();
    }
    if (!found || *found > std::chrono::floor<seconds>(WallTime::max())) {
        return std::nullopt;
    }
    return WallTime{*found};
}

}  // namespace wavetank::api
