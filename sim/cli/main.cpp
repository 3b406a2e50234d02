/// \file
/// The program `wavetank`: what a person types, handed to the library.

#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/serve.hpp"

#include <wavetank/base/heap.hpp>

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
    using namespace wavetank::cli;
    wavetank::put_heap_in_huge_pages();

    CLI::App app{"Runs Kubernetes manifests, their services and their load in virtual time."};
    app.name("wavetank");
    app.require_subcommand(1);
    app.set_version_flag("--version", version_text(), "Print the version and exit");
    set_up_help(app);

    int status = 0;
    add_run(app, status);
    add_compare(app, status);
    add_export(app, status);
    add_explain(app, status);
    add_fit(app, status);
    add_validate(app, status);
    add_serve(app, status);
    add_completion(app, status);
    add_version(app, status);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_ok : exit_usage;
    }
    return status;
}
