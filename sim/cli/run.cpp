#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/manifest_options.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/codec/json.hpp>
#include <wavetank/codec/yaml.hpp>
#include <wavetank/sim/invariants.hpp>
#include <wavetank/sim/simulation.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>

namespace wavetank::cli {
namespace {

// The one thing a signal handler may touch; a run polls it.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// The first signal asks the run to end; a second one ends the program.
void note_interrupt(int signal) {
    interrupted = true;
    std::signal(signal, SIG_DFL);
}

struct RunArguments {
    ManifestArguments manifests;
    std::uint64_t seed = 0;
    std::string duration;
    std::string output = "text";
    bool checks_invariants = false;
    std::string control_plane_timing = "zero";
};

int print_report(const sim::Report& report, const std::string& format) {
    if (format == "json") {
        std::cout << codec::to_text(sim::to_json(report), codec::JsonStyle{.indent = 2}) << '\n';
    } else if (format == "yaml") {
        std::cout << codec::to_yaml(sim::to_json(report));
    } else {
        sim::print(std::cout, report, {.colour = output_takes_colour()});
    }
    return finish_output();
}

bool has_breaches(const sim::Report& report) {
    return std::ranges::find(report.events, sim::invariant_broken, &sim::EventReport::reason) !=
           report.events.end();
}

int run(const RunArguments& arguments, const CLI::App& command) {
    sim::SimulationOptions options{.check_invariants = arguments.checks_invariants};
    if (arguments.control_plane_timing == "upstream") {
        options.control_plane = sim::ControlPlaneTiming::upstream();
    }
    if (command.count("--seed") > 0) {
        options.seed = arguments.seed;
    }
    if (!arguments.duration.empty()) {
        const auto duration = parse_duration(arguments.duration);
        if (!duration || *duration <= Duration::zero()) {
            std::cerr << "error: --duration: \"" << arguments.duration
                      << "\" is not a positive duration such as 90s or 10m\n";
            return exit_usage;
        }
        options.duration = *duration;
    }

    if (const auto flaw = check_scheduler_option(arguments.manifests)) {
        print_error(*flaw);
        return exit_failed;
    }
    sim::Simulation simulation{options};
    const auto applied =
        simulation.apply_files(paths_of(arguments.manifests), arguments.manifests.recursion);
    if (!applied) {
        print_error(applied.error());
        std::cerr << "Nothing was run.\n";
        return exit_failed;
    }

    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
    std::stop_source stop;
    auto line = std::make_unique<ProgressLine>();
    const sim::Report report = simulation.run(stop.get_token(), [&](const sim::Progress& progress) {
        line->show(progress);
        if (interrupted) {
            stop.request_stop();
        }
    });
    line.reset();
    const int status = print_report(report, arguments.output);
    return status != 0 || !has_breaches(report) ? status : exit_failed;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
    auto arguments = std::make_shared<RunArguments>();
    CLI::App* command = app.add_subcommand("run", "Run manifests in virtual time and report");
    add_manifest_options(*command, arguments->manifests);
    add_scheduler_option(*command, arguments->manifests);
    command
        ->add_option("--seed", arguments->seed,
                     "Seed of all randomness (default: the Scenario's, else 1)")
        ->type_name("NUMBER")
        ->check(whole_number(std::numeric_limits<std::uint64_t>::max()));
    command
        ->add_option("--duration", arguments->duration,
                     "Simulated time, as 90s or 10m (default: the Scenario's, else 2m)")
        ->type_name("DURATION");
    command->add_option("-o,--output", arguments->output, "Form of the report: text, json or yaml")
        ->type_name("FORM")
        ->check(CLI::IsMember({"text", "json", "yaml"}))
        ->capture_default_str();
    command->add_flag("--check-invariants", arguments->checks_invariants,
                      "Check at each change of the cluster what must always hold; breaches are "
                      "events of the report, and exit code 1");
    command
        ->add_option("--control-plane-timing", arguments->control_plane_timing,
                     "What the control plane's own doings take: nothing, or as upstream's defaults "
                     "have it (limits of requests, looks of kubelets, watches, news of endpoints)")
        ->type_name("TIMING")
        ->check(CLI::IsMember({"zero", "upstream"}))
        ->capture_default_str();
    command->callback([arguments, command, &status] { status = run(*arguments, *command); });
}

}  // namespace wavetank::cli
