#include <wavetank/mesh/policies/ipvs_persistence.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace wavetank::mesh {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::uint32_t, 3> endpoints{4, 7, 9};

TimePoint at(Duration time) {
    return TimePoint{time};
}

// Connections that end at once are remembered for two minutes, in steps of one from the time at
// which the binding would have been over.
TEST(IpvsPersistence, BindsAClientUntilSoLongAfterItsLatestConnection) {
    IpvsPersistence persistence{1h};
    EXPECT_EQ(persistence.bound(1, endpoints, at(0s)), std::nullopt);
    persistence.opened(1, 7, at(0s));
    persistence.closed(1, 7, at(1s));
    EXPECT_EQ(persistence.bound(1, endpoints, at(59min)), 1U);
    EXPECT_EQ(persistence.bound(2, endpoints, at(59min)), std::nullopt);
    persistence.opened(1, 7, at(59min));
    persistence.closed(1, 7, at(59min));
    EXPECT_EQ(persistence.bound(1, endpoints, at(118min)), 1U);
    EXPECT_EQ(persistence.bound(1, endpoints, at(119min)), std::nullopt);
}

TEST(IpvsPersistence, OutlastsItsTimeByMinutesWhileThereAreConnections) {
    IpvsPersistence persistence{10s};
    persistence.opened(1, 9, at(0s));
    EXPECT_EQ(persistence.bound(1, endpoints, at(5min)), 2U);  // up to 5:10
    persistence.closed(1, 9, at(5min));
    EXPECT_EQ(persistence.bound(1, endpoints, at(7min + 9s)), 2U);  // 7:00 is after 6:10
    EXPECT_EQ(persistence.bound(1, endpoints, at(7min + 10s)), std::nullopt);
}

TEST(IpvsPersistence, KeepsToAMinuteOnceItHasOutlastedItsTime) {
    IpvsPersistence persistence{1h};
    persistence.opened(1, 9, at(0s));
    EXPECT_EQ(persistence.bound(1, endpoints, at(1h)), 2U);
    persistence.opened(1, 9, at(1h));
    persistence.closed(1, 9, at(1h));
    persistence.closed(1, 9, at(1h));
    EXPECT_EQ(persistence.bound(1, endpoints, at(1h + 1min + 59s)), 2U);
    EXPECT_EQ(persistence.bound(1, endpoints, at(1h + 2min)), std::nullopt);
}

TEST(IpvsPersistence, BindsNobodyToAnEndpointThatIsGone) {
    IpvsPersistence persistence{1h};
    persistence.opened(1, 8, at(0s));
    EXPECT_EQ(persistence.bound(1, endpoints, at(1s)), std::nullopt);
    persistence.opened(1, 4, at(1s));
    persistence.closed(1, 8, at(2s));  // of the binding before
    EXPECT_EQ(persistence.bound(1, endpoints, at(2s)), 0U);
}

}  // namespace
}  // namespace wavetank::mesh
