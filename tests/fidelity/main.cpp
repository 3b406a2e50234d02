// wavetank-fidelity [--vectors DIR] [--only NAME]: replays recorded cases of the real Kubernetes
// and the real Envoy.
//
// Exit code 0: none failed; 1: some did; 2: wrong usage.

#include "fidelity/runner.hpp"

#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using wavetank::fidelity::Registration;
using wavetank::fidelity::Totals;

struct Options {
    std::filesystem::path vectors = WAVETANK_SOURCE_DIR "/tests/fidelity/vectors";
    std::string only;
};

int usage_error(std::string_view problem) {
    std::cerr << "wavetank-fidelity: " << problem
              << "\nusage: wavetank-fidelity [--vectors DIR] [--only NAME]\n";
    return 2;
}

bool selected(const Options& options, const Registration* registration,
              const std::filesystem::path& file) {
    return options.only.empty() || file.stem() == options.only ||
           (registration != nullptr && registration->stem == options.only);
}

int replay_all(const Options& options) {
    const std::vector<Registration> known = wavetank::fidelity::registrations();
    Totals totals;
    bool any = false;
    for (const auto& file : wavetank::fidelity::case_files(options.vectors)) {
        const Registration* registration =
            wavetank::fidelity::registration_of(known, file.stem().string());
        if (selected(options, registration, file)) {
            any = true;
            const std::string name = file.lexically_relative(options.vectors).string();
            totals += wavetank::fidelity::replay_file(registration, file, name, std::cout);
        }
    }
    if (!any) {
        return usage_error("no such file of cases below " + options.vectors.string());
    }
    std::cout << totals.passed << " passed, " << totals.failed << " failed, " << totals.skipped
              << " skipped\n";
    return totals.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string_view> arguments(argv + 1, argv + argc);
    Options options;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        if (i + 1 == arguments.size()) {
            return usage_error(std::string{arguments[i]} + " needs a value");
        }
        if (arguments[i] == "--vectors") {
            options.vectors = arguments[i + 1];
        } else if (arguments[i] == "--only") {
            options.only = arguments[i + 1];
        } else {
            return usage_error("unknown option " + std::string{arguments[i]});
        }
    }
    if (!std::filesystem::is_directory(options.vectors)) {
        return usage_error("no such folder: " + options.vectors.string());
    }
    return replay_all(options);
}
