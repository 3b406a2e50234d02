#pragma once

/// \file
/// What can be done with manifests without running them: check, and export.

#include <wavetank/base/error.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/codec/manifest.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace wavetank::sim {

struct CheckResult {
    std::size_t objects = 0;
    std::vector<Error> errors;  ///< all of them, each with its place
};

/// Reads manifests and tells what the simulator or an API server would refuse.
[[nodiscard]] CheckResult check_manifests(const std::vector<std::string>& paths,
                                          codec::Recursion recursion = codec::Recursion::No);

/// One file of an export.
struct ExportedFile {
    std::string name;  ///< "deployment-random-number-service.yaml"
    std::string text;
};

/// Returns manifests as a live cluster takes them: one file an object, canonical, and a
/// kustomization.yaml that lists them. All that the user wrote is there, less status, fields that a
/// server sets, and the kinds of `wavetank.dev`; nothing is added.
/// Errors: as `check_manifests`, all in one.
[[nodiscard]] Result<std::vector<ExportedFile>> export_manifests(
    const std::vector<std::string>& paths, codec::Recursion recursion = codec::Recursion::No);

}  // namespace wavetank::sim
