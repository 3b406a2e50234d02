#include "sim/cli/commands.hpp"
#include "sim/cli/help.hpp"
#include "sim/cli/manifest_options.hpp"
#include "sim/cli/terminal.hpp"

#include <wavetank/scheduler/explanation.hpp>
#include <wavetank/sim/simulation.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::cli {
namespace {

struct ExplainArguments {
    std::string what;
    ManifestArguments manifests;
    std::string in_namespace = "default";
    std::string at = "30s";
    std::string method = "GET";
    std::vector<std::string> headers;
    std::vector<std::string> labels;
};

// A pod's name has no slash.
bool is_route(const std::string& what) {
    return what.find('/') != std::string::npos;
}

// Puts "name: value" or "name=value" apart.
template <class Map>
bool add_pairs(const std::vector<std::string>& texts, char between, Map& map) {
    for (const std::string& text : texts) {
        const auto end = text.find(between);
        if (end == std::string::npos || end == 0) {
            std::cerr << "error: \"" << text << "\" is not of the form name" << between
                      << "value\n";
            return false;
        }
        const auto value = text.find_first_not_of(' ', end + 1);
        map[text.substr(0, end)] = value == std::string::npos ? "" : text.substr(value);
    }
    return true;
}

int explain_route(sim::Simulation& simulation, const ExplainArguments& arguments) {
    sim::RouteQuestion question{.url = arguments.what,
                                .request = {.method = arguments.method},
                                .in_namespace = arguments.in_namespace};
    if (!add_pairs(arguments.headers, ':', question.request.headers) ||
        !add_pairs(arguments.labels, '=', question.labels)) {
        return exit_usage;
    }
    const auto explanation = simulation.explain_route(question);
    if (!explanation) {
        print_error(explanation.error());
        return exit_failed;
    }
    std::cout << *explanation;
    return finish_output();
}

// Names that controllers make up end at random.
std::optional<store::Key> pod_called(const store::Store& store, const ExplainArguments& arguments) {
    for (const auto& pod : store.list<api::corev1::Pod>(arguments.in_namespace)) {
        if (pod->metadata.name.starts_with(arguments.what)) {
            return store::key_of(*pod);
        }
    }
    return std::nullopt;
}

int explain(const ExplainArguments& arguments) {
    sim::Simulation simulation;
    if (const auto failure = live_until(simulation, arguments.manifests, arguments.at)) {
        return *failure;
    }
    if (is_route(arguments.what)) {
        return explain_route(simulation, arguments);
    }
    const auto pod = pod_called(simulation.store(), arguments);
    if (!pod) {
        std::cerr << "error: " << arguments.at << " into the run there is no pod whose name begins "
                  << "with \"" << arguments.what << "\" in namespace " << arguments.in_namespace
                  << '\n';
        return exit_failed;
    }
    const std::string& name = simulation.store().get<api::corev1::Pod>(*pod)->spec->schedulerName;
    const auto* const profile = simulation.scheduler_configuration().profile_for(name);
    if (profile == nullptr) {
        std::cerr << "error: pod " << pod->name << " asks for the scheduler \"" << name
                  << "\", of which there is no profile\n";
        return exit_failed;
    }
    const auto explanation = scheduler::explain(simulation.store(), *pod, *profile);
    if (!explanation) {
        print_error(explanation.error());
        return exit_failed;
    }
    std::cout << *explanation;
    return finish_output();
}

}  // namespace

void add_explain(CLI::App& app, int& status) {
    auto arguments = std::make_shared<ExplainArguments>();
    CLI::App* command = app.add_subcommand(
        "explain", "Say why a pod goes where it goes, or what a request meets on its way");
    command
        ->add_option("POD|ROUTE", arguments->what,
                     "Name of the pod, or how it begins; or host/path of a request")
        ->required()
        ->type_name("");
    add_manifest_options(*command, arguments->manifests);
    add_scheduler_option(*command, arguments->manifests);
    command
        ->add_option("-n,--namespace", arguments->in_namespace,
                     "Namespace of the pod, or of the client")
        ->type_name("NAME")
        ->capture_default_str();
    command->add_option("--at", arguments->at, "When to ask, in simulated time")
        ->type_name("DURATION")
        ->capture_default_str();
    command->add_option("--method", arguments->method, "Of the request")
        ->type_name("METHOD")
        ->capture_default_str();
    command->add_option("-H,--header", arguments->headers, "Of the request: 'name: value'")
        ->type_name("HEADER");
    command->add_option("-l,--label", arguments->labels, "Of the client's pod: name=value")
        ->type_name("LABEL");
    command->callback([arguments, &status] { status = explain(*arguments); });
}

}  // namespace wavetank::cli
