#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/sim/manifests.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::cli {
namespace {

struct ValidateArguments {
    std::vector<std::string> paths;
    bool recursive = false;
};

int validate(const ValidateArguments& arguments) {
    const sim::CheckResult result = sim::check_manifests(
        arguments.paths, arguments.recursive ? codec::Recursion::Yes : codec::Recursion::No);
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
    command
        ->add_option("-f,--filename", arguments->paths,
                     "Files or folders of manifests; - reads standard input")
        ->required()
        ->type_name("PATH")
        ->delimiter(',');
    command->add_flag("-R,--recursive", arguments->recursive, "Read the folders in folders, too");
    command->callback([arguments, &status] { status = validate(*arguments); });
}

}  // namespace wavetank::cli
