#pragma once

/// \file
/// Where does a large program's heap lie?

#include <cstddef>

namespace wavetank {

/// Lets the heap grow into huge pages. With a million pods most of the time goes into waiting for
/// memory, a quarter of it for its address, which small pages have too many of.
///
/// A program calls it first in `main`; libraries leave the heap to their program. Addresses for
/// half of the machine's memory are set aside, memory itself is taken as it is used, but what is
/// free is not given back to the system before the end. The heaps of other threads stay as they
/// are.
///
/// Returns how many bytes of addresses that are; 0, and all is as it was, where there is no glibc,
/// a sanitizer has a heap of its own, the system has no huge pages, or addresses are limited, to
/// the process or because memory is not overcommitted.
std::size_t put_heap_in_huge_pages() noexcept;

}  // namespace wavetank
