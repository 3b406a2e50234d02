#include "fidelity/runner.hpp"

#include <algorithm>
#include <exception>
#include <fstream>
#include <map>
#include <ostream>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;

struct Failure {
    std::string id;
    std::string why;
};

struct FileReport {
    Totals totals;
    std::vector<Failure> failures;
    std::map<std::string, std::size_t> skipped_by_reason;

    void add(const std::string& id, const Outcome& outcome) {
        switch (outcome.verdict) {
            case Verdict::Passed:
                ++totals.passed;
                break;
            case Verdict::Failed:
                ++totals.failed;
                failures.push_back({id, outcome.why});
                break;
            case Verdict::Skipped:
                ++totals.skipped;
                ++skipped_by_reason[outcome.why];
                break;
        }
    }
};

Outcome replay_line(Replayer& replayer, const json::object& parsed, std::string_view line,
                    const std::filesystem::path& file) {
    try {
        return replayer.replay({parsed, line, file});
    } catch (const std::exception& problem) {
        return failed(std::string{"exception: "} + problem.what());
    }
}

std::string on_one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

void print(const FileReport& report, const std::string& name, std::ostream& out) {
    constexpr std::size_t explained_max = 10;
    constexpr std::size_t ids_per_line = 8;
    out << name << ": " << report.totals.passed << " passed, " << report.totals.failed
        << " failed, " << report.totals.skipped << " skipped\n";
    for (const auto& [reason, count] : report.skipped_by_reason) {
        out << "    skipped " << count << ": " << on_one_line(reason) << '\n';
    }
    for (std::size_t i = 0; i < report.failures.size(); ++i) {
        const Failure& failure = report.failures[i];
        if (i < explained_max) {
            out << "    failed " << failure.id << ": " << on_one_line(failure.why) << '\n';
        } else {
            const std::size_t column = (i - explained_max) % ids_per_line;
            const bool last = i + 1 == report.failures.size();
            out << (column == 0 ? "    failed " : " ") << failure.id
                << (column + 1 == ids_per_line || last ? "\n" : "");
        }
    }
    out.flush();
}

}  // namespace

Totals& Totals::operator+=(const Totals& other) {
    passed += other.passed;
    failed += other.failed;
    skipped += other.skipped;
    return *this;
}

const Registration* registration_of(std::span<const Registration> known,
                                    std::string_view file_stem) {
    const Registration* best = nullptr;
    for (const Registration& candidate : known) {
        const bool longer = best == nullptr || candidate.stem.size() > best->stem.size();
        if (file_stem.starts_with(candidate.stem) && longer) {
            best = &candidate;
        }
    }
    return best;
}

std::vector<std::filesystem::path> case_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.is_regular_file() && entry.path().extension() == ".jsonl") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

Totals replay_file(const Registration* registration, const std::filesystem::path& file,
                   const std::string& name, std::ostream& out) {
    FileReport report;
    std::unique_ptr<Replayer> replayer;
    if (registration != nullptr && registration->make != nullptr) {
        replayer = registration->make();
    }
    std::ifstream input{file};
    json::parse_options options;
    options.max_depth = 512;
    std::string line;
    for (std::size_t number = 1; std::getline(input, line); ++number) {
        if (line.empty()) {
            continue;
        }
        boost::system::error_code problem;
        const json::value parsed = json::parse(line, problem, {}, options);
        const std::string place = "line " + std::to_string(number);
        if (problem || !parsed.is_object()) {
            report.add(place, failed("not a JSON object"));
            continue;
        }
        const json::value* id = parsed.get_object().if_contains("id");
        const std::string label =
            id != nullptr && id->is_string() ? std::string{id->get_string()} : place;
        if (replayer == nullptr) {
            report.add(label, skipped(registration == nullptr ? "no replayer knows this file"
                                                              : "no replayer yet"));
        } else {
            report.add(label, replay_line(*replayer, parsed.get_object(), line, file));
        }
    }
    print(report, name, out);
    return report.totals;
}

}  // namespace wavetank::fidelity
