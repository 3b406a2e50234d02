#include "sim/cluster/propagation.hpp"

#include <wavetank/runtime/virtual_runtime.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using Told = std::vector<std::pair<Duration, std::uint64_t>>;

// Returns when clients were told, and up to which version: the changes make versions 1, 2 and so
// on.
Told told(const ControlPlaneTiming& timing, ToldBy by, const std::vector<Duration>& changes) {
    runtime::VirtualRuntime runtime;
    Told told;
    Propagation propagation{runtime, timing, by, [&](std::uint64_t version) {
                                told.emplace_back(runtime.clock().now() - TimePoint{}, version);
                            }};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        runtime.schedule(TimePoint{changes[i]},
                         [&propagation, version = i + 1] { propagation.changed(version); });
    }
    runtime.run_until(TimePoint{1min});
    return told;
}

TEST(Propagation, TakesNoTimeUnlessAskedFor) {
    EXPECT_EQ(told({}, ToldBy::Istiod, {0ms, 3ms}), (Told{{0ms, 1}, {3ms, 2}}));
}

TEST(Propagation, HearsOfEachChangeAsLateAsItsWatch) {
    EXPECT_EQ(told({.notice = 5ms}, ToldBy::Istiod, {0ms, 3ms}), (Told{{5ms, 1}, {8ms, 2}}));
    EXPECT_EQ(told({.notice = 5ms}, ToldBy::KubeProxy, {0ms, 3ms}), (Told{{5ms, 1}, {1'005ms, 2}}));
}

TEST(Propagation, OfIstiodWaitsForQuiet) {
    const ControlPlaneTiming timing{.debounce_after = 100ms, .debounce_max = 10s};
    EXPECT_EQ(told(timing, ToldBy::Istiod, {0ms}), (Told{{100ms, 1}}));
    EXPECT_EQ(told(timing, ToldBy::Istiod, {0ms, 50ms, 120ms, 300ms}),
              (Told{{220ms, 3}, {400ms, 4}}));
}

// Its timer ends at 100, 160, 220 and 280 ms, each time 40 ms after a change; only the last is
// beyond what it waits at most.
TEST(Propagation, OfIstiodWaitsForSoLongAtMost) {
    const ControlPlaneTiming timing{.debounce_after = 100ms, .debounce_max = 250ms};
    EXPECT_EQ(told(timing, ToldBy::Istiod, {0ms, 60ms, 120ms, 180ms, 240ms, 300ms}),
              (Told{{280ms, 5}, {400ms, 6}}));
}

TEST(Propagation, OfKubeProxiesComesOnceASecondAtMost) {
    const ControlPlaneTiming timing{.debounce_after = 100ms, .debounce_max = 10s};
    EXPECT_EQ(told(timing, ToldBy::KubeProxy, {0ms, 400ms, 500ms, 2'500ms}),
              (Told{{0ms, 1}, {1'000ms, 3}, {2'500ms, 4}}));
}

TEST(Propagation, HasUpstreamsDefaults) {
    EXPECT_EQ(told(ControlPlaneTiming::upstream(), ToldBy::Istiod, {0ms}), (Told{{105ms, 1}}));
}

}  // namespace
}  // namespace wavetank::sim
