#include <wavetank/base/heap.hpp>

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

namespace wavetank {
namespace {

// Whether a block that would otherwise be mapped by itself lies in the heap.
bool takes_large_blocks_from_heap() {
    constexpr std::size_t size = std::size_t{1} << 20U;
    const std::unique_ptr<void, decltype(&std::free)> block{std::malloc(size), &std::free};
    return static_cast<char*>(block.get()) + size <= static_cast<char*>(::sbrk(0));
}

// Gives back all blocks that it takes, of all sizes; they hold what was put there.
bool keeps_what_it_gets() {
    std::vector<std::unique_ptr<std::vector<std::size_t>>> blocks;
    for (std::size_t count = 1; count <= std::size_t{1} << 22U; count *= 2) {
        blocks.push_back(std::make_unique<std::vector<std::size_t>>(count, count));
    }
    for (const auto& block : blocks) {
        if (block->front() != block->size() || block->back() != block->size()) {
            return false;
        }
    }
    return true;
}

[[noreturn]] void end_with(bool is_right) {
    std::_Exit(is_right ? 0 : 1);
}

[[noreturn]] void try_heap() {
    const bool is_there = put_heap_in_huge_pages() > 0;
    end_with((takes_large_blocks_from_heap() || !is_there) && keeps_what_it_gets());
}

[[noreturn]] void try_heap_with_limit() {
    rlimit limit{};
    limit.rlim_cur = std::size_t{1} << 46U;  // sanitizers map terabytes
    limit.rlim_max = RLIM_INFINITY;
    const bool is_limited = ::setrlimit(RLIMIT_DATA, &limit) == 0;
    end_with(is_limited && put_heap_in_huge_pages() == 0 && keeps_what_it_gets());
}

// In processes of their own: a heap stays as it is to their end.
TEST(HeapDeathTest, LiesInHugePages) {
    EXPECT_EXIT(try_heap(), testing::ExitedWithCode(0), "");
}

TEST(HeapDeathTest, StaysAsItIsWhereAddressesAreLimited) {
    EXPECT_EXIT(try_heap_with_limit(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace wavetank
