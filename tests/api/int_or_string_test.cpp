#include <wavetank/api/int_or_string.hpp>

#include <gtest/gtest.h>

namespace wavetank::api {
namespace {

TEST(IntOrString, ScalesPercentagesInBothDirections) {
    EXPECT_EQ(IntOrString{"25%"}.scaled_value(10, Rounding::Up).value(), 3);
    EXPECT_EQ(IntOrString{"25%"}.scaled_value(10, Rounding::Down).value(), 2);
    EXPECT_EQ(IntOrString{7}.scaled_value(10, Rounding::Down).value(), 7);
    EXPECT_FALSE(IntOrString{"7"}.scaled_value(10, Rounding::Down));
}

TEST(IntOrString, ReadsNumbersOfCommandLines) {
    EXPECT_EQ(IntOrString::parse("8080"), IntOrString{8080});
    EXPECT_EQ(IntOrString::parse("http"), IntOrString{"http"});
    EXPECT_EQ(IntOrString::parse("2147483648"), IntOrString{"2147483648"});
}

TEST(Fenceposts, AllowOnePodToBeMissingIfNeitherBoundAllowsAny) {
    const auto posts = resolve_fenceposts(IntOrString{0}, IntOrString{"25%"}, 3);

    EXPECT_EQ(posts.value(), (Fenceposts{.surge = 0, .unavailable = 1}));
    EXPECT_EQ(posts->available_of(3), 2);
    EXPECT_EQ(posts->unavailable_of(0), 0);
}

}  // namespace
}  // namespace wavetank::api
