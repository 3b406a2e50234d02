#include <wavetank/api/selector.hpp>

#include <gtest/gtest.h>

namespace wavetank::api {
namespace {

TEST(Selector, SelectsEverythingByDefault) {
    EXPECT_TRUE(Selector{}.matches({{"app", "web"}}));
    EXPECT_TRUE(Selector{}.empty());
    EXPECT_FALSE(Selector::nothing().matches({}));
    EXPECT_FALSE(Selector::nothing().empty());
}

TEST(Selector, PrintsRequirementsByKeyAndValuesInOrder) {
    const auto selector = Selector::parse("tier in (front, back),app=web,!canary");

    ASSERT_TRUE(selector);
    EXPECT_EQ(selector->to_string(), "app=web,!canary,tier in (back,front)");
    EXPECT_EQ(selector->required_value_of("app"), "web");
    EXPECT_EQ(selector->required_value_of("tier"), std::nullopt);
}

TEST(Selector, MatchesAbsentLabelsByNegation) {
    const Selector selector = Selector::parse("app!=web,tier notin (back)").value();

    EXPECT_TRUE(selector.matches({}));
    EXPECT_FALSE(selector.matches({{"app", "web"}}));
    EXPECT_FALSE(selector.matches({{"tier", "back"}}));
}

TEST(Selector, JoinsLabelsAndExpressions) {
    const metav1::LabelSelector written{
        .matchLabels = {{"app", "web"}},
        .matchExpressions = {{.key = "tier", .operator_ = "In", .values = {"front", "back"}}}};
    const auto selector = Selector::from(written);

    ASSERT_TRUE(selector);
    EXPECT_TRUE(selector->matches({{"app", "web"}, {"tier", "back"}}));
    EXPECT_FALSE(selector->matches({{"app", "web"}}));
}

TEST(Selector, TellsAnAbsentSelectorFromAnEmptyOne) {
    const Boxed<metav1::LabelSelector> absent;
    const Boxed<metav1::LabelSelector> empty{metav1::LabelSelector{}};

    EXPECT_TRUE(Selector::from(absent).value().selects_nothing());
    EXPECT_TRUE(Selector::from(empty).value().empty());
}

TEST(Selector, SaysWhatItExpected) {
    EXPECT_EQ(Selector::parse("app web").error().message,
              "unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt");
    EXPECT_EQ(Selector::parse("app,").error().message, "found '', expected: identifier after ','");
}

}  // namespace
}  // namespace wavetank::api
