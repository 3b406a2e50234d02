// The data plane against queueing theory: where a closed form exists, the mean of at least thirty
// batches must lie within three standard errors of it. Service times have a mean of one
// millisecond, so means in milliseconds are those of the textbooks.

#include "support/data_plane.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using test::serve;

constexpr std::size_t batches = 32;
const Distribution exponential = Distribution::exponential(1ms);

double milliseconds(double nanoseconds) {
    return nanoseconds / 1e6;
}

// A mean and its standard error, from batches.
struct Estimate {
    double mean = 0;
    double error = 0;

    static Estimate of(const std::vector<double>& values) {
        const auto count = static_cast<double>(values.size());
        double sum = 0;
        for (const double value : values) {
            sum += value;
        }
        const double mean = sum / count;
        double squares = 0;
        for (const double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return {mean, std::sqrt(squares / (count - 1) / count)};
    }
};

// `slack` is for what is known only roughly.
void expect_near(const Estimate& estimate, double wanted, double slack = 0) {
    EXPECT_LT(estimate.error, 0.1 * wanted) << "batches that tell too little";
    EXPECT_NEAR(estimate.mean, wanted, 3 * estimate.error + slack * wanted);
}

// One service under one load.
class Station {
public:
    explicit Station(DeclaredProgram program, std::uint32_t replicas = 1, std::uint32_t cpus = 1,
                     const std::string& balancer = "LEAST_REQUEST")
        : plane_({.random = Random{17}, .load_balancer = balancer}) {
        service_ = serve(plane_, "station", std::move(program), replicas, {.cpus = cpus});
    }

    // Adds a load of so many requests a millisecond.
    Station& load(double rate, Arrivals arrivals = Arrivals::Poisson) {
        rate_ = rate;
        load_ = plane_.add_load(
            service_, {.name = "load", .requests_per_second = 1000 * rate, .arrivals = arrivals});
        return *this;
    }

    // Runs so many requests a batch, after one batch that does not count, and calls `at_end`.
    void run(std::size_t requests, const std::function<void()>& at_end) {
        const auto batch =
            Duration{static_cast<Duration::rep>(1e6 * static_cast<double>(requests) / rate_)};
        for (std::size_t i = 0; i <= batches; ++i) {
            before_ = plane_.load_stats(load_);
            plane_.run_until(plane_.now() + batch);
            if (i > 0) {
                at_end();
            }
        }
    }

    // The mean latency of the requests that were answered, in milliseconds.
    [[nodiscard]] Estimate latency(std::size_t requests = 20'000) {
        std::vector<double> means;
        run(requests, [&] { means.push_back(mean_of_batch()); });
        return Estimate::of(means);
    }

    // The part that was refused.
    [[nodiscard]] Estimate refused(std::size_t requests = 20'000) {
        std::vector<double> parts;
        run(requests, [&] {
            const auto& stats = plane_.load_stats(load_);
            parts.push_back(static_cast<double>(stats.errors() - before_.errors()) /
                            static_cast<double>(stats.requests() - before_.requests()));
        });
        return Estimate::of(parts);
    }

    [[nodiscard]] DataPlane& plane() {
        return plane_;
    }
    [[nodiscard]] const mesh::ServiceStats& stats() const {
        return plane_.load_stats(load_);
    }
    [[nodiscard]] LoadId load_id() const {
        return load_;
    }

    // Refusals take no time, so the sum is that of the others.
    [[nodiscard]] double mean_of_batch() const {
        const auto& after = plane_.load_stats(load_);
        const double sum = after.latency().sum_nanoseconds() - before_.latency().sum_nanoseconds();
        const auto answered = [](const mesh::ServiceStats& stats) {
            return stats.requests() - stats.errors();
        };
        return milliseconds(sum / static_cast<double>(answered(after) - answered(before_)));
    }

private:
    DataPlane plane_;
    ServiceId service_{};
    LoadId load_{};
    double rate_ = 0;
    mesh::ServiceStats before_;
};

// O1. The response time is exponential, too: its quantiles follow.
TEST(Queueing, OneServerWithExponentialTimes) {
    for (const double load : {0.5, 0.8, 0.9}) {
        SCOPED_TRACE(load);
        Station station{{.work = exponential}};
        std::vector<double> means;
        std::vector<double> beyond_median;
        std::vector<double> beyond_p99;
        station.load(load).run(40'000, [&] { means.push_back(station.mean_of_batch()); });
        expect_near(Estimate::of(means), 1 / (1 - load));
        const metrics::Histogram latency = station.stats().latency();
        // A bucket is 1.6 % wide; the rest is what the means vary by.
        const double slack = 0.016 + 3 * Estimate::of(means).error * (1 - load);
        for (const double quantile : {0.5, 0.9, 0.99}) {
            const double wanted = std::log(1 / (1 - quantile)) / (1 - load);
            EXPECT_NEAR(milliseconds(static_cast<double>(latency.percentile(quantile).count())),
                        wanted, slack * wanted)
                << quantile;
        }
    }
}

// O2: Erlang's C formula.
TEST(Queueing, SeveralServersInOneLine) {
    expect_near(Station{{.work = exponential}, 1, 2}.load(1.6).latency(), 2.777778);
    expect_near(Station{{.work = exponential}, 1, 10}.load(8).latency(), 1.204590);
    expect_near(Station{{.work = exponential}, 1, 100}.load(90).latency(), 1.021694);
}

// O3: Erlang's B formula, which holds for any service time of that mean.
TEST(Queueing, NoPlaceToWait) {
    const auto refused = [](std::uint32_t servers, double load, Distribution work) {
        return Station{{.work = work, .concurrency = servers, .queue_limit = 0}, 1, servers}
            .load(load)
            .refused();
    };
    for (const Distribution& work :
         {exponential, Distribution::constant(1ms), Distribution::lognormal(1ms, 1)}) {
        SCOPED_TRACE(to_string(work));
        expect_near(refused(1, 0.8, work), 0.444444);
        expect_near(refused(10, 8, work), 0.121661);
        expect_near(refused(10, 10, work), 0.214582);
        expect_near(refused(100, 90, work), 0.026957);
    }
}

// O4: at most K in the system.
TEST(Queueing, AFinitePlaceToWait) {
    struct Case {
        double load;
        std::uint32_t servers;
        std::uint32_t places;
        double refused;
        double latency;
    };
    for (const Case& is :
         {Case{0.9, 1, 10, 0.050814, 4.646601}, Case{1.2, 1, 10, 0.192586, 6.926138},
          Case{3.5, 4, 10, 0.058281, 1.473501}, Case{5, 4, 8, 0.251240, 1.549751}}) {
        SCOPED_TRACE(is.refused);
        const auto station = [&] {
            return Station{{.work = exponential,
                            .concurrency = is.servers,
                            .queue_limit = is.places - is.servers},
                           1,
                           is.servers};
        };
        expect_near(station().load(is.load).refused(), is.refused);
        expect_near(station().load(is.load).latency(), is.latency);
    }
}

// O5: Pollaczek and Khinchine; the mean wait grows with the variance of the service time.
TEST(Queueing, OneServerWithAnyTimes) {
    const auto latency = [](double load, Distribution work) {
        return Station{{.work = work}}.load(load).latency(40'000);
    };
    const Distribution constant = Distribution::constant(1ms);
    expect_near(latency(0.5, constant), 1.5);
    expect_near(latency(0.8, constant), 3);
    expect_near(latency(0.9, constant), 5.5);
    const Distribution erlang = Distribution::gamma(1ms, 2);
    expect_near(latency(0.5, erlang), 1.75);
    expect_near(latency(0.8, erlang), 4);
    const Distribution lognormal = Distribution::lognormal(1ms, 1);
    expect_near(latency(0.5, lognormal), 2.35914);
    expect_near(latency(0.8, lognormal), 6.43656);
    // Two exponential ones of equal load: their second moments are 2 m1 and 2 m2, and the square of
    // the deviation is 4.
    const Distribution two = *Distribution::parse(
        "mixture(0.887298 exponential(563508ns), 0.112702 exponential(4436492ns))");
    expect_near(latency(0.5, two), 3.5);
    expect_near(latency(0.8, two), 11);
}

// O5 on a wire: a link is one server, and an answer of 12,500 bytes keeps 100 Mbit/s for 1 ms.
TEST(Queueing, OneLinkWithABandwidth) {
    for (const auto& [rate, wanted] : {std::pair{0.5, 1.5}, std::pair{0.8, 3.0}}) {
        DataPlane plane{{.random = Random{17}, .has_links = true}};
        const NodeId node = plane.add_node(8);
        plane.set_place(node, plane.add_place());
        plane.set_link(PlaceId{1}, DataPlane::outside, {.bandwidth = 100e6});
        const ServiceId service =
            serve(plane, "files", {.response_bytes = 12'500}, 1, {.node = node});
        const LoadId load =
            plane.add_load(service, {.name = "load", .requests_per_second = 1000 * rate});
        std::vector<double> means;
        for (std::size_t i = 0; i <= batches; ++i) {
            const mesh::ServiceStats before = plane.load_stats(load);
            plane.run_until(plane.now() + 20s);
            const mesh::ServiceStats& after = plane.load_stats(load);
            const auto sum = [](const mesh::ServiceStats& stats) {
                return static_cast<double>(stats.requests()) *
                       milliseconds(static_cast<double>(stats.latency().mean().count()));
            };
            if (i > 0) {
                means.push_back((sum(after) - sum(before)) /
                                static_cast<double>(after.requests() - before.requests()));
            }
        }
        expect_near(Estimate::of(means), wanted);
    }
}

// O6: arrivals by the clock.
TEST(Queueing, ConstantArrivals) {
    const auto latency = [](double load) {
        return Station{{.work = exponential}}.load(load, Arrivals::Constant).latency();
    };
    expect_near(latency(0.5), 1.255001);
    expect_near(latency(0.8), 2.692731);
    expect_near(latency(0.9), 5.178659);
}

// O7: in turns, each server sees every N-th arrival; at random, a Poisson stream of its own.
TEST(Queueing, RoundRobinAndRandom) {
    const auto latency = [](std::uint32_t replicas, double load, const char* balancer) {
        return Station{{.work = exponential}, replicas, 1, balancer}
            .load(load * replicas)
            .latency(40'000);
    };
    expect_near(latency(2, 0.8, "ROUND_ROBIN"), 3.843980);
    expect_near(latency(10, 0.8, "ROUND_ROBIN"), 2.922269);
    expect_near(latency(10, 0.9, "ROUND_ROBIN"), 5.660276);
    expect_near(latency(10, 0.8, "RANDOM"), 5);
}

// O9: stations one after the other do not know of each other (Jackson).
TEST(Queueing, ATandem) {
    DataPlane plane{{.random = Random{3}}};
    const auto last = serve(plane, "c", {.work = Distribution::exponential(500us)});
    const auto middle = serve(
        plane, "b", {.work = Distribution::exponential(800us), .calls = {{{.service = last}}}});
    const auto first = serve(plane, "a", {.work = exponential, .calls = {{{.service = middle}}}});
    const LoadId load = plane.add_load(first, {.name = "load", .requests_per_second = 800});
    std::vector<double> means;
    double sum = 0;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= batches; ++i) {
        plane.run_until(plane.now() + 50s);
        const double sum_now = plane.load_stats(load).latency().sum_nanoseconds();
        const std::uint64_t count_now = plane.load_stats(load).requests();
        if (i > 0) {
            means.push_back(milliseconds((sum_now - sum) / static_cast<double>(count_now - count)));
        }
        sum = sum_now;
        count = count_now;
    }
    expect_near(Estimate::of(means), 8.055556);
}

// O10: shared, the mean depends on no more than the mean.
TEST(Queueing, ProcessorSharing) {
    for (const Distribution& work :
         {exponential, Distribution::constant(1ms), Distribution::lognormal(1ms, 1)}) {
        SCOPED_TRACE(to_string(work));
        expect_near(
            Station{{.work = work, .discipline = Discipline::ProcessorSharing}}.load(0.8).latency(),
            5);
    }
}

// Who is served last changes the mean of nobody, as long as nobody looks at the service times.
TEST(Queueing, LastComeFirstServed) {
    expect_near(Station{{.work = exponential, .discipline = Discipline::Lifo}}.load(0.8).latency(),
                5);
}

// Cobham: with two classes of half the load each, W1 = R / (1 - r1), W2 = W1 / (1 - r), where R is
// r for exponential times.
TEST(Queueing, Priorities) {
    DataPlane plane{{.random = Random{5}}};
    const auto service =
        serve(plane, "station", {.work = exponential, .discipline = Discipline::Priority});
    const LoadId high = plane.add_load(service, {.name = "high", .requests_per_second = 400}, 1);
    const LoadId low = plane.add_load(service, {.name = "low", .requests_per_second = 400}, 0);
    std::vector<double> means_high;
    std::vector<double> means_low;
    mesh::ServiceStats before_high;
    mesh::ServiceStats before_low;
    const auto mean = [](const mesh::ServiceStats& before, const mesh::ServiceStats& after) {
        return milliseconds(
            (after.latency().sum_nanoseconds() - before.latency().sum_nanoseconds()) /
            static_cast<double>(after.requests() - before.requests()));
    };
    for (std::size_t i = 0; i <= batches; ++i) {
        plane.run_until(plane.now() + 50s);
        if (i > 0) {
            means_high.push_back(mean(before_high, plane.load_stats(high)));
            means_low.push_back(mean(before_low, plane.load_stats(low)));
        }
        before_high = plane.load_stats(high);
        before_low = plane.load_stats(low);
    }
    expect_near(Estimate::of(means_high), 1 + 0.8 / 0.6);
    expect_near(Estimate::of(means_low), 1 + 0.8 / 0.6 / 0.2);
}

// O11: two choices among a hundred, drawn as Envoy does, with replacement. The figures are
// themselves from a simulation.
TEST(Queueing, TwoChoices) {
    const auto latency = [](std::uint32_t replicas, double load) {
        return Station{{.work = exponential}, replicas}.load(load * replicas).latency(40'000);
    };
    expect_near(latency(100, 0.5), 1.2718, 0.005);
    expect_near(latency(100, 0.8), 1.9676, 0.005);
    expect_near(latency(100, 0.9), 2.6591, 0.005);
    expect_near(latency(10, 0.8), 2.163, 0.005);
    expect_near(latency(2, 0.8), 3.283, 0.005);
}

// O14: the slowest of n calls takes H_n on average.
TEST(Queueing, FanOut) {
    for (const auto& [calls, wanted] : {std::pair{2U, 1.5}, std::pair{5U, 2.283333},
                                        std::pair{10U, 2.928968}, std::pair{100U, 5.187378}}) {
        SCOPED_TRACE(calls);
        DataPlane plane{{.random = Random{9}}};
        const auto leaf = serve(plane, "leaf", {.work = exponential}, 1, {.cpus = 100'000});
        const auto root = serve(plane, "root", {.calls = {{{.service = leaf, .repeat = calls}}}});
        const LoadId load = plane.add_load(root, {.name = "load", .requests_per_second = 100});
        std::vector<double> means;
        mesh::ServiceStats before;
        for (std::size_t i = 0; i < batches; ++i) {
            plane.run_until(plane.now() + 10s);
            const mesh::ServiceStats& after = plane.load_stats(load);
            means.push_back(milliseconds(
                (after.latency().sum_nanoseconds() - before.latency().sum_nanoseconds()) /
                static_cast<double>(after.requests() - before.requests())));
            before = after;
        }
        expect_near(Estimate::of(means), wanted);
    }
}

// The machine repairman: N users who think for Z on average and share one server, by mean value
// analysis.
TEST(Queueing, UsersWhoWait) {
    constexpr std::uint32_t users = 20;
    constexpr double think = 10;  // milliseconds
    double queue = 0;
    double latency = 0;
    for (std::uint32_t n = 1; n <= users; ++n) {
        latency = 1 + queue;
        queue = n / (latency + think) * latency;
    }
    DataPlane plane{{.random = Random{11}}};
    const auto service = serve(plane, "station", {.work = exponential});
    const LoadId load = plane.add_load(
        service, {.name = "users",
                  .users = Users{.count = users, .think = Distribution::exponential(10ms)}});
    std::vector<double> means;
    std::vector<double> rates;
    mesh::ServiceStats before;
    for (std::size_t i = 0; i <= batches; ++i) {
        plane.run_until(plane.now() + 40s);
        const mesh::ServiceStats& after = plane.load_stats(load);
        const auto requests = static_cast<double>(after.requests() - before.requests());
        if (i > 0) {
            rates.push_back(requests / 40'000);
            means.push_back(milliseconds(
                (after.latency().sum_nanoseconds() - before.latency().sum_nanoseconds()) /
                requests));
        }
        before = after;
    }
    expect_near(Estimate::of(means), latency);
    expect_near(Estimate::of(rates), users / (latency + think));
}

// Sessions whose requests take no time are the customers of M/G/inf: how many are there at one time
// is Poisson, whatever the thinking, with a mean of rate * (requests - 1) * think.
TEST(Queueing, SessionsThatComeAndGo) {
    constexpr double rate = 50;  // a second
    const struct {
        SessionLength length;
        Distribution think;
    } cases[] = {{SessionLength::geometric(5), Distribution::exponential(200ms)},
                 {SessionLength::uniform(3, 7), Distribution::lognormal(200ms, 1)},
                 {*SessionLength::parse("5"), Distribution::constant(200ms)}};
    for (const auto& is : cases) {
        SCOPED_TRACE(to_string(is.think));
        DataPlane plane{{.random = Random{13}}};
        const auto service = serve(plane, "station", {}, 1, {.cpus = 1000});
        const LoadId load =
            plane.add_load(service, {.name = "visitors",
                                     .requests_per_second = rate,
                                     .session = Session{.requests = is.length, .think = is.think}});
        plane.run_until(TimePoint{20s});
        std::vector<double> means;
        std::vector<double> variances;
        std::vector<double> rates;
        for (std::size_t batch = 0; batch < batches; ++batch) {
            // Looked at so seldom that hardly anybody is seen twice.
            constexpr int looks = 100;
            const std::uint64_t before = plane.requests_sent(load);
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < looks; ++i) {
                plane.run_until(plane.now() + 3s);
                const auto users = static_cast<double>(plane.users_active(load));
                sum += users;
                squares += users * users;
            }
            const double mean = sum / looks;
            means.push_back(mean);
            variances.push_back((squares - looks * mean * mean) / (looks - 1));
            rates.push_back(static_cast<double>(plane.requests_sent(load) - before) / (3 * looks));
        }
        expect_near(Estimate::of(means), rate * 4 * 0.2);
        expect_near(Estimate::of(variances), rate * 4 * 0.2);
        expect_near(Estimate::of(rates), rate * 5);
        EXPECT_EQ(plane.load_stats(load).errors(), 0U);
    }
}

// A Poisson stream that is split by chance is several of them: each class is an M/M/1 of its own.
TEST(Queueing, ClassesOfRequests) {
    DataPlane plane{{.random = Random{15}}};
    const std::vector<LoadTarget> targets{
        {.service = serve(plane, "a", {.work = exponential}), .name = "a", .weight = 5},
        {.service = serve(plane, "b", {.work = exponential}), .name = "b", .weight = 2},
        {.service = serve(plane, "c", {.work = exponential}), .name = "c", .weight = 3}};
    const LoadId load = plane.add_load(targets, {.name = "mix", .requests_per_second = 1600});
    for (std::size_t target = 0; target < targets.size(); ++target) {
        SCOPED_TRACE(target);
        std::vector<double> means;
        std::vector<double> rates;
        plane.run_until(plane.now() + 20s);
        mesh::ServiceStats before = plane.load_stats(load, target);
        for (std::size_t batch = 0; batch < batches; ++batch) {
            plane.run_until(plane.now() + 20s);
            const mesh::ServiceStats& after = plane.load_stats(load, target);
            const auto requests = static_cast<double>(after.requests() - before.requests());
            rates.push_back(requests / 20'000);
            means.push_back(milliseconds(
                (after.latency().sum_nanoseconds() - before.latency().sum_nanoseconds()) /
                requests));
            before = after;
        }
        const double wanted = 1.6 * targets[target].weight / 10;
        expect_near(Estimate::of(rates), wanted);
        expect_near(Estimate::of(means), 1 / (1 - wanted));
    }
}

// O15: L = rate * W, and what was sent was answered or is on its way.
TEST(Queueing, LittlesLaw) {
    Station station{{.work = exponential}, 10};
    std::vector<double> in_flight;
    station.load(8);
    for (int i = 0; i < 200'000; ++i) {
        station.plane().run_until(station.plane().now() + 1ms);
        in_flight.push_back(
            static_cast<double>(station.plane().requests_in_flight(station.load_id())));
    }
    std::vector<double> means;
    const std::size_t length = in_flight.size() / batches;
    for (std::size_t batch = 0; batch < batches; ++batch) {
        double sum = 0;
        for (std::size_t i = 0; i < length; ++i) {
            sum += in_flight[batch * length + i];
        }
        means.push_back(sum / static_cast<double>(length));
    }
    const double mean_latency = station.stats().latency().sum_nanoseconds() / 1e6 /
                                static_cast<double>(station.stats().requests());
    expect_near(Estimate::of(means), 8 * mean_latency);
}

}  // namespace
}  // namespace wavetank::sim
