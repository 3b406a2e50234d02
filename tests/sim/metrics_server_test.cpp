#include "sim/metrics/metrics_server.hpp"

#include "sim/metrics/request_rates.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

const store::Key pod{"default", "p"};

/// A container that uses half a CPU from its start on.
ContainerUse half_a_cpu(std::uint64_t instance, TimePoint started, TimePoint now) {
    return {.pod = pod,
            .container = "c",
            .instance = instance,
            .cpu = (now - started) / 2,
            .memory = 1000,
            .started = started};
}

TEST(MetricsServer, CountsAFreshContainerFromItsStart) {
    MetricsServer server{{}};
    for (TimePoint now{1s}; now <= TimePoint{14s}; now += 1s) {
        server.observe(now, {half_a_cpu(0, TimePoint{500ms}, now)});
    }
    EXPECT_TRUE(server.usage(pod).empty()) << "one look is not enough";
    server.observe(TimePoint{15s}, {half_a_cpu(0, TimePoint{500ms}, TimePoint{15s})});

    const ResourceSample sample = server.usage(pod).at("c");
    EXPECT_EQ(sample.time, TimePoint{11s}) << "the kubelet looked at 1 s and at 11 s";
    EXPECT_EQ(sample.window, 10500ms);
    EXPECT_EQ(sample.cpu_nano, 500'000'000);
    EXPECT_EQ(sample.memory, 1000);
}

TEST(MetricsServer, TakesTheTimeBetweenTheLastTwoPoints) {
    MetricsServer server{{.housekeeping = 10s, .resolution = 15s}};
    for (TimePoint now{1s}; now <= TimePoint{45s}; now += 1s) {
        ContainerUse use = half_a_cpu(0, TimePoint{500ms}, now);
        if (now > TimePoint{21s}) {
            use.cpu += 2 * (now - TimePoint{21s});  // ever more
        }
        server.observe(now, {use});
    }

    const ResourceSample sample = server.usage(pod).at("c");
    EXPECT_EQ(sample.time, TimePoint{41s});
    EXPECT_EQ(sample.window, 20s) << "at 30 s it had seen that of 21 s";
    EXPECT_EQ(sample.cpu_nano, 2'500'000'000);
}

TEST(MetricsServer, ForgetsAContainerThatBeganAnew) {
    MetricsServer server{{}};
    for (TimePoint now{1s}; now <= TimePoint{30s}; now += 1s) {
        server.observe(now, {half_a_cpu(0, TimePoint{500ms}, now)});
    }
    EXPECT_FALSE(server.usage(pod).empty());
    for (TimePoint now{31s}; now <= TimePoint{45s}; now += 1s) {
        server.observe(now, {half_a_cpu(1, TimePoint{40s}, now)});
    }
    EXPECT_TRUE(server.usage(pod).empty());
}

TEST(MetricsServer, KnowsNothingOfAPodWithOneContainerUnknown) {
    MetricsServer server{{}};
    for (TimePoint now{1s}; now <= TimePoint{30s}; now += 1s) {
        std::vector<ContainerUse> uses{half_a_cpu(0, TimePoint{500ms}, now)};
        if (now >= TimePoint{28s}) {
            uses.push_back(half_a_cpu(1, TimePoint{28s}, now));
            uses.back().container = "late";
        }
        server.observe(now, uses);
    }
    EXPECT_TRUE(server.usage(pod).empty());
}

TEST(RequestRates, CountOverAWindow) {
    RequestRates rates{{.interval = 15s, .window = 60s}};
    const auto at = [&](TimePoint now, std::uint64_t requests) {
        ContainerUse use = half_a_cpu(0, TimePoint{}, now);
        use.requests = requests;
        use.requests_active = 3;
        rates.observe(now, {use});
    };
    at(TimePoint{1s}, 0);
    EXPECT_FALSE(rates.sample(pod));
    at(TimePoint{15s}, 140);
    EXPECT_EQ(rates.sample(pod)->per_second, 10);
    for (int k = 2; k <= 5; ++k) {
        at(TimePoint{k * 15s}, 140 + static_cast<std::uint64_t>(k - 1) * 300);
    }

    EXPECT_EQ(rates.sample(pod)->per_second, 20) << "the window has passed the slow start";
    EXPECT_EQ(rates.sample(pod)->window, 60s);
    EXPECT_EQ(rates.sample(pod)->in_flight, 3);
}

TEST(RequestRates, GoOnWhenAContainerBeginsAnew) {
    RequestRates rates{{.interval = 15s, .window = 60s}};
    const auto at = [&](TimePoint now, std::uint64_t instance, std::uint64_t requests) {
        ContainerUse use = half_a_cpu(instance, TimePoint{}, now);
        use.requests = requests;
        rates.observe(now, {use});
    };
    at(TimePoint{0s}, 0, 0);
    at(TimePoint{15s}, 0, 150);
    at(TimePoint{30s}, 1, 150);

    EXPECT_EQ(rates.sample(pod)->per_second, 10);
}

}  // namespace
}  // namespace wavetank::sim
