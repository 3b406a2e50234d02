#include <wavetank/mesh/health_check.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class HealthCheckerTest : public testing::Test {
protected:
    [[nodiscard]] static HealthCheck checks() {
        return {.timeout = milliseconds{200},
                .interval = milliseconds{400},
                .unhealthy_threshold = 2,
                .healthy_threshold = 2,
                .http_health_check = HttpHealthCheck{}};
    }
    // Waits for the next check and answers it.
    void answer_next(HealthChecker& checker, std::uint16_t status, const Headers& headers = {}) {
        now_ = checker.next_timer().value();
        ASSERT_EQ(checker.on_timer(now_, random_), std::vector<std::uint32_t>{0});
        checker.on_response(0, status, headers, now_, random_);
    }
    void miss_next(HealthChecker& checker) {
        now_ = checker.next_timer().value();
        ASSERT_EQ(checker.on_timer(now_, random_), std::vector<std::uint32_t>{0});
        now_ = checker.next_timer().value();
        ASSERT_TRUE(checker.on_timer(now_, random_).empty());
    }
    [[nodiscard]] static bool is_healthy(const HealthChecker& checker) {
        return (checker.flags(0) &
                static_cast<std::uint8_t>(HealthFlag::FailedActiveHealthCheck)) == 0;
    }

    TimePoint now_{};
    Random random_{1};
};

TEST_F(HealthCheckerTest, LetsTheFirstCheckDecideAlone) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_);
    EXPECT_FALSE(is_healthy(checker));
    answer_next(checker, 200);
    EXPECT_TRUE(is_healthy(checker));
}

TEST_F(HealthCheckerTest, BelievesAWrongAnswerAtOnceAndSilenceLater) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_);
    answer_next(checker, 200);
    miss_next(checker);
    EXPECT_TRUE(is_healthy(checker));
    miss_next(checker);
    EXPECT_FALSE(is_healthy(checker));
    answer_next(checker, 200);
    EXPECT_FALSE(is_healthy(checker));
    answer_next(checker, 200);
    EXPECT_TRUE(is_healthy(checker));
    answer_next(checker, 503);
    EXPECT_FALSE(is_healthy(checker));
    EXPECT_EQ(checker.stats().network_failure, 2U);
}

TEST_F(HealthCheckerTest, WaitsForRetriableStatusesAsForSilence) {
    HealthCheck config = checks();
    config.http_health_check->retriable_statuses = {{.start = 500, .end = 600}};
    HealthChecker checker{config};
    checker.add_host(0, now_, random_);
    answer_next(checker, 200);
    answer_next(checker, 503);
    EXPECT_TRUE(is_healthy(checker));
    answer_next(checker, 503);
    EXPECT_FALSE(is_healthy(checker));
}

TEST_F(HealthCheckerTest, ChecksRarelyUntilThereIsTraffic) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_);
    answer_next(checker, 200);
    EXPECT_EQ(checker.next_timer(), now_ + seconds{60});
    checker.note_traffic();
    answer_next(checker, 200);
    EXPECT_EQ(checker.next_timer(), now_ + milliseconds{400});
}

TEST_F(HealthCheckerTest, HasIntervalsOfItsOwnAtTheEdges) {
    HealthCheck config = checks();
    config.unhealthy_interval = milliseconds{800};
    config.unhealthy_edge_interval = milliseconds{100};
    config.healthy_edge_interval = milliseconds{50};
    HealthChecker checker{config};
    checker.note_traffic();
    checker.add_host(0, now_, random_);
    answer_next(checker, 200);
    miss_next(checker);
    EXPECT_EQ(checker.next_timer(), now_ + milliseconds{100});
    miss_next(checker);
    EXPECT_EQ(checker.next_timer(), now_ + milliseconds{800});
    answer_next(checker, 200);
    EXPECT_EQ(checker.next_timer(), now_ + milliseconds{50});
}

TEST_F(HealthCheckerTest, NotesWhoSaysThatItIsDegraded) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_);
    answer_next(checker, 200, {{"x-envoy-degraded", "true"}});
    EXPECT_EQ(checker.flags(0), static_cast<std::uint8_t>(HealthFlag::DegradedActiveHealthCheck));
    answer_next(checker, 200);
    EXPECT_EQ(checker.flags(0), 0);
    EXPECT_EQ(checker.stats().degraded, 1U);  // it is not told of the end
}

TEST_F(HealthCheckerTest, ExcludesWhoSaysSoInAnOrdinaryAnswer) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_);
    answer_next(checker, 200);
    checker.set_unhealthy(0, now_);
    EXPECT_FALSE(is_healthy(checker));
    answer_next(checker, 200);
    EXPECT_FALSE(is_healthy(checker));
    answer_next(checker, 200);
    EXPECT_EQ(checker.flags(0), 0);
}

TEST_F(HealthCheckerTest, IsContentWithAConnectionOfTcp) {
    HealthCheck config = checks();
    config.http_health_check.reset();
    HealthChecker checker{config};
    checker.add_host(0, now_, random_);
    ASSERT_EQ(checker.on_timer(now_, random_), std::vector<std::uint32_t>{0});
    checker.on_connected(0, now_, random_);
    EXPECT_TRUE(is_healthy(checker));
}

TEST_F(HealthCheckerTest, ExcludesANewHostIfThatIsAsked) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_, NewHost::IsExcluded);
    EXPECT_EQ(checker.flags(0),
              static_cast<std::uint8_t>(HealthFlag::FailedActiveHealthCheck) |
                  static_cast<std::uint8_t>(HealthFlag::PendingActiveHealthCheck));
    answer_next(checker, 503);
    EXPECT_EQ(checker.flags(0), static_cast<std::uint8_t>(HealthFlag::FailedActiveHealthCheck));
    EXPECT_TRUE(checker.take_results().at(0).is_changed);
}

TEST_F(HealthCheckerTest, ForgetsHostsThatGo) {
    HealthChecker checker{checks()};
    checker.add_host(0, now_, random_);
    answer_next(checker, 200);
    checker.remove_host(0);
    EXPECT_EQ(checker.stats().healthy, 0U);
    EXPECT_EQ(checker.next_timer(), std::nullopt);
}

}  // namespace
}  // namespace wavetank::mesh
