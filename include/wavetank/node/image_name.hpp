#pragma once

/// \file
/// Which names of images mean the same?

#include <string>

namespace wavetank::node {

/// Returns the name by which nodes list an image: "web:latest" for "web", for one without a tag is
/// the latest. All names of which that is the same are names of one image.
[[nodiscard]] std::string listed_name(const std::string& image);

}  // namespace wavetank::node
