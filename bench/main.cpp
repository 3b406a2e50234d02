// Runs the benchmarks and prints one line each: what was measured, what a usual solution needs in
// the same run, how much better that is, and whether it is good enough.
//
//   wavetank-bench [--filter REGEX] [Google Benchmark's own options]

#include "bench/figure.hpp"

#include <wavetank/base/heap.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using wavetank::bench::Figure;

double counter(const benchmark::BenchmarkReporter::Run& run, const char* name) {
    const auto found = run.counters.find(name);
    return found == run.counters.end() ? 0 : found->second.value;
}

bool more_is_better(const Figure& figure) {
    return figure.unit.ends_with("/s");
}

// By which factor the value beats the reference; 0 without one.
double ratio(const Figure& figure) {
    if (figure.reference == 0 || figure.value == 0) {
        return 0;
    }
    return more_is_better(figure) ? figure.value / figure.reference
                                  : figure.reference / figure.value;
}

bool reaches_target(const Figure& figure) {
    const bool value_is_good =
        figure.target == 0 ||
        (more_is_better(figure) ? figure.value >= figure.target : figure.value <= figure.target);
    return value_is_good && ratio(figure) >= figure.ratio_target;
}

// "35 ns", "7.8M pods/s"; "-" for nothing.
std::string amount(double value, const std::string& unit) {
    if (value == 0) {
        return "-";
    }
    const char* suffix = "";
    if (value >= 1e6) {
        value /= 1e6;
        suffix = "M";
    } else if (value >= 1e4) {
        value /= 1e3;
        suffix = "k";
    }
    char text[64];
    std::snprintf(text, sizeof text, value < 100 ? "%.3g%s %s" : "%.0f%s %s", value, suffix,
                  unit.c_str());
    return text;
}

std::string factor(double value) {
    if (value == 0) {
        return "-";
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.2fx", value);
    return text;
}

// "<= 35 ns, >= 15x"
std::string target_of(const Figure& figure) {
    std::string text;
    if (figure.target != 0) {
        text = (more_is_better(figure) ? ">= " : "<= ") + amount(figure.target, figure.unit);
    }
    if (figure.ratio_target != 0) {
        text += (text.empty() ? ">= " : ", >= ") + factor(figure.ratio_target);
    }
    return text.empty() ? "-" : text;
}

class TableReporter final : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context& /*context*/) override {
        std::printf("%-34s %14s %14s %8s  %-24s %s\n", "name", "value", "reference", "ratio",
                    "target", "verdict");
        return true;
    }

    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& run : runs) {
            std::string name = run.run_name.function_name;
            if (!run.run_name.args.empty()) {
                name += "/" + run.run_name.args;
            }
            if (run.error_occurred) {
                std::printf("%-34s %s\n", name.c_str(), run.error_message.c_str());
                any_failed_ = true;
                continue;
            }
            const Figure figure{.value = counter(run, "value"),
                                .unit = run.report_label,
                                .reference = counter(run, "reference"),
                                .target = counter(run, "target"),
                                .ratio_target = counter(run, "ratio_target")};
            const bool good = reaches_target(figure);
            std::printf("%-34s %14s %14s %8s  %-24s %s\n", name.c_str(),
                        amount(figure.value, figure.unit).c_str(),
                        amount(figure.reference, figure.unit).c_str(),
                        factor(ratio(figure)).c_str(), target_of(figure).c_str(),
                        good ? "ok" : "short");
            std::fflush(stdout);
        }
    }

    [[nodiscard]] bool any_failed() const {
        return any_failed_;
    }

private:
    bool any_failed_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    wavetank::put_heap_in_huge_pages();  // as the program does
    std::vector<std::string> words(argv, argv + argc);
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (words[i] == "--filter" && i + 1 < words.size()) {
            words[i] = "--benchmark_filter=" + words[i + 1];
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    }
    std::vector<char*> arguments;
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
        return EXIT_FAILURE;
    }
    TableReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    // A figure that misses its target is shown; only a benchmark that could not run is a failure.
    return reporter.any_failed() ? EXIT_FAILURE : EXIT_SUCCESS;
}
