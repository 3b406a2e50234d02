// Requests through declared services. The references are what one would write by hand for just that
// model: no proxies, no histogram, no faults, no way to ask for anything else.

#include "bench/figure.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/sim/data_plane.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

namespace {

using wavetank::Distribution;
using wavetank::Duration;
using wavetank::Random;
using wavetank::TimePoint;
using wavetank::sim::DataPlane;

constexpr double load = 0.7;
constexpr double requests = 4e6;

// Requests a second of CPU time that `run` handles.
template <class Run>
double rate_of(Run run) {
    const double start = wavetank::bench::cpu_time();
    const double handled = run();
    return handled * 1e9 / (wavetank::bench::cpu_time() - start);
}

wavetank::sim::ServiceId serve(DataPlane& plane, const std::string& name,
                               wavetank::sim::DeclaredProgram program, std::size_t replicas) {
    const auto service = plane.add_service(name);
    const auto id = plane.add_program(std::move(program));
    std::vector<wavetank::sim::ReplicaId> endpoints;
    for (std::size_t i = 0; i < replicas; ++i) {
        endpoints.push_back(plane.add_replica(id, name + "/" + std::to_string(i)));
    }
    plane.set_endpoints(service, endpoints);
    return service;
}

// The same for so many requests at so many a second, after a quarter of them that do not count.
double rate_under_load(DataPlane& plane, wavetank::sim::ServiceId service, double per_second,
                       double count) {
    const auto id = plane.add_load(service, {.name = "load", .requests_per_second = per_second});
    const auto length = Duration{static_cast<Duration::rep>(1e9 * count / per_second)};
    plane.run_until(plane.now() + length / 4);
    return rate_of([&] {
        const auto before = plane.requests_sent(id);
        plane.run_until(plane.now() + length);
        return static_cast<double>(plane.requests_sent(id) - before);
    });
}

// One-millisecond exponential work on FIFO replicas, Poisson arrivals, two choices.
double by_hand(std::size_t replicas) {
    Random random{1};
    std::vector<std::deque<double>> lines(replicas);
    double now = 0;
    double sum = 0;
    for (double i = 0; i < requests; ++i) {
        now += random.exponential() / (load * static_cast<double>(replicas));
        const auto settled = [&]() -> std::deque<double>& {
            auto& line = lines[random.below(replicas)];
            while (!line.empty() && line.front() <= now) {
                line.pop_front();
            }
            return line;
        };
        auto& one = settled();
        auto& other = settled();
        auto& line = other.size() < one.size() ? other : one;
        line.push_back((line.empty() ? now : line.back()) + random.exponential());
        sum += line.back() - now;
    }
    benchmark::DoNotOptimize(sum);
    return requests;
}

void w2(benchmark::State& state, bool computes_departures, double target) {
    const auto replicas = static_cast<std::size_t>(state.range(0));
    double value = 0;
    double reference = 0;
    for ([[maybe_unused]] const auto iteration : state) {
        DataPlane plane{{.random = Random{1}, .computes_departures = computes_departures}};
        const auto service =
            serve(plane, "web", {.work = Distribution::exponential(std::chrono::milliseconds{1})},
                  replicas);
        const double rate = 1000 * load * static_cast<double>(replicas);
        value = rate_under_load(plane, service, rate, requests);
        reference = rate_of([&] { return by_hand(replicas); });
    }
    wavetank::bench::report(
        state, {.value = value, .unit = "/s", .reference = reference, .target = target});
}

BENCHMARK_CAPTURE(w2, 100, true, 15e6)->Name("mesh/w2")->Arg(100)->Iterations(1);
BENCHMARK_CAPTURE(w2, 10000, true, 6e6)->Name("mesh/w2")->Arg(10'000)->Iterations(1);
BENCHMARK_CAPTURE(w2, events, false, 8e6)->Name("mesh/w2_events")->Arg(100)->Iterations(1);

// Three hops by hand: arrivals and answers in a heap, a line a replica.
double chain_by_hand(std::size_t replicas) {
    struct Event {
        double time;
        std::uint32_t request;
        bool operator<(const Event& other) const {
            return time > other.time;
        }
    };
    const double delay = 0.25;
    Random random{1};
    std::priority_queue<Event> events;
    std::vector<double> free_at(3 * replicas);
    std::vector<std::uint8_t> hops;  // by request
    std::vector<std::uint32_t> unused;
    const double roots = requests / 4;
    double started = 0;
    double next = 0;
    double done = 0;
    while (done < roots) {
        if (started < roots && (events.empty() || next <= events.top().time)) {
            std::uint32_t request = static_cast<std::uint32_t>(hops.size());
            if (unused.empty()) {
                hops.push_back(0);
            } else {
                request = unused.back();
                unused.pop_back();
                hops[request] = 0;
            }
            events.push({next + delay, request});
            next += random.exponential() / (load * static_cast<double>(replicas));
            ++started;
            continue;
        }
        const auto [time, request] = events.top();
        events.pop();
        const std::uint8_t hop = hops[request]++;
        if (hop == 3) {
            unused.push_back(request);
            ++done;
            continue;
        }
        auto* const first = &free_at[hop * replicas];
        const std::uint64_t one = random.below(replicas);
        const std::uint64_t other = random.below(replicas);
        double& line = first[other] < first[one] ? first[other] : first[one];
        line = std::max(line, time) + random.exponential();
        // The way back is the same delay for each hop.
        events.push({line + (hop == 2 ? 3 * delay : delay), request});
    }
    return roots;
}

// The same for three hops of which each but the last calls the next, with a policy or none.
double chain_rate(std::size_t replicas, const std::optional<wavetank::mesh::RoutePolicy>& policy) {
    DataPlane plane{
        {.random = Random{1}, .network = Distribution::constant(std::chrono::microseconds{250})}};
    wavetank::sim::ServiceId callee{};
    for (int hop = 3; hop > 0; --hop) {
        wavetank::sim::DeclaredProgram program{
            .work = Distribution::exponential(std::chrono::milliseconds{1})};
        if (hop < 3) {
            program.calls = {{{.service = callee}}};
        }
        callee = serve(plane, "hop-" + std::to_string(hop), std::move(program), replicas);
        plane.set_route_policy(callee, policy);
    }
    const double rate = 1000 * load * static_cast<double>(replicas);
    return rate_under_load(plane, callee, rate, requests / 4);
}

void chain3(benchmark::State& state, double target) {
    const auto replicas = static_cast<std::size_t>(state.range(0));
    double value = 0;
    double reference = 0;
    for ([[maybe_unused]] const auto iteration : state) {
        value = chain_rate(replicas, std::nullopt);
        reference = rate_of([&] { return chain_by_hand(replicas); });
    }
    wavetank::bench::report(
        state, {.value = value, .unit = "/s", .reference = reference, .target = target});
}

// What a time limit and retries cost that are armed on every hop and never needed: nanoseconds a
// hop, more than without. The reference is a hop without. Medians of three, in turns.
void timeout_retry(benchmark::State& state) {
    constexpr double hops = 3;
    const wavetank::mesh::RoutePolicy policy{
        .timeout = std::chrono::seconds{15},
        .retry_policy = {.retry_on = "5xx", .num_retries = 2},
        .thresholds = {.max_requests = std::numeric_limits<std::uint32_t>::max()}};
    std::array<double, 3> plain{};
    std::array<double, 3> armed{};
    for ([[maybe_unused]] const auto iteration : state) {
        for (std::size_t i = 0; i < plain.size(); ++i) {
            plain.at(i) = 1e9 / chain_rate(100, std::nullopt) / hops;
            armed.at(i) = 1e9 / chain_rate(100, policy) / hops;
        }
    }
    std::ranges::sort(plain);
    std::ranges::sort(armed);
    wavetank::bench::report(
        state, {.value = armed[1] - plain[1], .unit = "ns", .reference = plain[1], .target = 60});
}

BENCHMARK_CAPTURE(chain3, 100, 4e6)->Name("mesh/chain3")->Arg(100)->Iterations(1);
BENCHMARK_CAPTURE(chain3, 10000, 1.2e6)->Name("mesh/chain3")->Arg(10'000)->Iterations(1);
BENCHMARK(timeout_retry)->Name("mesh/timeout_retry")->Iterations(1);

// The eleven services of Google's microservices-demo, with the calls that each makes for a request.
// The probabilities of the front end's are those of its pages, weighted as the demo's own load is:
// index 1, setCurrency 2, browseProduct 10, addToCart 2, viewCart 3, checkout 1.
wavetank::sim::ServiceId add_shop(DataPlane& plane) {
    using Calls = std::vector<std::vector<wavetank::sim::DeclaredCall>>;
    const auto add = [&](const std::string& name, int microseconds, Calls calls = {}) {
        return serve(plane, name,
                     {.work = Distribution::exponential(std::chrono::microseconds{microseconds}),
                      .calls = std::move(calls)},
                     4);
    };
    const auto redis = add("redis", 200);
    const auto cart = add("cart", 500, {{{.service = redis}}});
    const auto catalog = add("catalog", 500);
    const auto currency = add("currency", 300);
    const auto ad = add("ad", 500);
    const auto shipping = add("shipping", 500);
    const auto payment = add("payment", 1000);
    const auto email = add("email", 1000);
    const auto recommendation = add("recommendation", 1000, {{{.service = catalog}}});
    const auto checkout = add("checkout", 2000,
                              {{{.service = cart}},
                               {{.service = catalog}},
                               {{.service = currency}},
                               {{.service = shipping}},
                               {{.service = payment}},
                               {{.service = email}}});
    return add("frontend", 2000,
               {{{.service = currency}},
                {{.service = catalog, .probability = 15.0 / 19}},
                {{.service = cart}},
                {{.service = currency, .probability = 18.0 / 19}},
                {{.service = recommendation, .probability = 16.0 / 19}},
                {{.service = shipping, .probability = 5.0 / 19}},
                {{.service = checkout, .probability = 1.0 / 19}},
                {{.service = ad, .probability = 13.0 / 19}}});
}

// Seconds for a day of a thousand requests a second; half an hour of it is run.
void shop_day(benchmark::State& state) {
    constexpr double parts = 24 * 2;
    double value = 0;
    for ([[maybe_unused]] const auto iteration : state) {
        DataPlane plane{{.random = Random{1}}};
        plane.add_load(add_shop(plane), {.name = "load", .requests_per_second = 1000});
        plane.run_until(plane.now() + std::chrono::seconds{30});
        const double start = wavetank::bench::cpu_time();
        plane.run_until(plane.now() + std::chrono::minutes{30});
        value = (wavetank::bench::cpu_time() - start) * parts / 1e9;
    }
    wavetank::bench::report(state, {.value = value, .unit = "s", .target = 120});
}

BENCHMARK(shop_day)->Name("mesh/shop_day")->Iterations(1);

}  // namespace
