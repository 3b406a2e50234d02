#include "sim/cli/manifest_options.hpp"

#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/scheduler/configuration.hpp>

#include <iostream>

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

void add_scheduler_option(CLI::App& command, ManifestArguments& arguments) {
    command
        .add_option("--scheduler-config", arguments.scheduler_path,
                    "File with a KubeSchedulerConfiguration, which may also be among the manifests")
        ->type_name("FILE");
}

std::optional<Error> check_scheduler_option(const ManifestArguments& arguments) {
    if (arguments.scheduler_path.empty()) {
        return std::nullopt;
    }
    const codec::Manifest manifest = codec::read_manifest_files({arguments.scheduler_path});
    if (!manifest.errors.empty()) {
        return manifest.errors.front();
    }
    for (const codec::ManifestObject& object : manifest.objects) {
        if (object.gvk.group != scheduler::configuration_group ||
            object.gvk.kind != scheduler::configuration_kind) {
            return Error{.reason = Reason::BadRequest,
                         .message = "a " + object.gvk.kind + " is no KubeSchedulerConfiguration",
                         .where = object.where};
        }
    }
    return std::nullopt;
}

std::vector<std::string> paths_of(const ManifestArguments& arguments) {
    std::vector<std::string> paths = arguments.paths;
    if (!arguments.scheduler_path.empty()) {
        paths.push_back(arguments.scheduler_path);
    }
    return paths;
}

std::optional<int> live_until(sim::Simulation& simulation, const ManifestArguments& arguments,
                              const std::string& time) {
    const auto at = parse_duration(time);
    if (!at || *at < Duration::zero()) {
        std::cerr << "error: --at: \"" << time << "\" is not a duration such as 90s or 10m\n";
        return exit_usage;
    }
    if (const auto flaw = check_scheduler_option(arguments)) {
        print_error(*flaw);
        return exit_failed;
    }
    const auto applied = simulation.apply_files(paths_of(arguments), arguments.recursion);
    if (!applied) {
        print_error(applied.error());
        return exit_failed;
    }
    simulation.run_until(TimePoint{*at});
    return std::nullopt;
}

}  // namespace wavetank::cli
