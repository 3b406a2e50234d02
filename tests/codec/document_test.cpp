#include <wavetank/codec/document.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace wavetank::codec {
namespace {

std::string json_error(std::string_view text) {
    const auto document = parse_json(text);
    return document ? "" : to_string(document.error());
}

TEST(Document, SaysWhatGoSaysOfBrokenJson) {
    EXPECT_EQ(json_error("apiVersion: v1"),
              "line 1:1: invalid character 'a' looking for beginning of value");
    EXPECT_EQ(json_error("{\"a\":1} trailing"),
              "line 1:9: invalid character 't' after top-level value");
    EXPECT_EQ(json_error("{"), "line 1:2: unexpected end of JSON input");
    EXPECT_EQ(json_error("{\"a\":1,}"),
              "line 1:8: invalid character '}' looking for beginning of object key string");
    EXPECT_EQ(json_error("[1 2]"), "line 1:4: invalid character '2' after array element");
    EXPECT_EQ(json_error("\"a\nb\""), "line 1:3: invalid character '\\n' in string literal");
    EXPECT_EQ(json_error("\"\\q\""), "line 1:3: invalid character 'q' in string escape code");
    EXPECT_EQ(json_error("01"), "line 1:2: invalid character '1' after top-level value");
    EXPECT_EQ(json_error("1."), "line 1:3: unexpected end of JSON input");
    EXPECT_EQ(json_error("nul"), "line 1:4: unexpected end of JSON input");
    EXPECT_EQ(json_error("\"\xff\""), "line 1:2: invalid UTF-8 in string literal");
    EXPECT_EQ(json_error(""), "line 1:1: unexpected end of JSON input");
}

TEST(Document, RefusesDeepNestingWithoutOverflowingTheStack) {
    EXPECT_EQ(json_error(std::string(10'000'000, '[')), "line 1:402: exceeded max depth");
}

TEST(Document, RemembersPlacesAndLetsTheLastDuplicateCount) {
    const Document document = parse_json("{\"a\": 1,\n \"b\": [true],\n \"a\": \"x\"}").value();

    const Node* a = document.root.find("a");
    ASSERT_NE(a, nullptr);
    EXPECT_EQ(a->text, "x");
    EXPECT_EQ(a->key_line, 3);
    EXPECT_EQ(a->column, 7);
    EXPECT_TRUE(a->repeats);
    EXPECT_EQ(to_value(document.root), (boost::json::value{{"b", {true}}, {"a", "x"}}));
}

TEST(Document, JoinsSurrogatesAndReplacesLoneOnes) {
    EXPECT_EQ(parse_json(R"("\ud83d\ude00")").value().root.text, "\xF0\x9F\x98\x80");
    EXPECT_EQ(parse_json(R"("\ud83dx")").value().root.text, "\xEF\xBF\xBDx");
}

TEST(Document, ReadsJsonValuesOneAfterTheOther) {
    std::string_view text = "{\"a\":1}\n {\"b\":2}";
    TextOrigin origin{.file = "f"};

    EXPECT_EQ(parse_json_prefix(text, origin).value().root.children[0].key, "a");
    const Document second = parse_json_prefix(text, origin).value();

    EXPECT_EQ(second.root.line, 2);
    EXPECT_EQ(second.root.column, 2);
    EXPECT_TRUE(text.empty());
}

TEST(Document, KeepsTheDigitsOfNumbers) {
    EXPECT_EQ(to_value(parse_json("18446744073709551615").value().root), 18446744073709551615u);
    EXPECT_EQ(parse_json("1.50").value().root.text, "1.50");
    EXPECT_EQ(to_value(parse_json("1e400").value().root).as_double(), 1.7976931348623157e308);
}

}  // namespace
}  // namespace wavetank::codec
