#include "sim/cli/commands.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace wavetank::cli {
namespace {

std::string commands_of(const CLI::App& app) {
    std::string names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names += (names.empty() ? "" : " ") + command->get_name();
    }
    return names;
}

std::string flags_of(const CLI::App& command) {
    std::string flags;
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            flags += (flags.empty() ? "--" : " --") + name;
        }
    }
    return flags;
}

void print_bash(const CLI::App& app) {
    std::cout << "_wavetank() {\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} words=''\n"
                 "    if ((COMP_CWORD == 1)); then\n"
                 "        words='"
              << commands_of(app)
              << "'\n"
                 "    elif [[ $word == -* ]]; then\n"
                 "        case ${COMP_WORDS[1]} in\n";
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        std::cout << "            " << command->get_name() << ") words='" << flags_of(*command)
                  << "' ;;\n";
    }
    std::cout << "        esac\n"
                 "    fi\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                 "}\n"
                 "complete -o default -F _wavetank wavetank\n";
}

void print_fish(const CLI::App& app) {
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        std::cout << "complete -c wavetank -n __fish_use_subcommand -a " << command->get_name()
                  << " -d '" << command->get_description() << "'\n";
        for (const CLI::Option* option : command->get_options()) {
            for (const std::string& name : option->get_lnames()) {
                std::cout << "complete -c wavetank -n '__fish_seen_subcommand_from "
                          << command->get_name() << "' -l " << name << '\n';
            }
        }
    }
}

}  // namespace

void add_completion(CLI::App& app, int& status) {
    auto shell = std::make_shared<std::string>();
    CLI::App* command =
        app.add_subcommand("completion", "Print a script that completes commands and flags");
    command->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, shell, &status] {
        if (*shell == "fish") {
            print_fish(app);
        } else {
            if (*shell == "zsh") {
                std::cout << "autoload -U +X bashcompinit && bashcompinit\n";
            }
            print_bash(app);
        }
        status = exit_ok;
    });
}

}  // namespace wavetank::cli
