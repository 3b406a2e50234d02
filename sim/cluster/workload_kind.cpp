#include "sim/cluster/own_kinds.hpp"

#include <wavetank/sim/trace.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace wavetank::sim {
namespace {

using api::wavetankv1::Workload;
using api::wavetankv1::WorkloadSpec;

constexpr std::int32_t users_max = 1'000'000;
constexpr std::int32_t priority_max = 255;

std::string item(const std::string& list, std::size_t index) {
    return list + "[" + std::to_string(index) + "]";
}

// Straight lines between 64 points of each period: off by at most a thousandth of the amplitude.
void add_sine(Load& load, const api::wavetankv1::Sine& sine, Checker& check) {
    constexpr int pieces = 64;
    constexpr double turn = 6.283185307179586;
    const double mean = check.rate("spec.sine.mean", sine.mean);
    const double amplitude = check.rate("spec.sine.amplitude", sine.amplitude);
    const Duration period = check.duration("spec.sine.period", sine.period);
    if (amplitude > mean) {
        check.invalid("spec.sine.amplitude", "Invalid value: must not be greater than the mean");
    }
    if (period < std::chrono::seconds{1}) {
        check.invalid("spec.sine.period", "Invalid value: must be at least 1s");
    }
    const auto rate = [&](int piece) {
        // Rounded, so that the last bit of the C library's sine does not count.
        const double swing = std::round(std::sin(turn * piece / pieces) * 1e9) / 1e9;
        return std::max(0.0, mean + amplitude * swing);
    };
    for (int piece = 0; piece < pieces; ++piece) {
        load.stages.push_back({.duration = period * (piece + 1) / pieces - period * piece / pieces,
                               .from = rate(piece),
                               .to = rate(piece + 1)});
    }
    load.repeats = true;
}

// A stage with a target starts where the one before it ended.
void add_stages(Load& load, const WorkloadSpec& spec, Checker& check) {
    double before = spec.startRate ? check.rate("spec.startRate", *spec.startRate) : 0;
    if (spec.startRate && (spec.stages.empty() || !spec.stages.front().target)) {
        check.invalid("spec.startRate", "Invalid value: it is for stages that begin with a target");
    }
    for (std::size_t index = 0; index < spec.stages.size(); ++index) {
        const auto& stage = spec.stages[index];
        const std::string field = item("spec.stages", index);
        if (stage.rate.has_value() == stage.target.has_value()) {
            check.invalid(field, "Required value: exactly one of rate and target");
            continue;
        }
        if (stage.target && stage.from) {
            check.invalid(field + ".from",
                          "Invalid value: a stage with a target starts where the last one ended");
        }
        const double to = stage.rate ? check.rate(field + ".rate", *stage.rate)
                                     : check.rate(field + ".target", *stage.target);
        const double from =
            stage.target ? before : (stage.from ? check.rate(field + ".from", *stage.from) : to);
        load.stages.push_back({.duration = check.duration(field + ".duration", stage.duration),
                               .from = from,
                               .to = to});
        before = to;
    }
}

void add_bursts(Load& load, const WorkloadSpec& spec, Checker& check) {
    bool brings_anybody = false;
    for (std::size_t index = 0; index < spec.bursts.size(); ++index) {
        const std::string field = item("spec.bursts", index);
        const auto& burst = spec.bursts[index];
        const BurstState state{.requests_per_second = check.rate(field + ".rate", burst.rate),
                               .stay = check.duration(field + ".stay", burst.stay)};
        if (state.stay < std::chrono::milliseconds{1}) {
            check.invalid(field + ".stay", "Invalid value: must be at least 1ms");
        }
        brings_anybody = brings_anybody || state.requests_per_second > 0;
        load.bursts.push_back(state);
    }
    if (!brings_anybody) {
        check.invalid("spec.bursts", "Invalid value: at least one rate must be greater than 0");
    }
}

void add_trace(Load& load, const api::wavetankv1::TraceSource& source, Checker& check) {
    const TraceOptions options{.scale = check.factor("spec.trace.scale", source.scale, 1),
                               .speed = check.factor("spec.trace.speed", source.speed, 1)};
    if (source.file.empty()) {
        check.invalid("spec.trace.file", "Required value: a CSV or JSON file");
        return;
    }
    auto trace = read_trace(check.beside(source.file), options);
    if (!trace && trace.error().where.file.empty()) {
        check.invalid("spec.trace.file", "Invalid value: " + trace.error().message);
    } else if (!trace) {
        check.add(trace.error());
    } else {
        load.stages = std::move(trace->stages);
        load.times = std::move(trace->times);
    }
}

// Rates are in requests a second from here on.
void convert_rates(Load& load, const WorkloadSpec& spec, Checker& check) {
    if (!spec.timeUnit) {
        return;
    }
    const Duration unit = check.duration("spec.timeUnit", *spec.timeUnit);
    if (spec.trace || spec.users) {
        check.invalid("spec.timeUnit", "Invalid value: it is for rates that are given here");
        return;
    }
    if (unit < std::chrono::milliseconds{1}) {
        check.invalid("spec.timeUnit", "Invalid value: must be at least 1ms");
        return;
    }
    const double seconds = std::chrono::duration<double>(unit).count();
    load.requests_per_second /= seconds;
    for (LoadStage& stage : load.stages) {
        stage.from /= seconds;
        stage.to /= seconds;
    }
    for (BurstState& burst : load.bursts) {
        burst.requests_per_second /= seconds;
    }
}

// Who comes, and when.
void add_arrivals(Load& load, const WorkloadSpec& spec, Checker& check) {
    const int kinds = (spec.rate ? 1 : 0) + (spec.stages.empty() ? 0 : 1) + (spec.sine ? 1 : 0) +
                      (spec.bursts.empty() ? 0 : 1) + (spec.trace ? 1 : 0) + (spec.users ? 1 : 0);
    if (kinds != 1) {
        check.invalid("spec",
                      "Required value: exactly one of rate, stages, sine, bursts, trace and users");
    }
    if (spec.arrivals == "Constant") {
        load.arrivals = Arrivals::Constant;
    } else if (!spec.arrivals.empty() && spec.arrivals != "Poisson") {
        check.invalid("spec.arrivals", "Unsupported value: \"" + spec.arrivals +
                                           "\": supported values: \"Constant\", \"Poisson\"");
    }
    load.repeats = spec.repeat;
    if (spec.rate) {
        load.requests_per_second = check.rate("spec.rate", *spec.rate);
    }
    add_stages(load, spec, check);
    if (spec.sine) {
        add_sine(load, *spec.sine, check);
    }
    if (!spec.bursts.empty()) {
        add_bursts(load, spec, check);
    }
    if (spec.trace) {
        add_trace(load, *spec.trace, check);
    }
    if (spec.repeat && (spec.rate || spec.users || !spec.bursts.empty() || !load.times.empty())) {
        check.invalid("spec.repeat", "Invalid value: only stages and recorded rates repeat");
    }
    convert_rates(load, spec, check);
    load.start = TimePoint{check.duration("spec.start", spec.start).value_or(Duration{})};
    load.duration = check.duration("spec.duration", spec.duration);
}

std::uint8_t read_priority(const std::string& field, const std::optional<std::int32_t>& priority,
                           Checker& check) {
    if (priority && *priority > priority_max) {
        check.invalid(field, "Invalid value: " + std::to_string(*priority) + ": must be at most " +
                                 std::to_string(priority_max));
        return 0;
    }
    return static_cast<std::uint8_t>(check.count(field, priority, 0).value_or(0));
}

// What a request says; as `base` where nothing is said of it.
mesh::Request request_of(const api::wavetankv1::RequestTemplate& given, mesh::Request base) {
    for (const auto& [name, value] : given.headers) {
        base.headers[name] = value;
    }
    if (!given.body.empty()) {
        base.body = given.body;
        base.method = "POST";
    }
    if (!given.method.empty()) {
        base.method = given.method;
    }
    return base;
}

// What a class without a name is called: its target less the scheme.
std::string name_of(const std::string& target) {
    const auto scheme = target.find("://");
    return scheme == std::string::npos ? target : target.substr(scheme + 3);
}

// Where requests go.
void add_classes(Load& load, const WorkloadSpec& spec, Checker& check) {
    if (spec.target.empty() == spec.classes.empty()) {
        check.invalid("spec.target",
                      "Required value: the URL of a Service, or classes; exactly one of the two");
    }
    load.target = spec.target;
    load.priority = read_priority("spec.priority", spec.priority, check);
    if (spec.priority && !spec.classes.empty()) {
        check.invalid("spec.priority", "Invalid value: each class has its own");
    }
    std::set<std::string> names;
    for (std::size_t index = 0; index < spec.classes.size(); ++index) {
        const std::string field = item("spec.classes", index);
        const auto& given = spec.classes[index];
        if (given.target.empty()) {
            check.invalid(field + ".target", "Required value: the URL of a Service");
        }
        const std::string name = given.name.empty() ? name_of(given.target) : given.name;
        if (!names.insert(name).second) {
            check.invalid(field + ".name", "Duplicate value: \"" + name + "\"");
        }
        load.classes.push_back(
            {.name = name,
             .target = given.target,
             .weight = check.factor(field + ".weight", given.weight, 1),
             .priority = read_priority(field + ".priority", given.priority, check),
             .request = request_of(given.request, load.request)});
        if (given.request.keys) {
            check.invalid(field + ".request.keys",
                          "Invalid value: all classes have the keys of the workload");
        }
    }
}

// What one of them does.
void add_users(Load& load, const WorkloadSpec& spec, Checker& check) {
    if (spec.users) {
        if (spec.users->count > users_max) {
            check.invalid("spec.users.count", "Invalid value: must be at most 1000000");
        }
        load.users = {
            .count = check.count("spec.users.count", spec.users->count, 1).value_or(1),
            .think =
                check.distribution("spec.users.think", spec.users->think).value_or(Distribution{}),
            .per_second = spec.users->spawnRate
                              ? check.factor("spec.users.spawnRate", spec.users->spawnRate, 1)
                              : 0};
    }
    if (!spec.session) {
        return;
    }
    if (spec.users) {
        check.invalid("spec.session", "Invalid value: users stay; sessions are of those who come");
    }
    const auto length = SessionLength::parse(spec.session->requests.to_string());
    if (!length) {
        check.invalid("spec.session.requests", length.error().message);
    }
    load.session = {
        .requests = length ? *length : SessionLength{},
        .think =
            check.distribution("spec.session.think", spec.session->think).value_or(Distribution{})};
}

void add_keys(Load& load, const api::wavetankv1::RequestKeys& keys, Checker& check) {
    constexpr std::int32_t keys_max = 1'000'000;
    const std::string field = "spec.request.keys";
    if (keys.header.empty() == keys.cookie.empty()) {
        check.invalid(field, "Required value: exactly one of header and cookie");
    }
    if (keys.count > keys_max) {
        check.invalid(field + ".count", "Invalid value: must be at most 1000000");
        return;
    }
    load.keys = RequestKeys{.header = keys.header,
                            .cookie = keys.cookie,
                            .count = check.count(field + ".count", keys.count, 1).value_or(1),
                            .skew = keys.skew ? check.rate(field + ".skew", *keys.skew) : 0};
}

}  // namespace

void add_workload(Plan& plan, const Workload& workload, Checker check) {
    const auto& spec = workload.spec;
    Load load{.name = workload.metadata.name};
    add_arrivals(load, spec, check);
    load.request = request_of(spec.request, {});
    add_classes(load, spec, check);
    add_users(load, spec, check);
    load.from = {.region = spec.from.region, .zone = spec.from.zone, .node = spec.from.node};
    if (spec.request.keys) {
        add_keys(load, *spec.request.keys, check);
    }
    plan.loads.push_back(std::move(load));
}

}  // namespace wavetank::sim
