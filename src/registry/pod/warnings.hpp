#pragma once

/// \file
/// The themes of warnings about pods and templates.

#include "registry/field_error.hpp"

#include <wavetank/api/corev1/pod.hpp>

#include <string>
#include <vector>

namespace wavetank::registry {

using Warnings = std::vector<std::string>;

/// Adds `more` at the end of `warnings`.
void append(Warnings& warnings, Warnings more);

/// Warns of files of one volume that hide each other.
[[nodiscard]] Warnings overlap_warnings(const std::vector<api::corev1::Volume>& volumes);

/// Warns of ports that several containers claim. `path` is the spec's.
[[nodiscard]] Warnings port_warnings(const api::corev1::PodSpecBody& spec, const Path& path);

}  // namespace wavetank::registry
