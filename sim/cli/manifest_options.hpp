#pragma once

/// \file
/// Which manifests does a command read? The same options for all of them.

#include <wavetank/base/error.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/sim/simulation.hpp>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace wavetank::cli {

struct ManifestArguments {
    std::vector<std::string> paths;
    codec::Recursion recursion = codec::Recursion::No;
    std::string scheduler_path{};  ///< empty: not given
};

/// Adds -f, which must be given, and -R. Lifetime: `arguments` outlives `command`.
void add_manifest_options(CLI::App& command, ManifestArguments& arguments);

/// Adds --scheduler-config, whose file joins the manifests. Lifetime: as above.
void add_scheduler_option(CLI::App& command, ManifestArguments& arguments);

/// Returns what is wrong with the file of --scheduler-config, if it was given: it has to hold a
/// KubeSchedulerConfiguration and nothing else.
[[nodiscard]] std::optional<Error> check_scheduler_option(const ManifestArguments& arguments);

/// Returns all paths to read.
[[nodiscard]] std::vector<std::string> paths_of(const ManifestArguments& arguments);

/// Applies the manifests and lets the cluster live until `time` ("30s"). If that cannot be, says
/// why and returns the exit status.
[[nodiscard]] std::optional<int> live_until(sim::Simulation& simulation,
                                            const ManifestArguments& arguments,
                                            const std::string& time);

}  // namespace wavetank::cli
