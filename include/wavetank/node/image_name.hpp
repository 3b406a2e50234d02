#pragma once

/// \file
/// Which names mean the same image?

#include <string>

namespace wavetank::node {

/// Returns the name by which a node lists an image: one without a tag is the latest.
[[nodiscard]] std::string listed_name(const std::string& image);

}  // namespace wavetank::node
