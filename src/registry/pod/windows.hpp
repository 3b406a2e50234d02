#pragma once

/// \file
/// Which options of Windows are well formed?

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/security.hpp>

namespace wavetank::registry {

[[nodiscard]] FieldErrors validate_windows_options(
    const api::Boxed<api::corev1::WindowsSecurityContextOptions>& options, const Path& path);

}  // namespace wavetank::registry
