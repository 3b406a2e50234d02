#pragma once

/// \file
/// Is that a schedule? What the parser of the CronJob controller (robfig/cron v3) says of a text.
///
/// Only the words of a refusal are made here; when a schedule falls due is the controller's to
/// know.

#include <optional>
#include <string>
#include <string_view>

namespace wavetank::registry {

/// Returns what is wrong with a schedule; nothing if it can be parsed.
[[nodiscard]] std::optional<std::string> problem_of_schedule(std::string_view text);

}  // namespace wavetank::registry
