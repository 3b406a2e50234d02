#include <wavetank/api/field_error.hpp>

#include <gtest/gtest.h>

namespace wavetank::api {
namespace {

TEST(FieldError, QuotesAsGoDoes) {
    EXPECT_EQ(quoted("a\"b\\c\n\x01"), "\"a\\\"b\\\\c\\n\\x01\"");
    EXPECT_EQ(quoted("\xC3\xA9\xFF"), "\"\xC3\xA9\\xff\"");
    EXPECT_EQ(json_quoted("<a&b>"), "\"\\u003ca\\u0026b\\u003e\"");
}

TEST(FieldError, SpeaksAsTheApiServer) {
    EXPECT_EQ(to_string(invalid_value("spec.replicas", -1, "must be greater than or equal to 0")),
              "spec.replicas: Invalid value: -1: must be greater than or equal to 0");
    EXPECT_EQ(to_string(unsupported_value("spec.type", "x", {"A", "B"})),
              "spec.type: Unsupported value: \"x\": supported values: \"A\", \"B\"");
    EXPECT_EQ(required_value("metadata.name", "").message, "Required value");
}

TEST(FieldError, JoinsEqualErrorsOnce) {
    const Cause one = required_value("a", "");
    const Cause other = required_value("b", "");

    EXPECT_EQ(aggregate_text({one, one}), "a: Required value");
    EXPECT_EQ(aggregate_text({one, other}), "[a: Required value, b: Required value]");
}

}  // namespace
}  // namespace wavetank::api
