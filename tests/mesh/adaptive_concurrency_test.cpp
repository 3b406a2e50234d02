#include <wavetank/mesh/adaptive_concurrency.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(LatencySamples, FindsAQuantileWithinItsBin) {
    LatencySamples samples;
    for (int i = 0; i < 10; ++i) {
        samples.add(1234);  // from 1200 to 1300
    }
    EXPECT_DOUBLE_EQ(samples.quantile(0.5), 1250);
    EXPECT_DOUBLE_EQ(samples.quantile(1), 1300);
    samples.add(98'000);
    EXPECT_EQ(samples.count(), 11U);
    EXPECT_NEAR(samples.quantile(1), 99'000, 1e-6);
}

class GradientControllerTest : public testing::Test {
protected:
    // Lets a request pass and answers it after a time.
    void serve(GradientController& controller, Duration latency) {
        ASSERT_TRUE(controller.lets_pass(now_));
        const TimePoint sent = now_;
        now_ += latency;
        controller.record(sent, now_, random_);
    }

    TimePoint now_{};
    Random random_{1};
};

TEST_F(GradientControllerTest, LetsFewPassWhileItMeasures) {
    GradientController controller{{}, now_};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(controller.lets_pass(now_));
    }
    EXPECT_FALSE(controller.lets_pass(now_));
    EXPECT_EQ(controller.stats(now_).rq_blocked, 1U);
    EXPECT_TRUE(controller.stats(now_).min_rtt_calculation_active);
}

// At the same latency as measured, the limit grows: 1.25 times, and the root of that more.
TEST_F(GradientControllerTest, GrowsWhileRequestsAreFast) {
    GradientController controller{{.min_rtt_request_count = 5}, now_};
    for (int i = 0; i < 5; ++i) {
        serve(controller, milliseconds{10});
    }
    EXPECT_FALSE(controller.stats(now_).min_rtt_calculation_active);
    EXPECT_EQ(controller.stats(now_).concurrency_limit, 3U);
    for (int i = 0; i < 10; ++i) {
        serve(controller, milliseconds{10});
    }
    EXPECT_EQ(controller.stats(now_).concurrency_limit,
              static_cast<std::uint64_t>(3.75 + std::sqrt(3.75)));
}

TEST_F(GradientControllerTest, MeasuresAgainAfterAWhile) {
    GradientController controller{{.min_rtt_request_count = 1, .min_rtt_jitter = 0}, now_};
    serve(controller, milliseconds{10});
    EXPECT_FALSE(controller.stats(now_ + seconds{59}).min_rtt_calculation_active);
    EXPECT_TRUE(controller.stats(now_ + seconds{60}).min_rtt_calculation_active);
}

// A measurement that was too fast holds the limit down; then there is another one.
TEST_F(GradientControllerTest, MeasuresAgainWhenTheLimitIsTheLowestForLong) {
    GradientController controller{{.min_rtt_request_count = 1, .min_rtt_jitter = 0}, now_};
    serve(controller, milliseconds{1});
    for (int i = 0; i < 6; ++i) {
        serve(controller, milliseconds{110});
    }
    EXPECT_EQ(controller.stats(now_).concurrency_limit, 3U);
    EXPECT_GT(controller.stats(now_).min_rtt, milliseconds{100});
}

}  // namespace
}  // namespace wavetank::mesh
