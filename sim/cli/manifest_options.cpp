#include "sim/cli/manifest_options.hpp"

namespace wavetank::cli {

void add_manifest_options(CLI::App& command, ManifestArguments& arguments) {
    command
        .add_option("-f,--filename", arguments.paths,
                    "Files or folders of manifests; - reads standard input")
        ->required()
        ->type_name("PATH")
        ->delimiter(',');
    command.add_flag_callback(
        "-R,--recursive", [&arguments] { arguments.recursion = codec::Recursion::Yes; },
        "Read the folders in folders, too");
}

}  // namespace wavetank::cli
