/// \file
/// Measures services on ports of this machine, simulates them, and prints both side by side; what
/// `scripts/reality` calls once it has started them.
///
///   wavetank-reality compare --filename SERVICE.yaml TARGET...
///   wavetank-reality ports 3
///
/// The manifest describes two images: `service`, which the targets serve, and `probe`, whose work
/// always takes the same and whose replica never has a queue. What its answer takes beyond the work
/// is the way there and back: sockets, proxy, late timers, whatever else the machine is busy with.
/// It is measured beside the service, at the same time, and the simulation gets it as a wait.

#include "reality/forecast.hpp"
#include "reality/open_loop.hpp"
#include "reality/table.hpp"

#include <wavetank/sim/declared_service.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace wavetank;
using namespace wavetank::reality;
namespace asio = boost::asio;

// How busy the replicas are, and the part of the time that is spent on it: the longer queues are,
// the more slowly they forget, and the longer it takes to see what is typical.
struct Step {
    double utilisation;
    double share;
};
constexpr std::array steps{Step{0.5, 0.5}, Step{0.7, 0.75}, Step{0.85, 1.75}};

constexpr Duration warm_up_most = 3s;  // connections open, and queues get as long as they will
constexpr Duration patience = 10s;     // for the last answers
constexpr double probe_utilisation = 0.4;

/// A service to be measured: "NAME,BALANCER,REPLICAS,PORT,PROBE_PORT".
struct Target {
    std::string name;
    std::string load_balancer;
    std::uint32_t replicas = 1;
    std::uint16_t port = 0;
    std::uint16_t probe_port = 0;
};

struct Arguments {
    std::string manifest;
    std::vector<std::string> targets;
    double seconds = 60;
    std::uint64_t seed = 1;
    std::size_t ports = 1;
};

bool read_target(const std::string& text, Target& target) {
    std::istringstream in{text};
    char comma = 0;
    return std::getline(in, target.name, ',') && std::getline(in, target.load_balancer, ',') &&
           in >> target.replicas >> comma >> target.port >> comma >> target.probe_port &&
           in.eof() && target.replicas > 0 && is_load_balancer(target.load_balancer);
}

/// Requests to one port.
struct Stream {
    std::uint16_t port = 0;
    Pace pace{};
};

/// What is to be measured and simulated.
struct Experiment {
    std::vector<Target> targets;
    sim::DeclaredProgram service;
    sim::DeclaredProgram probe;
    double seconds = 0;
    std::uint64_t seed = 1;
};

// Sends all streams at the same time.
std::vector<Outcome> measure(const std::vector<Stream>& streams, const Random& random) {
    asio::io_context context{1};
    std::vector<std::unique_ptr<OpenLoop>> loops;
    Duration longest{};
    for (const Stream& stream : streams) {
        loops.push_back(std::make_unique<OpenLoop>(context, stream.port, stream.pace,
                                                   random.fork(std::to_string(loops.size()))));
        loops.back()->start();
        longest = std::max(longest, stream.pace.warm_up + stream.pace.duration);
    }
    context.run_for(longest + patience);
    std::vector<Outcome> outcomes;
    for (const auto& loop : loops) {
        outcomes.push_back(loop->outcome());
    }
    return outcomes;
}

// Returns what the probes took beyond their work, as some of its percentiles.
Way way_of(const Outcome& probes, Duration work) {
    constexpr int pieces = 200;
    std::vector<Distribution::Point> points;
    for (int i = 0; i <= pieces; ++i) {
        const double part = static_cast<double>(i) / pieces;
        points.push_back(
            {.part = part, .value = std::max(Duration::zero(), probes.percentile(part) - work)});
    }
    const Duration longest = points.back().value;
    return {.time = Distribution::empirical(std::move(points)), .longest = longest};
}

Pace pace_of(const sim::DeclaredProgram& program, double busy_replicas) {
    return {.requests_per_second =
                busy_replicas * 1e9 / static_cast<double>(program.work.mean().count())};
}

// The streams of a step: one for each target, then one for each probe, by its port.
std::vector<Stream> streams_of(const Experiment& experiment, const Step& step) {
    std::vector<Stream> streams;
    std::set<std::uint16_t> probe_ports;
    for (const Target& target : experiment.targets) {
        streams.push_back(
            {.port = target.port,
             .pace = pace_of(experiment.service, step.utilisation * target.replicas)});
        probe_ports.insert(target.probe_port);
    }
    for (const std::uint16_t port : probe_ports) {
        streams.push_back({.port = port, .pace = pace_of(experiment.probe, probe_utilisation)});
        streams.back().pace.arrivals = sim::Arrivals::Constant;
    }
    const Duration duration{static_cast<Duration::rep>(experiment.seconds * step.share * 1e9)};
    for (Stream& stream : streams) {
        stream.pace.duration = duration;
        stream.pace.warm_up = std::min(warm_up_most, duration / 2);
    }
    return streams;
}

// Gives the scene the rate and the mean work that really came about.
void set_measured(Scene& scene, const Outcome& outcome) {
    const auto answered = static_cast<double>(outcome.latencies.size());
    const auto sent = answered + static_cast<double>(outcome.failed + outcome.unanswered);
    const auto nanoseconds = static_cast<double>(scene.pace.duration.count());
    scene.pace.requests_per_second = sent * 1e9 / nanoseconds;
    if (outcome.work > Duration::zero()) {
        scene.speed = answered * static_cast<double>(scene.program.work.mean().count()) /
                      static_cast<double>(outcome.work.count());
    }
}

Result<std::vector<Row>> run_step(const Experiment& experiment, const Step& step) {
    const std::vector<Stream> streams = streams_of(experiment, step);
    const std::vector<Outcome> outcomes =
        measure(streams, Random{experiment.seed}.fork(std::to_string(step.utilisation)));
    std::map<std::uint16_t, Way> ways;  // by the port of the probe
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (outcomes[i].latencies.empty()) {
            return Error{.reason = Reason::ServiceUnavailable,
                         .message = "nothing at port " + std::to_string(streams[i].port) +
                                    " answered with 200"};
        }
        if (i >= experiment.targets.size()) {
            ways[streams[i].port] = way_of(outcomes[i], experiment.probe.work.mean());
        }
    }
    std::vector<Row> rows;
    for (std::size_t i = 0; i < experiment.targets.size(); ++i) {
        const Target& target = experiment.targets[i];
        Scene scene{.program = experiment.service,
                    .replicas = target.replicas,
                    .load_balancer = target.load_balancer,
                    .pace = streams[i].pace};
        const Way& way = ways.at(target.probe_port);
        scene.program.wait = way.time;
        set_measured(scene, outcomes[i]);
        rows.push_back({.name = target.name,
                        .utilisation = step.utilisation,
                        .real = outcomes[i],
                        .simulated = forecast(scene, experiment.seed),
                        .way = way});
    }
    return rows;
}

Result<Experiment> read_experiment(const Arguments& arguments) {
    Experiment experiment{.seconds = arguments.seconds, .seed = arguments.seed};
    for (const std::string& text : arguments.targets) {
        if (!read_target(text, experiment.targets.emplace_back())) {
            return Error{
                .reason = Reason::BadRequest,
                .message = "\"" + text + "\" is not NAME,BALANCER,REPLICAS,PORT,PROBE_PORT"};
        }
    }
    const std::pair<const char*, sim::DeclaredProgram*> programs[]{{"service", &experiment.service},
                                                                   {"probe", &experiment.probe}};
    for (const auto& [image, program] : programs) {
        auto found = sim::read_declared_program({arguments.manifest}, image);
        if (!found) {
            return found.error();
        }
        *program = std::move(*found);
    }
    return experiment;
}

int compare(const Arguments& arguments) {
    const auto experiment = read_experiment(arguments);
    if (!experiment) {
        std::cerr << "error: " << experiment.error() << '\n';
        return EXIT_FAILURE;
    }
    print_head(std::cout);
    std::cout << std::flush;
    std::vector<Row> rows;
    for (const Step& step : steps) {
        auto found = run_step(*experiment, step);
        if (!found) {
            std::cerr << "error: " << found.error() << '\n';
            return EXIT_FAILURE;
        }
        for (Row& row : *found) {
            print_row(std::cout, row);
            rows.push_back(std::move(row));
        }
        std::cout << std::flush;
    }
    print_foot(std::cout, rows);
    return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
}

// All are held until the last is known, so no two are the same.
int print_free_ports(std::size_t count) {
    asio::io_context context;
    std::vector<asio::ip::tcp::acceptor> held;
    for (std::size_t i = 0; i < count; ++i) {
        held.emplace_back(context, asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), 0});
        std::cout << held.back().local_endpoint().port() << '\n';
    }
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app{"Compares services on ports of this machine with what the simulator says of them"};
    app.require_subcommand(1);
    CLI::App* comparison = app.add_subcommand("compare", "Measure, simulate, and print a table");
    comparison
        ->add_option("-f,--filename", arguments.manifest, "ServiceModels of service and probe")
        ->required();
    comparison
        ->add_option("--seconds", arguments.seconds, "Measured at each utilisation, on average")
        ->check(CLI::Range(0.1, 9999.0));
    comparison->add_option("--seed", arguments.seed, "Of arrivals and simulations");
    comparison->add_option("TARGET", arguments.targets, "NAME,BALANCER,REPLICAS,PORT,PROBE_PORT")
        ->required();
    CLI::App* ports = app.add_subcommand("ports", "Print ports that are free");
    ports->add_option("COUNT", arguments.ports, "How many")->check(CLI::Range(1, 100));
    CLI11_PARSE(app, argc, argv);
    return comparison->parsed() ? compare(arguments) : print_free_ports(arguments.ports);
}
