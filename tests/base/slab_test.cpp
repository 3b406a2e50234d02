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

// Under an address sanitizer there are none. No thread that ends frees a block of this size, so
// that a new one takes its first from a slab.
bool has_slabs() {
    constexpr std::size_t size = 504;
    void* block = nullptr;
    bool result = false;
    std::thread{[&] {
        block = slab_allocate(size);
        result = slab_bytes() > 0;
    }}.join();
    slab_free(block, size);
    return result;
}

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

// In a thread of its own, where no blocks of other threads' are counted.
TEST(Slab, UsesABlockThatCameBackForTheNextOfItsSize) {
    constexpr std::size_t size = 200;
    constexpr std::size_t count = 1000;
    std::thread{[&] {
        void* const begins_slab = slab_allocate(size);
        const std::size_t before = slab_bytes();
        std::vector<void*> blocks(count);
        std::ranges::generate(blocks, [&] { return slab_allocate(size); });
        const std::set<void*> first{blocks.begin(), blocks.end()};
        const std::size_t bytes = slab_bytes() - before;
        std::ranges::for_each(blocks, [&](void* block) { slab_free(block, size); });
        EXPECT_EQ(slab_bytes(), before);

        std::ranges::generate(blocks, [&] { return slab_allocate(size); });

        if (bytes > 0) {  // under an address sanitizer there are none
            EXPECT_EQ(bytes, count * size);
            EXPECT_EQ((std::set<void*>{blocks.begin(), blocks.end()}), first);
        }
        blocks.push_back(begins_slab);
        std::ranges::for_each(blocks, [&](void* block) { slab_free(block, size); });
    }}.join();
}

// A thread leaves both what it has freed and what it has not begun to use. The sizes that nobody
// frees here are freed by no other thread that ends, either.
TEST(Slab, LeavesWhatAThreadHadToTheNext) {
    constexpr std::size_t size = 496;
    constexpr std::size_t size_last = 488;
    constexpr std::size_t size_unused = 480;
    constexpr std::size_t count = 1000;
    std::set<void*> first;
    char* last = nullptr;
    std::thread{[&] {
        std::vector<void*> blocks(count);
        std::ranges::generate(blocks, [] { return slab_allocate(size); });
        first = {blocks.begin(), blocks.end()};
        last = static_cast<char*>(slab_allocate(size_last));
        for (void* const block : blocks) {
            slab_free(block, size);
        }
    }}.join();
    std::size_t reused = 0;
    char* unused = nullptr;

    std::thread{[&] {
        std::vector<void*> blocks(count);
        std::ranges::generate(blocks, [] { return slab_allocate(size); });
        unused = static_cast<char*>(slab_allocate(size_unused));
        reused = static_cast<std::size_t>(
            std::ranges::count_if(blocks, [&](void* block) { return first.contains(block); }));
        for (void* const block : blocks) {
            slab_free(block, size);
        }
    }}.join();

    if (has_slabs()) {
        EXPECT_EQ(reused, count);
        EXPECT_EQ(unused, last + size_last);
    }
    slab_free(last, size_last);
    slab_free(unused, size_unused);
}

// Blocks of one word and of two, and larger ones, as there is room in them to tell of others.
TEST(Slab, LeavesToOneThreadWhatManyHad) {
    constexpr std::size_t count = 100;
    for (const std::size_t size : {8U, 16U, 472U}) {
        std::vector<void*> blocks(3 * count);
        std::ranges::generate(blocks, [&] { return slab_allocate(size); });
        const std::set<void*> first{blocks.begin(), blocks.end()};
        for (std::size_t i = 0; i < blocks.size(); i += count) {
            std::thread{[&] {
                for (std::size_t each = i; each < i + count; ++each) {
                    slab_free(blocks[each], size);
                }
            }}.join();
        }

        std::thread{[&] {
            std::ranges::generate(blocks, [&] { return slab_allocate(size); });
        }}.join();

        if (has_slabs()) {
            EXPECT_EQ((std::set<void*>{blocks.begin(), blocks.end()}), first) << size;
        }
        std::ranges::for_each(blocks, [&](void* block) { slab_free(block, size); });
    }
}

TEST(Slab, TakesBackTheBlockOfAnotherThread) {
    void* block = nullptr;
    std::thread{[&] { block = slab_allocate(24); }}.join();
    std::memset(block, 7, 24);

    slab_free(block, 24);
    void* const next = slab_allocate(24);

    if (has_slabs()) {
        EXPECT_EQ(next, block);
    }
    slab_free(next, 24);
}

TEST(Slab, CountsNothingInAThreadThatOnlyGivesBack) {
    constexpr std::size_t size = 464;
    void* const block = slab_allocate(size);
    std::size_t bytes = 1;

    std::thread{[&] {
        slab_free(block, size);
        bytes = slab_bytes();
    }}.join();

    EXPECT_EQ(bytes, 0U);
}

}  // namespace
}  // namespace wavetank
