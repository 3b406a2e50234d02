#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"

#include <iostream>

namespace wavetank::cli {

std::string version_text() {
    return "wavetank " WAVETANK_VERSION " (rules of Kubernetes v1.37)";
}

void add_version(CLI::App& app, int& status) {
    app.add_subcommand("version", "Print the version and exit")->callback([&status] {
        std::cout << version_text() << '\n';
        status = finish_output();
    });
}

}  // namespace wavetank::cli
