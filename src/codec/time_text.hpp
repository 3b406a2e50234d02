#pragma once

/// \file
/// What is wrong with the text of a time, in the words of Go's parser?

#include <optional>
#include <string>
#include <string_view>

namespace wavetank::codec {

/// How precise a time is: `metav1.Time` may have any fraction of a second, `metav1.MicroTime` has
/// six digits of it.
enum class TimeForm { Seconds, Microseconds };

/// Returns the message of Go's `time.Parse`; nothing if the text is a time.
[[nodiscard]] std::optional<std::string> time_problem(std::string_view text, TimeForm form);

}  // namespace wavetank::codec
