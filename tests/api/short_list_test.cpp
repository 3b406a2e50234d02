#include <wavetank/api/short_list.hpp>

#include <gtest/gtest.h>

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
    copy[0] = "x";

    EXPECT_EQ(list[0], "a");
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

}  // namespace
}  // namespace wavetank::api
