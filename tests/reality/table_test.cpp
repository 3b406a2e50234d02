#include "reality/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>

namespace wavetank::reality {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

// A hundred answers after 10 ms each, and so many simulated ones after `simulated`.
Row row(Duration simulated) {
    Row row{.name = "Envoy RANDOM", .utilisation = 0.5, .real = {.latencies = {}}};
    row.real.latencies.assign(100, Duration{10ms});
    row.simulated.latency.record(simulated, 100);
    return row;
}

std::string line(const Row& row) {
    std::ostringstream out;
    print_row(out, row);
    return out.str();
}

TEST(RealityTable, SaysWhetherTheGoalIsMet) {
    EXPECT_THAT(line(row(10ms + 900us)), EndsWith(" met\n"));
    EXPECT_THAT(line(row(11ms + 200us)), EndsWith(" MISSED\n"));
    EXPECT_THAT(line(row(9ms + 100us)), EndsWith(" met\n"));
    EXPECT_THAT(line(row(8ms + 800us)), EndsWith(" MISSED\n"));
}

TEST(RealityTable, ShowsBothSidesAndTheDifference) {
    EXPECT_THAT(line(row(15ms)), HasSubstr("Envoy RANDOM         0.50  10.0  15.0  +50%"));
}

TEST(RealityTable, DoesNotHideFailures) {
    Row failing = row(10ms);
    failing.real.failed = 1;
    std::ostringstream foot;
    print_foot(foot, {failing});

    EXPECT_THAT(line(failing), EndsWith(" MISSED\n"));
    EXPECT_THAT(foot.str(), HasSubstr("Envoy RANDOM at 0.50: 1 requests failed"));
}

TEST(Outcome, TakesPercentilesByRank) {
    const Outcome outcome{.latencies = {4ms, 1ms, 3ms, 2ms}};

    EXPECT_EQ(outcome.percentile(0), 1ms);
    EXPECT_EQ(outcome.percentile(0.5), 2ms);
    EXPECT_EQ(outcome.percentile(0.51), 3ms);
    EXPECT_EQ(outcome.percentile(1), 4ms);
    EXPECT_EQ(Outcome{}.percentile(0.5), Duration::zero());
}

}  // namespace
}  // namespace wavetank::reality
