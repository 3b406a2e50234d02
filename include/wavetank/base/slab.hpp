#pragma once

/// \file
/// Where does what there are millions of lie in memory?
///
/// In slabs: blocks one after the other, of just their size, where malloc would add eight bytes to
/// each and round up to sixteen. A block that is given back waits for the next of its size.

#include <cstddef>

namespace wavetank {

inline constexpr std::size_t slab_alignment = 8;

/// Returns memory of that alignment. Blocks of more than 512 bytes come from the heap.
///
/// Threads: a block may be given back by another thread than took it. What a thread that ends has
/// left over is there for others.
[[nodiscard]] void* slab_allocate(std::size_t size);

/// Gives a block back. Requires: the size is that which was asked for.
void slab_free(void* block, std::size_t size) noexcept;

/// Returns how many bytes of this thread's slabs are in use. What is free is never given back to
/// the system. Cost: a look at each free block.
[[nodiscard]] std::size_t slab_bytes() noexcept;

}  // namespace wavetank
