#include <wavetank/sim/simulation.hpp>

#include "sim/cluster/apply.hpp"
#include "sim/cluster/assumptions.hpp"
#include "sim/cluster/cluster.hpp"
#include "sim/cluster/fault_injector.hpp"
#include "sim/cluster/plan.hpp"
#include "sim/cluster/policy_autoscaler.hpp"
#include "sim/cluster/programs.hpp"
#include "sim/cluster/route_explanation.hpp"
#include "sim/cluster/sized_images.hpp"
#include "sim/report/recorder.hpp"
#include "sim/report/usage_recorder.hpp"

#include <wavetank/actor/program_registry.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/manifest.hpp>
#include <wavetank/sim/invariants.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace wavetank::sim {
namespace {

MetricsPipelineOptions pipeline_of(const AutoscalingOptions& options,
                                   std::vector<PlannedMetric> declared) {
    MetricsPipelineOptions pipeline{.declared = std::move(declared)};
    auto& server = pipeline.server;
    server.housekeeping = options.housekeeping_interval.value_or(server.housekeeping);
    server.resolution = options.metric_resolution.value_or(server.resolution);
    pipeline.rates.interval = server.resolution;
    pipeline.rates.window = options.rate_window.value_or(pipeline.rates.window);
    return pipeline;
}

controllers::HorizontalPodAutoscalerOptions autoscaler_of(const AutoscalingOptions& options) {
    controllers::HorizontalPodAutoscalerOptions made;
    made.sync_period = options.sync_period.value_or(made.sync_period);
    made.downscale_stabilization =
        options.downscale_stabilization.value_or(made.downscale_stabilization);
    made.tolerance = options.tolerance.value_or(made.tolerance);
    made.cpu_initialization_period =
        options.cpu_initialization_period.value_or(made.cpu_initialization_period);
    made.initial_readiness_delay =
        options.initial_readiness_delay.value_or(made.initial_readiness_delay);
    return made;
}

// Adds what proxies did to hosts to the events of a run, at its place in their order.
void add_ejections(Report& report, const std::string& service,
                   const std::vector<Ejection>& ejections) {
    for (const Ejection& ejection : ejections) {
        const auto later =
            std::ranges::upper_bound(report.events, ejection.first, {}, &EventReport::time);
        report.events.insert(later, {.time = ejection.first,
                                     .type = "Warning",
                                     .reason = "Ejected",
                                     .object = "Service " + service,
                                     .message = ejection.replica + " is an outlier",
                                     .count = ejection.count});
    }
}

// Adds what should not have happened.
void add_breaches(Report& report, const std::vector<BrokenInvariant>& breaches) {
    for (const BrokenInvariant& breach : breaches) {
        const auto later =
            std::ranges::upper_bound(report.events, breach.time, {}, &EventReport::time);
        report.events.insert(later, {.time = breach.time,
                                     .type = "Warning",
                                     .reason = std::string{invariant_broken},
                                     .object = breach.object,
                                     .message = breach.rule + ": " + breach.message});
    }
}

}  // namespace

struct Simulation::State {
    explicit State(SimulationOptions given)
        : options(std::move(given)), runtime({.wall_epoch = options.wall_epoch}) {}

    SimulationOptions options;
    runtime::VirtualRuntime runtime;
    actor::ProgramRegistry programs;
    std::map<std::string, PlannedModel, std::less<>> models;  // by image
    Plan plan;                                                // what was applied before the start
    std::vector<Load> loads;
    std::vector<std::pair<TimePoint, std::function<void(Simulation&)>>> actions;
    std::vector<std::unique_ptr<PolicyAutoscaler>> policies;
    Assumptions assumptions;

    // From the start on.
    std::optional<SizedImages> images;
    std::unique_ptr<Cluster> cluster;
    std::unique_ptr<Recorder> recorder;
    std::unique_ptr<UsageRecorder> usage;
    std::unique_ptr<FaultInjector> faults;
    std::unique_ptr<InvariantChecker> invariants;  // null: not asked for
    TimePoint next_memory_look{};

    Result<void> apply(const codec::Manifest& manifest, std::vector<Error> errors);
    void start(Simulation& simulation);
    void settle_options();
    void note_assumptions();
    [[nodiscard]] std::optional<PlannedNetwork> network() const;
    [[nodiscard]] std::optional<std::vector<boost::json::object>> mesh() const;
    [[nodiscard]] std::optional<mesh::KubeProxyPolicy> kube_proxy() const;
    [[nodiscard]] Result<void> perform_action(const api::wavetankv1::Action& action);
    [[nodiscard]] node::Leases leases() const;
    void create_nodes();
    void create(const codec::ManifestObject& object);
    void start_load(Load load);
    void ask(const PolicyAutoscaler& policy);
    void assume_load();
    void sample_usage();
    void observe_usage(const std::vector<ContainerUse>& containers);
    [[nodiscard]] const PlannedModel& model_of(const std::string& image);
    [[nodiscard]] const PlannedModel* find_model(const std::string& image) const;
    [[nodiscard]] Fleet::Program program_of(const std::string& image);
    [[nodiscard]] Duration duration() const;
    [[nodiscard]] std::uint64_t requests_started() const;
};

Result<void> Simulation::State::apply(const codec::Manifest& manifest, std::vector<Error> errors) {
    Plan added = make_plan(manifest, errors, plan.node_settings);
    if (errors.empty()) {
        std::vector<codec::ManifestObject> together = plan.objects;
        together.insert(together.end(), added.objects.begin(), added.objects.end());
        errors = rehearse(together);
    }
    if (!errors.empty()) {
        return combined(errors);
    }
    if (cluster != nullptr) {
        for (const codec::ManifestObject& object : added.objects) {
            create(object);
        }
        return {};
    }
    plan.merge(std::move(added));
    return {};
}

void Simulation::State::settle_options() {
    fill_in(options, plan.options);
    assumptions.settle(options);
    if (options.image_sizes) {
        images.emplace(*options.image_sizes);
    }
}

void Simulation::State::start(Simulation& simulation) {
    if (cluster != nullptr) {
        return;
    }
    settle_options();
    const Random random{*options.seed};
    for (const PlannedModel& model : plan.models) {
        models.insert_or_assign(model.image, model);
    }
    cluster = std::make_unique<Cluster>(
        runtime, random,
        ClusterOptions{.load_balancer = *options.load_balancer,
                       .load_balancing = options.load_balancing.value_or(LoadBalancing{}),
                       .network = *options.network,
                       .links = network(),
                       .mesh = mesh(),
                       .kube_proxy = kube_proxy(),
                       .node = {.image_pull = *options.image_pull,
                                .start_up = *options.start_up,
                                .readiness = *options.readiness,
                                .leases = leases(),
                                .pulls = options.image_pulls,
                                .eviction = options.eviction.value_or(node::EvictionRules{}),
                                .relist = options.control_plane.relist,
                                .client = options.control_plane.kubelets,
                                .image_source = images ? &*images : nullptr,
                                .status_images_max = options.status_images_max.value_or(50)},
                       .timing = options.control_plane,
                       .metrics = pipeline_of(options.autoscaling, plan.metrics),
                       .autoscaler = autoscaler_of(options.autoscaling),
                       .scheduler = plan.scheduler.value_or(scheduler::SchedulerConfiguration{})},
        [this](const std::string& image) { return program_of(image); });
    if (options.check_invariants) {
        invariants = std::make_unique<InvariantChecker>(cluster->store(), runtime.clock());
    }
    recorder = std::make_unique<Recorder>(cluster->store(), runtime);
    usage = std::make_unique<UsageRecorder>(cluster->store());
    runtime.schedule_after(UsageRecorder::first_window, [this] { sample_usage(); });
    faults = std::make_unique<FaultInjector>(runtime, *cluster, *recorder, random);
    create_nodes();
    for (const codec::ManifestObject& object : plan.objects) {
        create(object);
    }
    note_assumptions();
    for (const TimedAction& action : plan.actions) {
        runtime.schedule(action.time, [this, action] {
            if (const auto done = perform_action(action.action); !done) {
                recorder->note_refusal("Scenario action", done.error());
            }
        });
    }
    for (const PlannedFault& fault : plan.faults) {
        faults->plan(fault);
    }
    for (auto& [time, action] : actions) {
        runtime.schedule(time, [&simulation, run = std::move(action)] { run(simulation); });
    }
    for (const auto& policy : policies) {
        runtime.schedule_after(policy->options.period, [this, &policy = *policy] { ask(policy); });
    }
    loads.insert(loads.end(), plan.loads.begin(), plan.loads.end());
    if (loads.empty()) {
        assume_load();
    }
    for (Load& load : loads) {
        start_load(std::move(load));
    }
}

// Says what of the plan is not followed, and what is taken for granted.
void Simulation::State::note_assumptions() {
    assumptions.skipped(plan);
    if (options.has_kube_proxy.value_or(false)) {
        assumptions.kube_proxy(options, plan);
    }
    if (MeshRoutes* routes = cluster->fleet().mesh()) {
        for (const std::string& what : routes->not_understood()) {
            assumptions.add(what + " is not simulated", "");
        }
        for (const Load& load : plan.loads) {
            if (load.keys) {
                assumptions.add("routes do not go by the keys of " + load.name, "");
            }
        }
    }
    if (cluster->store().size<api::autoscalingv2::HorizontalPodAutoscaler>() > 0) {
        assumptions.autoscaling(options.autoscaling);
    }
}

// Links are told apart if a manifest does so, or a fault befalls some.
std::optional<PlannedNetwork> Simulation::State::network() const {
    const bool has_trouble = std::ranges::any_of(
        plan.faults, [](const PlannedFault& fault) { return fault.link.has_value(); });
    return plan.network || !has_trouble ? plan.network : PlannedNetwork{};
}

// Routes may come later, too.
std::optional<std::vector<boost::json::object>> Simulation::State::mesh() const {
    const bool comes_later = std::ranges::any_of(plan.actions, [](const TimedAction& action) {
        return action.action.apply.is_object() && is_of_istio(action.action.apply.as_object());
    });
    const bool has_proxies = !options.has_kube_proxy.value_or(false);
    const bool is_told = comes_later || !plan.mesh.empty() || plan.has_discovery;
    return has_proxies && is_told ? std::optional{plan.mesh} : std::nullopt;
}

std::optional<mesh::KubeProxyPolicy> Simulation::State::kube_proxy() const {
    if (!options.has_kube_proxy.value_or(false)) {
        return std::nullopt;
    }
    mesh::KubeProxyPolicy policy;
    policy.keep_alive = options.keep_alive.value_or(policy.keep_alive);
    return policy;
}

// What tells clients where requests go is not in the store.
Result<void> Simulation::State::perform_action(const api::wavetankv1::Action& action) {
    MeshRoutes* routes = cluster->fleet().mesh();
    if (action.apply.is_object() && is_of_istio(action.apply.as_object())) {
        if (routes == nullptr) {
            return Error{.reason = Reason::BadRequest,
                         .message = "clients have no proxies: there is kube-proxy alone"};
        }
        if (auto added = apply_istio(*routes, action.apply.as_object()); !added) {
            return added.error();
        }
        cluster->fleet().mesh_changed();
        return {};
    }
    if (action.delete_ && is_kind_of_istio(action.delete_->kind)) {
        const auto& gone = *action.delete_;
        const std::string in = gone.namespace_.empty() ? "default" : gone.namespace_;
        const boost::json::object named{{"kind", gone.kind},
                                        {"metadata", {{"name", gone.name}, {"namespace", in}}}};
        if (routes != nullptr && routes->changes_what_comes_in(named)) {
            return Error{.reason = Reason::BadRequest,
                         .message =
                             "what comes in to pods does not change during a run: that is "
                             "not simulated"};
        }
        if (routes == nullptr || !routes->remove(gone.kind, {in, gone.name})) {
            return Error{.reason = Reason::NotFound,
                         .message = gone.kind + " \"" + gone.name + "\" not found"};
        }
        cluster->fleet().mesh_changed();
        return {};
    }
    return perform(cluster->registry(), action);
}

// Heartbeats are looked at where nodes can fall silent; elsewhere they would tell nothing.
node::Leases Simulation::State::leases() const {
    const bool has_trouble = std::ranges::any_of(
        plan.faults, [](const PlannedFault& fault) { return fault.node_trouble.has_value(); });
    return has_trouble ? node::Leases::On : node::Leases::Off;
}

void Simulation::State::create_nodes() {
    std::vector<api::wavetankv1::NodePool> pools = plan.node_pools;
    const bool has_nodes =
        std::any_of(plan.objects.begin(), plan.objects.end(),
                    [](const auto& object) { return object.gvk.kind == "Node"; });
    if (pools.empty() && !has_nodes) {
        pools.push_back(assumptions.nodes());
    }
    std::int32_t number = 0;
    for (const auto& pool : pools) {
        for (std::int32_t index = 0; index < pool.count; ++index) {
            const auto made = cluster->registry().create(node_of(pool, ++number));
            WAVETANK_ASSERT(made.has_value());
        }
    }
}

void Simulation::State::create(const codec::ManifestObject& object) {
    if (assume_namespace(cluster->registry(), object)) {
        assumptions.add(fmt::format("the namespace {} exists", object.namespace_),
                        "a manifest of the Namespace");
    }
    if (const auto refused = apply_object(cluster->registry(), object.json())) {
        assumptions.add(to_string(*refused), "a manifest that fits the cluster");
    }
}

// What is said of an image, with or without its tag; null if nothing is.
const PlannedModel* Simulation::State::find_model(const std::string& image) const {
    auto known = models.find(image);
    if (known == models.end()) {
        known = models.find(actor::image_repository(image));
    }
    return known == models.end() ? nullptr : &known->second;
}

// The same, or else what is assumed.
const PlannedModel& Simulation::State::model_of(const std::string& image) {
    if (const PlannedModel* const known = find_model(image)) {
        return *known;
    }
    const Distribution work = assumed_work();
    assumptions.add(
        fmt::format("a request to image {} takes {} of CPU time", image, to_string(work)),
        "spec.work in a ServiceModel of that image");
    return models.emplace(image, PlannedModel{.image = image, .program = {.work = work}})
        .first->second;
}

// Code of the user's costs what it computes, and what is declared besides.
Fleet::Program Simulation::State::program_of(const std::string& image) {
    if (const actor::Handler* const registered = programs.find(image)) {
        return {.model = find_model(image), .code = *registered};
    }
    return {.model = &model_of(image), .code = built_in_program(image)};
}

void Simulation::State::start_load(Load load) {
    if (load.name.empty()) {
        load.name = load.target;
    }
    cluster->fleet().add_load(load);
}

void Simulation::State::ask(const PolicyAutoscaler& policy) {
    policy.decide(*cluster, runtime.now());
    runtime.schedule_after(policy.options.period, [this, &policy] { ask(policy); });
}

// Notes what containers use; the kernel kills those whose memory is above their limit.
void Simulation::State::sample_usage() {
    const std::vector<ContainerUse> containers = cluster->fleet().usage();
    usage->sample(runtime.now(), containers);
    cluster->metrics().observe(containers);
    for (const ContainerUse& container : containers) {
        if (container.is_running && container.memory_limit > 0 &&
            container.memory > container.memory_limit) {
            recorder->note_out_of_memory(container.pod, container.container, container.memory,
                                         container.memory_limit);
            cluster->end_container(container.pod, container.container,
                                   {.code = 137, .out_of_memory = true});
        }
    }
    observe_usage(containers);
    runtime.schedule_after(UsageRecorder::first_window, [this] { sample_usage(); });
}

// Tells the nodes, as often as they look.
void Simulation::State::observe_usage(const std::vector<ContainerUse>& containers) {
    if (runtime.now() < next_memory_look) {
        return;
    }
    next_memory_look = runtime.now() + std::chrono::seconds{10};
    std::vector<node::ContainerUsage> used;
    for (const ContainerUse& container : containers) {
        if (container.is_running && container.memory + container.disk + container.processes > 0) {
            used.push_back({container.pod, container.container, container.memory, container.disk,
                            container.processes});
        }
    }
    cluster->observe_usage(used);
}

void Simulation::State::assume_load() {
    for (const auto& service : cluster->store().list<api::corev1::Service>()) {
        if (service->spec.selector.empty() || service->spec.ports.empty()) {
            continue;
        }
        loads.push_back(
            assumptions.load(store::key_of(*service), service->spec.ports.front().port));
    }
}

Duration Simulation::State::duration() const {
    return options.duration.value_or(Duration{});
}

std::uint64_t Simulation::State::requests_started() const {
    std::uint64_t started = 0;
    for (const auto& load : cluster->fleet().loads()) {
        started += load.sent;
    }
    return started;
}

Simulation::Simulation(SimulationOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

Simulation::~Simulation() = default;

Result<void> Simulation::apply_file(const std::string& path) {
    return apply_files({path}, codec::Recursion::No);
}

Result<void> Simulation::apply_files(const std::vector<std::string>& paths,
                                     codec::Recursion recursion) {
    const codec::Manifest manifest = read_manifests(paths, recursion);
    return state_->apply(manifest, manifest.errors);
}

Result<void> Simulation::apply_text(std::string_view text, const std::string& name) {
    const codec::Manifest manifest = codec::read_manifest_text(text, name);
    return state_->apply(manifest, manifest.errors);
}

void Simulation::serve(std::string image, actor::Handler handler) {
    state_->programs.add(std::move(image), std::move(handler));
}

void Simulation::add_load(Load load) {
    if (state_->cluster == nullptr) {
        state_->loads.push_back(std::move(load));
    } else {
        state_->start_load(std::move(load));
    }
}

void Simulation::autoscale(store::Key deployment, std::unique_ptr<AutoscalerPolicy> policy,
                           AutoscaleOptions options) {
    const auto& added = state_->policies.emplace_back(std::make_unique<PolicyAutoscaler>(
        PolicyAutoscaler{std::move(deployment), std::move(policy), options}));
    if (state_->cluster != nullptr) {
        state_->runtime.schedule_after(
            options.period, [state = state_.get(), &policy = *added] { state->ask(policy); });
    }
}

void Simulation::at(TimePoint time, std::function<void(Simulation&)> action) {
    if (state_->cluster == nullptr) {
        state_->actions.emplace_back(time, std::move(action));
    } else {
        state_->runtime.schedule(time, [this, run = std::move(action)] { run(*this); });
    }
}

Result<void> Simulation::scale(const store::Key& deployment, std::int32_t replicas) {
    return scale_workload(registry(), "Deployment", deployment, replicas);
}

Report Simulation::run(std::stop_token stop, const std::function<void(const Progress&)>& observe) {
    constexpr Duration step = std::chrono::milliseconds{100};
    state_->start(*this);
    State& state = *state_;
    const TimePoint end{state.duration()};
    bool interrupted = false;
    while (state.runtime.now() < end && !interrupted) {
        const TimePoint next = std::min(end, state.runtime.now() + step);
        interrupted = !state.runtime.run_until(next, stop) || stop.stop_requested();
        if (observe) {
            observe({.now = state.runtime.now(),
                     .duration = state.duration(),
                     .requests = state.requests_started()});
        }
    }

    Report report{.seed = *state.options.seed,
                  .duration = state.runtime.now().time_since_epoch(),
                  .interrupted = interrupted && state.runtime.now() < end,
                  .requests_total = state.requests_started(),
                  .assumptions = state.assumptions.list()};
    std::map<std::string, mesh::ServiceStats> loads;
    std::map<std::string, std::map<std::string, mesh::ServiceStats>> classes;  // of each load
    for (const auto& load : state.cluster->fleet().loads()) {
        for (const auto& part : load.classes) {
            loads[load.name].merge(part.stats);
            if (!part.name.empty()) {
                classes[load.name][load.name + "/" + part.name].merge(part.stats);
            }
        }
    }
    std::uint64_t finished = 0;
    mesh::ServiceStats all;
    for (const auto& [name, stats] : loads) {
        all.merge(stats);
        report.loads.push_back(summarise(name, stats, report.duration));
        for (const auto& [part, part_stats] : classes[name]) {
            report.loads.push_back(summarise(part, part_stats, report.duration));
        }
        report.requests_failed += stats.errors();
        finished += stats.requests();
    }
    report.overall = summarise("", all, report.duration).latency;
    report.requests_unfinished = report.requests_total - finished;
    const auto services = state.cluster->fleet().services();
    for (const auto& [name, figures] : services) {
        report.services.push_back(summarise(name, figures.stats, report.duration));
        report.services.back().upstream = figures.upstream;
    }
    state.recorder->fill(report);
    for (const auto& [name, figures] : services) {
        add_ejections(report, name, figures.ejections);
    }
    state.usage->fill(report);
    if (state.invariants != nullptr) {
        state.invariants->settle();
        add_breaches(report, state.invariants->broken());
    }
    report.digest = digest_of(report);
    return report;
}

void Simulation::run_until(TimePoint time) {
    state_->start(*this);
    state_->runtime.run_until(time);
}

Result<std::string> Simulation::explain_route(const RouteQuestion& question) {
    state_->start(*this);
    return sim::explain_route(state_->cluster->store(), state_->cluster->fleet().mesh(), question);
}

registry::Registry& Simulation::registry() {
    state_->start(*this);
    return state_->cluster->registry();
}

const scheduler::SchedulerConfiguration& Simulation::scheduler_configuration() const {
    static const scheduler::SchedulerConfiguration usual;
    return state_->plan.scheduler ? *state_->plan.scheduler : usual;
}

store::Store& Simulation::store() {
    state_->start(*this);
    return state_->cluster->store();
}

runtime::VirtualRuntime& Simulation::runtime() {
    return state_->runtime;
}

}  // namespace wavetank::sim
