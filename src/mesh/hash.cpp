#include <wavetank/mesh/hash.hpp>

#include <xxhash.h>

#include <cstddef>

namespace wavetank::mesh {

std::uint64_t xx_hash_64(std::string_view text, std::uint64_t seed) {
    return XXH64(text.data(), text.size(), seed);
}

// Appleby's algorithm over little-endian words, with libstdc++'s treatment of the last ones.
std::uint64_t murmur_hash_2(std::string_view text, std::uint64_t seed) {
    constexpr std::uint64_t multiplier = 0xc6a4a7935bd1e995;
    constexpr std::size_t word_size = 8;
    const auto shifted = [](std::uint64_t value) { return value ^ (value >> 47); };
    const auto word_at = [&](std::size_t from, std::size_t length) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < length; ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(text[from + i])} << (8 * i);
        }
        return word;
    };
    std::uint64_t hash = seed ^ (text.size() * multiplier);
    const std::size_t whole = text.size() / word_size * word_size;
    for (std::size_t at = 0; at < whole; at += word_size) {
        hash = (hash ^ shifted(word_at(at, word_size) * multiplier) * multiplier) * multiplier;
    }
    if (whole < text.size()) {
        hash = (hash ^ word_at(whole, text.size() - whole)) * multiplier;
    }
    return shifted(shifted(hash) * multiplier);
}

}  // namespace wavetank::mesh
