#include <wavetank/api/uid.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wavetank::api {
namespace {

constexpr const char* uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";

const std::array<std::string, 12> texts{
    "",
    "web",
    "a-uid-of-somebody-elses-own-making",
    uuid,
    "0f8fad5b-d9cb-469f-a165-70867728950f",
    "0f8fad5b-d9cb-469f-b165-70867728950e",
    "ffffffff-ffff-4fff-bfff-ffffffffffff",
    "00000000-0000-4000-8000-000000000000",
    "0F8FAD5B-D9CB-469F-A165-70867728950E",  // as texts, none of these is any of the others
    "0f8fad5b-d9cb-169f-a165-70867728950e",
    "0f8fad5b-d9cb-469f-c165-70867728950e",
    "00000000-0000-0000-0000-000000000000",
};

TEST(Uid, TakesSixteenBytesAndKeepsEveryText) {
    EXPECT_EQ(sizeof(Uid), 16U);
    for (const std::string& text : texts) {
        const Uid uid{text};

        EXPECT_EQ(uid.str(), text);
        EXPECT_EQ(uid.empty(), text.empty());
        EXPECT_EQ(Uid{uid}, uid);
    }
}

TEST(Uid, IsMadeFromRandomBits) {
    EXPECT_EQ(Uid::random(0, 0), "00000000-0000-4000-8000-000000000000");
    EXPECT_EQ(Uid::random(~std::uint64_t{0}, ~std::uint64_t{0}),
              "ffffffff-ffff-4fff-bfff-ffffffffffff");
    EXPECT_EQ(Uid::random(0x0f8fad5bd9cb069fU, 0x2165'70867728950eU), uuid);
}

TEST(Uid, IsComparedAndOrderedAsTextsAre) {
    for (const std::string& left : texts) {
        for (const std::string& right : texts) {
            EXPECT_EQ(Uid{left} == Uid{right}, left == right) << left << ' ' << right;
            EXPECT_EQ(Uid{left} == right, left == right) << left << ' ' << right;
            EXPECT_EQ(Uid{left} < Uid{right}, left < right) << left << ' ' << right;
        }
    }
}

TEST(Uid, IsFoundAmongStrings) {
    const std::vector<Uid> uids{"web", uuid};

    EXPECT_EQ(std::ranges::find(uids, std::string{uuid}) - uids.begin(), 1);
}

TEST(Uid, HasAHashOfItsOwn) {
    const std::hash<Uid> hash;

    EXPECT_EQ(hash(Uid{uuid}), hash(Uid{std::string{uuid}}));
    EXPECT_NE(hash(Uid{uuid}), hash(Uid{texts[4]}));
}

TEST(Uid, OutlivesWhatItWasCopiedFrom) {
    Uid copy;
    {
        const Uid uid{texts[2]};
        copy = uid;
    }
    EXPECT_EQ(copy, texts[2]);
    copy = Uid{uuid};
    EXPECT_EQ(copy, uuid);
    copy.clear();
    EXPECT_TRUE(copy.empty());
}

}  // namespace
}  // namespace wavetank::api
