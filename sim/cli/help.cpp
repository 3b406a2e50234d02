#include "sim/cli/help.hpp"

#include <charconv>
#include <memory>
#include <sstream>
#include <system_error>
#include <vector>

namespace wavetank::cli {
namespace {

constexpr std::size_t name_width = 28;
constexpr std::size_t text_width = 80 - name_width;

// Breaks a text between words into lines of the right column.
std::string wrapped(const std::string& text) {
    std::istringstream words{text};
    std::string lines;
    std::size_t column = 0;
    for (std::string word; words >> word; column += word.size()) {
        if (column > 0) {
            const bool fits = column + 1 + word.size() <= text_width;
            lines += fits ? ' ' : '\n';
            column = fits ? column + 1 : 0;
        }
        lines += word;
    }
    return lines;
}

// Says what is required or assumed in words, where CLI11 has labels.
class HelpFormatter final : public CLI::Formatter {
public:
    HelpFormatter() {
        column_width(name_width);
    }

    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return option->get_type_size() == 0 || type.empty() ? ""
                                                            : " " + type.substr(0, type.find(':'));
    }

    std::string make_option_desc(const CLI::Option* option) const override {
        std::string text = option->get_description();
        if (option->get_required()) {
            text += " (required)";
        } else if (!option->get_default_str().empty()) {
            text += " (default: " + option->get_default_str() + ")";
        }
        return wrapped(text);
    }

    std::string make_subcommand(const CLI::App* command) const override {
        std::ostringstream out;
        CLI::detail::format_help(out, command->get_name(), wrapped(command->get_description()),
                                 name_width);
        return out.str();
    }
};

// What to type to read more: the help of the command that was meant.
std::string help_command(const CLI::App& app) {
    std::string command = app.get_name();
    const CLI::App* at = &app;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        command += " " + at->get_name();
    }
    return command + " --help";
}

std::string usage_error(const CLI::App* app, const CLI::Error& error) {
    if (app->get_subcommands().empty() && app->remaining_size() == 0 &&
        error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError)) {
        return app->help();
    }
    std::string what = error.what();
    const std::vector<std::string> rest = app->remaining(true);
    if (!rest.empty()) {
        const bool is_all = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
        what = "\"" + rest.front() + "\" is not expected here" + (is_all ? "" : "; " + what);
    }
    return "error: " + what + "\n" + help_command(*app) + " says more.\n";
}

}  // namespace

CLI::Validator whole_number(std::uint64_t most) {
    const auto check = [most](const std::string& text) {
        std::uint64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [rest, failure] = std::from_chars(text.data(), end, number);
        const bool is_number = failure == std::errc{} && rest == end && number <= most;
        return is_number
                   ? std::string{}
                   : "\"" + text + "\" is not a whole number from 0 to " + std::to_string(most);
    };
    return {check, "", "whole number"};
}

void set_up_help(CLI::App& app) {
    app.formatter(std::make_shared<HelpFormatter>());
    app.failure_message(usage_error);
}

}  // namespace wavetank::cli
