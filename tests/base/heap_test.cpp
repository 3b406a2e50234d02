#include <wavetank/base/heap.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace wavetank {
namespace {

TEST(Heap, GivesAndTakesBlocksInHugePages) {
    const std::size_t reserved = put_heap_in_huge_pages();
    for (int round = 0; round < 2; ++round) {
        std::vector<std::unique_ptr<std::vector<char>>> blocks;
        for (std::size_t size = 1; size <= std::size_t{64} << 20U; size *= 2) {
            blocks.push_back(std::make_unique<std::vector<char>>(size, 'x'));
        }
        for (const auto& block : blocks) {
            ASSERT_EQ(block->front() + block->back(), 2 * 'x');
        }
    }

    // A second call does the same again.
    EXPECT_EQ(put_heap_in_huge_pages() > 0, reserved > 0);
}

}  // namespace
}  // namespace wavetank
