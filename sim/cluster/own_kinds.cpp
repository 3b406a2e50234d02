#include "sim/cluster/own_kinds.hpp"

#include <wavetank/api/names.hpp>
#include <wavetank/base/ascii.hpp>
#include <wavetank/mesh/load_balancer.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace wavetank::sim {

using api::wavetankv1::Fault;
using api::wavetankv1::Scenario;
using api::wavetankv1::ServiceModel;

void Checker::invalid(const std::string& field, const std::string& message) {
    errors_.push_back({.reason = Reason::Invalid,
                       .message = object_.gvk.kind + " \"" + object_.name +
                                  "\" is invalid: " + field + ": " + message,
                       .where = object_.where_is(field)});
}

void Checker::add(Error error) {
    error.message = object_.gvk.kind + " \"" + object_.name + "\": " + error.message;
    errors_.push_back(std::move(error));
}

std::string Checker::beside(const std::string& path) const {
    return (std::filesystem::path{object_.where.file}.parent_path() / path).string();
}

Duration Checker::duration(const std::string& field, const std::string& text) {
    const auto parsed = parse_duration(text);
    if (!parsed) {
        invalid(field, parsed.error().message);
        return {};
    }
    if (*parsed < Duration::zero()) {
        invalid(field, "Invalid value: \"" + text + "\": must not be negative");
    }
    return *parsed;
}

std::optional<Duration> Checker::duration(const std::string& field,
                                          const std::optional<std::string>& text) {
    return text ? std::optional{duration(field, *text)} : std::nullopt;
}

std::optional<Distribution> Checker::distribution(const std::string& field,
                                                  const std::optional<std::string>& text) {
    if (!text) {
        return std::nullopt;
    }
    const auto parsed = Distribution::parse(*text);
    if (!parsed) {
        invalid(field, parsed.error().message);
        return std::nullopt;
    }
    return *parsed;
}

double Checker::rate(const std::string& field, const api::Quantity& quantity) {
    const double value = static_cast<double>(quantity.milli_value()) / 1000;
    if (value < 0) {
        invalid(field, "Invalid value: must be greater than or equal to 0");
        return 0;
    }
    return value;
}

double Checker::slow_down(const std::string& field, const api::Quantity& quantity) {
    const double value = static_cast<double>(quantity.milli_value()) / 1000;
    if (value <= 1 || value > slow_down_max) {
        invalid(field, "Invalid value: must be greater than 1 and at most 10M");
        return 1;
    }
    return value;
}

std::int64_t Checker::bytes(const std::string& field, const api::Quantity& quantity) {
    if (quantity.value() < 0) {
        invalid(field, "Invalid value: must be greater than or equal to 0");
        return 0;
    }
    return quantity.value();
}

double Checker::factor(const std::string& field, const std::optional<api::Quantity>& quantity,
                       double by_default) {
    const double value =
        quantity ? static_cast<double>(quantity->milli_value()) / 1000 : by_default;
    if (value <= 0) {
        invalid(field, "Invalid value: must be greater than 0");
        return by_default;
    }
    return value;
}

double Checker::part(const std::string& field, const std::optional<api::Quantity>& quantity,
                     double by_default) {
    const double value =
        quantity ? static_cast<double>(quantity->milli_value()) / 1000 : by_default;
    if (value < 0 || value > 1) {
        invalid(field, "Invalid value: " + quantity->to_string() + ": must be between 0 and 1");
        return by_default;
    }
    return value;
}

std::optional<std::uint32_t> Checker::count(const std::string& field,
                                            const std::optional<std::int32_t>& number,
                                            std::int32_t lowest) {
    if (!number) {
        return std::nullopt;
    }
    if (*number < lowest) {
        invalid(field, "Invalid value: " + std::to_string(*number) + ": must be at least " +
                           std::to_string(lowest));
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(*number);
}

namespace {

// A selector that is not set matches all.
api::Selector read_selector(const api::metav1::LabelSelector& selector, const std::string& field,
                            Checker& check) {
    auto read = api::Selector::from(selector);
    if (!read) {
        check.invalid(field, read.error().message);
        return {};
    }
    return std::move(*read);
}

PlannedLink read_link(const api::wavetankv1::NetworkLink& link, const std::string& field,
                      Checker& check) {
    PlannedLink planned{.from = read_selector(link.from, field + ".from", check),
                        .to = read_selector(link.to, field + ".to", check),
                        .is_one_way = link.oneWay,
                        .latency = check.distribution(field + ".latency", link.latency),
                        .delay = check.distribution(field + ".delay", link.delay),
                        .is_cut = link.cut};
    if (link.loss) {
        planned.loss = check.part(field + ".loss", link.loss, 0);
        if (*planned.loss == 1) {
            check.invalid(field + ".loss",
                          "Invalid value: must be less than 1: what is lost is sent "
                          "again; to lose all, set cut");
        }
    }
    if (link.bandwidth) {
        planned.bandwidth = check.factor(field + ".bandwidth", link.bandwidth, 0);
    }
    return planned;
}

PlannedNetwork read_network(const api::wavetankv1::Network& network, Checker& check) {
    PlannedNetwork planned{
        .same_node = check.distribution("spec.network.sameNode", network.sameNode),
        .between_zones = check.distribution("spec.network.betweenZones", network.betweenZones),
        .between_regions =
            check.distribution("spec.network.betweenRegions", network.betweenRegions)};
    for (std::size_t i = 0; i < network.links.size(); ++i) {
        planned.links.push_back(
            read_link(network.links[i], "spec.network.links[" + std::to_string(i) + "]", check));
    }
    return planned;
}

void read_balancer(SimulationOptions& options, const std::string& name, Checker& check) {
    std::string supported;
    for (const std::string& known : mesh::BalancerRegistry::defaults().names()) {
        if (known == name) {
            options.load_balancer = name;
            return;
        }
        supported += (supported.empty() ? "\"" : ", \"") + known + "\"";
    }
    check.invalid("spec.loadBalancer",
                  "Unsupported value: \"" + name + "\": supported values: " + supported);
}

mesh::HashPolicy read_hash_policy(const api::wavetankv1::HashPolicy& policy,
                                  const std::string& field, Checker& check) {
    const int kinds = (policy.header.empty() ? 0 : 1) + (policy.cookie.empty() ? 0 : 1) +
                      (policy.queryParameter.empty() ? 0 : 1);
    if (kinds != 1) {
        check.invalid(field, "Required value: exactly one of header, cookie and queryParameter");
    }
    mesh::HashPolicy read{.terminal = policy.terminal};
    if (!policy.header.empty()) {
        read.policy_specifier = mesh::HashHeader{.header_name = policy.header};
    } else if (!policy.cookie.empty()) {
        read.policy_specifier = mesh::HashCookie{.name = policy.cookie};
    } else {
        read.policy_specifier = mesh::HashQueryParameter{.name = policy.queryParameter};
    }
    return read;
}

LoadBalancing read_load_balancing(const api::wavetankv1::LoadBalancing& given, Checker& check) {
    const std::string field = "spec.loadBalancing";
    LoadBalancing read;
    for (std::size_t i = 0; i < given.hashPolicy.size(); ++i) {
        read.hash_policy.push_back(read_hash_policy(
            given.hashPolicy[i], field + ".hashPolicy[" + std::to_string(i) + "]", check));
    }
    const auto take = [](std::uint64_t& setting, const std::optional<std::int64_t>& value) {
        setting = value ? static_cast<std::uint64_t>(std::max<std::int64_t>(*value, 0)) : setting;
    };
    take(read.config.ring_hash_lb_config.minimum_ring_size, given.minimumRingSize);
    take(read.config.ring_hash_lb_config.maximum_ring_size, given.maximumRingSize);
    take(read.config.maglev_lb_config.table_size, given.tableSize);
    read.config.common_lb_config.consistent_hashing_lb_config.hash_balance_factor =
        check.count(field + ".hashBalanceFactor", given.hashBalanceFactor, 100).value_or(0);
    if (const auto valid = mesh::validate(read.config); !valid) {
        check.invalid(field, "Invalid value: " + valid.error().message);
        read.config = {};
    }
    return read;
}

AutoscalingOptions read_autoscaling(const api::wavetankv1::Autoscaling& autoscaling,
                                    Checker& check) {
    const std::string field = "spec.autoscaling.";
    const auto positive = [&](std::string_view member, const std::optional<std::string>& text) {
        const std::string name = field + std::string{member};
        const auto duration = check.duration(name, text);
        if (duration && *duration < std::chrono::seconds{1}) {
            check.invalid(name, "Invalid value: must be at least 1s");
        }
        return duration;
    };
    AutoscalingOptions options{
        .sync_period = positive("syncPeriod", autoscaling.syncPeriod),
        .downscale_stabilization =
            check.duration(field + "downscaleStabilization", autoscaling.downscaleStabilization),
        .cpu_initialization_period =
            check.duration(field + "cpuInitializationPeriod", autoscaling.cpuInitializationPeriod),
        .initial_readiness_delay =
            check.duration(field + "initialReadinessDelay", autoscaling.initialReadinessDelay),
        .housekeeping_interval = positive("housekeepingInterval", autoscaling.housekeepingInterval),
        .metric_resolution = positive("metricResolution", autoscaling.metricResolution),
        .rate_window = positive("rateWindow", autoscaling.rateWindow)};
    if (autoscaling.tolerance) {
        options.tolerance = check.rate(field + "tolerance", *autoscaling.tolerance);
    }
    return options;
}

PlannedMetric read_metric(const api::wavetankv1::DeclaredMetric& metric, const std::string& field,
                          Checker& check) {
    PlannedMetric planned{.name = metric.name,
                          .in_namespace = metric.namespace_.empty() ? "default" : metric.namespace_,
                          .labels = metric.labels};
    if (metric.name.empty()) {
        check.invalid(field + ".name", "Required value");
    }
    if (metric.object) {
        planned.kind = metric.object->kind;
        planned.object = metric.object->name;
        if (planned.kind.empty() || planned.object.empty()) {
            check.invalid(field + ".object", "Required value: kind and name");
        }
    }
    if (metric.values.empty()) {
        check.invalid(field + ".values", "Required value: a time and a value at least");
    }
    for (std::size_t i = 0; i < metric.values.size(); ++i) {
        const std::string at = field + ".values[" + std::to_string(i) + "].at";
        const TimePoint time{check.duration(at, metric.values[i].at)};
        if (!planned.points.empty() && time <= planned.points.back().time) {
            check.invalid(at, "Invalid value: must be after the one before");
        }
        planned.points.push_back({time, metric.values[i].value.milli_value()});
    }
    return planned;
}

}  // namespace

void add_scenario(Plan& plan, const Scenario& scenario, Checker check) {
    const auto& spec = scenario.spec;
    SimulationOptions options;
    if (spec.seed) {
        options.seed = static_cast<std::uint64_t>(*spec.seed);
    }
    if (const auto duration = check.duration("spec.duration", spec.duration)) {
        options.duration = duration;
    }
    if (!spec.loadBalancer.empty()) {
        read_balancer(options, spec.loadBalancer, check);
    }
    if (spec.loadBalancing) {
        options.load_balancing = read_load_balancing(*spec.loadBalancing, check);
    }
    if (spec.proxy == "kube-proxy" || spec.proxy == "envoy") {
        options.has_kube_proxy = spec.proxy == "kube-proxy";
    } else if (!spec.proxy.empty()) {
        check.invalid("spec.proxy", "Unsupported value: \"" + spec.proxy +
                                        "\": supported values: \"envoy\", \"kube-proxy\"");
    }
    options.keep_alive = check.duration("spec.keepAlive", spec.keepAlive);
    const auto has_kube_proxy =
        options.has_kube_proxy ? options.has_kube_proxy : plan.options.has_kube_proxy;
    if (options.keep_alive && !has_kube_proxy.value_or(false)) {
        check.invalid("spec.keepAlive", "Invalid value: it is for proxy kube-proxy");
    }
    const auto& latencies = spec.latencies;
    options.network = check.distribution("spec.latencies.network", latencies.network);
    options.image_pull = check.distribution("spec.latencies.imagePull", latencies.imagePull);
    options.start_up = check.distribution("spec.latencies.startUp", latencies.startUp);
    options.readiness = check.distribution("spec.latencies.readiness", latencies.readiness);
    read_node_settings(options, plan.node_settings, spec, check);
    options.autoscaling = read_autoscaling(spec.autoscaling, check);
    fill_in(options, plan.options);
    plan.options = std::move(options);
    for (std::size_t i = 0; i < spec.metrics.size(); ++i) {
        plan.metrics.push_back(
            read_metric(spec.metrics[i], "spec.metrics[" + std::to_string(i) + "]", check));
    }
    if (spec.network) {
        plan.network = read_network(*spec.network, check);
    }
    for (std::size_t index = 0; index < spec.nodePools.size(); ++index) {
        if (spec.nodePools[index].count < 1) {
            check.invalid("spec.nodePools[" + std::to_string(index) + "].count",
                          "Invalid value: " + std::to_string(spec.nodePools[index].count) +
                              ": must be at least 1");
        }
        plan.node_pools.push_back(spec.nodePools[index]);
    }
    for (std::size_t index = 0; index < spec.actions.size(); ++index) {
        const auto& action = spec.actions[index];
        const std::string field = "spec.actions[" + std::to_string(index) + "]";
        const int verbs =
            (action.scale ? 1 : 0) + (action.apply.is_null() ? 0 : 1) + (action.delete_ ? 1 : 0);
        if (verbs != 1) {
            check.invalid(field, "Required value: exactly one of scale, apply and delete");
            continue;
        }
        plan.actions.push_back(
            {.time = TimePoint{check.duration(field + ".at", action.at)}, .action = action});
    }
}

namespace {

PlannedCall read_call(const api::wavetankv1::ServiceCall& call, const std::string& field,
                      Checker& check) {
    if (call.service.empty()) {
        check.invalid(field + ".service", "Required value: the URL of a Service");
    }
    return {.url = call.service,
            .probability = check.part(field + ".probability", call.probability, 1),
            .repeat = check.count(field + ".repeat", call.repeat, 1).value_or(1)};
}

std::vector<PlannedCall> read_step(const api::wavetankv1::CallStep& step, const std::string& field,
                                   Checker& check) {
    std::vector<PlannedCall> calls;
    if (step.parallel.empty()) {
        calls.push_back(read_call(
            {.service = step.service, .probability = step.probability, .repeat = step.repeat},
            field, check));
        return calls;
    }
    if (!step.service.empty() || step.probability || step.repeat) {
        check.invalid(field, "Invalid value: either one call or parallel ones");
    }
    for (std::size_t i = 0; i < step.parallel.size(); ++i) {
        calls.push_back(
            read_call(step.parallel[i], field + ".parallel[" + std::to_string(i) + "]", check));
    }
    return calls;
}

Discipline read_discipline(const std::string& name, Checker& check) {
    if (name == "LIFO") {
        return Discipline::Lifo;
    }
    if (name == "PRIORITY") {
        return Discipline::Priority;
    }
    if (name == "PS") {
        return Discipline::ProcessorSharing;
    }
    if (!name.empty() && name != "FIFO") {
        check.invalid("spec.discipline",
                      "Unsupported value: \"" + name +
                          "\": supported values: \"FIFO\", \"LIFO\", \"PRIORITY\", \"PS\"");
    }
    return Discipline::Fifo;
}

}  // namespace

void add_model(Plan& plan, const ServiceModel& model, Checker check) {
    const auto& spec = model.spec;
    if (spec.image.empty()) {
        check.invalid("spec.image", "Required value: the container image that this describes");
    }
    PlannedModel planned{
        .image = spec.image,
        .program = {.work = check.distribution("spec.work", spec.work).value_or(Distribution{}),
                    .wait = check.distribution("spec.wait", spec.wait).value_or(Distribution{}),
                    .error_rate = check.part("spec.errorRate", spec.errorRate, 0),
                    .discipline = read_discipline(spec.discipline, check),
                    .concurrency = check.count("spec.concurrency", spec.concurrency, 1),
                    .queue_limit = check.count("spec.queueLimit", spec.queueLimit, 0),
                    .propagates_deadline = spec.propagateDeadline.value_or(false)}};
    planned.threads = check.count("spec.threads", spec.threads, 1);
    if (spec.memory) {
        planned.memory = check.bytes("spec.memory.base", spec.memory->base);
        planned.memory_per_request = check.bytes("spec.memory.perRequest", spec.memory->perRequest);
    }
    if (spec.disk) {
        planned.disk = check.bytes("spec.disk.base", spec.disk->base);
        planned.disk_per_request = check.bytes("spec.disk.perRequest", spec.disk->perRequest);
    }
    if (spec.processes) {
        planned.processes = check.count("spec.processes.base", spec.processes->base, 0).value_or(0);
        planned.processes_per_request =
            check.count("spec.processes.perRequest", spec.processes->perRequest, 0).value_or(0);
    }
    if (spec.warmUp) {
        planned.warm_up = check.duration("spec.warmUp.duration", spec.warmUp->duration);
        planned.warm_up_factor = check.slow_down("spec.warmUp.factor", spec.warmUp->factor);
    }
    if (spec.payload) {
        const auto size = [&](const std::string& field, const api::Quantity& quantity) {
            return static_cast<std::uint64_t>(check.bytes("spec.payload." + field, quantity));
        };
        planned.program.request_bytes = size("request", spec.payload->request);
        planned.program.response_bytes = size("response", spec.payload->response);
    }
    for (std::size_t i = 0; i < spec.calls.size(); ++i) {
        planned.calls.push_back(
            read_step(spec.calls[i], "spec.calls[" + std::to_string(i) + "]", check));
    }
    for (std::size_t i = 0; i < spec.forwardHeaders.size(); ++i) {
        const std::string& name = spec.forwardHeaders[i];
        for (const std::string& problem : api::check_http_header_name(name)) {
            check.invalid("spec.forwardHeaders[" + std::to_string(i) + "]",
                          "Invalid value: \"" + name + "\": " + problem);
        }
        planned.forward_headers.push_back(to_lower(name));
    }
    plan.models.push_back(std::move(planned));
}

namespace {

node::ShutdownGrace read_shutdown(const api::wavetankv1::NodeShutdown& shutdown,
                                  const std::string& field, Checker& check) {
    node::ShutdownGrace grace;
    grace.critical =
        check.duration(field + "gracePeriodCriticalPods", shutdown.gracePeriodCriticalPods)
            .value_or(grace.critical);
    const Duration all = check.duration(field + "gracePeriod", shutdown.gracePeriod)
                             .value_or(std::chrono::seconds{30});
    if (all < grace.critical) {
        check.invalid(field + "gracePeriod",
                      "Invalid value: must not be less than gracePeriodCriticalPods");
    }
    grace.regular = std::max(all - grace.critical, Duration::zero());
    return grace;
}

void read_effect(PlannedFault& planned, const api::wavetankv1::FaultSpec& spec, Checker& check) {
    const int effects = (spec.slowDown ? 1 : 0) + (spec.hang ? 1 : 0) + (spec.crash ? 1 : 0) +
                        (spec.errorBurst ? 1 : 0) + (spec.memoryLeak ? 1 : 0) +
                        (spec.endpointStall ? 1 : 0) + (spec.link ? 1 : 0) +
                        (spec.nodeCrash ? 1 : 0) + (spec.nodeFreeze ? 1 : 0) +
                        (spec.heartbeatLoss ? 1 : 0) + (spec.nodeShutdown ? 1 : 0);
    if (effects != 1) {
        check.invalid("spec",
                      "Required value: exactly one of slowDown, hang, crash, errorBurst, "
                      "memoryLeak, endpointStall, link, nodeCrash, nodeFreeze, heartbeatLoss and "
                      "nodeShutdown");
    }
    if (spec.slowDown) {
        planned.slow_down = check.slow_down("spec.slowDown.factor", spec.slowDown->factor);
    }
    if (spec.hang) {
        planned.slow_down = slow_down_max;
    }
    planned.crashes = spec.crash;
    if (spec.errorBurst) {
        planned.error_rate = check.part("spec.errorBurst.rate", spec.errorBurst->rate, 0);
    }
    if (spec.memoryLeak) {
        planned.leak = check.bytes("spec.memoryLeak.perSecond", spec.memoryLeak->perSecond);
    }
    planned.stalls_endpoints = spec.endpointStall;
    if (spec.link) {
        planned.link = read_link(*spec.link, "spec.link", check);
    }
    if (spec.nodeCrash) {
        planned.node_trouble = NodeTrouble::Crash;
    } else if (spec.nodeFreeze) {
        planned.node_trouble = NodeTrouble::Freeze;
    } else if (spec.heartbeatLoss) {
        planned.node_trouble = NodeTrouble::HeartbeatLoss;
    } else if (spec.nodeShutdown) {
        planned.node_trouble = NodeTrouble::Shutdown;
        planned.shutdown = read_shutdown(*spec.nodeShutdown, "spec.nodeShutdown.", check);
    }
}

}  // namespace

void add_fault(Plan& plan, const Fault& fault, Checker check) {
    const auto& spec = fault.spec;
    PlannedFault planned{.name = fault.metadata.name,
                         .at = TimePoint{check.duration("spec.at", spec.at)},
                         .every = check.distribution("spec.every", spec.every),
                         .duration = check.duration("spec.duration", spec.duration),
                         .in_namespace = spec.namespace_.empty() ? "default" : spec.namespace_,
                         .selector = read_selector(spec.selector, "spec.selector", check),
                         .nodes = read_selector(spec.nodes, "spec.nodes", check),
                         .count = check.count("spec.count", spec.count, 1),
                         .is_random = spec.random};
    read_effect(planned, spec, check);
    if (planned.node_trouble && planned.nodes.empty()) {
        check.invalid("spec.nodes", "Required value: which nodes");
    } else if (planned.node_trouble && !planned.selector.empty()) {
        check.invalid("spec.selector", "Invalid value: it befalls nodes, not pods");
    } else if (planned.selector.empty() && planned.nodes.empty() && !spec.endpointStall &&
               !spec.link) {
        check.invalid("spec.selector", "Required value: which pods, or nodes");
    }
    if (planned.every && planned.every->mean() < std::chrono::milliseconds{1}) {
        check.invalid("spec.every", "Invalid value: must be at least 1ms on average");
    }
    plan.faults.push_back(std::move(planned));
}

}  // namespace wavetank::sim
