// outlier.jsonl: which hosts are ejected, when they come back, and who gets requests meanwhile.

#include "fidelity/envoy/answers.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using std::chrono::milliseconds;

constexpr std::uint64_t outlier_starts_max = 200;
// A walk over six, then five, then four hosts has 60 starts, of which one is right.
constexpr std::uint64_t any_phase_starts_max = 1000;

std::int64_t whole_ms(TimePoint time) {
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

// What a run gave.
struct OutlierRun {
    std::vector<int> host_sequence;
    std::map<std::string, std::int64_t> outcomes;
    std::vector<CaseCounters> counters;  // as they were read at one time or another
    std::vector<std::int64_t> membership_healthy_end;
    std::vector<mesh::OutlierEvent> events;
};

CaseCounters outlier_counters(const mesh::OutlierStats& stats) {
    const auto lower = [](mesh::EjectionType type) {
        // The counters of local origin have their words in another order.
        if (type == mesh::EjectionType::SuccessRateLocalOrigin) {
            return std::string{"local_origin_success_rate"};
        }
        if (type == mesh::EjectionType::FailurePercentageLocalOrigin) {
            return std::string{"local_origin_failure_percentage"};
        }
        std::string name{mesh::to_string(type)};
        std::ranges::transform(name, name.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return name;
    };
    const std::string prefix = "outlier_detection.ejections_";
    CaseCounters all{{prefix + "active", stats.ejections_active},
                     {prefix + "total", stats.ejections_total},
                     {prefix + "overflow", stats.ejections_overflow},
                     {prefix + "consecutive_5xx", stats.ejections_consecutive_5xx},
                     {prefix + "success_rate", stats.ejections_success_rate},
                     {prefix + "enforced_total", stats.ejections_enforced_total}};
    for (std::size_t i = 0; i < stats.ejections_detected.size(); ++i) {
        const std::string name = lower(static_cast<mesh::EjectionType>(i));
        all[prefix + "detected_" + name] = stats.ejections_detected[i];
        all[prefix + "enforced_" + name] = stats.ejections_enforced[i];
    }
    return all;
}

class OutlierCase {
public:
    explicit OutlierCase(const Case& test_case)
        : case_(test_case),
          expect_(test_case.at("expect").as_object()),
          hosts_(expect_.at("hosts").as_array()),
          events_(expect_.at("events").as_array()),
          every_(test_case.at("traffic").at("every_ms").to_number<std::int64_t>()),
          count_(test_case.at("traffic").at("count").to_number<std::int64_t>()),
          allowed_(number_of(test_case.at("tolerance").at("event_t_ms"))) {
        const object cluster = test_case.at("config").at("cluster").as_object();
        const object detection = object_or_empty(cluster, "outlier_detection");
        interval_ms_ = static_cast<double>(
                           duration_in(detection, "interval", std::chrono::seconds{10}).count()) /
                       1e6;
        jitter_ms_ = static_cast<double>(
                         duration_in(detection, "max_ejection_time_jitter", Duration{}).count()) /
                     1e6;
    }

    // A recording that shows no tick may say that it hangs on one nevertheless; then it may have
    // come at any time.
    [[nodiscard]] Outcome replay() const {
        const auto first_tick_ms =
            static_cast<std::int64_t>(number_or(expect_, "first_tick_ms", interval_ms_));
        const value* any_phase = case_.json.if_contains("any_phase");
        if (any_phase == nullptr || !any_phase->as_bool()) {
            return replay(first_tick_ms, outlier_starts_max);
        }
        constexpr int phases = 8;
        Outcome outcome = replay(first_tick_ms, any_phase_starts_max);
        for (int i = 1; i < phases && outcome.verdict != Verdict::Passed; ++i) {
            outcome =
                replay(static_cast<std::int64_t>(interval_ms_ * i / phases), any_phase_starts_max);
        }
        return outcome;
    }

private:
    [[nodiscard]] Outcome replay(std::int64_t first_tick_ms, std::uint64_t starts_max) const {
        std::string why;
        for (std::uint64_t seed = 1; seed <= starts_max; ++seed) {
            const OutlierRun run = run_from(seed, first_tick_ms);
            std::optional<std::string> problem = problem_at_first(run);
            if (!problem) {
                problem = problem_later(run);
                return problem ? failed(std::move(*problem)) : passed();
            }
            why = *problem;
        }
        return failed("no start gives it; with one, " + why);
    }

    [[nodiscard]] OutlierRun run_from(std::uint64_t seed, std::int64_t first_tick_ms) const {
        VirtualProxy proxy{case_, hosts_, seed};
        proxy.detect_outliers(TimePoint{milliseconds{first_tick_ms}});
        static_cast<void>(proxy.picker_counters());
        for (std::int64_t i = 0; i < count_; ++i) {
            proxy.timeline().at(TimePoint{milliseconds{i * every_}},
                                [&proxy] { static_cast<void>(proxy.send(object{})); });
        }
        // Counters were read a little after the last request; nobody says when.
        OutlierRun run;
        CaseCounters of_picker;
        for (const std::int64_t later_ms : {0, 40, 80, 120, 160}) {
            proxy.timeline().run_until(TimePoint{milliseconds{count_ * every_ + later_ms}});
            for (const auto& [name, count] : proxy.picker_counters()) {
                of_picker[name] += count;
            }
            CaseCounters& read =
                run.counters.emplace_back(outlier_counters(proxy.outliers().stats()));
            read.insert(of_picker.begin(), of_picker.end());
            std::erase_if(read, [](const auto& pair) { return pair.second == 0; });
            run.membership_healthy_end.push_back(
                static_cast<std::int64_t>(proxy.hosts_of(mesh::Health::Healthy)));
        }
        // The log was read later.
        if (!events_.empty()) {
            const double last = number_of(events_.back().at("t_ms"));
            proxy.timeline().run_until(
                std::max(proxy.timeline().now(),
                         TimePoint{milliseconds{static_cast<std::int64_t>(last + allowed_)}}));
        }
        for (std::int64_t i = 0; i < count_; ++i) {
            const RecordedAnswer& answer = proxy.answer(static_cast<std::size_t>(i));
            run.host_sequence.push_back(answer.attempts.empty() ? -1 : answer.attempts[0].host);
            if (answer.is_done) {
                ++run.outcomes[std::to_string(answer.status) + " " + answer.flags.text() + " " +
                               answer.details];
            }
        }
        run.events = proxy.outliers().take_events();
        return run;
    }

    [[nodiscard]] static bool is_return(const value& event) {
        return event.at("action").as_string() == "UNEJECT";
    }

    // Everything up to the first host that comes back.
    [[nodiscard]] std::optional<std::string> problem_at_first(const OutlierRun& run) const {
        const auto back = std::ranges::find_if(events_, is_return);
        const auto own_back =
            std::ranges::find(run.events, false, &mesh::OutlierEvent::is_ejection);
        double until = back == events_.end() ? 1e18 : number_of(back->at("t_ms"));
        if (own_back != run.events.end()) {
            until = std::min(until, static_cast<double>(whole_ms(own_back->time)));
        }
        const array& sequence = expect_.at("host_sequence").as_array();
        for (std::size_t i = 0; i < run.host_sequence.size(); ++i) {
            if (static_cast<double>(static_cast<std::int64_t>(i + 1) * every_) >= until) {
                break;
            }
            if (sequence[i].to_number<int>() != run.host_sequence[i]) {
                return "request " + std::to_string(i) + " went to host " +
                       std::to_string(run.host_sequence[i]);
            }
        }
        if (back - events_.begin() != own_back - run.events.begin()) {
            return std::to_string(own_back - run.events.begin()) +
                   " events before a host comes back";
        }
        for (auto i = std::size_t{0}; i < static_cast<std::size_t>(back - events_.begin()); ++i) {
            if (auto problem = problem_of_ejection(events_[i].as_object(), run.events[i])) {
                return "event " + std::to_string(i) + ": " + *problem;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::string> problem_of_ejection(
        const object& expected, const mesh::OutlierEvent& actual) const {
        object got{{"action", "EJECT"},
                   {"host", actual.host},
                   {"type", std::string{mesh::to_string(actual.type)}},
                   {"enforced", actual.is_enforced},
                   {"num_ejections", actual.num_ejections}};
        const auto whole = [](double percent) { return static_cast<std::int64_t>(percent); };
        if (actual.cluster_average_success_rate >= 0) {
            got["eject_success_rate_event"] = {
                {"host_success_rate", whole(actual.host_success_rate)},
                {"cluster_average_success_rate", whole(actual.cluster_average_success_rate)},
                {"cluster_success_rate_ejection_threshold",
                 whole(actual.cluster_success_rate_ejection_threshold)}};
        } else if (actual.host_success_rate >= 0) {
            got["eject_failure_percentage_event"] = {
                {"host_success_rate", whole(actual.host_success_rate)}};
        }
        object wanted = expected;
        wanted.erase("t_ms");
        if (std::abs(number_of(expected.at("t_ms")) - static_cast<double>(whole_ms(actual.time))) >
            allowed_) {
            return "at " + std::to_string(whole_ms(actual.time)) + " ms";
        }
        return difference(wanted, got, "event");
    }

    // Later, ticks may fall between other requests than they did: what is left is the order of
    // each host's ejections, how long they last, and about what clients got.
    [[nodiscard]] std::optional<std::string> problem_later(const OutlierRun& run) const {
        for (std::size_t host = 0; host < hosts_.size(); ++host) {
            if (auto problem = problem_of_host(run, static_cast<std::int64_t>(host))) {
                return "host " + std::to_string(host) + ": " + *problem;
            }
        }
        const object& outcomes = expect_.at("outcomes").as_object();
        std::map<std::string, std::int64_t> wanted;
        for (const auto& [name, count] : outcomes) {
            wanted[upto_bar(std::string{name})] = count.to_number<std::int64_t>();
        }
        constexpr std::int64_t tenths = 10;
        for (const auto& [name, count] : wanted) {
            const auto found = run.outcomes.find(name);
            const std::int64_t got = found == run.outcomes.end() ? 0 : found->second;
            if (std::abs(got - count) > std::max<std::int64_t>(count_ / tenths, 1)) {
                return name + ": expected " + std::to_string(count) + ", got " +
                       std::to_string(got);
            }
        }
        return problem_of_counters(run);
    }

    // The words of an operating system, which has blanks here.
    [[nodiscard]] static std::string upto_bar(const std::string& text) {
        const std::size_t bar = text.find('|');
        return bar == std::string::npos ? text : text.substr(0, bar) + "}";
    }

    struct OfHost {
        bool is_ejection;
        std::int64_t num_ejections;
        double ejected_for_ms;
        double at_ms;
    };

    [[nodiscard]] std::optional<std::string> problem_of_host(const OutlierRun& run,
                                                             std::int64_t host) const {
        std::vector<OfHost> wanted;
        for (const value& event : events_) {
            if (event.at("host").to_number<std::int64_t>() != host) {
                continue;
            }
            const double at = number_of(event.at("t_ms"));
            if (is_return(event)) {
                wanted.push_back({false, 0, number_of(event.at("ejected_for_ms")), at});
            } else if (event.at("enforced").as_bool()) {
                wanted.push_back(
                    {true, event.at("num_ejections").to_number<std::int64_t>(), 0, at});
            }
        }
        std::vector<OfHost> got;
        for (const mesh::OutlierEvent& event : run.events) {
            if (event.host != host || (event.is_ejection && !event.is_enforced)) {
                continue;
            }
            got.push_back({event.is_ejection, event.is_ejection ? event.num_ejections : 0,
                           static_cast<double>(event.ejected_for.count()) / 1e6,
                           static_cast<double>(whole_ms(event.time))});
        }
        // At the end one of them may be just ahead.
        const std::size_t common = std::min(wanted.size(), got.size());
        if (std::max(wanted.size(), got.size()) - common > 1) {
            return "expected " + std::to_string(wanted.size()) + " events, got " +
                   std::to_string(got.size());
        }
        for (std::size_t i = 0; i < common; ++i) {
            if (wanted[i].is_ejection != got[i].is_ejection ||
                wanted[i].num_ejections != got[i].num_ejections) {
                return "event " + std::to_string(i) + " differs";
            }
            if (std::abs(wanted[i].ejected_for_ms - got[i].ejected_for_ms) >
                interval_ms_ + jitter_ms_ + allowed_) {
                return "event " + std::to_string(i) + ": ejected for " +
                       std::to_string(got[i].ejected_for_ms) + " ms";
            }
        }
        return std::nullopt;
    }

    // Where all events came as recorded, so do their counts.
    [[nodiscard]] std::optional<std::string> problem_of_counters(const OutlierRun& run) const {
        if (run.events.size() != events_.size()) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < events_.size(); ++i) {
            const bool is_same_time =
                std::abs(number_of(events_[i].at("t_ms")) -
                         static_cast<double>(whole_ms(run.events[i].time))) <= allowed_;
            if (is_return(events_[i]) == run.events[i].is_ejection || !is_same_time) {
                return std::nullopt;
            }
        }
        std::optional<std::string> problem;
        for (std::size_t i = 0; i < run.counters.size(); ++i) {
            problem = problem_of_counters(run.counters[i]);
            const auto healthy = expect_.at("membership_healthy_end").to_number<std::int64_t>();
            if (!problem && healthy != run.membership_healthy_end[i]) {
                problem =
                    "membership_healthy_end: got " + std::to_string(run.membership_healthy_end[i]);
            }
            if (!problem) {
                break;
            }
        }
        return problem;
    }

    // When a panic begins hangs on the tick.
    [[nodiscard]] std::optional<std::string> problem_of_counters(CaseCounters got) const {
        object wanted = expect_.at("counters").as_object();
        const double panics = number_or(wanted, "lb_healthy_panic", 0);
        const double off = panics - static_cast<double>(got["lb_healthy_panic"]);
        if (std::abs(off) > std::max(panics / 10, 1.0)) {
            return "lb_healthy_panic: got " + std::to_string(got["lb_healthy_panic"]);
        }
        wanted.erase("lb_healthy_panic");
        got.erase("lb_healthy_panic");
        const Outcome outcome = compared_counters(wanted, got);
        return outcome.verdict == Verdict::Passed ? std::nullopt : std::optional{outcome.why};
    }

    const Case& case_;
    const object& expect_;
    const array& hosts_;
    const array& events_;
    std::int64_t every_;
    std::int64_t count_;
    double allowed_;
    double interval_ms_ = 0;
    double jitter_ms_ = 0;
};

class OutlierReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return OutlierCase{test_case}.replay(); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_outlier_replayer() {
    return std::make_unique<OutlierReplayer>();
}

}  // namespace wavetank::fidelity
