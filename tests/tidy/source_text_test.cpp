#include "tidy/source_text.hpp"

#include <gtest/gtest.h>

namespace wavetank::tidy {
namespace {

TEST(SourceText, BlanksCommentsAndLiteralsInPlace) {
    EXPECT_EQ(code_only("int a; // b"), "int a;     ");
    EXPECT_EQ(code_only("a /* b\nc */ d"), "a     \n     d");
    EXPECT_EQ(code_only("f(\"rand()\", 'x')"), "f(        ,    )");
    EXPECT_EQ(code_only("\"a\\\"b\" c"), "       c");
}

TEST(SourceText, BlanksRawStringsUpToTheirDelimiter) {
    EXPECT_EQ(code_only("R\"y(a)\" \n b)y\" c"), "        \n      c");
}

TEST(SourceText, KeepsDigitSeparatorsAndWhatAnIncludeNames) {
    EXPECT_EQ(code_only("1'000'000"), "1'000'000");
    EXPECT_EQ(code_only("#include \"mesh/a.hpp\"\nx"), "#include \"mesh/a.hpp\"\nx");
}

TEST(SourceText, SplitsLinesWithAndWithoutAnEndAtTheEnd) {
    EXPECT_EQ(lines_of("a\n\nb\n"), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_EQ(lines_of("a"), (std::vector<std::string_view>{"a"}));
    EXPECT_TRUE(lines_of("").empty());
}

}  // namespace
}  // namespace wavetank::tidy
