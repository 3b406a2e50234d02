// Sharing GPUs: the table of "Beware of Fragmentation" (USENIX ATC 2023), with plugins of one's
// own.
//
// Pods ask for parts of a GPU, or for several. Six policies fill Alibaba's cluster with them until
// they ask for 130 % of its GPUs; the table says which part of the GPUs is in use when 100 % and
// 130 % have been asked for. Of equally good nodes the authors' scheduler takes the one with the
// smallest name, kube-scheduler any: both are shown, and the order of the policies is not the same.
//
//   gpu_sharing NODES.csv PODS.csv [RUNS]
//
// The lists come from the trace "openb" of github.com/alibaba/clusterdata; RUNS is the number of
// seeds, 10 by default.

#include "gpu_sharing/experiment.hpp"
#include "gpu_sharing/policies.hpp"

#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using gpu_sharing::Experiment;
using wavetank::scheduler::TieBreak;

constexpr std::uint64_t first_seed = 42;

// "95.39 (0.08)": the mean, and the deviation from run to run.
std::string summary(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    const double mean = sum / static_cast<double>(values.size());
    double squares = 0;
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    const double freedom = std::max(static_cast<double>(values.size()) - 1, 1.0);
    std::ostringstream text;
    text << std::fixed << std::setprecision(2) << mean << " (" << std::sqrt(squares / freedom)
         << ")";
    return text.str();
}

int print_table(const Experiment& experiment, TieBreak tie_break, std::uint64_t runs) {
    std::cout << "\nOf equal nodes " << (tie_break == TieBreak::Name ? "the first by name" : "any")
              << ":\n"
              << std::left << std::setw(16) << "  policy" << std::right << std::setw(18)
              << "at 100 %" << std::setw(18) << "at 130 %" << '\n';
    for (const std::string_view policy : gpu_sharing::policy_names) {
        std::vector<double> at_100;
        std::vector<double> at_130;
        for (std::uint64_t i = 0; i < runs; ++i) {
            const auto result = experiment.run(
                {.policy = std::string{policy}, .tie_break = tie_break, .seed = first_seed + i});
            if (!result) {
                std::cerr << result.error() << '\n';
                return EXIT_FAILURE;
            }
            const auto& in_use = result->in_use;
            const auto full = in_use.lower_bound(100);
            at_100.push_back(full == in_use.end() ? in_use.rbegin()->second : full->second);
            at_130.push_back(in_use.rbegin()->second);
        }
        std::cout << "  " << std::left << std::setw(14) << policy << std::right << std::setw(18)
                  << summary(at_100) << std::setw(18) << summary(at_130) << '\n';
    }
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() < 2 || arguments.size() > 3) {
        std::cerr << "Usage: gpu_sharing NODES.csv PODS.csv [RUNS]\n";
        return EXIT_FAILURE;
    }
    const long runs = arguments.size() > 2 ? std::strtol(arguments[2].c_str(), nullptr, 10) : 10;
    if (runs < 1) {
        std::cerr << "error: RUNS is a number above 0\n";
        return EXIT_FAILURE;
    }
    auto trace = gpu_sharing::read_trace(arguments[0], arguments[1]);
    if (!trace) {
        std::cerr << "error: " << trace.error() << '\n';
        return EXIT_FAILURE;
    }
    const Experiment experiment{std::move(*trace)};
    std::cout << experiment.trace().nodes.size() << " nodes with " << experiment.trace().gpus()
              << " GPUs, " << experiment.trace().pods.size() << " pods, " << runs
              << " runs; percent of GPUs in use, mean (deviation)\n";
    for (const TieBreak tie_break : {TieBreak::Name, TieBreak::Random}) {
        const int status = print_table(experiment, tie_break, static_cast<std::uint64_t>(runs));
        if (status != EXIT_SUCCESS) {
            return status;
        }
    }
    return EXIT_SUCCESS;
}
