#include "sim/cli/commands.hpp"

#include <wavetank/sim/manifests.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace wavetank::cli {
namespace {

struct ExportArguments {
    std::vector<std::string> paths;
    std::string folder;
    bool recursive = false;
};

int write_files(const std::vector<sim::ExportedFile>& files, const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    for (const sim::ExportedFile& file : files) {
        std::ofstream out{folder / file.name, std::ios::binary};
        out << file.text;
        if (!out.flush()) {
            std::cerr << "error: " << (folder / file.name).string() << " cannot be written\n";
            return exit_failed;
        }
    }
    std::cout << files.size() << " files in " << folder.string() << "; apply them with\n"
              << "  kubectl apply -k " << folder.string() << '\n';
    return exit_ok;
}

int export_files(const ExportArguments& arguments) {
    const auto files = sim::export_manifests(
        arguments.paths, arguments.recursive ? codec::Recursion::Yes : codec::Recursion::No);
    if (!files) {
        std::cerr << "error: " << files.error() << "\nNothing was written.\n";
        return exit_failed;
    }
    if (!arguments.folder.empty()) {
        return write_files(*files, arguments.folder);
    }
    bool first = true;
    for (const sim::ExportedFile& file : *files) {
        if (file.name != "kustomization.yaml") {
            std::cout << (first ? "" : "---\n") << file.text;
            first = false;
        }
    }
    return exit_ok;
}

}  // namespace

void add_export(CLI::App& app, int& status) {
    auto arguments = std::make_shared<ExportArguments>();
    CLI::App* command = app.add_subcommand(
        "export", "Write manifests as a live cluster takes them: canonical, nothing added");
    command
        ->add_option("-f,--filename", arguments->paths,
                     "Files or folders of manifests; - reads standard input")
        ->required()
        ->type_name("PATH")
        ->delimiter(',');
    command->add_flag("-R,--recursive", arguments->recursive, "Read the folders in folders, too");
    command
        ->add_option("-o,--output-dir", arguments->folder,
                     "Folder for one file an object and a kustomization.yaml (default: all "
                     "objects on standard output)")
        ->type_name("DIR");
    command->callback([arguments, &status] { status = export_files(*arguments); });
}

}  // namespace wavetank::cli
