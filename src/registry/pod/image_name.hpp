#pragma once

/// \file
/// Which tag does the name of an image ask for?

#include <string>
#include <string_view>

namespace wavetank::registry {

/// Returns the tag as `parsers.ParseImageName`: "latest" where neither tag nor digest is given;
/// empty for a digest alone and for what is not the name of an image.
[[nodiscard]] std::string image_tag(std::string_view image);

}  // namespace wavetank::registry
