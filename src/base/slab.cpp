#include <wavetank/base/slab.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

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

/// The first of many free blocks that know the next chain, too, if they have room for two words.
struct FreeChain : FreeBlock {
    FreeChain* other;
};

struct Slab {
    char* next = nullptr;
    char* end = nullptr;

    [[nodiscard]] std::size_t left() const {
        return static_cast<std::size_t>(end - next);
    }
};

/// The start of a slab that nobody uses the rest of.
struct SlabRest {
    char* end;
    SlabRest* other;
};

/// What threads that have ended left over. It is linked through what is left itself: nothing is
/// allocated while a thread ends, where nobody could be told of a failure.
class Depot {
public:
    void put(std::size_t size_class, FreeBlock* blocks) noexcept {
        if (!fits_chain(size_class)) {
            put_joined(size_class, blocks);
            return;
        }
        const std::scoped_lock lock{mutex_};
        FreeBlock*& first = blocks_[size_class];
        first = new (blocks) FreeChain{{blocks->next}, static_cast<FreeChain*>(first)};
    }
    void put(Slab slab) noexcept {
        if (slab.left() < sizeof(SlabRest)) {
            return;
        }
        const std::scoped_lock lock{mutex_};
        slabs_ = new (slab.next) SlabRest{slab.end, slabs_};
    }

    [[nodiscard]] FreeBlock* take_blocks(std::size_t size_class) {
        const std::scoped_lock lock{mutex_};
        FreeBlock*& first = blocks_[size_class];
        if (first == nullptr || !fits_chain(size_class)) {
            return std::exchange(first, nullptr);
        }
        return std::exchange(first, static_cast<FreeChain*>(first)->other);
    }
    [[nodiscard]] Slab take_slab() {
        const std::scoped_lock lock{mutex_};
        if (slabs_ == nullptr) {
            return {};
        }
        SlabRest* const rest = std::exchange(slabs_, slabs_->other);
        return {reinterpret_cast<char*>(rest), rest->end};
    }

private:
    static constexpr bool fits_chain(std::size_t size_class) {
        return (size_class + 1) * grain >= sizeof(FreeChain);
    }

    /// Puts blocks of one word before those of other threads: they become one chain.
    void put_joined(std::size_t size_class, FreeBlock* blocks) noexcept {
        FreeBlock* last = blocks;
        while (last->next != nullptr) {
            last = last->next;
        }
        const std::scoped_lock lock{mutex_};
        last->next = std::exchange(blocks_[size_class], blocks);
    }

    std::mutex mutex_;
    std::array<FreeBlock*, class_count> blocks_{};  // by class; `FreeChain`s, if they fit
    SlabRest* slabs_ = nullptr;
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

/// Leaves the blocks to others when the thread ends. Variables of the thread that were made before
/// this one are destroyed after it; what they free stays with the thread, and is lost with it.
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
        own.slabs = 0;
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
    const std::size_t taken = own.slabs * slab_size - own.slab.left();
    std::size_t free = 0;
    for (std::size_t i = 0; i < class_count; ++i) {
        for (const FreeBlock* each = own.free[i]; each != nullptr; each = each->next) {
            free += (i + 1) * grain;
        }
    }
    return taken - std::min(free, taken);  // there may be free blocks out of others' slabs
}

}  // namespace wavetank
