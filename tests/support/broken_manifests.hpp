#pragma once

/// \file
/// The broken manifests of tests/corpus, each with what is expected of it.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace wavetank::test {

/// One file of the corpus; tests/corpus/README.md explains the expectations.
struct BrokenManifest {
    std::string path;
    std::string name;
    std::string text;
    std::string stage;  ///< "syntax", "object", "decode" or "rule"
    int line = 0;       ///< not for "rule"
    std::string field;  ///< "decode" and "rule"
};

inline std::string read_whole(const std::string& path) {
    std::ifstream stream{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// Reads the corpus below `source_folder`, sorted by name.
inline std::vector<BrokenManifest> broken_manifests(const std::string& source_folder) {
    namespace fs = std::filesystem;
    std::vector<BrokenManifest> all;
    for (const auto& entry : fs::directory_iterator{source_folder + "/tests/corpus/broken"}) {
        if (entry.path().extension() == ".expect") {
            continue;
        }
        BrokenManifest made{.path = entry.path().string(),
                            .name = entry.path().filename().string()};
        made.text = read_whole(made.path);
        const bool is_json = entry.path().extension() == ".json";
        std::istringstream first_line{is_json ? read_whole(made.path + ".expect") : made.text};
        std::string word;
        first_line >> word >> word >> made.stage;
        if (made.stage != "rule") {
            first_line >> made.line;
        }
        std::getline(first_line, made.field);
        made.field.erase(0, std::min(made.field.find_first_not_of(' '), made.field.size()));
        all.push_back(made);
    }
    std::ranges::sort(all, {}, &BrokenManifest::name);
    return all;
}

}  // namespace wavetank::test
