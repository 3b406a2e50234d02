#include <wavetank/base/heap.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WAVETANK_HEAP_OF_GLIBC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(leak_sanitizer) || __has_feature(thread_sanitizer)
#define WAVETANK_HEAP_OF_GLIBC 0
#endif
#endif
#if !defined(WAVETANK_HEAP_OF_GLIBC) && defined(__GLIBC__)
#define WAVETANK_HEAP_OF_GLIBC 1
#endif

#if defined(WAVETANK_HEAP_OF_GLIBC) && WAVETANK_HEAP_OF_GLIBC
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace wavetank {
namespace {

// Whether the first line of a file has `text` in it.
bool has_text(const char* path, const char* text) {
    char line[256] = "";
    if (std::FILE* const file = std::fopen(path, "re"); file != nullptr) {
        if (std::fgets(line, sizeof(line), file) == nullptr) {
            line[0] = '\0';
        }
        static_cast<void>(std::fclose(file));
    }
    return std::strstr(line, text) != nullptr;
}

bool is_limited(int resource) {
    rlimit limit{};
    return ::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 ||
           limit.rlim_cur != RLIM_INFINITY;
}

// Whether addresses cost nothing here, and huge pages can be had.
bool is_of_use() {
    return !is_limited(RLIMIT_AS) && !is_limited(RLIMIT_DATA) &&
           !has_text("/proc/sys/vm/overcommit_memory", "2") &&
           !has_text("/sys/kernel/mm/transparent_hugepage/enabled", "[never]");
}

}  // namespace

// glibc's own way, the tunable `glibc.malloc.hugetlb`, has to be set before a program starts.
std::size_t put_heap_in_huge_pages() noexcept {
    constexpr std::uintptr_t huge_page = std::uintptr_t{2} << 20U;
    constexpr int maps_by_default = 65536;
    constexpr int block_max = 32 << 20;  // where glibc's own way of finding a threshold ends, too
    if (!is_of_use()) {
        return 0;
    }
    const auto pages = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES));
    const std::size_t size = pages / 2 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    // A block at the end of the heap that is free again stays its end, from which all else is cut.
    ::mallopt(M_MMAP_MAX, 0);
    void* const block = std::malloc(size);
    ::mallopt(M_MMAP_MAX, maps_by_default);
    ::mallopt(M_MMAP_THRESHOLD, block_max);  // after `mallopt`, it no longer adapts
    ::mallopt(M_TRIM_THRESHOLD, 2 * block_max);
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0)) / huge_page * huge_page;
    const std::uintptr_t start = address / huge_page * huge_page + huge_page;
    if (block == nullptr || start >= end) {  // or it is another heap than glibc's
        std::free(block);
        return 0;
    }
    ::mallopt(M_TRIM_THRESHOLD, -1);
    char* const first = static_cast<char*>(block) + (start - address);
    static_cast<void>(::madvise(first, end - start, MADV_HUGEPAGE));
    std::free(block);
    return end - start;
}

}  // namespace wavetank
#else
namespace wavetank {

std::size_t put_heap_in_huge_pages() noexcept {
    return 0;
}

}  // namespace wavetank
#endif
