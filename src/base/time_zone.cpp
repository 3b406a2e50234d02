#include <wavetank/base/time_zone.hpp>

#include "base/posix_zone.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace wavetank {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

/// Invariant: `transitions` is ordered, `local_times` is not empty, each `local_time` is an index
/// into it.
struct TimeZoneRules {
    struct LocalTime {
        std::int32_t offset = 0;
        bool is_daylight_saving = false;
    };
    struct Transition {
        std::int64_t when = 0;  // seconds since 1970-01-01T00:00:00Z
        std::uint8_t local_time = 0;
    };

    std::vector<LocalTime> local_times;
    std::vector<Transition> transitions;
    std::optional<PosixZone> after_transitions;
};

namespace {

using LocalTime = TimeZoneRules::LocalTime;
using Transition = TimeZoneRules::Transition;

constexpr std::array zone_folders{"/usr/share/zoneinfo/", "/usr/share/lib/zoneinfo/",
                                  "/usr/lib/locale/TZ/", "/etc/zoneinfo/"};

// Before and after everything, and far enough from the ends of an int64 to be added to.
constexpr sys_seconds beginning{seconds{INT64_MIN / 4}};
constexpr sys_seconds ending{seconds{INT64_MAX / 4}};

Error zone_error(std::string message) {
    return {.reason = Reason::BadRequest, .message = std::move(message)};
}

Error malformed() {
    return zone_error("malformed time zone information");
}

/// Reads big-endian numbers off the front of a text; after the first failure everything is zero.
class TzifReader {
public:
    explicit TzifReader(std::string_view rest) : rest_{rest} {}

    std::string_view take(std::uint64_t count) {
        if (count > rest_.size()) {
            failed_ = true;
            rest_ = {};
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::uint64_t number(std::uint64_t size) {
        std::uint64_t value = 0;
        for (const char byte : take(size)) {
            value = value << 8U | static_cast<unsigned char>(byte);
        }
        return value;
    }

    std::uint8_t byte() {
        return static_cast<std::uint8_t>(number(1));
    }
    std::int32_t signed_32() {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(number(4)));
    }
    [[nodiscard]] bool failed() const {
        return failed_;
    }
    [[nodiscard]] std::string_view rest() const {
        return rest_;
    }

private:
    std::string_view rest_;
    bool failed_ = false;
};

struct TzifHeader {
    std::uint64_t version = 1;
    std::uint64_t utc_indicators = 0;
    std::uint64_t standard_indicators = 0;
    std::uint64_t leap_seconds = 0;
    std::uint64_t transitions = 0;
    std::uint64_t local_times = 0;
    std::uint64_t name_bytes = 0;

    /// Returns the length of what follows the header, with times of `time_size` bytes.
    [[nodiscard]] std::uint64_t body_size(std::uint64_t time_size) const {
        return transitions * (time_size + 1) + local_times * 6 + name_bytes +
               leap_seconds * (time_size + 4) + standard_indicators + utc_indicators;
    }
};

std::optional<TzifHeader> take_header(TzifReader& reader) {
    TzifHeader header;
    if (reader.take(4) != "TZif") {
        return std::nullopt;
    }
    const std::string_view version = reader.take(16);
    if (version.empty() || (version[0] != '\0' && version[0] != '2' && version[0] != '3')) {
        return std::nullopt;
    }
    header.version = version[0] == '\0' ? 1 : static_cast<std::uint64_t>(version[0] - '0');
    for (std::uint64_t* count :
         {&header.utc_indicators, &header.standard_indicators, &header.leap_seconds,
          &header.transitions, &header.local_times, &header.name_bytes}) {
        *count = reader.number(4);
    }
    return reader.failed() ? std::nullopt : std::optional{header};
}

// Reads what follows the header; empty if it is too short or contradicts itself.
std::optional<TimeZoneRules> take_body(TzifReader& reader, const TzifHeader& header,
                                       std::uint64_t time_size) {
    if (header.body_size(time_size) > reader.rest().size() || header.local_times == 0) {
        return std::nullopt;
    }
    TimeZoneRules rules;
    rules.transitions.resize(header.transitions);
    for (Transition& transition : rules.transitions) {
        const std::uint64_t when = reader.number(time_size);
        transition.when = time_size == 8 ? static_cast<std::int64_t>(when)
                                         : static_cast<std::int32_t>(when & 0xffffffffU);
    }
    for (Transition& transition : rules.transitions) {
        transition.local_time = reader.byte();
        if (transition.local_time >= header.local_times) {
            return std::nullopt;
        }
    }
    rules.local_times.resize(header.local_times);
    for (LocalTime& local_time : rules.local_times) {
        local_time.offset = reader.signed_32();
        local_time.is_daylight_saving = reader.byte() != 0;
        if (reader.byte() >= header.name_bytes) {
            return std::nullopt;
        }
    }
    reader.take(header.name_bytes + header.leap_seconds * (time_size + 4) +
                header.standard_indicators + header.utc_indicators);
    return rules;
}

// Chooses what holds before the first transition, as localtime.c of IANA's code does.
std::size_t first_local_time(const TimeZoneRules& rules) {
    const auto uses_first = [](const Transition& each) { return each.local_time == 0; };
    if (std::ranges::none_of(rules.transitions, uses_first)) {
        return 0;
    }
    const std::size_t first = rules.transitions.front().local_time;
    if (rules.local_times[first].is_daylight_saving) {
        for (std::size_t i = first; i > 0; --i) {
            if (!rules.local_times[i - 1].is_daylight_saving) {
                return i - 1;
            }
        }
    }
    const auto standard =
        std::ranges::find(rules.local_times, false, &LocalTime::is_daylight_saving);
    return standard == rules.local_times.end()
               ? 0
               : static_cast<std::size_t>(standard - rules.local_times.begin());
}

}  // namespace

TimeZone::TimeZone(std::shared_ptr<const TimeZoneRules> rules) : rules_{std::move(rules)} {}

TimeZone TimeZone::fixed(seconds offset) {
    TimeZoneRules rules;
    rules.local_times.push_back({.offset = static_cast<std::int32_t>(offset.count())});
    return TimeZone{std::make_shared<const TimeZoneRules>(std::move(rules))};
}

Result<TimeZone> TimeZone::load(std::string_view name) {
    if (name.empty() || name == "UTC" || name == "Local") {
        return TimeZone{};
    }
    if (name.find("..") != std::string_view::npos || name.front() == '/' || name.front() == '\\') {
        return zone_error("time: invalid location name");
    }
    if (name.find('\0') != std::string_view::npos) {
        return zone_error("invalid argument");
    }
    std::optional<Error> first_error;
    for (const char* const folder : zone_folders) {
        const std::string path = folder + std::string{name};
        std::error_code ignored;
        if (std::filesystem::is_directory(path, ignored)) {
            first_error = first_error.value_or(zone_error("is a directory"));
            continue;
        }
        std::ifstream file{path, std::ios::binary};
        if (!file) {
            continue;
        }
        const std::string data{std::istreambuf_iterator<char>{file}, {}};
        auto zone = from_tzif(data);
        if (zone) {
            return zone;
        }
        first_error = first_error.value_or(zone.error());
    }
    return first_error.value_or(zone_error("unknown time zone " + std::string{name}));
}

Result<TimeZone> TimeZone::from_tzif(std::string_view data) {
    TzifReader reader{data};
    auto header = take_header(reader);
    if (!header) {
        return malformed();
    }
    std::uint64_t time_size = 4;
    if (header->version > 1) {
        reader.take(header->body_size(time_size));
        header = take_header(reader);
        time_size = 8;
        if (!header) {
            return malformed();
        }
    }
    auto rules = take_body(reader, *header, time_size);
    if (!rules) {
        return malformed();
    }
    const std::string_view footer = reader.rest();
    if (footer.size() > 2 && footer.front() == '\n' && footer.back() == '\n') {
        rules->after_transitions = PosixZone::parse(footer.substr(1, footer.size() - 2));
    }
    if (rules->transitions.empty()) {
        rules->transitions.push_back({.when = beginning.time_since_epoch().count()});
    }
    return TimeZone{std::make_shared<const TimeZoneRules>(*std::move(rules))};
}

TimeZone::Period TimeZone::period_at(sys_seconds time) const {
    if (rules_ == nullptr) {
        return {.offset = seconds{0}, .begin = beginning, .end = ending};
    }
    const auto& [local_times, transitions, after_transitions] = *rules_;
    const auto next = std::ranges::upper_bound(transitions, time.time_since_epoch().count(), {},
                                               &Transition::when);
    const sys_seconds end = next == transitions.end() ? ending : sys_seconds{seconds{next->when}};
    if (next == transitions.begin()) {
        return {.offset = seconds{local_times[first_local_time(*rules_)].offset},
                .begin = beginning,
                .end = end};
    }
    const Transition& last = *std::prev(next);
    const sys_seconds begin{seconds{last.when}};
    if (next == transitions.end() && after_transitions) {
        const PosixZone::Span span = after_transitions->span_at(time);
        return {.offset = span.offset,
                .begin = span.begin.value_or(begin),
                .end = span.end.value_or(ending)};
    }
    return {.offset = seconds{local_times[last.local_time].offset}, .begin = begin, .end = end};
}

local_seconds TimeZone::to_local(sys_seconds time) const {
    return local_seconds{time.time_since_epoch() + period_at(time).offset};
}

sys_seconds TimeZone::to_sys(local_seconds time) const {
    const sys_seconds as_utc{time.time_since_epoch()};
    const Period guess = period_at(as_utc);
    if (guess.offset == seconds{0}) {
        return as_utc;
    }
    const sys_seconds candidate = as_utc - guess.offset;
    if (candidate >= guess.begin && candidate < guess.end) {
        return candidate;
    }
    return as_utc - period_at(candidate).offset;
}

std::string to_rfc3339(WallTime time, const TimeZone& zone) {
    const auto second = std::chrono::floor<seconds>(time);
    const seconds offset = zone.period_at(second).offset;
    std::string text = to_rfc3339(time + offset);
    if (offset == seconds{0}) {
        return text;
    }
    const auto minutes = std::chrono::abs(std::chrono::duration_cast<std::chrono::minutes>(offset));
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "%c%02d:%02d", offset < seconds{0} ? '-' : '+',
                  static_cast<int>(minutes.count() / 60), static_cast<int>(minutes.count() % 60));
    text.pop_back();  // the Z
    return text + digits.data();
}

}  // namespace wavetank
