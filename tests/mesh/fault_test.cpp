#include <wavetank/mesh/fault.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;

constexpr FractionalPercent always{.numerator = 100};

TEST(FaultFilter, DelaysAndThenAborts) {
    FaultFilter filter{{.delay = FaultDelay{.fixed_delay = milliseconds{5}, .percentage = always},
                        .abort = FaultAbort{.http_status = 503, .percentage = always}}};
    Random random{1};

    FaultFilter::Injected injected = filter.begin({}, random);
    EXPECT_EQ(injected.delay, milliseconds{5});
    EXPECT_EQ(injected.abort, std::nullopt);
    filter.after_delay(injected, random);
    EXPECT_EQ(injected.abort, 503);
    EXPECT_EQ(filter.stats().active_faults, 1U);
    filter.end(injected);
    EXPECT_EQ(filter.stats(), (FaultStats{.aborts_injected = 1, .delays_injected = 1}));
}

TEST(FaultFilter, LeavesOtherRequestsAlone) {
    FaultFilter filter{{.abort = FaultAbort{.http_status = 503, .percentage = always},
                        .headers = {{.name = "x-chaos", .exact = "1"}}}};
    Random random{1};

    EXPECT_EQ(filter.begin({{"x-chaos", "1"}}, random).abort, 503);
    EXPECT_EQ(filter.begin({{"x-chaos", "2"}}, random).abort, std::nullopt);
    EXPECT_EQ(filter.begin({}, random).abort, std::nullopt);
}

TEST(FaultFilter, DoesWhatHeadersSayIfTheyMaySaySo) {
    FaultFilter filter{
        {.delay = FaultDelay{.percentage = always}, .abort = FaultAbort{.percentage = always}}};
    Random random{1};

    EXPECT_EQ(filter.begin({{"x-envoy-fault-abort-request", "429"}}, random).abort, 429);
    EXPECT_EQ(filter.begin({{"x-envoy-fault-abort-request", "700"}}, random).abort, std::nullopt);
    EXPECT_EQ(filter.begin({{"x-envoy-fault-abort-request", "abc"}}, random).abort, std::nullopt);
    EXPECT_EQ(filter.begin({{"x-envoy-fault-abort-grpc-request", "14"}}, random).abort, 200);
    EXPECT_EQ(filter.begin({{"x-envoy-fault-delay-request", "30"}}, random).delay,
              milliseconds{30});
    EXPECT_EQ(filter
                  .begin({{"x-envoy-fault-abort-request", "429"},
                          {"x-envoy-fault-abort-request-percentage", "0"}},
                         random)
                  .abort,
              std::nullopt);
}

TEST(FaultFilter, DoesNoMoreThanItMayAtOnce) {
    FaultFilter filter{{.delay = FaultDelay{.fixed_delay = milliseconds{5}, .percentage = always},
                        .max_active_faults = 1}};
    Random random{1};

    const FaultFilter::Injected first = filter.begin({}, random);
    EXPECT_EQ(filter.begin({}, random).delay, std::nullopt);
    EXPECT_EQ(filter.stats().faults_overflow, 1U);
    filter.end(first);
    EXPECT_EQ(filter.begin({}, random).delay, milliseconds{5});
}

}  // namespace
}  // namespace wavetank::mesh
