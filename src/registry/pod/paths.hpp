#pragma once

/// \file
/// Is this a path in a file system that stays where it should?

#include "registry/field_error.hpp"

#include <string_view>

namespace wavetank::registry {

/// Reports a part `..`, once.
[[nodiscard]] FieldErrors validate_no_backsteps(std::string_view file, const Path& path);

/// Reports an absolute path and a part `..`.
[[nodiscard]] FieldErrors validate_descending_path(std::string_view file, const Path& path);

/// As `validate_descending_path`, and reports names that begin with `..`, which kubelets use.
[[nodiscard]] FieldErrors validate_unreserved_path(std::string_view file, const Path& path);

}  // namespace wavetank::registry
