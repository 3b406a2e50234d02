#include <wavetank/base/slab.hpp>

#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

// Sanitizers of memory have to see each block.
#if defined(__SANITIZE_ADDRESS__)
#define WAVETANK_SLABS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(leak_sanitizer)
#define WAVETANK_SLABS 0
#endif
#endif
#ifndef WAVETANK_SLABS
#define WAVETANK_SLABS 1
#endif

namespace wavetank {
namespace {

constexpr bool has_slabs = WAVETANK_SLABS != 0;
constexpr std::size_t grain = slab_alignment;
constexpr std::size_t block_max = 512;
constexpr std::size_t class_count = block_max / grain;

// Reserved at once, but taken from the system as it is used, in huge pages if there are any: with
// many pods, most of the time goes into waiting for memory, part of it for its address.
constexpr std::size_t slab_size = std::size_t{32} << 20U;
constexpr std::size_t huge_page = std::size_t{2} << 20U;

struct FreeBlock {
    FreeBlock* next;
};

struct Slab {
    char* next = nullptr;
    char* end = nullptr;

    [[nodiscard]] std::size_t left() const {
        return static_cast<std::size_t>(end - next);
    }
};

/// What threads that have ended left over.
class Depot {
public:
    void put(std::size_t size_class, FreeBlock* blocks) {
        const std::scoped_lock lock{mutex_};
        blocks_[size_class].push_back(blocks);
    }
    void put(Slab slab) {
        const std::scoped_lock lock{mutex_};
        slabs_.push_back(slab);
    }

    [[nodiscard]] FreeBlock* take_blocks(std::size_t size_class) {
        const std::scoped_lock lock{mutex_};
        return taken_from(blocks_[size_class]);
    }
    [[nodiscard]] Slab take_slab() {
        const std::scoped_lock lock{mutex_};
        return taken_from(slabs_);
    }

private:
    template <class T>
    static T taken_from(std::vector<T>& all) {
        if (all.empty()) {
            return T{};
        }
        const T last = all.back();
        all.pop_back();
        return last;
    }

    std::mutex mutex_;
    std::array<std::vector<FreeBlock*>, class_count> blocks_;  // chains, by class
    std::vector<Slab> slabs_;
};

// Never destroyed, for there are blocks to be given back until the very end.
Depot& depot() {
    static Depot* const instance = new Depot;
    return *instance;
}

/// A thread's own blocks, which may still be asked for when its other variables are gone.
struct Blocks {
    std::array<FreeBlock*, class_count> free;
    Slab slab;
    std::size_t slabs;
};
constinit thread_local Blocks own{};

/// Leaves the blocks to others when the thread ends.
struct Farewell {
    Farewell() = default;
    Farewell(const Farewell&) = delete;
    Farewell& operator=(const Farewell&) = delete;
    ~Farewell() {
        for (std::size_t i = 0; i < class_count; ++i) {
            if (own.free[i] != nullptr) {
                depot().put(i, std::exchange(own.free[i], nullptr));
            }
        }
        if (own.slab.left() > 0) {
            depot().put(std::exchange(own.slab, {}));
        }
    }
};

/// Sees to it that this thread leaves its blocks to others.
void bid_farewell_later() {
    static thread_local const Farewell farewell;
}

Slab new_slab() {
    void* const memory = ::mmap(nullptr, slab_size + huge_page, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    char* const first = static_cast<char*>(memory) + (huge_page - address % huge_page) % huge_page;
#ifdef MADV_HUGEPAGE
    static_cast<void>(::madvise(first, slab_size, MADV_HUGEPAGE));
#endif
    return {first, first + slab_size};
}

constexpr std::size_t class_of(std::size_t size) {
    return (size + grain - 1) / grain - 1;
}

/// Returns a block of a class of which there is no free one.
void* fresh_block(std::size_t size_class) {
    const std::size_t size = (size_class + 1) * grain;
    if (own.slab.left() < size) {
        bid_farewell_later();
        if (FreeBlock* const left = depot().take_blocks(size_class)) {
            own.free[size_class] = left->next;
            return left;
        }
        own.slab = depot().take_slab();
        if (own.slab.left() < size) {
            own.slab = new_slab();
        }
        ++own.slabs;
    }
    return std::exchange(own.slab.next, own.slab.next + size);
}

}  // namespace

void* slab_allocate(std::size_t size) {
    if (!has_slabs || size > block_max || size == 0) {
        return ::operator new(size);
    }
    FreeBlock*& free = own.free[class_of(size)];
    if (free == nullptr) {
        return fresh_block(class_of(size));
    }
    return std::exchange(free, free->next);
}

void slab_free(void* block, std::size_t size) noexcept {
    if (!has_slabs || size > block_max || size == 0) {
        ::operator delete(block);
        return;
    }
    FreeBlock*& free = own.free[class_of(size)];
    if (free == nullptr) {
        bid_farewell_later();
    }
    free = new (block) FreeBlock{free};
}

std::size_t slab_bytes() noexcept {
    std::size_t bytes = own.slabs * slab_size - own.slab.left();
    for (std::size_t i = 0; i < class_count; ++i) {
        for (const FreeBlock* each = own.free[i]; each != nullptr; each = each->next) {
            bytes -= (i + 1) * grain;
        }
    }
    return bytes;
}

}  // namespace wavetank
