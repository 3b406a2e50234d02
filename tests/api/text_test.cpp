#include <wavetank/api/text.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api {
namespace {

TEST(Text, TakesOneWord) {
    EXPECT_EQ(sizeof(Text), 8U);
    EXPECT_EQ(sizeof(OptionalText), 8U);
}

TEST(Text, KeepsTextsOfEveryLength) {
    std::string text;
    for (int length = 0; length < 40; ++length, text += static_cast<char>('a' + length % 26)) {
        const Text kept{text};

        EXPECT_EQ(kept.view(), text);
        EXPECT_EQ(kept.size(), text.size());
        EXPECT_EQ(kept.empty(), text.empty());
        EXPECT_EQ(kept, text);
        EXPECT_EQ(Text{text}, kept);
        EXPECT_NE(Text{text + "!"}, kept);
    }
}

TEST(Text, SharesLongTextsBetweenCopies) {
    const Text name{std::string{"app-5d4f6c9b7-x8k2p"}};
    const Text copy = name;

    EXPECT_EQ(copy.data(), name.data());
}

TEST(Text, OutlivesWhatItWasCopiedFrom) {
    Text copy;
    {
        const Text name{"app-5d4f6c9b7-x8k2p"};
        copy = name;
    }
    const Text moved = std::move(copy);

    EXPECT_EQ(moved, "app-5d4f6c9b7-x8k2p");
}

TEST(Text, IsAssignedToItself) {
    Text name{"app-5d4f6c9b7-x8k2p"};
    const Text& same = name;
    name = same;

    EXPECT_EQ(name, "app-5d4f6c9b7-x8k2p");
}

TEST(Text, KeepsZeroBytes) {
    const std::string_view text{"a\0b", 3};

    EXPECT_EQ(Text{text}, text);
    EXPECT_NE(Text{text}, "a");
}

TEST(Text, IsOrderedAsStringsAre) {
    const std::array<std::string, 6> texts{"", "a", "ab", "abcdefg", "abcdefgh", "b\xc3\xa9"};
    for (const std::string& left : texts) {
        for (const std::string& right : texts) {
            EXPECT_EQ(Text{left} < Text{right}, left < right) << left << ' ' << right;
            EXPECT_EQ(Text{left} < right, left < right) << left << ' ' << right;
            EXPECT_EQ(left < Text{right}, left < right) << left << ' ' << right;
        }
    }
}

TEST(Text, IsJoinedToStrings) {
    const Text name{"web"};

    EXPECT_EQ("pod " + name + '!', "pod web!");
    EXPECT_EQ(name + std::string{"-0"}, "web-0");
    EXPECT_EQ(name + name, "webweb");
    EXPECT_EQ(std::string{"a/"} + name, "a/web");
}

TEST(Text, IsFoundAmongStrings) {
    const std::vector<Text> names{"web", "database-0"};
    const std::map<std::string, int> sizes{{"web", 3}};

    EXPECT_EQ(std::ranges::find(names, std::string{"database-0"}) - names.begin(), 1);
    EXPECT_EQ(sizes.at(names[0]), 3);
}

TEST(OptionalText, TellsAbsentFromEmpty) {
    OptionalText zone;

    EXPECT_FALSE(zone.has_value());
    EXPECT_EQ(zone.value_or("none"), "none");
    zone.emplace();
    EXPECT_TRUE(zone.has_value());
    EXPECT_EQ(zone.value_or("none"), "");
    EXPECT_NE(zone, OptionalText{});
    zone = "zone-1-of-many";
    EXPECT_EQ(*zone, "zone-1-of-many");
    zone.reset();
    EXPECT_EQ(zone, OptionalText{std::nullopt});
}

}  // namespace
}  // namespace wavetank::api
