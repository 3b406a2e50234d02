#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/codec/json.hpp>
#include <wavetank/sim/compare.hpp>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <limits>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace wavetank::cli {
namespace {

// The one thing a signal handler may touch; it is polled whenever a run has ended.
std::atomic<bool> compare_interrupted{false};

void note_compare_interrupt(int signal) {
    compare_interrupted = true;
    std::signal(signal, SIG_DFL);
}

struct CompareArguments {
    std::vector<std::string> paths;
    std::vector<std::string> variants;
    std::uint64_t seeds = 10;
    std::uint64_t seed = 1;
    std::uint64_t threads = 0;
    std::string duration;
    std::string journal;
    std::string output = "text";
};

int compare(const CompareArguments& arguments) {
    sim::CompareOptions options{.seed_first = arguments.seed,
                                .seeds = arguments.seeds,
                                .threads = arguments.threads,
                                .journal = arguments.journal};
    if (arguments.seeds == 0) {
        std::cerr << "error: --seeds: there must be one at least\n";
        return exit_usage;
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
    const auto variants = sim::make_variants(arguments.variants, arguments.paths);
    if (!variants) {
        print_error(variants.error());
        std::cerr << "Nothing was run.\n";
        return exit_failed;
    }
    std::signal(SIGINT, note_compare_interrupt);
    std::signal(SIGTERM, note_compare_interrupt);
    std::stop_source stop;
    options.stop = stop.get_token();
    auto line = std::make_unique<ProgressLine>();
    options.observe = [&](std::size_t done, std::size_t all) {
        line->show_runs(done, all);
        if (compare_interrupted) {
            stop.request_stop();
        }
    };
    const auto comparison = sim::compare(
        [&](sim::Simulation& simulation) { return simulation.apply_files(arguments.paths); },
        *variants, options);
    line.reset();
    if (!comparison) {
        print_error(comparison.error());
        return exit_failed;
    }
    if (arguments.output == "json") {
        std::cout << codec::to_text(sim::to_json(*comparison), codec::JsonStyle{.indent = 2})
                  << '\n';
    } else {
        sim::print(std::cout, *comparison);
    }
    return finish_output();
}

}  // namespace

void add_compare(CLI::App& app, int& status) {
    auto arguments = std::make_shared<CompareArguments>();
    CLI::App* command = app.add_subcommand(
        "compare", "Run variants of manifests under the same seeds, and compare");
    command
        ->add_option("-f,--filename", arguments->paths,
                     "Files or folders of manifests that all variants have")
        ->required()
        ->type_name("PATH")
        ->delimiter(',');
    command
        ->add_option("--vary", arguments->variants,
                     "The variants, the first one as the measure of the others: files or folders "
                     "of manifests, replicas=N, or DEPLOYMENT.replicas=N")
        ->required()
        ->type_name("VARIANT")
        ->delimiter(',');
    command->add_option("--seeds", arguments->seeds, "Runs of each variant")
        ->type_name("NUMBER")
        ->check(whole_number(1'000'000))
        ->capture_default_str();
    command->add_option("--seed", arguments->seed, "The first seed; the others follow")
        ->type_name("NUMBER")
        ->check(whole_number(std::numeric_limits<std::uint64_t>::max() - 1'000'000))
        ->capture_default_str();
    command->add_option("--threads", arguments->threads, "Runs at once (default: one a core)")
        ->type_name("NUMBER")
        ->check(whole_number(1024));
    command
        ->add_option("--duration", arguments->duration,
                     "Simulated time, as 90s or 10m (default: the Scenario's, else 2m)")
        ->type_name("DURATION");
    command
        ->add_option("--resume", arguments->journal,
                     "A file that keeps what is done; started again with it, a comparison goes on "
                     "where it was interrupted")
        ->type_name("FILE");
    command->add_option("-o,--output", arguments->output, "Form of the result: text or json")
        ->type_name("FORM")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
    command->callback([arguments, &status] { status = compare(*arguments); });
}

}  // namespace wavetank::cli
