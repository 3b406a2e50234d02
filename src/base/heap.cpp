#include <wavetank/base/heap.hpp>

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WAVETANK_HEAP_OF_GLIBC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(leak_sanitizer) || __has_feature(thread_sanitizer)
#define WAVETANK_HEAP_OF_GLIBC 0
#endif
#endif
#if !defined(WAVETANK_HEAP_OF_GLIBC) && defined(__GLIBC__) && defined(MADV_HUGEPAGE)
#define WAVETANK_HEAP_OF_GLIBC 1
#endif

namespace wavetank {

// glibc's own way, the tunable `glibc.malloc.hugetlb`, has to be set before a program starts.
std::size_t put_heap_in_huge_pages() noexcept {
#if defined(WAVETANK_HEAP_OF_GLIBC) && WAVETANK_HEAP_OF_GLIBC
    constexpr std::uintptr_t huge_page = std::uintptr_t{2} << 20U;
    constexpr int maps_by_default = 65536;
    constexpr int block_max = 32 << 20;  // where glibc's own way of finding a threshold ends, too
    const auto pages = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES));
    const std::size_t size = pages / 2 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    // A block at the end of the heap that is free again stays its end, from which all else is cut.
    ::mallopt(M_MMAP_MAX, 0);
    void* const block = std::malloc(size);
    ::mallopt(M_MMAP_MAX, maps_by_default);
    if (block == nullptr) {
        return 0;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0)) / huge_page * huge_page;
    const std::uintptr_t start = address / huge_page * huge_page + huge_page;
    if (start >= end) {  // another heap than glibc's
        std::free(block);
        return 0;
    }
    ::mallopt(M_TRIM_THRESHOLD, -1);
    ::mallopt(M_MMAP_THRESHOLD, block_max);  // for other threads: it no longer adapts
    char* const first = static_cast<char*>(block) + (start - address);
    static_cast<void>(::madvise(first, end - start, MADV_HUGEPAGE));
    std::free(block);
    return end - start;
#else
    return 0;
#endif
}

}  // namespace wavetank
