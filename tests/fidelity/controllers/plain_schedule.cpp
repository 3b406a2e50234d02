#include "fidelity/controllers/plain_schedule.hpp"

#include <array>
#include <bitset>
#include <cstddef>
#include <sstream>

namespace wavetank::fidelity {
namespace {

using std::chrono::minutes;

constexpr std::size_t most_values = 64;

/// What a field of a schedule allows.
struct CronField {
    std::bitset<most_values> values{};
    bool is_star = false;
};

struct CronFields {
    CronField minute, hour, day, month, weekday;
};

CronField read_field(const std::string& text, std::size_t least, std::size_t most) {
    CronField field;
    std::istringstream list{text};
    for (std::string part; std::getline(list, part, ',');) {
        const std::size_t slash = part.find('/');
        const std::size_t step =
            slash == std::string::npos ? 1 : std::stoul(part.substr(slash + 1));
        const std::string range = part.substr(0, slash);
        std::size_t first = least;
        std::size_t last = most;
        if (range != "*") {
            const std::size_t dash = range.find('-');
            first = std::stoul(range.substr(0, dash));
            last = dash == std::string::npos ? first : std::stoul(range.substr(dash + 1));
            last = dash == std::string::npos && slash != std::string::npos ? most : last;
        } else {
            field.is_star = field.is_star || step == 1;
        }
        for (std::size_t value = first; value <= last; value += step) {
            field.values.set(value);
        }
    }
    return field;
}

bool is_due(const CronFields& fields, WallTime time) {
    const auto date = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day day{date};
    const auto minute = static_cast<std::size_t>(std::chrono::floor<minutes>(time - date).count());
    const bool on_day = fields.day.values[static_cast<unsigned>(day.day())];
    const bool on_weekday = fields.weekday.values[std::chrono::weekday{date}.c_encoding()];
    const bool both = fields.day.is_star || fields.weekday.is_star;
    return fields.minute.values[minute % 60] && fields.hour.values[minute / 60] &&
           fields.month.values[static_cast<unsigned>(day.month())] &&
           (both ? on_day && on_weekday : on_day || on_weekday);
}

}  // namespace

Result<controllers::CronTimes> parse_plain_schedule(const std::string& schedule,
                                                    const std::string& time_zone) {
    if (!time_zone.empty() && time_zone != "Etc/UTC") {
        return Error{.message = "time zones are not known here"};
    }
    const auto shown = [](WallTime time) { return to_rfc3339(time); };
    if (schedule.starts_with("@every ")) {
        const minutes interval{std::stol(schedule.substr(7))};
        return controllers::CronTimes{
            .next =
                [interval](WallTime after) {
                    return std::chrono::floor<std::chrono::seconds>(after) + interval;
                },
            .shown = shown};
    }
    std::string text = schedule == "@hourly" ? "0 * * * *" : schedule;
    text = schedule == "@daily" ? "0 0 * * *" : text;
    std::istringstream stream{text};
    std::array<std::string, 5> parts;
    for (std::string& part : parts) {
        stream >> part;
    }
    const CronFields fields{.minute = read_field(parts[0], 0, 59),
                            .hour = read_field(parts[1], 0, 23),
                            .day = read_field(parts[2], 1, 31),
                            .month = read_field(parts[3], 1, 12),
                            .weekday = read_field(parts[4], 0, 6)};
    return controllers::CronTimes{.next =
                                      [fields](WallTime after) {
                                          auto time = std::chrono::floor<minutes>(after);
                                          do {
                                              time += minutes{1};
                                          } while (!is_due(fields, time));
                                          return WallTime{time};
                                      },
                                  .shown = shown};
}

}  // namespace wavetank::fidelity
