/// \file
/// Checks the whole source tree against its rules: `wavetank-tidy SOURCE_DIR MODULES_DIR`, where
/// MODULES_DIR is `<build>/modules`. Prints "file:line: message" and fails if there is any.

#include "tidy/rules.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;
using wavetank::tidy::check;
using wavetank::tidy::Finding;
using wavetank::tidy::Modules;
using wavetank::tidy::Source;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return std::move(text).str();
}

Modules read_modules(const fs::path& folder) {
    Modules modules;
    for (const fs::directory_entry& entry : fs::directory_iterator{folder}) {
        if (entry.path().extension() == ".depends") {
            std::istringstream names{read(entry.path())};
            std::set<std::string>& depends = modules[entry.path().stem().string()];
            for (std::string name; names >> name;) {
                depends.insert(name);
            }
        }
    }
    return modules;
}

std::vector<fs::path> source_files(const fs::path& top) {
    std::vector<fs::path> files;
    for (const char* const folder : {"include", "src", "sim", "tests", "examples", "bench"}) {
        if (!fs::exists(top / folder)) {
            continue;
        }
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator{top / folder}) {
            if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") {
                files.push_back(fs::relative(entry.path(), top));
            }
        }
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: wavetank-tidy SOURCE_DIR MODULES_DIR\n";
        return 2;
    }
    const fs::path top = argv[1];
    const Modules modules = read_modules(argv[2]);
    const std::vector<fs::path> files = source_files(top);

    std::vector<Finding> findings = check(modules);
    for (const fs::path& file : files) {
        const Source source{.path = file.generic_string(), .text = read(top / file)};
        std::ranges::copy(check(source, modules), std::back_inserter(findings));
    }
    for (const Finding& finding : findings) {
        std::cout << finding.path << ':' << finding.line << ": " << finding.message << '\n';
    }
    std::cout << files.size() << " files of " << modules.size() << " modules, " << findings.size()
              << " findings\n";
    return findings.empty() && !files.empty() && !modules.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}
