#include <wavetank/api/text.hpp>

#include <wavetank/base/assert.hpp>

#include <bit>
#include <cstring>
#include <limits>
#include <new>

namespace wavetank::api {

static_assert(std::endian::native == std::endian::little && sizeof(void*) == 8);

Text::Text(std::string_view text, Exactly /*tag*/) {
    if (text.empty()) {
        return;
    }
    if (text.size() <= short_max) {
        bits_ = text.size() << 1U | 1U;
        std::memcpy(reinterpret_cast<char*>(&bits_) + 1, text.data(), text.size());
        return;
    }
    WAVETANK_ASSERT(text.size() <= std::numeric_limits<std::uint32_t>::max());
    void* memory = slab_allocate(sizeof(Block) + text.size());
    Block* made = new (memory) Block{.size = static_cast<std::uint32_t>(text.size())};
    std::memcpy(static_cast<char*>(memory) + sizeof(Block), text.data(), text.size());
    bits_ = reinterpret_cast<std::uint64_t>(made);
}

std::string Text::joined(std::string_view left, std::string_view right) {
    std::string result;
    result.reserve(left.size() + right.size());
    result += left;
    result += right;
    return result;
}

}  // namespace wavetank::api
