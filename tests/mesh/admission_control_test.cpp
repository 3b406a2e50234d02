#include <wavetank/mesh/admission_control.hpp>

#include <gtest/gtest.h>

namespace wavetank::mesh {
namespace {

using std::chrono::seconds;

// Of a thousand requests so many went well.
double probability_after(int successes, AdmissionControl config) {
    config.max_rejection_probability = 100;
    AdmissionController controller{config};
    for (int i = 0; i < 1000; ++i) {
        controller.record(i < successes ? 200 : 503, TimePoint{});
    }
    return controller.rejection_probability(TimePoint{});
}

TEST(AdmissionController, RefusesByTheRateOfSuccess) {
    EXPECT_NEAR(probability_after(900, {}), 0.0526, 0.0001);
    EXPECT_NEAR(probability_after(500, {}), 0.4732, 0.0001);
    EXPECT_NEAR(probability_after(0, {}), 0.9990, 0.0001);
    EXPECT_EQ(probability_after(960, {}), 0);
    EXPECT_NEAR(probability_after(900, {.aggression = 2}), 0.2293, 0.0001);
    EXPECT_NEAR(probability_after(500, {.aggression = 2}), 0.6879, 0.0001);
}

TEST(AdmissionController, NeverRefusesMoreThanItMay) {
    AdmissionController controller{{}};
    for (int i = 0; i < 1000; ++i) {
        controller.record(500, TimePoint{});
    }
    EXPECT_DOUBLE_EQ(controller.rejection_probability(TimePoint{}), 0.8);
}

TEST(AdmissionController, ForgetsWhatIsOlderThanItsWindow) {
    AdmissionController controller{{}};
    controller.record(500, TimePoint{});
    EXPECT_GT(controller.rejection_probability(TimePoint{seconds{29}}), 0);
    EXPECT_EQ(controller.rejection_probability(TimePoint{seconds{30}}), 0);
}

TEST(AdmissionController, LetsEverythingPassWhenThereIsLittle) {
    AdmissionController controller{{.rps_threshold = 5, .max_rejection_probability = 100}};
    Random random{1};
    for (int i = 0; i < 4; ++i) {
        controller.record(500, TimePoint{});
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(controller.lets_pass(TimePoint{}, random));
    }
    for (int i = 0; i < 1000; ++i) {
        controller.record(500, TimePoint{});
    }
    EXPECT_FALSE(controller.lets_pass(TimePoint{}, random));
    EXPECT_EQ(controller.rejected(), 1U);
}

}  // namespace
}  // namespace wavetank::mesh
