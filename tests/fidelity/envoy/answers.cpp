#include "fidelity/envoy/answers.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using std::chrono::milliseconds;

constexpr std::uint64_t starts_max = 200;

// The words of an operating system end what a connection failure is called.
std::string upto_bar(std::string_view details) {
    const std::size_t bar = details.find('|');
    return bar == std::string_view::npos ? std::string{details}
                                         : std::string{details.substr(0, bar)} + "}";
}

std::optional<std::string> differs(std::string_view what, const std::string& expected,
                                   const std::string& actual) {
    return expected == actual
               ? std::nullopt
               : std::optional{std::string{what} + ": expected " + expected + ", got " + actual};
}

std::optional<std::string> differs(std::string_view what, std::int64_t expected,
                                   std::int64_t actual) {
    return differs(what, std::to_string(expected), std::to_string(actual));
}

double in_ms(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

// What Envoy lets pass before it ends the connection of a client whose answer was cut short.
constexpr double delayed_close_ms = 1000;

// When the proxy gave up an answer of which its client knows only when the connection ended.
double ended_at_ms(const object& expected, double at_ms) {
    const value* client = expected.if_contains("client");
    const bool is_closed_late = client != nullptr && client->as_string() == "closed";
    return is_closed_late ? at_ms - delayed_close_ms : at_ms;
}

// The rule leaves times out: the recording was made on a busy machine, which adds to each
// attempt. It is not earlier, though, and not later by more than the tolerance for each.
std::optional<std::string> problem_of_time(const Case& test_case, const object& expected,
                                           Duration actual, double attempts,
                                           std::string_view what) {
    const value* tolerance = test_case.json.if_contains("tolerance");
    const value* at = expected.if_contains("t_ms");
    if (tolerance == nullptr || at == nullptr || !tolerance->as_object().contains("t_ms")) {
        return std::nullopt;
    }
    const double allowed = number_of(tolerance->at("t_ms"));
    const double later = ended_at_ms(expected, at->to_number<double>()) - in_ms(actual);
    return later >= -allowed && later <= allowed * (1 + attempts)
               ? std::nullopt
               : std::optional{std::string{what} + ": off by " + std::to_string(later) + " ms"};
}

std::string host_name(const array& hosts, int host) {
    return host < 0 ? "none" : std::string{hosts[static_cast<std::size_t>(host)].as_string()};
}

std::optional<std::string> problem_of_attempt(const Case& test_case, const array& hosts,
                                              const object& expected, const RecordedAttempt& actual,
                                              std::uint32_t number) {
    if (auto problem = differs("host", std::string{expected.at("host").as_string()},
                               host_name(hosts, actual.host))) {
        return problem;
    }
    if (const value* connection = expected.if_contains("conn")) {
        if (auto problem =
                differs("conn", connection->to_number<std::int64_t>(), actual.connection)) {
            return problem;
        }
    }
    const object headers = object_or_empty(expected, "headers");
    if (const value* count = headers.if_contains("x-envoy-attempt-count");
        count != nullptr && count->as_string() != std::to_string(number)) {
        return "x-envoy-attempt-count";
    }
    const value* timeout = headers.if_contains("x-envoy-expected-rq-timeout-ms");
    if (timeout != nullptr && test_case.json.contains("tolerance")) {
        const double off = number_of(*timeout) - static_cast<double>(actual.expected_timeout_ms);
        const double allowed = number_of(test_case.at("tolerance").at("t_ms"));
        if (off > allowed || off < -allowed * (1 + number)) {
            return "x-envoy-expected-rq-timeout-ms: off by " + std::to_string(off) + " ms";
        }
    }
    return problem_of_time(test_case, expected, actual.at, number, "attempt");
}

std::optional<std::string> problem_of_attempts(const Case& test_case, const array& hosts,
                                               const object& expected,
                                               const RecordedAnswer& answer) {
    const value* listed = expected.if_contains("attempts");
    const array attempts = listed == nullptr ? array{} : listed->as_array();
    std::size_t next = 0;
    std::uint32_t number = 0;
    for (const RecordedAttempt& attempt : answer.attempts) {
        ++number;
        if (!attempt.reached_server) {
            continue;
        }
        if (next == attempts.size()) {
            return "more attempts than recorded";
        }
        if (auto problem = problem_of_attempt(test_case, hosts, attempts[next++].as_object(),
                                              attempt, number)) {
            return problem;
        }
    }
    return next == attempts.size() ? std::nullopt
                                   : std::optional<std::string>{"fewer attempts than recorded"};
}

}  // namespace

array hosts_of_case(const Case& test_case) {
    array hosts;
    const auto add = [&](const value& endpoint) {
        hosts.push_back(
            boost::json::string(std::string{endpoint.at("address").as_string()} + ":" +
                                std::to_string(endpoint.at("port_value").to_number<int>())));
    };
    for (const value& locality : test_case.at("config").at("cluster").at("localities").as_array()) {
        for (const value& endpoint : locality.at("lb_endpoints").as_array()) {
            add(endpoint);
        }
    }
    if (const value* update = test_case.json.if_contains("update")) {
        for (const value& endpoint : update->at("add").as_array()) {
            add(endpoint);
        }
    }
    return hosts;
}

std::optional<std::string> problem_of_words(const Case& test_case, const object& expected,
                                            const RecordedAnswer& actual) {
    const auto text = [&](std::string_view member) {
        return std::string{expected.at(member).as_string()};
    };
    if (const value* status = expected.if_contains("status");
        status != nullptr && status->is_number()) {
        if (auto problem = differs("status", status->to_number<std::int64_t>(), actual.status)) {
            return problem;
        }
    }
    if (expected.contains("flags")) {
        if (auto problem = differs("flags", text("flags"), actual.flags.text())) {
            return problem;
        }
    }
    if (expected.contains("details")) {
        if (auto problem =
                differs("details", upto_bar(text("details")), upto_bar(actual.details))) {
            return problem;
        }
    }
    if (const value* count = expected.if_contains("attempt_count")) {
        if (auto problem =
                differs("attempt_count", count->to_number<std::int64_t>(), actual.attempt_count)) {
            return problem;
        }
    }
    if (expected.contains("client") != actual.is_cut) {
        return "the client's connection is cut in one of them only";
    }
    const bool is_overloaded = object_or_empty(expected, "headers").contains("x-envoy-overloaded");
    if (is_overloaded != actual.is_overloaded) {
        return "x-envoy-overloaded is in one of them only";
    }
    return problem_of_time(test_case, expected, actual.at, actual.attempt_count, "t_ms");
}

std::optional<std::string> problem_of_answer(const Case& test_case, const array& hosts,
                                             const object& expected, const RecordedAnswer& actual) {
    if (auto problem = problem_of_words(test_case, expected, actual)) {
        return problem;
    }
    if (const value* host = expected.if_contains("upstream_host")) {
        const std::string name = host->is_null() ? "none" : std::string{host->as_string()};
        if (auto problem = differs("upstream_host", name, host_name(hosts, actual.host))) {
            return problem;
        }
    }
    return problem_of_attempts(test_case, hosts, expected, actual);
}

void send_all(const Case& test_case, VirtualProxy& proxy, const std::function<void()>& at_gauges) {
    const array& requests = test_case.at("requests").as_array();
    const value* sequential = test_case.json.if_contains("sequential");
    if (sequential != nullptr && sequential->as_bool()) {
        for (const value& request : requests) {
            static_cast<void>(proxy.serve(request));
        }
        proxy.timeline().run_until(proxy.timeline().now());
        return;
    }
    std::size_t open = requests.size();
    for (const value& request : requests) {
        const auto at = static_cast<std::int64_t>(number_or(request.as_object(), "at_ms", 0));
        proxy.timeline().at(TimePoint{milliseconds{at}}, [&proxy, &request, &open] {
            static_cast<void>(proxy.send(request));
            --open;
        });
    }
    bool has_gauges = !at_gauges;
    if (at_gauges) {
        const auto at = static_cast<std::int64_t>(number_of(test_case.at("gauges_at_ms")));
        proxy.timeline().at(TimePoint{milliseconds{at}}, [&at_gauges, &has_gauges] {
            at_gauges();
            has_gauges = true;
        });
    }
    proxy.timeline().run_while(
        [&] {
            if (open > 0 || !has_gauges) {
                return true;
            }
            for (std::size_t i = 0; i < requests.size(); ++i) {
                if (!proxy.answer(i).is_done) {
                    return true;
                }
            }
            return false;
        },
        TimePoint::max());
    // What the last answer brings about at its time, too.
    proxy.timeline().run_until(proxy.timeline().now());
}

Outcome replay_from_some_start(const Case& test_case) {
    const array hosts = hosts_of_case(test_case);
    const object& expect = test_case.at("expect").as_object();
    const array& responses = expect.at("responses").as_array();
    std::string why;
    for (std::uint64_t seed = 1; seed <= starts_max; ++seed) {
        VirtualProxy proxy{test_case, hosts, seed};
        CaseCounters gauges;
        const bool has_gauges = expect.contains("gauges");
        send_all(test_case, proxy,
                 has_gauges ? std::function<void()>{[&] { gauges = proxy.gauges(); }}
                            : std::function<void()>{});
        std::optional<std::string> problem;
        for (std::size_t i = 0; i < responses.size() && !problem; ++i) {
            problem =
                problem_of_answer(test_case, hosts, responses[i].as_object(), proxy.answer(i));
            problem = problem ? std::optional{"response " + std::to_string(i) + ": " + *problem}
                              : problem;
        }
        if (!problem) {
            const Outcome outcome = compared_counters(expect.at("counters"), proxy.counters());
            return has_gauges && outcome.verdict == Verdict::Passed
                       ? compared_counters(expect.at("gauges"), gauges)
                       : outcome;
        }
        why = *problem;
    }
    return failed("no start gives it; with one, " + why);
}

Outcome compared_counters(const value& expected, const CaseCounters& actual) {
    object all;
    for (const auto& [name, count] : actual) {
        all.emplace(name, count);
    }
    return compared(expected, all);
}

}  // namespace wavetank::fidelity
