#pragma once

/// \file
/// How many still point at something that several share?

#include <atomic>
#include <cstdint>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace wavetank {

/// Counts references, beginning with one.
///
/// Threads: any may count. As long as the program has but one, that takes no atomic operation.
class ReferenceCount {
public:
    [[gnu::always_inline]] void add() noexcept {
        if (is_single_threaded()) {
            count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        } else {
            count_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    /// Takes one away; returns whether it was the last.
    [[nodiscard, gnu::always_inline]] bool drop() noexcept {
        const std::uint32_t count = count_.load(std::memory_order_acquire);
        if (count == 1) {
            return true;  // nobody else can add to it any more
        }
        if (is_single_threaded()) {
            count_.store(count - 1, std::memory_order_relaxed);
            return false;
        }
        return count_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    }

    [[nodiscard]] bool is_one() const noexcept {
        return count_.load(std::memory_order_acquire) == 1;
    }

private:
    static bool is_single_threaded() noexcept {
#if __has_include(<sys/single_threaded.h>)
        return __libc_single_threaded;
#else
        return false;
#endif
    }

    std::atomic<std::uint32_t> count_ = 1;
};

}  // namespace wavetank
