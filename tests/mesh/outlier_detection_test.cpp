#include <wavetank/mesh/outlier_detection.hpp>

#include <gtest/gtest.h>

#include <numeric>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OutlierDetectorTest : public testing::Test {
protected:
    OutlierDetector detector_of(std::uint32_t hosts, const OutlierDetection& config) {
        OutlierDetector detector{config, now_};
        std::vector<std::uint32_t> all(hosts);
        std::iota(all.begin(), all.end(), 0U);
        detector.set_hosts(all);
        return detector;
    }
    void answer(OutlierDetector& detector, std::uint32_t host, std::uint16_t status,
                int times = 1) {
        for (int i = 0; i < times; ++i) {
            detector.put_response(host, status, now_, random_);
        }
    }
    void tick(OutlierDetector& detector) {
        now_ = detector.next_interval();
        detector.on_interval(now_, random_);
    }

    TimePoint now_{};
    Random random_{1};
};

TEST_F(OutlierDetectorTest, EjectsAfterARowOfFailures) {
    OutlierDetector detector = detector_of(2, {.max_ejection_percent = 50});

    answer(detector, 1, 500, 4);
    answer(detector, 1, 200);
    answer(detector, 1, 500, 4);
    EXPECT_FALSE(detector.is_ejected(1));
    answer(detector, 1, 500);
    EXPECT_TRUE(detector.is_ejected(1));
    EXPECT_FALSE(detector.is_ejected(0));
    EXPECT_EQ(detector.stats().ejections_enforced_total, 1U);
}

TEST_F(OutlierDetectorTest, EjectsNobodyOfAFewByDefault) {
    OutlierDetector detector = detector_of(9, {});

    answer(detector, 1, 500, 10);
    EXPECT_FALSE(detector.is_ejected(1));
    EXPECT_EQ(detector.stats().ejections_overflow, 2U);
}

TEST_F(OutlierDetectorTest, EjectsOneOfAFewIfThatIsAsked) {
    OutlierDetector detector = detector_of(3, {.always_eject_one_host = true});

    answer(detector, 1, 500, 5);
    answer(detector, 2, 500, 5);
    EXPECT_TRUE(detector.is_ejected(1));
    EXPECT_FALSE(detector.is_ejected(2));
}

TEST_F(OutlierDetectorTest, LetsAHostComeBackOnATick) {
    OutlierDetector detector =
        detector_of(2, {.base_ejection_time = seconds{15}, .max_ejection_percent = 100});
    answer(detector, 0, 503, 5);
    EXPECT_TRUE(detector.is_ejected(0));
    tick(detector);
    EXPECT_TRUE(detector.is_ejected(0));
    tick(detector);
    EXPECT_FALSE(detector.is_ejected(0));
}

// 30, 60, ..., 300, 300 s: Envoy's defaults.
TEST_F(OutlierDetectorTest, EjectsForLongerAndLonger) {
    OutlierDetector detector = detector_of(1, {.max_ejection_percent = 100});
    std::vector<std::int64_t> times;
    for (int i = 0; i < 12; ++i) {
        answer(detector, 0, 500, 5);
        const TimePoint ejected = now_;
        while (detector.is_ejected(0)) {
            tick(detector);
        }
        times.push_back(std::chrono::duration_cast<seconds>(now_ - ejected).count());
    }
    EXPECT_EQ(times,
              (std::vector<std::int64_t>{30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300}));
}

TEST_F(OutlierDetectorTest, ForgivesWhoBehaves) {
    OutlierDetector detector = detector_of(1, {.max_ejection_percent = 100});
    for (int i = 0; i < 2; ++i) {
        answer(detector, 0, 500, 5);
        while (detector.is_ejected(0)) {
            tick(detector);
        }
    }
    for (int i = 0; i < 3; ++i) {
        tick(detector);
    }
    answer(detector, 0, 500, 5);
    const TimePoint ejected = now_;
    while (detector.is_ejected(0)) {
        tick(detector);
    }
    EXPECT_EQ(now_ - ejected, seconds{30});
}

TEST_F(OutlierDetectorTest, CountsGatewayFailuresApart) {
    OutlierDetector detector = detector_of(1, {.consecutive_5xx = 50,
                                               .max_ejection_percent = 100,
                                               .consecutive_gateway_failure = 3,
                                               .enforcing_consecutive_gateway_failure = 100});
    answer(detector, 0, 502);
    answer(detector, 0, 503);
    answer(detector, 0, 500);
    answer(detector, 0, 504, 2);
    EXPECT_FALSE(detector.is_ejected(0));
    answer(detector, 0, 504);
    EXPECT_TRUE(detector.is_ejected(0));
}

TEST_F(OutlierDetectorTest, TakesLocalFailuresForAnswersUnlessTheyAreSplit) {
    OutlierDetector joined = detector_of(1, {.consecutive_5xx = 2, .max_ejection_percent = 100});
    joined.put_result(0, OutlierResult::LocalOriginConnectFailed, now_, random_);
    joined.put_result(0, OutlierResult::LocalOriginConnectSuccess, now_, random_);
    joined.put_result(0, OutlierResult::LocalOriginTimeout, now_, random_);
    EXPECT_TRUE(joined.is_ejected(0));

    OutlierDetector split = detector_of(1, {.consecutive_5xx = 2,
                                            .max_ejection_percent = 100,
                                            .split_external_local_origin_errors = true,
                                            .consecutive_local_origin_failure = 2});
    split.put_result(0, OutlierResult::LocalOriginConnectFailed, now_, random_);
    split.put_result(0, OutlierResult::LocalOriginConnectSuccess, now_, random_);
    split.put_result(0, OutlierResult::LocalOriginConnectFailed, now_, random_);
    EXPECT_FALSE(split.is_ejected(0));
    split.put_result(0, OutlierResult::LocalOriginTimeout, now_, random_);
    EXPECT_TRUE(split.is_ejected(0));
}

// The example in Envoy's source: rates 50, 100, 100, 100, 100 have mean 90 and deviation 20.
TEST_F(OutlierDetectorTest, EjectsWhoIsFarBelowTheMean) {
    OutlierDetector detector = detector_of(
        5, {.consecutive_5xx = 0, .max_ejection_percent = 100, .success_rate_request_volume = 10});
    for (std::uint32_t host = 0; host < 5; ++host) {
        for (int i = 0; i < 10; ++i) {
            answer(detector, host, host == 3 && i % 2 == 0 ? 500 : 200);
        }
    }
    tick(detector);
    EXPECT_TRUE(detector.is_ejected(3));
    const std::vector<OutlierEvent> events = detector.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_DOUBLE_EQ(events[0].cluster_average_success_rate, 90);
    EXPECT_DOUBLE_EQ(events[0].cluster_success_rate_ejection_threshold, 52);
    EXPECT_EQ(to_string(events[0].type), "SUCCESS_RATE");
}

TEST_F(OutlierDetectorTest, EjectsByThePartOfFailuresOnlyIfThatIsEnforced) {
    for (const std::uint32_t enforced : {0U, 100U}) {
        OutlierDetector detector = detector_of(5, {.consecutive_5xx = 0,
                                                   .max_ejection_percent = 100,
                                                   .enforcing_success_rate = 0,
                                                   .failure_percentage_threshold = 50,
                                                   .enforcing_failure_percentage = enforced,
                                                   .failure_percentage_request_volume = 2});
        for (std::uint32_t host = 0; host < 5; ++host) {
            answer(detector, host, 200);
            answer(detector, host, host == 0 ? 500 : 200);
        }
        tick(detector);
        EXPECT_EQ(detector.is_ejected(0), enforced == 100);
    }
}

TEST_F(OutlierDetectorTest, LetsAHealthCheckBringAHostBack) {
    OutlierDetector detector = detector_of(1, {.max_ejection_percent = 100});
    answer(detector, 0, 500, 5);
    detector.put_health_check_success(0, now_);
    EXPECT_FALSE(detector.is_ejected(0));
}

TEST_F(OutlierDetectorTest, RemembersHostsThatStay) {
    OutlierDetector detector = detector_of(3, {.max_ejection_percent = 100});
    answer(detector, 1, 500, 5);
    answer(detector, 2, 500, 5);

    detector.set_hosts({2, 7});
    EXPECT_TRUE(detector.is_ejected(2));
    EXPECT_FALSE(detector.is_ejected(1));
    EXPECT_EQ(detector.stats().ejections_active, 1U);
    answer(detector, 1, 500, 5);
    EXPECT_FALSE(detector.is_ejected(1));
}

TEST(OutlierDetection, RefusesAnEjectionThatIsLongerThanTheLongest) {
    EXPECT_TRUE(validate(OutlierDetection{}));
    EXPECT_TRUE(validate(OutlierDetection{.base_ejection_time = seconds{400}}));
    EXPECT_FALSE(validate(OutlierDetection{.max_ejection_time = seconds{29}}));
    EXPECT_FALSE(validate(OutlierDetection{.max_ejection_percent = 101}));
    EXPECT_FALSE(validate(OutlierDetection{.interval = milliseconds{0}}));
}

}  // namespace
}  // namespace wavetank::mesh
