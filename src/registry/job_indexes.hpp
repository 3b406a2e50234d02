#pragma once

/// \file
/// Lists of indexes as a Job's status and success policy write them: "0,2-4".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wavetank::registry {

/// How many indexes a list has, or what is wrong with it.
struct IndexList {
    std::int32_t total = 0;
    std::optional<std::string> problem{};
};

/// Reads a list of rising indexes below `completions`; an empty text is an empty list.
[[nodiscard]] IndexList read_indexes(std::string_view text, std::int32_t completions);

/// Returns the first index that is in both lists; nothing if there is none. Parts that cannot be
/// read are passed over.
[[nodiscard]] std::optional<std::int32_t> common_index(std::string_view left,
                                                       std::string_view right,
                                                       std::int32_t completions);

}  // namespace wavetank::registry
