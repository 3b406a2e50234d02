#include "sim/cli/serve.hpp"

#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/manifest_options.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/services/adder.hpp>
#include <wavetank/services/random_number.hpp>
#include <wavetank/sim/declared_service.hpp>
#include <wavetank/sim/service_server.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>

namespace wavetank::cli {
namespace {

constexpr std::chrono::seconds drain_limit{10};  // well within a pod's 30 s of grace

struct ServeArguments {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::uint32_t cpus = 1;
};

struct ImageArguments {
    std::string image;
    ManifestArguments manifests;
};

std::uint64_t fresh_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

int serve(runtime::AsioRuntime& runtime, actor::Handler handler, const ServeArguments& arguments) {
    const auto server =
        sim::ServiceServer::listen(runtime, std::move(handler),
                                   {.http = {.address = arguments.address, .port = arguments.port},
                                    .seed = fresh_seed(),
                                    .cpus = arguments.cpus});
    if (!server) {
        std::cerr << "error: " << server.error() << '\n';
        return EXIT_FAILURE;
    }
    runtime.on_termination([&service = **server] { service.drain(drain_limit); });
    std::cout << "listening on " << (*server)->address() << std::endl;
    runtime.run();
    return EXIT_SUCCESS;
}

int serve_image(const ImageArguments& image, const ServeArguments& arguments) {
    auto program =
        sim::read_declared_program(image.manifests.paths, image.image, image.manifests.recursion);
    if (!program) {
        print_error(program.error());
        return exit_failed;
    }
    runtime::AsioRuntime runtime;
    sim::DeclaredService service{runtime, std::move(*program), arguments.cpus};
    return serve(runtime, service.handler(), arguments);
}

void add_where(CLI::App& command, ServeArguments& arguments) {
    command.add_option("--address", arguments.address, "IP address to listen at")
        ->type_name("IP")
        ->capture_default_str();
    command.add_option("--port", arguments.port, "Port to listen at; 0 takes any that is free")
        ->type_name("PORT")
        ->check(whole_number(std::numeric_limits<std::uint16_t>::max()))
        ->capture_default_str();
}

void add_service(CLI::App& serve_command, const char* name, const char* help,
                 actor::Handler handler, int& status) {
    auto arguments = std::make_shared<ServeArguments>();
    CLI::App* command = serve_command.add_subcommand(name, help);
    add_where(*command, *arguments);
    command->callback([arguments, handler = std::move(handler), &status] {
        runtime::AsioRuntime runtime;
        status = serve(runtime, handler, *arguments);
    });
}

void add_image(CLI::App& serve_command, int& status) {
    auto arguments = std::make_shared<ServeArguments>();
    auto image = std::make_shared<ImageArguments>();
    CLI::App* command = serve_command.add_subcommand(
        "image", "An image as its ServiceModel declares it; work only takes time");
    command->add_option("IMAGE", image->image, "Which, if the manifests describe several")
        ->type_name("");
    add_manifest_options(*command, image->manifests);
    command->add_option("--cpus", arguments->cpus, "Computations side by side")
        ->type_name("N")
        ->check(CLI::Range(1, 1024).description(""))
        ->capture_default_str();
    add_where(*command, *arguments);
    command->callback([arguments, image, &status] { status = serve_image(*image, *arguments); });
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
    CLI::App* command = app.add_subcommand(
        "serve", "Answer real HTTP clients with a service of the tutorial or a declared one");
    command->require_subcommand(1);
    add_service(*command, "random-number", "A random number from 1 to 100",
                services::random_number(), status);
    add_service(*command, "adder", "The sum of two numbers: /?a=1&b=2", services::adder(), status);
    add_image(*command, status);
}

}  // namespace wavetank::cli
