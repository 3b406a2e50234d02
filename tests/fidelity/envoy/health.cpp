// health.jsonl: when hosts are checked, what is made of it, and who gets requests meanwhile.

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

constexpr std::uint64_t health_starts_max = 600;

double time_in_ms(TimePoint time) {
    return static_cast<double>(time.time_since_epoch().count()) / 1e6;
}

TimePoint time_of_ms(double ms) {
    return TimePoint{std::chrono::nanoseconds{static_cast<std::int64_t>(ms * 1e6)}};
}

std::string_view name_of(mesh::HealthCheckEvent::Kind kind) {
    using Kind = mesh::HealthCheckEvent::Kind;
    switch (kind) {
        case Kind::EjectUnhealthy:
            return "eject_unhealthy_event";
        case Kind::AddHealthy:
            return "add_healthy_event";
        case Kind::Failure:
            return "health_check_failure_event";
        case Kind::Success:
            return "successful_health_check_event";
        case Kind::DegradedHost:
            return "degraded_healthy_host";
        case Kind::NoLongerDegradedHost:
            break;
    }
    return "no_longer_degraded_host";
}

std::string_view name_of(mesh::HealthCheckFailure failure) {
    switch (failure) {
        case mesh::HealthCheckFailure::Active:
            return "ACTIVE";
        case mesh::HealthCheckFailure::Passive:
            return "PASSIVE";
        case mesh::HealthCheckFailure::Network:
            return "NETWORK";
        case mesh::HealthCheckFailure::NetworkTimeout:
            break;
    }
    return "NETWORK_TIMEOUT";
}

using CheckTimes = std::map<int, std::vector<double>>;  // by host, in ms

struct HealthRun {
    std::vector<int> hosts;  // of requests
    std::vector<int> statuses;
    CheckTimes checks;
    std::vector<mesh::HealthCheckEvent> events;
    object membership;
    CaseCounters counters;
};

class HealthCase {
public:
    explicit HealthCase(const Case& test_case)
        : case_(test_case),
          expect_(test_case.at("expect").as_object()),
          hosts_(expect_.at("hosts").as_array()),
          allowed_(number_of(test_case.at("tolerance").at("t_ms"))) {
        for (const auto& [address, times] : expect_.at("checks").as_object()) {
            const auto host = std::ranges::find(hosts_, value(address));
            for (const value& time : times.as_array()) {
                checks_[static_cast<int>(host - hosts_.begin())].push_back(number_of(time));
            }
        }
    }

    // When checks come does not hang on requests. So a first run tells when they come here, and
    // the others send each request as long after the latest check as it was sent in the recording.
    [[nodiscard]] Outcome replay() const {
        const array& traffic = expect_.at("traffic").as_array();
        std::vector<double> times;
        for (const value& request : traffic) {
            times.push_back(number_of(request.at(0)));
        }
        const CheckTimes ours = run_from(1, times).checks;
        for (double& time : times) {
            time = shifted(time, ours);
        }
        std::string why;
        for (std::uint64_t seed = 1; seed <= health_starts_max; ++seed) {
            const HealthRun run = run_from(seed, times);
            auto problem = problem_of_checks(run);
            if (problem && !hangs_on_traffic()) {
                return failed(std::move(*problem));
            }
            if (!problem) {
                problem = problem_of_traffic(traffic, run);
            }
            if (!problem) {
                return passed();
            }
            why = *problem;
        }
        return failed("no start gives it; with one, " + why);
    }

private:
    // Whether hosts may be excluded for what they answer to requests, so that the picks matter.
    [[nodiscard]] bool hangs_on_traffic() const {
        return case_.at("config").at("cluster").as_object().contains("outlier_detection") ||
               case_.line.find("x-envoy-immediate-health-check-fail") != std::string_view::npos;
    }

    [[nodiscard]] double shifted(double time, const CheckTimes& ours) const {
        double latest = -1;
        double drift = 0;
        for (const auto& [host, times] : checks_) {
            const auto own = ours.find(host);
            for (std::size_t i = 0; own != ours.end() && i < times.size(); ++i) {
                if (times[i] <= time && times[i] > latest && i < own->second.size()) {
                    latest = times[i];
                    drift = times[i] - own->second[i];
                }
            }
        }
        return time - drift;
    }

    [[nodiscard]] HealthRun run_from(std::uint64_t seed, const std::vector<double>& times) const {
        VirtualProxy proxy{case_, hosts_, seed};
        if (case_.at("config").at("cluster").as_object().contains("outlier_detection")) {
            const object detection =
                object_or_empty(case_.at("config").at("cluster").as_object(), "outlier_detection");
            proxy.detect_outliers(
                TimePoint{duration_in(detection, "interval", std::chrono::seconds{10})});
        }
        proxy.check_health(case_.at("health_script").as_object());
        static_cast<void>(proxy.picker_counters());
        for (const double time : times) {
            proxy.timeline().at(time_of_ms(time),
                                [&proxy] { static_cast<void>(proxy.send(object{})); });
        }
        if (const value* update = case_.json.if_contains("update")) {
            proxy.timeline().at(time_of_ms(update_time(*update)), [&proxy, update] {
                proxy.add_hosts(update->at("add").as_array());
            });
        }
        proxy.timeline().run_until(time_of_ms(number_of(case_.at("duration_ms"))));
        HealthRun run;
        for (std::size_t i = 0; i < times.size(); ++i) {
            run.hosts.push_back(
                proxy.answer(i).attempts.empty() ? -1 : proxy.answer(i).attempts[0].host);
            run.statuses.push_back(proxy.answer(i).status);
        }
        for (const auto& [host, time] : proxy.checks()) {
            run.checks[host].push_back(time_in_ms(time));
        }
        run.events = proxy.health().take_events();
        run.membership = membership_of(proxy);
        const mesh::HealthCheckStats& stats = proxy.health().stats();
        run.counters = {{"health_check.attempt", stats.attempt},
                        {"health_check.success", stats.success},
                        {"health_check.failure", stats.failure},
                        {"health_check.network_failure", stats.network_failure},
                        {"health_check.passive_failure", stats.passive_failure},
                        {"health_check.healthy", stats.healthy},
                        {"health_check.degraded", stats.degraded},
                        {"lb_healthy_panic", proxy.picker_counters()["lb_healthy_panic"]}};
        return run;
    }

    // A proxy hears of an update some time after it was written: just before it checks the new
    // hosts.
    [[nodiscard]] double update_time(const value& update) const {
        double time = number_of(update.at("at_ms"));
        const std::size_t added = update.at("add").as_array().size();
        for (std::size_t host = hosts_.size() - added; host < hosts_.size(); ++host) {
            const auto found = checks_.find(static_cast<int>(host));
            if (found != checks_.end() && !found->second.empty()) {
                constexpr double before_ms = 10;
                time = std::max(time, found->second.front() - before_ms);
            }
        }
        return time;
    }

    [[nodiscard]] static object membership_of(const VirtualProxy& proxy) {
        std::size_t excluded = 0;
        std::size_t total = 0;
        for (const auto& locality : proxy.hosts().endpoints) {
            for (const auto& endpoint : locality.lb_endpoints) {
                ++total;
                excluded += mesh::is_excluded(endpoint) ? 1 : 0;
            }
        }
        return {{"total", total},
                {"healthy", proxy.hosts_of(mesh::Health::Healthy)},
                {"degraded", proxy.hosts_of(mesh::Health::Degraded)},
                {"excluded", excluded}};
    }

    [[nodiscard]] std::optional<std::string> problem_of_checks(const HealthRun& run) const {
        for (const auto& [host, times] : checks_) {
            const auto found = run.checks.find(host);
            const std::vector<double> ours =
                found == run.checks.end() ? std::vector<double>{} : found->second;
            // The last one may just not have been reached.
            const std::size_t common = std::min(ours.size(), times.size());
            if (std::max(ours.size(), times.size()) - common > 1) {
                return "host " + std::to_string(host) + ": " + std::to_string(ours.size()) +
                       " checks";
            }
            for (std::size_t i = 0; i < common; ++i) {
                if (std::abs(ours[i] - times[i]) > allowed_) {
                    return "host " + std::to_string(host) + ": check " + std::to_string(i) +
                           " at " + std::to_string(ours[i]) + " ms";
                }
            }
        }
        if (auto problem = problem_of_events(run)) {
            return problem;
        }
        if (auto different = difference(expect_.at("membership_end"), run.membership, "members")) {
            return different;
        }
        return problem_of_counters(run);
    }

    // Events of different hosts at one time may come in any order.
    [[nodiscard]] std::optional<std::string> problem_of_events(const HealthRun& run) const {
        for (std::size_t host = 0; host < hosts_.size(); ++host) {
            array wanted;
            array got;
            for (const value& event : expect_.at("events").as_array()) {
                if (event.at("host").to_number<std::size_t>() == host) {
                    wanted.push_back(event);
                }
            }
            for (const mesh::HealthCheckEvent& event : run.events) {
                if (event.host == host) {
                    got.push_back(to_object(event));
                }
            }
            if (wanted.size() != got.size()) {
                return "host " + std::to_string(host) + ": " + std::to_string(got.size()) +
                       " events";
            }
            for (std::size_t i = 0; i < wanted.size(); ++i) {
                object& one = wanted[i].as_object();
                object& other = got[i].as_object();
                if (std::abs(number_of(one.at("t_ms")) - number_of(other.at("t_ms"))) > allowed_) {
                    return "host " + std::to_string(host) + ": event " + std::to_string(i) +
                           " at " + std::to_string(number_of(other.at("t_ms"))) + " ms";
                }
                one.erase("t_ms");
                other.erase("t_ms");
                if (auto different = difference(one, other, "event")) {
                    return different;
                }
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] static object to_object(const mesh::HealthCheckEvent& event) {
        using Kind = mesh::HealthCheckEvent::Kind;
        object written{{"t_ms", time_in_ms(event.time)},
                       {"host", event.host},
                       {"event", std::string{name_of(event.kind)}}};
        if (event.kind == Kind::AddHealthy || event.kind == Kind::Failure) {
            written["first_check"] = event.first_check;
        }
        if (event.kind == Kind::EjectUnhealthy || event.kind == Kind::Failure) {
            written["failure_type"] = std::string{name_of(event.failure)};
            written["http_status_code"] = event.http_status_code;
        }
        return written;
    }

    // The recording counted some time after the last check that it lists, so that one more of each
    // host may have come. What it does not list was 0.
    [[nodiscard]] std::optional<std::string> problem_of_counters(const HealthRun& run) const {
        const object& recorded = expect_.at("counters").as_object();
        for (const auto& member : recorded) {
            if (!run.counters.contains(std::string{member.key()})) {
                return std::string{member.key()} + " is not counted";
            }
        }
        for (const auto& [key, count] : run.counters) {
            const bool is_of_checks = key == "health_check.attempt" ||
                                      key == "health_check.success" ||
                                      key == "health_check.failure";
            const double off = number_or(recorded, key, 0) - static_cast<double>(count);
            const double spare = is_of_checks                ? static_cast<double>(hosts_.size())
                                 : key == "lb_healthy_panic" ? 1
                                                             : 0;
            if (std::abs(off) > spare) {
                return key + ": got " + std::to_string(count);
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] static std::optional<std::string> problem_of_traffic(const array& traffic,
                                                                       const HealthRun& run) {
        for (std::size_t i = 0; i < traffic.size(); ++i) {
            if (traffic[i].at(1).to_number<int>() != run.hosts[i]) {
                return "request " + std::to_string(i) + " went to host " +
                       std::to_string(run.hosts[i]);
            }
            if (traffic[i].at(2).to_number<int>() != run.statuses[i]) {
                return "request " + std::to_string(i) + " got " + std::to_string(run.statuses[i]);
            }
        }
        return std::nullopt;
    }

    const Case& case_;
    const object& expect_;
    const array& hosts_;
    double allowed_;
    CheckTimes checks_;
};

class HealthReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return HealthCase{test_case}.replay(); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_health_replayer() {
    return std::make_unique<HealthReplayer>();
}

}  // namespace wavetank::fidelity
