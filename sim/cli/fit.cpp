#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/manifest_options.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/codec/json.hpp>
#include <wavetank/codec/yaml.hpp>
#include <wavetank/scheduler/fit.hpp>
#include <wavetank/sim/simulation.hpp>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

namespace wavetank::cli {
namespace {

constexpr std::uint64_t more_most = 1'000'000;

struct FitArguments {
    ManifestArguments manifests;
    std::string at = "30s";
    std::string output = "text";
    std::uint64_t more = scheduler::FitOptions{}.more_max;
};

int print_fit(const scheduler::FitReport& report, const std::string& format) {
    if (format == "json") {
        std::cout << codec::to_text(scheduler::to_json(report), codec::JsonStyle{.indent = 2})
                  << '\n';
    } else if (format == "yaml") {
        std::cout << codec::to_yaml(scheduler::to_json(report));
    } else {
        std::cout << report;
    }
    const int written = finish_output();
    const bool all_placed = std::ranges::all_of(
        report.specs, [](const scheduler::SpecFit& spec) { return spec.pending == 0; });
    return written == exit_ok && !all_placed ? exit_failed : written;
}

int fit(const FitArguments& arguments) {
    sim::Simulation simulation;
    if (const auto failure = live_until(simulation, arguments.manifests, arguments.at)) {
        return *failure;
    }
    const auto report = scheduler::fit(
        simulation.store(),
        {.configuration = simulation.scheduler_configuration(), .more_max = arguments.more});
    if (!report) {
        print_error(report.error());
        return exit_failed;
    }
    return print_fit(*report, arguments.output);
}

}  // namespace

void add_fit(CLI::App& app, int& status) {
    auto arguments = std::make_shared<FitArguments>();
    CLI::App* command = app.add_subcommand(
        "fit", "Say which pods fit where, how many more would, and what is short");
    add_manifest_options(*command, arguments->manifests);
    add_scheduler_option(*command, arguments->manifests);
    command->add_option("--at", arguments->at, "When to look, in simulated time")
        ->type_name("DURATION")
        ->capture_default_str();
    command->add_option("--more", arguments->more, "How many more pods to try of each kind")
        ->type_name("NUMBER")
        ->check(whole_number(more_most))
        ->capture_default_str();
    command->add_option("-o,--output", arguments->output, "Form of the report: text, json or yaml")
        ->type_name("FORM")
        ->check(CLI::IsMember({"text", "json", "yaml"}))
        ->capture_default_str();
    command->footer("Fails if there are pods that have no node.");
    command->callback([arguments, &status] { status = fit(*arguments); });
}

}  // namespace wavetank::cli
