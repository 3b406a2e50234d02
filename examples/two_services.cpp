// The tutorial's two services, written as handlers, on three nodes for three simulated minutes.
//
//   visitors --260/s--> random-number-service (3 replicas, from one minute on 5)
//   visitors --100/s--> addition-service (2 replicas)
//
// The Deployments and Services are the tutorial's own manifests, in the folder given as the first
// argument. The report is the same on every machine; two_services.expected holds it.

#include <wavetank/sim/simulation.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace std::chrono_literals;
using wavetank::Task;
using wavetank::TimePoint;
using wavetank::actor::Context;
using wavetank::mesh::Request;
using wavetank::mesh::Response;
using wavetank::sim::Simulation;

namespace {

// Thinks for twelve milliseconds on average, then answers with a number from 1 to 100.
Task<Response> serve_random(Context context, [[maybe_unused]] Request request) {
    const std::chrono::duration<double, std::milli> thought{12 * context.random().exponential()};
    co_await context.compute(std::chrono::duration_cast<wavetank::Duration>(thought));
    co_return Response::text(std::to_string(1 + context.random().below(100)));
}

// Answers a body such as "20 22" with the sum of the two numbers.
Task<Response> serve_sum(Context context, Request request) {
    co_await context.compute(2ms);
    std::size_t end = 0;
    const int augend = std::stoi(request.body, &end);
    const int addend = std::stoi(request.body.substr(end));
    co_return Response::text(std::to_string(augend + addend));
}

void scale_to_five(Simulation& simulation) {
    const auto scaled = simulation.scale({"default", "random-number-service"}, 5);
    if (!scaled) {
        std::cerr << scaled.error() << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : "examples/tutorial";
    Simulation simulation{{.seed = 1, .duration = 3min}};

    for (const char* file : {"random-number-deployment", "random-number-service",
                             "addition-deployment", "addition-service"}) {
        const auto applied = simulation.apply_file(folder + "/" + file + ".yaml");
        if (!applied) {
            std::cerr << applied.error() << '\n';
            return EXIT_FAILURE;
        }
    }
    simulation.serve("wavetank/random-number-service:v1", serve_random);
    simulation.serve("wavetank/addition-service:v1", serve_sum);
    simulation.add_load({.target = "http://random-number-service-svc/",
                         .requests_per_second = 260,
                         .start = TimePoint{5s}});
    simulation.add_load({.target = "http://addition-service-svc/",
                         .requests_per_second = 100,
                         .start = TimePoint{5s},
                         .request = {.method = "POST", .body = "20 22"}});
    simulation.at(TimePoint{1min}, scale_to_five);

    const wavetank::sim::Report report = simulation.run();
    std::cout << report;
    return report.requests_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
