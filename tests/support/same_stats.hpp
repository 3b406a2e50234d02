#pragma once

/// \file
/// Are the figures of two services the same, window by window?

#include <wavetank/mesh/service_stats.hpp>

#include <algorithm>

namespace wavetank::test {

inline bool same(const mesh::ServiceStats& left, const mesh::ServiceStats& right) {
    return left.requests() == right.requests() && left.errors() == right.errors() &&
           left.window_length() == right.window_length() &&
           left.response_flags() == right.response_flags() &&
           std::ranges::equal(left.windows(), right.windows(),
                              [](const mesh::StatsWindow& one, const mesh::StatsWindow& other) {
                                  return one.requests == other.requests &&
                                         one.errors == other.errors && one.latency == other.latency;
                              });
}

}  // namespace wavetank::test
