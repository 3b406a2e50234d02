#include <wavetank/codec/yaml.hpp>

#include <wavetank/codec/document.hpp>
#include <wavetank/codec/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace wavetank::codec {
namespace {

boost::json::value json(std::string_view text) {
    return to_value(parse_json(text).value().root);
}

std::string yaml_error(std::string_view text) {
    const auto document = parse_yaml(text, {.file = "f.yaml"});
    return document ? "" : to_string(document.error());
}

TEST(Yaml, WritesKubectlsForm) {
    const auto value = json(R"({"kind":"Pod","apiVersion":"v1","spec":{"containers":[
        {"name":"c","args":["--a=b","yes","1:30",""],"env":[],"resources":{}}],"o":null,
        "list":[[1,2],[{"b":1,"a":true}]]}})");

    EXPECT_EQ(to_yaml(value),
              "apiVersion: v1\n"
              "kind: Pod\n"
              "spec:\n"
              "  containers:\n"
              "  - args:\n"
              "    - --a=b\n"
              "    - \"yes\"\n"
              "    - \"1:30\"\n"
              "    - \"\"\n"
              "    env: []\n"
              "    name: c\n"
              "    resources: {}\n"
              "  list:\n"
              "  - - 1\n"
              "    - 2\n"
              "  - - a: true\n"
              "      b: 1\n"
              "  o: null\n");
}

TEST(Yaml, QuotesOnlyWhatWouldBeReadAsSomethingElse) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"abc", "abc"},
        {"a b", "a b"},
        {"true", "\"true\""},
        {"017", "\"017\""},
        {"1e3", "\"1e3\""},
        {"null", "\"null\""},
        {"~", "\"~\""},
        {"2026-01-01T00:00:00Z", "\"2026-01-01T00:00:00Z\""},
        {"a: b", "'a: b'"},
        {"a:b", "a:b"},
        {"a #b", "'a #b'"},
        {"a#b", "a#b"},
        {"- a", "'- a'"},
        {"-a", "-a"},
        {"it's", "it's"},
        {"'x'", "'''x'''"},
        {"[x]", "'[x]'"},
        {"x]", "x]"},
        {"*", "'*'"},
        {"a\tb", "\"a\\tb\""},
        {" a", "' a'"},
        {"a ", "'a '"},
        {"100m", "100m"},
        {"---", "'---'"},
        {"\xE6\x97\xA5", "\xE6\x97\xA5"},
        {"<<", "\"<<\""},
    };
    for (const auto& [text, written] : cases) {
        EXPECT_EQ(to_yaml(boost::json::string{text}), std::string{written} + "\n");
    }
}

TEST(Yaml, WritesLiteralBlocksWhereTheyAreExact) {
    EXPECT_EQ(to_yaml(json(R"({"a":"x\n y\n"})")), "a: |\n  x\n   y\n");
    EXPECT_EQ(to_yaml(json(R"({"a":"x\ny"})")), "a: |-\n  x\n  y\n");
    EXPECT_EQ(to_yaml(json(R"({"a":"x\n\n\n"})")), "a: |+\n  x\n\n\n");
    EXPECT_EQ(to_yaml(json(R"({"a":" x\n"})")), "a: |2\n   x\n");
    EXPECT_EQ(to_yaml(json(R"({"a":"x \ny"})")), "a: \"x \\ny\"\n");
    EXPECT_EQ(to_yaml(json(R"(["x\ny\n"])")), "- |\n  x\n  y\n");
}

TEST(Yaml, SortsKeysAsPeopleDo) {
    EXPECT_TRUE(yaml_key_less("a9", "a10"));
    EXPECT_TRUE(yaml_key_less("a", "ab"));
    EXPECT_TRUE(yaml_key_less("a-b", "ab"));
    EXPECT_TRUE(yaml_key_less("B", "a"));
    EXPECT_TRUE(yaml_key_less("a1", "a01"));
    EXPECT_FALSE(yaml_key_less("a", "a"));
}

TEST(Yaml, ReadsBackEveryTextThatItWrites) {
    const std::vector<std::string> pieces = {"a",  " ",  "\n", ":", "#", "-", "'",  "\"", "0",
                                             "\\", "\t", "~",  "{", ",", "?", "\r", "e",  "|"};
    for (const std::string& first : pieces) {
        for (const std::string& second : pieces) {
            for (const std::string& third : pieces) {
                const std::string text = first + second + third;
                const boost::json::value value{{text, {text, {{"k", text}}}}};
                const std::string yaml = to_yaml(value);
                const auto document = parse_yaml(yaml);
                ASSERT_TRUE(document) << yaml << document.error();
                ASSERT_EQ(to_value(document->root), value) << yaml;
            }
        }
    }
}

TEST(Yaml, SaysWhereAProblemStands) {
    EXPECT_EQ(yaml_error("a: 1\nb: *nope\n").substr(0, 9), "f.yaml:2:");
    EXPECT_EQ(yaml_error("a: b\x01\n"), "f.yaml:1:5: yaml: control characters are not allowed");
    EXPECT_EQ(yaml_error("a: \xff\n"), "f.yaml:1:4: yaml: invalid UTF-8");
    EXPECT_EQ(yaml_error("x: 1\na: .inf\n"), "f.yaml:2:4: json: unsupported value: +Inf");
    EXPECT_EQ(yaml_error("? {a: b}\n: v\n"),
              "f.yaml:1:3: yaml: invalid map key: it is not a scalar");
}

TEST(Yaml, CountsLinesAcrossDocuments) {
    const auto parts = parse_stream("a: 1\n---\nb: 2\n---\nc: .nan\n---\nd: [\n", "s.yaml");

    ASSERT_EQ(parts.size(), 4u);
    EXPECT_EQ(parts[1].document->root.children[0].key_line, 3);
    EXPECT_EQ(parts[2].document.error().where, (SourcePosition{"s.yaml", 5, 4}));
    EXPECT_GE(parts[3].document.error().where.line, 7);
}

TEST(Yaml, StopsAnchorsThatMultiply) {
    std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 10; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int k = 0; k < 9; ++k) {
            text += before + (k < 8 ? " , " : " ]\n");
        }
    }

    EXPECT_NE(yaml_error(text).find("excessive aliasing"), std::string::npos);
}

TEST(Yaml, RefusesDeepNestingWithoutOverflowingTheStack) {
    EXPECT_NE(yaml_error(std::string(100'000, '[')), "");
    EXPECT_NE(yaml_error(std::string(100'000, '{')), "");
    std::string steps;
    for (int i = 0; i < 1000; ++i) {
        steps += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
    }
    EXPECT_NE(yaml_error(steps), "");
}

}  // namespace
}  // namespace wavetank::codec
