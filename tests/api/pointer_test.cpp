#include <wavetank/api/pointer.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace wavetank::api {
namespace {

/// Notes its end.
struct Mortal {
    int value = 0;
    int* ends = nullptr;

    Mortal(int number, int* counter) : value(number), ends(counter) {}
    Mortal(const Mortal&) = delete;
    Mortal& operator=(const Mortal&) = delete;
    ~Mortal() {
        ++*ends;
    }
};

TEST(Pointer, TakesOneWord) {
    EXPECT_EQ(sizeof(Pointer<const std::string>), sizeof(void*));
}

TEST(Pointer, PointsToNothingAtFirst) {
    const Pointer<const std::string> none;

    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(none.get(), nullptr);
    EXPECT_FALSE(none);
    EXPECT_EQ(none, Pointer<const std::string>{nullptr});
}

TEST(Pointer, KeepsTheObjectUntilTheLastIsGone) {
    int ends = 0;
    auto first = make_object<Mortal>(7, &ends);
    EXPECT_TRUE(first.is_only_one());
    Pointer<const Mortal> second = first;
    const Pointer<const Mortal> third = std::move(second);

    EXPECT_FALSE(first.is_only_one());
    EXPECT_EQ(third, Pointer<const Mortal>{first});
    first.reset();
    EXPECT_EQ(ends, 0);
    EXPECT_EQ(third->value, 7);
    EXPECT_TRUE(third.is_only_one());

    second = third;
    second = make_object<Mortal>(8, &ends);
    EXPECT_EQ(ends, 0);
    second = nullptr;
    EXPECT_EQ(ends, 1);
}

TEST(Pointer, MayBeAssignedToItself) {
    int ends = 0;
    auto pointer = make_object<Mortal>(7, &ends);
    auto& alias = pointer;

    pointer = alias;
    pointer = std::move(alias);

    EXPECT_EQ(pointer->value, 7);
    EXPECT_EQ(ends, 0);
}

TEST(Pointer, ChangesWhatMayBeChanged) {
    const auto text = make_object<std::string>("a");
    const Pointer<const std::string> reader = text;

    *text += "b";

    EXPECT_EQ(*reader, "ab");
}

// Counts would go wrong here if threads counted as a program of one thread may.
TEST(Pointer, MayBeCopiedByThreadsAtOnce) {
    int ends = 0;
    auto object = make_object<Mortal>(7, &ends);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([copy = object] {
            for (int round = 0; round < 20'000; ++round) {
                const Pointer<Mortal> another = copy;
            }
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    threads.clear();

    EXPECT_TRUE(object.is_only_one());
    object.reset();
    EXPECT_EQ(ends, 1);
}

}  // namespace
}  // namespace wavetank::api
