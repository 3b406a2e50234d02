#pragma once

/// \file
/// How large is a host's part of all requests?

#include <cstdint>
#include <string_view>

namespace wavetank::mesh {

/// A host's part of all requests. The parts of all hosts of a table sum up to 1.
struct NormalizedHostWeight {
    std::string_view key{};  ///< what is hashed: its address, most often
    std::uint32_t host = 0;
    double weight = 0;
};

}  // namespace wavetank::mesh
