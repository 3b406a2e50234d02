#pragma once

/// \file
/// Which manifests does a command read? The same options for all of them.

#include <wavetank/codec/manifest.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace wavetank::cli {

struct ManifestArguments {
    std::vector<std::string> paths;
    codec::Recursion recursion = codec::Recursion::No;
};

/// Adds -f, which must be given, and -R. Lifetime: `arguments` outlives `command`.
void add_manifest_options(CLI::App& command, ManifestArguments& arguments);

}  // namespace wavetank::cli
