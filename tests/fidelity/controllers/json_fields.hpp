#pragma once

/// \file
/// Reads members of recorded cases, where a member that is missing or null is not set.

#include <wavetank/base/time.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fidelity {

[[nodiscard]] inline std::string text_of(const boost::json::object& source,
                                         std::string_view member) {
    const auto* value = source.if_contains(member);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

[[nodiscard]] inline std::optional<std::int64_t> number_of(const boost::json::object& source,
                                                           std::string_view member) {
    const auto* value = source.if_contains(member);
    return value != nullptr && value->is_number() ? std::optional{value->to_number<std::int64_t>()}
                                                  : std::nullopt;
}

[[nodiscard]] inline bool flag_of(const boost::json::object& source, std::string_view member) {
    const auto* value = source.if_contains(member);
    return value != nullptr && value->is_bool() && value->get_bool();
}

[[nodiscard]] inline std::vector<boost::json::object> objects_of(const boost::json::object& source,
                                                                 std::string_view member) {
    std::vector<boost::json::object> result;
    const auto* value = source.if_contains(member);
    if (value != nullptr && value->is_array()) {
        for (const auto& each : value->get_array()) {
            result.push_back(each.as_object());
        }
    }
    return result;
}

/// Returns the civil time so many milliseconds after the start of a case.
[[nodiscard]] inline WallTime wall_of(std::int64_t milliseconds) {
    return default_wall_epoch + std::chrono::milliseconds{milliseconds};
}

}  // namespace wavetank::fidelity
