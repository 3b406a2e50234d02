#include <wavetank/base/slab.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace wavetank {
namespace {

// Every size around the bounds of classes and of slabs' own, a few blocks each: no two of them may
// overlap, which each shows by its own byte.
TEST(Slab, GivesBlocksThatAreApartAndAligned) {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t size = 0; size <= 600; ++size) {
        for (int i = 0; i < 3; ++i) {
            auto* const block = static_cast<unsigned char*>(slab_allocate(size));
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % 8, 0U);
            std::memset(block, static_cast<int>(blocks.size() % 251), size);
            blocks.emplace_back(block, size);
        }
    }

    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto [block, size] = blocks[i];
        EXPECT_TRUE(
            std::all_of(block, block + size, [&](unsigned char each) { return each == i % 251; }));
        slab_free(block, size);
    }
}

TEST(Slab, UsesABlockThatCameBackForTheNextOfItsSize) {
    constexpr std::size_t size = 200;
    constexpr std::size_t count = 1000;
    const std::size_t before = slab_bytes();
    std::vector<void*> blocks(count);
    std::ranges::generate(blocks, [] { return slab_allocate(size); });
    const std::set<void*> first{blocks.begin(), blocks.end()};
    const std::size_t bytes = slab_bytes() - before;
    std::ranges::for_each(blocks, [](void* block) { slab_free(block, size); });
    EXPECT_EQ(slab_bytes(), before);

    std::ranges::generate(blocks, [] { return slab_allocate(size); });

    if (bytes > 0) {  // under an address sanitizer there are none
        EXPECT_EQ(bytes, count * size);
        EXPECT_EQ((std::set<void*>{blocks.begin(), blocks.end()}), first);
    }
    std::ranges::for_each(blocks, [](void* block) { slab_free(block, size); });
}

// A thread leaves both what it has freed and what it has not begun to use.
TEST(Slab, LeavesWhatAThreadHadToTheNext) {
    constexpr std::size_t size = 496;
    constexpr std::size_t count = 1000;
    std::set<void*> first;
    bool has_slabs = false;  // under an address sanitizer there are none
    std::thread{[&] {
        std::vector<void*> blocks(count);
        std::ranges::generate(blocks, [] { return slab_allocate(size); });
        has_slabs = slab_bytes() > 0;
        first = {blocks.begin(), blocks.end()};
        for (void* const block : blocks) {
            slab_free(block, size);
        }
    }}.join();
    std::size_t reused = 0;

    std::thread{[&] {
        std::vector<void*> blocks(count);
        std::ranges::generate(blocks, [] { return slab_allocate(size); });
        reused = static_cast<std::size_t>(
            std::ranges::count_if(blocks, [&](void* block) { return first.contains(block); }));
        for (void* const block : blocks) {
            slab_free(block, size);
        }
    }}.join();

    if (has_slabs) {
        EXPECT_EQ(reused, count);
    }
}

TEST(Slab, TakesBackTheBlockOfAnotherThread) {
    void* block = nullptr;
    std::thread{[&] { block = slab_allocate(24); }}.join();
    std::memset(block, 7, 24);

    slab_free(block, 24);
}

}  // namespace
}  // namespace wavetank
