#include <wavetank/api/short_list.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wavetank::api {
namespace {

std::vector<std::string> elements_of(const ShortList<std::string>& list) {
    return {list.begin(), list.end()};
}

TEST(ShortList, TakesOneWordWhenEmpty) {
    const ShortList<std::string> list;

    EXPECT_EQ(sizeof(list), 8U);
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.begin(), list.end());
}

TEST(ShortList, KeepsElementsInOrder) {
    ShortList<std::string> list{"a"};
    list.push_back("a text that is too long to stand in a string itself");
    list.emplace_back() = "c";

    EXPECT_EQ(elements_of(list),
              (std::vector<std::string>{"a", "a text that is too long to stand in a string itself",
                                        "c"}));
    EXPECT_EQ(list.front(), "a");
    EXPECT_EQ(list[2], "c");
}

TEST(ShortList, CopiesItsElements) {
    ShortList<std::string> list{"a", "b"};
    ShortList<std::string> copy = list;
    copy.push_back("c");

    EXPECT_EQ(elements_of(list), (std::vector<std::string>{"a", "b"}));
    EXPECT_NE(list, copy);
    list = copy;
    EXPECT_EQ(list, copy);
}

TEST(ShortList, LeavesNothingBehindWhenMoved) {
    ShortList<std::string> list{"a", "b"};
    const ShortList<std::string> moved = std::move(list);

    EXPECT_EQ(elements_of(moved), (std::vector<std::string>{"a", "b"}));
}

TEST(ShortList, TakesSomeOfTheSame) {
    ShortList<std::string> list{"a", "b"};
    list.assign(1, "c");

    EXPECT_EQ(elements_of(list), std::vector<std::string>{"c"});
    list.clear();
    EXPECT_TRUE(list.empty());
}

/// A number that takes the place of a list of itself if it is odd.
struct Number {
    static constexpr bool odd_words_own_nothing = true;

    std::uint64_t value = 0;

    bool operator==(const Number&) const = default;
};

/// Tells whether the element stands in the list itself.
bool stands_in(const ShortList<Number>& list) {
    return static_cast<const void*>(list.begin()) == static_cast<const void*>(&list);
}

TEST(ShortList, GivesWayToASoleElementThatOwnsNothing) {
    const ShortList<Number> odd{{7}};
    const ShortList<Number> even{{8}};
    const ShortList<Number> zero{{0}};
    const ShortList<Number> two{{7}, {9}};

    EXPECT_TRUE(stands_in(odd));
    EXPECT_EQ(odd.size(), 1U);
    EXPECT_EQ(odd.front().value, 7U);
    EXPECT_FALSE(stands_in(even));
    EXPECT_EQ(even.front().value, 8U);
    EXPECT_EQ(zero.size(), 1U);
    EXPECT_EQ(zero.front().value, 0U);
    EXPECT_FALSE(stands_in(two));
    EXPECT_EQ(two.size(), 2U);
}

TEST(ShortList, TakesElementsAfterASoleOne) {
    ShortList<Number> list;
    list.push_back({7});
    EXPECT_TRUE(stands_in(list));
    list.push_back({9});

    EXPECT_EQ(list, (ShortList<Number>{{7}, {9}}));
    list.assign(1, {5});
    EXPECT_EQ(list, ShortList<Number>{{5}});
    list.clear();
    EXPECT_TRUE(list.empty());
}

TEST(ShortList, IsEqualHoweverItsElementCame) {
    ShortList<Number> list;
    list.emplace_back().value = 7;
    EXPECT_FALSE(stands_in(list));
    const ShortList<Number> copy = list;

    EXPECT_TRUE(stands_in(copy));
    EXPECT_EQ(copy, list);
    const ShortList<Number> moved = std::move(list);
    EXPECT_EQ(moved, copy);
}

}  // namespace
}  // namespace wavetank::api
