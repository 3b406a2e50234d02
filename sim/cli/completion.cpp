#include "sim/cli/commands.hpp"
#include "sim/cli/terminal.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string names_of(const std::vector<const CLI::App*>& commands) {
    std::string names;
    for (const CLI::App* command : commands) {
        names += (names.empty() ? "" : " ") + command->get_name();
    }
    return names;
}

// "-o", "--output".
std::vector<std::string> flags_of(const CLI::Option& option) {
    std::vector<std::string> flags;
    for (const std::string& name : option.get_snames()) {
        flags.push_back("-" + name);
    }
    for (const std::string& name : option.get_lnames()) {
        flags.push_back("--" + name);
    }
    return flags;
}

std::string flags_of(const CLI::App& command) {
    std::string all;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& flag : flags_of(*option)) {
            all += (all.empty() ? "" : " ") + flag;
        }
    }
    return all;
}

// The words that an option takes, where they are few: CLI11 shows them as "FORM:{text,json}".
std::string choices_of(const CLI::Option& option) {
    const std::string shown = option.get_type_name();
    const std::size_t begin = shown.find('{');
    const std::size_t end = shown.find('}', begin);
    if (begin == std::string::npos || end == std::string::npos) {
        return {};
    }
    std::string words = shown.substr(begin + 1, end - begin - 1);
    std::replace(words.begin(), words.end(), ',', ' ');
    return words;
}

// What may stand where no flag does: commands of a command, or the choices of its argument.
std::string words_of(const CLI::App& command) {
    std::string words = names_of(commands_of(command));
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_positional() && flags_of(*option).empty()) {
            words += (words.empty() ? "" : " ") + choices_of(*option);
        }
    }
    return words;
}

// A case for each option that takes a value, then one for the command itself.
void print_bash_cases(const CLI::App& command, const std::string& path) {
    for (const CLI::Option* option : command.get_options()) {
        const std::vector<std::string> flags = flags_of(*option);
        if (flags.empty() || option->get_items_expected_max() == 0) {
            continue;
        }
        std::string pattern;
        for (const std::string& flag : flags) {
            pattern += (pattern.empty() ? "'" : " | '") + path + ':' + flag + "'";
        }
        std::cout << "        " << pattern << ") words='" << choices_of(*option) << "' ;;\n";
    }
    std::cout << "        '" << path << ":'*) [[ $word == -* ]] && words='" << flags_of(command)
              << "' || words='" << words_of(command) << "' ;;\n";
    for (const CLI::App* inner : commands_of(command)) {
        print_bash_cases(*inner, path + (path.empty() ? "" : " ") + inner->get_name());
    }
}

// No words: the shell completes names of files.
void print_bash(const CLI::App& app) {
    std::cout << "_wavetank() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                 "    local command='' words=''\n"
                 "    ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}\n"
                 "    if ((COMP_CWORD > 2)); then\n"
                 "        case \"$command ${COMP_WORDS[2]}\" in\n";
    for (const CLI::App* command : commands_of(app)) {
        for (const CLI::App* inner : commands_of(*command)) {
            std::cout << "            '" << command->get_name() << ' ' << inner->get_name()
                      << "') command+=\" ${COMP_WORDS[2]}\" ;;\n";
        }
    }
    std::cout << "        esac\n"
                 "    fi\n"
                 "    case \"$command:$before\" in\n";
    print_bash_cases(app, "");
    std::cout << "    esac\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                 "}\n"
                 "complete -o default -F _wavetank wavetank\n";
}

// zsh completes as bash does, once it is told how.
void print_zsh(const CLI::App& app) {
    std::cout << "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"
                 "autoload -Uz bashcompinit && bashcompinit\n";
    print_bash(app);
}

std::string fish_quoted(std::string_view text) {
    std::string out = "'";
    for (const char letter : text) {
        out += letter == '\'' || letter == '\\' ? std::string{'\\', letter} : std::string{letter};
    }
    return out + "'";
}

// `reached` is fish's condition that the command was named; empty for the program itself.
void print_fish(const CLI::App& command, const std::string& reached) {
    const std::string seen = "__fish_seen_subcommand_from ";
    const std::vector<const CLI::App*> inner_commands = commands_of(command);
    std::string condition = reached.empty() ? "__fish_use_subcommand" : reached;
    if (!reached.empty() && !inner_commands.empty()) {
        condition += "; and not " + seen + names_of(inner_commands);
    }
    const std::string start = "complete -c wavetank -n " + fish_quoted(condition);
    for (const CLI::Option* option : command.get_options()) {
        const std::string choices = choices_of(*option);
        if (flags_of(*option).empty()) {
            std::cout << start << " -f -a " << fish_quoted(choices) << '\n';
            continue;
        }
        std::cout << start;
        for (const std::string& name : option->get_snames()) {
            std::cout << " -s " << name;
        }
        for (const std::string& name : option->get_lnames()) {
            std::cout << " -l " << name;
        }
        if (option->get_items_expected_max() > 0) {
            std::cout << " -r";
        }
        if (!choices.empty()) {
            std::cout << " -f -a " << fish_quoted(choices);
        }
        std::cout << " -d " << fish_quoted(option->get_description()) << '\n';
    }
    for (const CLI::App* inner : inner_commands) {
        std::cout << start << " -f -a " << inner->get_name() << " -d "
                  << fish_quoted(inner->get_description()) << '\n';
        print_fish(*inner, (reached.empty() ? "" : reached + "; and ") + seen + inner->get_name());
    }
}

}  // namespace

void add_completion(CLI::App& app, int& status) {
    auto shell = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("completion", "Print a script that completes commands and flags");
    command->add_option("shell", *shell, "Shell to print it for")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(
        "To have it in this shell:  source <(wavetank completion bash)\n"
        "in fish:                   wavetank completion fish | source");
    command->callback([&app, shell, &status] {
        if (*shell == "fish") {
            print_fish(app, "");
        } else if (*shell == "zsh") {
            print_zsh(app);
        } else {
            print_bash(app);
        }
        status = finish_output();
    });
}

}  // namespace wavetank::cli
