#pragma once

/// \file
/// A configuration of the scheduler that is wrong.

#include <wavetank/base/error.hpp>

#include <string>
#include <utility>

namespace wavetank::scheduler {

[[nodiscard]] inline Error invalid(std::string message) {
    return {.reason = Reason::Invalid, .message = std::move(message)};
}

}  // namespace wavetank::scheduler
