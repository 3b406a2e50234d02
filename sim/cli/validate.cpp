#include "sim/cli/commands.hpp"
#include "sim/cli/manifest_options.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/sim/manifests.hpp>

#include <iostream>
#include <memory>

namespace wavetank::cli {
namespace {

struct ValidateArguments {
    ManifestArguments manifests;
};

int validate(const ValidateArguments& arguments) {
    const sim::CheckResult result =
        sim::check_manifests(arguments.manifests.paths, arguments.manifests.recursion);
    for (const Error& error : result.errors) {
        print_error(error);
    }
    if (!result.errors.empty()) {
        return exit_failed;
    }
    std::cout << result.objects << (result.objects == 1 ? " object is" : " objects are")
              << " valid\n";
    return finish_output();
}

}  // namespace

void add_validate(CLI::App& app, int& status) {
    auto arguments = std::make_shared<ValidateArguments>();
    CLI::App* command =
        app.add_subcommand("validate", "Check manifests as an API server would, all of them");
    add_manifest_options(*command, arguments->manifests);
    command->callback([arguments, &status] { status = validate(*arguments); });
}

}  // namespace wavetank::cli
