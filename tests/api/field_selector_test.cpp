#include <wavetank/api/field_selector.hpp>

#include <gtest/gtest.h>

namespace wavetank::api {
namespace {

TEST(FieldSelector, TakesAbsentFieldsForEmpty) {
    const auto selector = FieldSelector::parse("spec.nodeName=,status.phase!=Running");

    ASSERT_TRUE(selector);
    EXPECT_TRUE(selector->matches({{"status.phase", "Pending"}}));
    EXPECT_FALSE(selector->matches({{"spec.nodeName", "node-1"}}));
    EXPECT_EQ(selector->required_value_of("spec.nodeName"), "");
}

TEST(FieldSelector, EscapesWhatSeparates) {
    const auto selector = FieldSelector::parse("metadata.name=x\\,y\\=z\\\\");

    ASSERT_TRUE(selector);
    EXPECT_EQ(selector->requirements().front().value, "x,y=z\\");
    EXPECT_EQ(selector->to_string(), "metadata.name=x\\,y\\=z\\\\");
}

TEST(FieldSelector, RefusesTermsWithoutAnOperator) {
    EXPECT_EQ(FieldSelector::parse("a=b,c").error().message,
              "invalid selector: 'a=b,c'; can't understand 'c'");
}

}  // namespace
}  // namespace wavetank::api
