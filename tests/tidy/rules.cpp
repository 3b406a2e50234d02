#include "tidy/rules.hpp"

#include "tidy/source_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace wavetank::tidy {
namespace {

constexpr std::size_t source_lines_max = 600;
constexpr std::size_t header_lines_max = 300;  // of public headers; a kind of api/ is one long list

struct BannedWord {
    std::string_view word;
    std::string_view instead;
};

constexpr std::string_view clock_instead = "time comes from a Clock (wavetank/runtime/clock.hpp)";
constexpr std::string_view random_instead =
    "randomness comes from a named stream (wavetank/base/random.hpp)";
constexpr std::string_view thread_instead =
    "work runs on an Executor (wavetank/runtime/executor.hpp); parallelism is across simulations";
constexpr std::string_view distribution_instead =
    "its draws differ between libraries; use wavetank/base/distribution.hpp";

constexpr std::array banned_words{
    BannedWord{"system_clock", clock_instead},
    BannedWord{"steady_clock", clock_instead},
    BannedWord{"high_resolution_clock", clock_instead},
    BannedWord{"this_thread", "a coroutine sleeps with wavetank/runtime/sleep.hpp"},
    BannedWord{"random_device", random_instead},
    BannedWord{"rand(", random_instead},
    BannedWord{"mt19937", random_instead},
    BannedWord{"mt19937_64", random_instead},
    BannedWord{"uniform_int_distribution", distribution_instead},
    BannedWord{"uniform_real_distribution", distribution_instead},
    BannedWord{"normal_distribution", distribution_instead},
    BannedWord{"exponential_distribution", distribution_instead},
    BannedWord{"std::shuffle", distribution_instead},
    BannedWord{"std::thread", thread_instead},
    BannedWord{"std::jthread", thread_instead},
    BannedWord{"std::async", thread_instead},
    BannedWord{"getenv", "settings come from options structs; the program fills them (sim/cli)"},
};

struct Owner {
    std::string_view path;  // a file, or a folder with its slash
    std::string_view word;
    std::string_view reason;
};

// The few places that own what everybody else asks them for.
constexpr std::array owners{
    Owner{"include/wavetank/base/time.hpp", "system_clock", "names the type of civil time"},
    Owner{"src/mesh/balancing/bounded_load.cpp", "mt19937", "takes hosts in Envoy's order"},
    Owner{"src/runtime/asio_runtime.cpp", "steady_clock", "is the real clock"},
    Owner{"src/runtime/asio_runtime.cpp", "system_clock", "starts civil time at now"},
    Owner{"sim/compare/", "std::thread", "runs whole simulations side by side"},
    Owner{"sim/compare/", "std::jthread", "runs whole simulations side by side"},
    Owner{"sim/cli/", "steady_clock", "tells the user how long a run took"},
    Owner{"sim/cli/serve.cpp", "random_device", "seeds what real clients are served"},
    Owner{"sim/cli/", "getenv", "reads the user's environment into options"},
};

constexpr std::array private_libraries{"boost/asio", "boost/beast", "CLI/", "spdlog/", "yaml-cpp/"};

// Where a file stands, which decides what it may include.
struct Place {
    std::string module;             // empty for headers that gather all modules
    bool is_public_header = false;  // in include/
    bool sees_all_modules = false;  // the program and the gathering headers
    std::string private_prefix;     // what its quoted includes start with
};

std::string_view segment(std::string_view path, std::size_t index) {
    for (; index > 0; --index) {
        const std::size_t slash = path.find('/');
        path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
    }
    return path.substr(0, path.find('/'));
}

std::optional<Place> place_of(std::string_view path) {
    if (path.starts_with("include/wavetank/")) {
        const std::string_view rest = path.substr(std::string_view{"include/wavetank/"}.size());
        const bool gathers = rest.find('/') == std::string_view::npos;
        return Place{.module = gathers ? "" : std::string{segment(rest, 0)},
                     .is_public_header = true,
                     .sees_all_modules = gathers,
                     .private_prefix = ""};
    }
    if (path.starts_with("src/")) {
        const std::string module{segment(path, 1)};
        return Place{.module = module, .private_prefix = module + "/"};
    }
    if (path.starts_with("sim/cli/")) {
        return Place{.module = "sim/cli", .sees_all_modules = true, .private_prefix = "sim/cli/"};
    }
    if (path.starts_with("sim/")) {
        return Place{.module = "sim", .private_prefix = "sim/"};
    }
    return std::nullopt;
}

class Checker {
public:
    Checker(const Source& source, const Modules& modules)
        : source_{source},
          modules_{modules},
          code_{code_only(source.text)},
          place_{place_of(source.path)} {}

    std::vector<Finding> run() && {
        check_length();
        check_remarks();
        if (source_.path.ends_with(".hpp") && !source_.text.starts_with("#pragma once\n")) {
            report(1, "a header starts with #pragma once");
        }
        check_includes();
        if (place_) {
            check_words();
        }
        if (place_ && place_->is_public_header) {
            if (source_.text.find("/// \\file\n") == std::string::npos) {
                report(1, "a \\file comment says which question a public header answers");
            }
            check_nodiscard();
        }
        std::ranges::stable_sort(findings_, {}, &Finding::line);
        return std::move(findings_);
    }

private:
    void report(std::size_t line, std::string message) {
        findings_.push_back({source_.path, line, std::move(message)});
    }

    void check_length() {
        const bool short_header = place_ && place_->is_public_header && place_->module != "api";
        const std::size_t allowed = short_header ? header_lines_max : source_lines_max;
        const std::size_t count = lines_of(source_.text).size();
        if (count > allowed) {
            report(count, std::to_string(count) + " lines; " + std::to_string(allowed) +
                              " are allowed: split it by subject");
        }
    }

    void check_remarks() {
        if (source_.path.starts_with("tests/tidy/")) {
            return;  // speaks of them
        }
        std::size_t number = 0;
        for (const std::string_view line : lines_of(source_.text)) {
            ++number;
            for (const std::string_view remark : {"TODO", "FIXME"}) {
                if (line.find(remark) != std::string_view::npos) {
                    report(number, std::string{remark} + ": finish it or open an issue");
                }
            }
        }
    }

    void check_includes() {
        std::size_t number = 0;
        for (std::string_view line : lines_of(code_)) {
            ++number;
            const std::size_t hash = line.find_first_not_of(" \t");
            if (hash == std::string_view::npos || line[hash] != '#') {
                continue;
            }
            const std::size_t open = line.find_first_of("<\"");
            if (line.find("include") == std::string_view::npos || open == std::string_view::npos) {
                continue;
            }
            const char close = line[open] == '<' ? '>' : '"';
            const std::size_t end = line.find(close, open + 1);
            if (end != std::string_view::npos) {
                check_include(number, line.substr(open + 1, end - open - 1), close == '"');
            }
        }
    }

    void check_include(std::size_t line, std::string_view name, bool quoted) {
        if (!place_) {
            check_guest_include(line, name, quoted);
        } else if (name.starts_with("wavetank/")) {
            quoted ? report(line, "public headers are included as <" + std::string{name} + ">")
                   : check_module_edge(line, name);
        } else if (quoted) {
            check_private_include(line, name);
        } else if (place_->is_public_header) {
            for (const std::string_view library : private_libraries) {
                if (name.starts_with(library)) {
                    report(line, "<" + std::string{name} + "> in a public header: keep " +
                                     std::string{library} + " in the sources");
                }
            }
        }
    }

    // Tests see the private headers of the module they test; examples and benchmarks see none.
    void check_guest_include(std::size_t line, std::string_view name, bool quoted) {
        const std::string_view path = source_.path;
        const std::string_view owner{segment(name, 0)};
        const bool is_private = quoted && (owner == "sim" || modules_.contains(owner));
        const bool is_own_test =
            segment(path, 0) == "tests" && (segment(path, 1) == owner || segment(path, 2) == owner);
        if (is_private && !is_own_test) {
            report(line, "\"" + std::string{name} + "\" is private to " + std::string{owner} +
                             " and its own tests");
        }
    }

    void check_module_edge(std::size_t line, std::string_view name) {
        const std::string target{segment(name, 1)};
        if (place_->sees_all_modules || target == place_->module) {
            return;
        }
        const auto entry = modules_.find(place_->module);
        if (entry == modules_.end()) {
            report(line, "module " + place_->module + " is not declared in CMakeLists.txt");
        } else if (!entry->second.contains(target)) {
            report(line, "module " + place_->module + " includes " + target +
                             ", which is not among its DEPENDS in CMakeLists.txt");
        }
    }

    void check_private_include(std::size_t line, std::string_view name) {
        if (place_->is_public_header) {
            report(line, "a public header includes the private \"" + std::string{name} + "\"");
        } else if (!name.starts_with(place_->private_prefix)) {
            report(line, "\"" + std::string{name} + "\": private headers are included as \"" +
                             place_->private_prefix + "...\", and only by their own module");
        }
    }

    void check_words() {
        std::size_t number = 0;
        for (const std::string_view line : lines_of(code_)) {
            ++number;
            for (const BannedWord& banned : banned_words) {
                if (has_word(line, banned.word) && !is_owner(banned.word)) {
                    report(number, std::string{banned.word} + ": " + std::string{banned.instead});
                }
            }
        }
    }

    bool is_owner(std::string_view word) const {
        return std::ranges::any_of(owners, [&](const Owner& owner) {
            return owner.word == word && source_.path.starts_with(owner.path);
        });
    }

    static bool has_word(std::string_view line, std::string_view word) {
        for (std::size_t at = line.find(word); at != std::string_view::npos;
             at = line.find(word, at + 1)) {
            const std::size_t end = at + word.size();
            const bool starts = at == 0 || !is_identifier(line[at - 1]);
            const bool ends =
                !is_identifier(word.back()) || end == line.size() || !is_identifier(line[end]);
            if (starts && ends) {
                return true;
            }
        }
        return false;
    }

    void check_nodiscard() {
        const std::string_view code{code_};
        std::size_t line = 1;
        std::size_t counted = 0;
        for (std::size_t at = code.find("Result<"); at != std::string_view::npos;
             at = code.find("Result<", at + 1)) {
            line += static_cast<std::size_t>(
                std::count(code.begin() + static_cast<std::ptrdiff_t>(counted),
                           code.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
            counted = at;
            if (declares_function(at) && !is_nodiscard(at)) {
                report(line, "a function that returns Result<...> is [[nodiscard]]");
            }
        }
    }

    // What stands between the end of the declaration before and `at`, without preprocessor lines.
    std::string declaration_prefix(std::size_t at) const {
        const std::size_t last = at == 0 ? std::string::npos : code_.find_last_of(";{}", at - 1);
        const std::size_t begin = last == std::string::npos ? 0 : last + 1;
        std::string prefix;
        for (const std::string_view line :
             lines_of(std::string_view{code_}.substr(begin, at - begin))) {
            const std::size_t first = line.find_first_not_of(" \t");
            if (first != std::string_view::npos && line[first] != '#') {
                prefix += std::string{line} + ' ';
            }
        }
        return prefix;
    }

    bool is_nodiscard(std::size_t at) const {
        return declaration_prefix(at).find("[[nodiscard]]") != std::string::npos;
    }

    // `Result<` opens a declaration when only specifiers precede it; a name and `(` must follow it.
    bool declares_function(std::size_t at) const {
        if (at > 0 && is_identifier(code_[at - 1])) {
            return false;
        }
        const std::string prefix = declaration_prefix(at);
        if (prefix.find_first_of("=(") != std::string::npos ||
            prefix.find("using ") != std::string::npos ||
            prefix.find("return ") != std::string::npos) {
            return false;
        }
        std::size_t end = at + std::string_view{"Result"}.size();
        int depth = 0;
        do {
            depth += code_[end] == '<' ? 1 : code_[end] == '>' ? -1 : 0;
            ++end;
        } while (depth > 0 && end < code_.size());
        const std::size_t name = code_.find_first_not_of(" \n", end);
        if (name == std::string::npos || !is_identifier(code_[name])) {
            return false;
        }
        std::size_t after_name = name;
        while (after_name < code_.size() && is_identifier(code_[after_name])) {
            ++after_name;
        }
        return after_name < code_.size() && code_[after_name] == '(';
    }

    const Source& source_;
    const Modules& modules_;
    std::string code_;
    std::optional<Place> place_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check(const Source& source, const Modules& modules) {
    return Checker{source, modules}.run();
}

std::vector<Finding> check(const Modules& modules) {
    std::vector<Finding> findings;
    std::set<std::string> done;
    for (bool found_one = true; found_one;) {  // takes away what depends only on what is done
        found_one = false;
        for (const auto& [name, depends] : modules) {
            if (!done.contains(name) && std::ranges::includes(done, depends)) {
                done.insert(name);
                found_one = true;
            }
        }
    }
    for (const auto& [name, depends] : modules) {
        if (!done.contains(name)) {
            findings.push_back({"CMakeLists.txt", 0,
                                "module " + name +
                                    " depends on itself by way of others, or on one "
                                    "that is not declared"});
        }
    }
    return findings;
}

}  // namespace wavetank::tidy
