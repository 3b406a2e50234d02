#include "sim/cli/serve.hpp"

#include "sim/cli/help.hpp"

#include <wavetank/services/adder.hpp>
#include <wavetank/services/random_number.hpp>
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
};

std::uint64_t fresh_seed() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

int serve(actor::Handler handler, const ServeArguments& arguments) {
    runtime::AsioRuntime runtime;
    const auto server = sim::ServiceServer::listen(
        runtime, std::move(handler),
        {.http = {.address = arguments.address, .port = arguments.port}, .seed = fresh_seed()});
    if (!server) {
        std::cerr << "error: " << server.error() << '\n';
        return EXIT_FAILURE;
    }
    runtime.on_termination([&service = **server] { service.drain(drain_limit); });
    std::cout << "listening on " << (*server)->address() << std::endl;
    runtime.run();
    return EXIT_SUCCESS;
}

void add_service(CLI::App& serve_command, const char* name, const char* help,
                 actor::Handler handler, int& status) {
    auto arguments = std::make_shared<ServeArguments>();
    CLI::App* command = serve_command.add_subcommand(name, help);
    command->add_option("--address", arguments->address, "IP address to listen at")
        ->type_name("IP")
        ->capture_default_str();
    command->add_option("--port", arguments->port, "Port to listen at; 0 takes any that is free")
        ->type_name("PORT")
        ->check(whole_number(std::numeric_limits<std::uint16_t>::max()))
        ->capture_default_str();
    command->callback([arguments, handler = std::move(handler), &status] {
        status = serve(handler, *arguments);
    });
}

}  // namespace

void add_serve(CLI::App& app, int& status) {
    CLI::App* command =
        app.add_subcommand("serve", "Answer real HTTP clients with one of the tutorial's services");
    command->require_subcommand(1);
    add_service(*command, "random-number", "A random number from 1 to 100",
                services::random_number(), status);
    add_service(*command, "adder", "The sum of two numbers: /?a=1&b=2", services::adder(), status);
}

}  // namespace wavetank::cli
