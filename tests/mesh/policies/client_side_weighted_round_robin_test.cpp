#include <wavetank/mesh/policies/client_side_weighted_round_robin.hpp>

#include "support/endpoint_sets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>

namespace wavetank::mesh {
namespace {

using std::chrono::seconds;
using test::endpoints_holding;
using testing::ElementsAre;

TEST(OrcaWeight, IsRequestsByUtilization) {
    EXPECT_EQ(orca_weight({.cpu_utilization = 0.5, .rps_fractional = 100}, {}), 200);
    EXPECT_EQ(
        orca_weight(
            {.application_utilization = 0.25, .cpu_utilization = 0.5, .rps_fractional = 100}, {}),
        400);
    EXPECT_EQ(orca_weight({.cpu_utilization = 0.5,
                           .rps_fractional = 100,
                           .named_metrics = {{"m", 0.1}, {"n", 0.2}}},
                          {.metric_names_for_computing_utilization = {"m", "n", "o"}}),
              500);
    EXPECT_EQ(orca_weight({.cpu_utilization = 0.5, .rps_fractional = 100, .eps = 50},
                          {.error_utilization_penalty = 1}),
              100);
    EXPECT_EQ(orca_weight({.cpu_utilization = 0.5}, {}), std::nullopt);
    EXPECT_EQ(orca_weight({.rps_fractional = 100}, {}), std::nullopt);
}

class Client {
public:
    // Picks at a time, and returns how often each was picked.
    std::array<int, 3> picks_at(Duration time, int count) {
        std::array<int, 3> counts{};
        for (int i = 0; i < count; ++i) {
            ++counts.at(
                *policy.pick(endpoints_holding({0, 0, 0}), {.now = TimePoint{time}}, random));
        }
        return counts;
    }
    void report(std::size_t index, double rps, Duration time) {
        policy.on_load_report(index, {.cpu_utilization = 1, .rps_fractional = rps},
                              TimePoint{time});
    }

    ClientSideWeightedRoundRobin policy;
    Random random{1};
};

TEST(ClientSideWeightedRoundRobin, GivesTurnsByWhatServersReported) {
    Client client;
    EXPECT_THAT(client.picks_at(seconds{0}, 30), ElementsAre(10, 10, 10));

    client.report(0, 1, seconds{1});
    client.report(1, 2, seconds{1});
    client.report(2, 3, seconds{1});

    EXPECT_THAT(client.picks_at(seconds{10}, 30), ElementsAre(10, 10, 10));  // still too new
    EXPECT_THAT(client.picks_at(seconds{11}, 60), ElementsAre(10, 20, 30));
}

TEST(ClientSideWeightedRoundRobin, GivesTheMedianToWhoHasNoValidWeight) {
    Client client;
    static_cast<void>(client.picks_at(seconds{0}, 1));
    client.report(0, 10, seconds{1});
    client.report(1, 30, seconds{1});

    static_cast<void>(client.picks_at(seconds{12}, 1));
    EXPECT_THAT(client.policy.weights(), ElementsAre(10, 30, 20));
    client.report(1, 30, seconds{150});
    static_cast<void>(client.picks_at(seconds{182}, 1));  // the first one's is three minutes old
    EXPECT_THAT(client.policy.weights(), ElementsAre(30, 30, 30));
}

TEST(ClientSideWeightedRoundRobin, LooksAtReportsOnceAPeriod) {
    Client client;
    static_cast<void>(client.picks_at(seconds{0}, 1));
    client.report(0, 5, seconds{0});
    static_cast<void>(client.picks_at(seconds{10}, 1));
    client.report(0, 7, seconds{10});

    static_cast<void>(client.picks_at(std::chrono::milliseconds{10999}, 1));
    EXPECT_EQ(client.policy.weights()[0], 5);
    static_cast<void>(client.picks_at(seconds{11}, 1));
    EXPECT_EQ(client.policy.weights()[0], 7);
}

}  // namespace
}  // namespace wavetank::mesh
