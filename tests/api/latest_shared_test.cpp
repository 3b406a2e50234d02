#include <wavetank/api/latest_shared.hpp>

#include <gtest/gtest.h>

#include <string>

namespace wavetank::api {
namespace {

TEST(LatestShared, HoldsEqualValuesOnce) {
    LatestShared<std::string, 2> latest;
    const Shared<std::string> first = latest.share(std::string{"a"});

    EXPECT_TRUE(latest.share(std::string{"a"}).same_as(first));
    EXPECT_TRUE(latest.share(Shared<std::string>{std::string{"a"}}).same_as(first));
    EXPECT_EQ(*latest.share(std::string{"b"}), "b");
}

TEST(LatestShared, ForgetsTheOldest) {
    LatestShared<std::string, 2> latest;
    const Shared<std::string> first = latest.share(std::string{"a"});
    const Shared<std::string> second = latest.share(std::string{"b"});
    static_cast<void>(latest.share(std::string{"c"}));

    EXPECT_TRUE(latest.share(std::string{"b"}).same_as(second));
    EXPECT_FALSE(latest.share(std::string{"a"}).same_as(first));
}

TEST(LatestShared, LeavesTheEmptyValueAlone) {
    LatestShared<std::string, 2> latest;

    EXPECT_EQ(latest.share(std::string{}).identity(), nullptr);
}

}  // namespace
}  // namespace wavetank::api
