#include "sim/cli/commands.hpp"

#include <iostream>

namespace wavetank::cli {

void add_version(CLI::App& app, int& status) {
    app.add_subcommand("version", "Print the version and exit")->callback([&status] {
        std::cout << "wavetank " WAVETANK_VERSION " (rules of Kubernetes v1.37)\n";
        status = exit_ok;
    });
}

}  // namespace wavetank::cli
