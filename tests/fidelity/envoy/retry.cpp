// retry.jsonl: which attempts a request makes, and what its client gets.

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

class RetryCase {
public:
    explicit RetryCase(const Case& test_case)
        : case_(test_case),
          expect_(test_case.at("expect").as_object()),
          hosts_(hosts_of_case(test_case)) {}

    [[nodiscard]] Outcome replay() const {
        const std::string_view kind = case_.text("kind");
        if (kind == "backoff") {
            return replay_back_off();
        }
        if (kind == "ratelimited_backoff") {
            return replay_rate_limited();
        }
        if (kind == "matrix") {
            return replay_matrix();
        }
        if (kind == "previous_priorities") {
            return replay_priorities();
        }
        return replay_from_some_start(case_);
    }

private:
    [[nodiscard]] static std::optional<std::string> differs(std::string_view what,
                                                            const std::string& expected,
                                                            const std::string& actual) {
        return expected == actual ? std::nullopt
                                  : std::optional{std::string{what} + ": expected " + expected +
                                                  ", got " + actual};
    }

    [[nodiscard]] Outcome replay_matrix() const {
        VirtualProxy proxy{case_, hosts_, 1};
        const RecordedAnswer answer = proxy.serve(case_.at("requests").at(0));
        const object& expected = expect_.at("response").as_object();
        if (auto problem = problem_of_words(case_, expected, answer)) {
            return failed(std::move(*problem));
        }
        const auto arrived =
            std::ranges::count(answer.attempts, true, &RecordedAttempt::reached_server);
        if (auto problem = differs(
                "attempts_at_upstream",
                std::to_string(expected.at("attempts_at_upstream").to_number<std::ptrdiff_t>()),
                std::to_string(arrived))) {
            return failed(std::move(*problem));
        }
        // Of the counters, the recording has these.
        CaseCounters counters = proxy.counters();
        std::erase_if(counters, [](const auto& pair) {
            return !pair.first.starts_with("upstream_rq_retry") &&
                   !pair.first.starts_with("upstream_cx_connect") &&
                   !pair.first.ends_with("per_try_timeout");
        });
        return compared_counters(expect_.at("counters"), counters);
    }

    // The priority of each attempt.
    [[nodiscard]] Outcome replay_priorities() const {
        VirtualProxy proxy{case_, hosts_, 1};
        const mesh::PrioritySet set = mesh::make_priority_set(proxy.picker().assignment());
        const auto priority_of = [&](int host) {
            return set.hosts[*proxy.picker().place_of(host)].priority;
        };
        const array& requests = case_.at("requests").as_array();
        for (std::size_t i = 0; i < requests.size(); ++i) {
            const object& expected = expect_.at("responses").at(i).as_object();
            const RecordedAnswer answer = proxy.serve(requests[i]);
            if (auto problem = problem_of_words(case_, expected, answer)) {
                return failed(std::move(*problem));
            }
            array wanted;
            for (const value& attempt : expected.at("attempts").as_array()) {
                const auto found = std::ranges::find(hosts_, attempt.at("host"));
                wanted.push_back(priority_of(static_cast<int>(found - hosts_.begin())));
            }
            array actual;
            for (const RecordedAttempt& attempt : answer.attempts) {
                actual.push_back(priority_of(attempt.host));
            }
            if (auto different = difference(wanted, actual, "priorities")) {
                return failed(std::move(*different));
            }
        }
        return compared_counters(expect_.at("counters"), proxy.counters());
    }

    // Means agree, and no wait is longer than its ceiling, as far as the recording tells: it adds
    // the time of an attempt.
    [[nodiscard]] Outcome replay_back_off() const {
        const array& gaps = expect_.at("gaps").as_array();
        const std::size_t requests = 4000;
        VirtualProxy proxy{case_, hosts_, 1};
        for (std::size_t i = 0; i < requests; ++i) {
            static_cast<void>(proxy.serve(object{}));
        }
        for (std::size_t retry = 0; retry < gaps.size(); ++retry) {
            double sum = 0;
            double longest = 0;
            for (std::size_t i = 0; i < requests; ++i) {
                const double wait = std::chrono::duration<double, std::milli>(
                                        proxy.back_offs().at(i * gaps.size() + retry))
                                        .count();
                sum += wait;
                longest = std::max(longest, wait);
            }
            const double mean = sum / static_cast<double>(requests);
            const object& recorded = gaps[retry].as_object();
            const object& tolerance = case_.at("tolerance").as_object();
            constexpr double attempt_ms = 8;
            const double off = number_of(recorded.at("mean_ms")) - mean;
            if (std::abs(off) > number_of(tolerance.at("mean_ms")) * mean + attempt_ms) {
                return failed("retry " + std::to_string(retry + 1) + ": mean off by " +
                              std::to_string(off) + " ms");
            }
            if (number_of(recorded.at("max_ms")) >
                longest + 1 + number_of(tolerance.at("max_ms_over_ceiling")) + 60) {
                return failed("retry " + std::to_string(retry + 1) +
                              ": the recording waits longer");
            }
        }
        return passed();
    }

    // Waits are within what the server says, or those of the ordinary back-off.
    [[nodiscard]] Outcome replay_rate_limited() const {
        VirtualProxy proxy{case_, hosts_, 1};
        const array& responses = expect_.at("responses").as_array();
        Duration shortest = Duration::max();
        Duration longest{};
        send_all(case_, proxy);
        for (std::size_t i = 0; i < responses.size(); ++i) {
            object expected = responses[i].as_object();
            expected.erase("t_ms");  // of which the gap is a part
            if (auto problem = problem_of_words(case_, expected, proxy.answer(i))) {
                return failed(std::move(*problem));
            }
        }
        VirtualProxy sampler{case_, hosts_, 2};
        for (int i = 0; i < 2000; ++i) {
            static_cast<void>(sampler.serve(object{}));
        }
        for (const Duration wait : sampler.back_offs()) {
            shortest = std::min(shortest, wait);
            longest = std::max(longest, wait);
        }
        for (const value& response : responses) {
            const array& attempts = response.at("attempts").as_array();
            const double gap =
                number_of(attempts.at(1).at("t_ms")) - number_of(attempts.at(0).at("t_ms"));
            const auto in_ms = [](Duration duration) {
                return std::chrono::duration<double, std::milli>(duration).count();
            };
            if (gap < in_ms(shortest) - 1 || gap > in_ms(longest) + 60) {
                return failed("a recorded gap of " + std::to_string(gap) + " ms, not from " +
                              std::to_string(in_ms(shortest)) + " to " +
                              std::to_string(in_ms(longest)));
            }
        }
        return compared_counters(expect_.at("counters"), proxy.counters());
    }

    const Case& case_;
    const object& expect_;
    const array hosts_;
};

class RetryReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return RetryCase{test_case}.replay(); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_retry_replayer() {
    return std::make_unique<RetryReplayer>();
}

}  // namespace wavetank::fidelity
