#include "sim/cli/commands.hpp"
#include "sim/cli/manifest_options.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/sim/manifests.hpp>

#include <cerrno>
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
    ManifestArguments manifests;
    std::string folder;
};

int cannot_write(const std::filesystem::path& path, const std::error_code& failure) {
    std::cerr << "error: " << path.string() << " cannot be written: " << failure.message() << '\n';
    return exit_failed;
}

int write_files(const std::vector<sim::ExportedFile>& files, const std::filesystem::path& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) {
        return cannot_write(folder, failure);
    }
    for (const sim::ExportedFile& file : files) {
        errno = 0;
        std::ofstream out{folder / file.name, std::ios::binary};
        out << file.text;
        if (!out.flush()) {
            return cannot_write(folder / file.name, {errno, std::generic_category()});
        }
    }
    std::cout << files.size() << " files in " << folder.string() << "; apply them with\n"
              << "  kubectl apply -k " << folder.string() << '\n';
    return finish_output();
}

int export_files(const ExportArguments& arguments) {
    const auto files =
        sim::export_manifests(arguments.manifests.paths, arguments.manifests.recursion);
    if (!files) {
        print_error(files.error());
        std::cerr << "Nothing was written.\n";
        return exit_failed;
    }
    if (!arguments.folder.empty() && arguments.folder != "-") {
        return write_files(*files, arguments.folder);
    }
    bool first = true;
    for (const sim::ExportedFile& file : *files) {
        if (file.name != "kustomization.yaml") {
            std::cout << (first ? "" : "---\n") << file.text;
            first = false;
        }
    }
    return finish_output();
}

}  // namespace

void add_export(CLI::App& app, int& status) {
    auto arguments = std::make_shared<ExportArguments>();
    CLI::App* command = app.add_subcommand(
        "export", "Write manifests as a live cluster takes them: canonical, nothing added");
    add_manifest_options(*command, arguments->manifests);
    command
        ->add_option("-o,--output-dir", arguments->folder,
                     "Folder for one file an object and a kustomization.yaml; - or none: all "
                     "objects on standard output")
        ->type_name("DIR");
    command->callback([arguments, &status] { status = export_files(*arguments); });
}

}  // namespace wavetank::cli
