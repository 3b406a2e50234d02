#include <wavetank/api/quantity.hpp>

#include <gtest/gtest.h>

#include <array>

namespace wavetank::api {
namespace {

Quantity quantity(std::string_view text) {
    return Quantity::parse(text).value();
}

TEST(Quantity, IsSmall) {
    EXPECT_LE(sizeof(Quantity), 24U);
}

TEST(Quantity, PrintsTheCanonicalFormOfWhatItReads) {
    struct Row {
        std::string_view text;
        std::string_view printed;
    };
    constexpr std::array<Row, 10> rows{{
        {"0", "0"},
        {"1000m", "1"},
        {"1.5", "1500m"},
        {"1024Ki", "1Mi"},
        {"0.1Gi", "107374182400m"},
        {"1e20", "100e18"},
        {"1000E", "1"},
        {"+12n", "+12n"},
        {"999999999999999999999", "999999999999999999999"},
        {"0.0000000001", "1n"},
    }};

    for (const Row& row : rows) {
        EXPECT_EQ(quantity(row.text).to_string(), row.printed) << row.text;
    }
}

TEST(Quantity, RoundsUpToUnitsAndThousandths) {
    EXPECT_EQ(quantity("1500m").value(), 2);
    EXPECT_EQ(quantity("-1500m").value(), -2);
    EXPECT_EQ(quantity("-0.1n").value(), 1);
    EXPECT_EQ(quantity("1u").milli_value(), 1);
    EXPECT_EQ(quantity("2").milli_value(), 2000);
}

TEST(Quantity, AddsWithTheFormatOfTheFirstUnlessThatIsZero) {
    Quantity sum = quantity("0");

    sum += quantity("1Gi");
    sum += quantity("1M");

    EXPECT_EQ(sum.to_string(), "1074741824");
    EXPECT_EQ(sum.format(), QuantityFormat::BinarySI);
}

TEST(Quantity, KeepsExactBeyond64Bits) {
    Quantity sum = quantity("9223372036854775807");

    sum += quantity("1");
    EXPECT_EQ(sum.to_string(), "9223372036854775808");
    const Quantity copy = sum;
    sum -= quantity("1");

    EXPECT_EQ(sum, quantity("9223372036854775807"));
    EXPECT_GT(copy, sum);
}

TEST(Quantity, ComparesNumbersNotTexts) {
    EXPECT_EQ(quantity("1"), quantity("1000m"));
    EXPECT_LT(quantity("1k"), quantity("1Ki"));
    EXPECT_GT(quantity("1e30"), quantity("1E"));
}

TEST(Quantity, RefusesOtherForms) {
    for (const std::string_view text : {"", " 1", "1 Gi", "1..2", "1e1.5"}) {
        EXPECT_FALSE(Quantity::parse(text)) << text;
    }
    EXPECT_EQ(Quantity::parse("1K").error().message, "unable to parse quantity's suffix");
}

// Upstream would spend gigabytes on these.
TEST(Quantity, SurvivesHugeExponents) {
    const Quantity huge = quantity("1e999999999");
    const Quantity tiny = quantity("12345678901234567890e-999999999");

    Quantity sum = huge;
    sum += tiny;

    EXPECT_EQ(sum, huge);
    EXPECT_GT(huge, quantity("1234567890123456789012345678901234567890"));
    EXPECT_EQ(tiny.to_string(), "1e-9");
    EXPECT_EQ(huge.value(), 0);
}

}  // namespace
}  // namespace wavetank::api
