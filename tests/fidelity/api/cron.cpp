// cron.jsonl: the next times of CronJobs' schedules.

#include "fidelity/fidelity.hpp"

#include <wavetank/api/cron_schedule.hpp>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;

constexpr int times_wanted = 5;

std::string text_or_empty(const json::value& value) {
    return value.is_string() ? std::string{value.get_string()} : "";
}

/// Returns the offset at the end of an RFC 3339 text, as a zone: that of Go's parsed time.
TimeZone zone_of(std::string_view text) {
    if (text.ends_with('Z') || text.size() < 6) {
        return {};
    }
    const std::string offset{text.substr(text.size() - 6)};
    const int minutes = std::stoi(offset.substr(1, 2)) * 60 + std::stoi(offset.substr(4, 2));
    return TimeZone::fixed(std::chrono::minutes{offset[0] == '-' ? -minutes : minutes});
}

json::array next_times(const api::CronSchedule& schedule, std::string_view from) {
    const TimeZone local = zone_of(from);
    WallTime time = parse_rfc3339(from).value();
    json::array result;
    for (int i = 0; i < times_wanted; ++i) {
        const auto next = schedule.next(time, local);
        if (!next) {
            result.emplace_back(nullptr);
            return result;
        }
        time = *next;
        result.emplace_back(to_rfc3339(time));
    }
    return result;
}

class CronReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        if (test_case.text("op") != "next") {
            return skipped("unknown operation " + std::string{test_case.text("op")});
        }
        const json::object& in = test_case.at("in").as_object();
        const auto schedule = api::CronSchedule::parse(text_or_empty(in.at("schedule")),
                                                       text_or_empty(in.at("timeZone")));
        if (!schedule) {
            return compared(test_case.at("out"), json::object{{"error", schedule.error().message}});
        }
        const std::string from = text_or_empty(in.at("from"));
        return compared(test_case.at("out"), json::object{{"next", next_times(*schedule, from)}});
    }
};

}  // namespace

std::unique_ptr<Replayer> make_cron_replayer() {
    return std::make_unique<CronReplayer>();
}

}  // namespace wavetank::fidelity
