#include "sim/compare/journal.hpp"

#include <filesystem>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

Error journal_error(const std::string& path, const std::string& what) {
    return {.reason = Reason::BadRequest, .message = path + ": " + what};
}

// Numbers as text keep every bit.
std::optional<RunFigures> figures_from(const json::value& value) {
    const json::object* fields = value.if_object();
    RunFigures figures;
    for (const FigureInfo& info : figure_infos) {
        const json::value* number = fields != nullptr ? fields->if_contains(info.name) : nullptr;
        if (number == nullptr || !number->is_number()) {
            return std::nullopt;
        }
        figures.*info.member = number->to_number<double>();
    }
    return figures;
}

}  // namespace

json::object to_json(const RunFigures& figures) {
    json::object result;
    for (const FigureInfo& info : figure_infos) {
        result[info.name] = figures.*info.member;
    }
    return result;
}

Result<CompareJournal> CompareJournal::open(const std::string& path,
                                            const std::string& fingerprint) {
    CompareJournal journal;
    if (path.empty()) {
        return journal;
    }
    std::string kept;  // what is whole
    std::ifstream existing{path};
    std::string line;
    bool is_first = true;
    while (std::getline(existing, line) && !existing.eof()) {
        boost::system::error_code problem;
        const json::value entry = json::parse(line, problem);
        const json::object* fields = problem ? nullptr : entry.if_object();
        if (is_first) {
            const json::value* of = fields != nullptr ? fields->if_contains("compares") : nullptr;
            if (of == nullptr || *of != json::value(fingerprint)) {
                return journal_error(path,
                                     "is of another comparison; choose another file, or remove it");
            }
            is_first = false;
        } else {
            const json::value* variant =
                fields != nullptr ? fields->if_contains("variant") : nullptr;
            const json::value* seed = fields != nullptr ? fields->if_contains("seed") : nullptr;
            const json::value* figures =
                fields != nullptr ? fields->if_contains("figures") : nullptr;
            const auto read = figures != nullptr ? figures_from(*figures) : std::nullopt;
            if (variant == nullptr || seed == nullptr || !read || !variant->is_string() ||
                !seed->is_number()) {
                break;
            }
            journal.runs_[{std::string{variant->get_string()}, seed->to_number<std::uint64_t>()}] =
                *read;
        }
        kept += line + "\n";
    }
    existing.close();
    if (kept.empty()) {
        kept = json::serialize(json::object{{"compares", fingerprint}}) + "\n";
    }
    journal.file_.open(path, std::ios::trunc);
    journal.file_ << kept << std::flush;
    if (!journal.file_) {
        return journal_error(path, "cannot be written");
    }
    return journal;
}

std::optional<RunFigures> CompareJournal::find(const std::string& variant,
                                               std::uint64_t seed) const {
    const auto found = runs_.find({variant, seed});
    return found == runs_.end() ? std::nullopt : std::optional{found->second};
}

void CompareJournal::add(const std::string& variant, std::uint64_t seed,
                         const RunFigures& figures) {
    runs_[{variant, seed}] = figures;
    if (file_.is_open()) {
        file_ << json::serialize(json::object{
                     {"variant", variant}, {"seed", seed}, {"figures", to_json(figures)}})
              << '\n'
              << std::flush;
    }
}

}  // namespace wavetank::sim
