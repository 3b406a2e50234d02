#include "sim/cluster/plan.hpp"

#include "sim/cluster/apply.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/json.hpp>
#include <wavetank/mesh/load_balancer.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace wavetank::sim {
namespace {

using api::wavetankv1::Scenario;
using api::wavetankv1::ServiceModel;
using api::wavetankv1::Workload;

constexpr std::string_view own_group = "wavetank.dev";

// Kinds that others refer to go first.
std::size_t rank_of(const codec::ManifestObject& object) {
    constexpr std::array<std::string_view, 4> first{"Namespace", "Node", "ServiceAccount",
                                                    "ConfigMap"};
    const auto place = std::find(first.begin(), first.end(), object.gvk.kind);
    return static_cast<std::size_t>(place - first.begin());
}

// Collects what is wrong with one object of ours.
class Checker {
public:
    Checker(const codec::ManifestObject& object, std::vector<Error>& errors)
        : object_(object), errors_(errors) {}

    void invalid(const std::string& field, const std::string& message) {
        errors_.push_back({.reason = Reason::Invalid,
                           .message = object_.gvk.kind + " \"" + object_.name +
                                      "\" is invalid: " + field + ": " + message,
                           .where = object_.where_is(field)});
    }

    Duration duration(const std::string& field, const std::string& text) {
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

    std::optional<Duration> duration(const std::string& field,
                                     const std::optional<std::string>& text) {
        return text ? std::optional{duration(field, *text)} : std::nullopt;
    }

    std::optional<Distribution> distribution(const std::string& field,
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

    double rate(const std::string& field, const api::Quantity& quantity) {
        const double value = static_cast<double>(quantity.milli_value()) / 1000;
        if (value < 0) {
            invalid(field, "Invalid value: must be greater than or equal to 0");
            return 0;
        }
        return value;
    }

private:
    const codec::ManifestObject& object_;
    std::vector<Error>& errors_;
};

void add_scenario(Plan& plan, const Scenario& scenario, Checker check) {
    const auto& spec = scenario.spec;
    SimulationOptions& options = plan.options;
    if (spec.seed) {
        options.seed = static_cast<std::uint64_t>(*spec.seed);
    }
    if (const auto duration = check.duration("spec.duration", spec.duration)) {
        options.duration = duration;
    }
    if (!spec.loadBalancer.empty()) {
        const auto names = mesh::BalancerRegistry::defaults().names();
        if (std::find(names.begin(), names.end(), spec.loadBalancer) == names.end()) {
            check.invalid("spec.loadBalancer",
                          "Unsupported value: \"" + spec.loadBalancer +
                              "\": supported values: \"LEAST_REQUEST\", \"RANDOM\", "
                              "\"ROUND_ROBIN\"");
        } else {
            options.load_balancer = spec.loadBalancer;
        }
    }
    const auto& latencies = spec.latencies;
    options.network = check.distribution("spec.latencies.network", latencies.network);
    options.image_pull = check.distribution("spec.latencies.imagePull", latencies.imagePull);
    options.start_up = check.distribution("spec.latencies.startUp", latencies.startUp);
    options.readiness = check.distribution("spec.latencies.readiness", latencies.readiness);
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

void add_workload(Plan& plan, const Workload& workload, Checker check) {
    const auto& spec = workload.spec;
    Load load{.name = workload.metadata.name, .target = spec.target};
    if (spec.target.empty()) {
        check.invalid("spec.target", "Required value: the URL of a Service");
    }
    if (spec.rate.has_value() == !spec.stages.empty()) {
        check.invalid("spec", "Required value: either rate or stages");
    }
    if (spec.arrivals == "Constant") {
        load.arrivals = Arrivals::Constant;
    } else if (!spec.arrivals.empty() && spec.arrivals != "Poisson") {
        check.invalid("spec.arrivals", "Unsupported value: \"" + spec.arrivals +
                                           "\": supported values: \"Constant\", \"Poisson\"");
    }
    if (spec.rate) {
        load.requests_per_second = check.rate("spec.rate", *spec.rate);
    }
    for (std::size_t index = 0; index < spec.stages.size(); ++index) {
        const auto& stage = spec.stages[index];
        const std::string field = "spec.stages[" + std::to_string(index) + "]";
        const double rate = check.rate(field + ".rate", stage.rate);
        load.stages.push_back({.duration = check.duration(field + ".duration", stage.duration),
                               .from = stage.from ? check.rate(field + ".from", *stage.from) : rate,
                               .to = rate});
    }
    load.start = TimePoint{check.duration("spec.start", spec.start).value_or(Duration{})};
    const auto& request = spec.request;
    load.request.method =
        !request.method.empty() ? request.method : (request.body.empty() ? "GET" : "POST");
    load.request.headers = mesh::Headers{request.headers.begin(), request.headers.end()};
    load.request.body = request.body;
    plan.loads.push_back(std::move(load));
}

void add_model(Plan& plan, const ServiceModel& model, Checker check) {
    if (model.spec.image.empty()) {
        check.invalid("spec.image", "Required value: the container image that this describes");
    }
    plan.models.push_back(
        {.image = model.spec.image,
         .work = check.distribution("spec.work", model.spec.work).value_or(Distribution{})});
}

// Adds the errors among what was found in an object's text. Returns whether there were any.
bool report(const codec::ManifestObject& object, const codec::Diagnostics& diagnostics,
            std::vector<Error>& errors) {
    for (const codec::Diagnostic& diagnostic : diagnostics.items) {
        if (diagnostic.severity == codec::Severity::Error) {
            errors.push_back(
                {.reason = Reason::BadRequest,
                 .message = object.gvk.kind + " \"" + object.name + "\": " + diagnostic.message,
                 .where = diagnostic.where});
        }
    }
    return diagnostics.has_errors();
}

// Decodes an object of ours strictly; all its mistakes become errors.
template <class T, class Add>
void decode_and_add(const codec::ManifestObject& object, std::vector<Error>& errors, Add add) {
    codec::Diagnostics diagnostics;
    const T decoded = object.decode_as<T>(codec::Mode::Strict, diagnostics);
    report(object, diagnostics, errors);
    add(decoded);
}

void add_own(Plan& plan, const codec::ManifestObject& object, std::vector<Error>& errors) {
    Checker check{object, errors};
    if (object.gvk.kind == "Scenario") {
        decode_and_add<Scenario>(object, errors,
                                 [&](const auto& made) { add_scenario(plan, made, check); });
    } else if (object.gvk.kind == "Workload") {
        decode_and_add<Workload>(object, errors,
                                 [&](const auto& made) { add_workload(plan, made, check); });
    } else if (object.gvk.kind == "ServiceModel") {
        decode_and_add<ServiceModel>(object, errors,
                                     [&](const auto& made) { add_model(plan, made, check); });
    } else {
        errors.push_back({.reason = Reason::BadRequest,
                          .message = "no kind \"" + object.gvk.kind +
                                     "\" in wavetank.dev/v1: there are Scenario, ServiceModel "
                                     "and Workload",
                          .where = object.where});
    }
}

}  // namespace

codec::Manifest read_manifests(const std::vector<std::string>& paths, codec::Recursion recursion) {
    codec::Manifest manifest = codec::read_manifest_files(paths, {.recursion = recursion});
    if (manifest.objects.empty() && manifest.errors.empty()) {
        std::string list;
        for (const std::string& path : paths) {
            list += (list.empty() ? "" : ", ") + (path == "-" ? "standard input" : path);
        }
        manifest.errors.push_back(
            {.reason = Reason::BadRequest, .message = "there is no object in " + list});
    }
    return manifest;
}

Plan make_plan(const codec::Manifest& manifest, std::vector<Error>& errors) {
    Plan plan;
    for (const codec::ManifestObject& object : manifest.objects) {
        if (object.gvk.group == own_group && object.gvk.version != "v1") {
            errors.push_back({.reason = Reason::BadRequest,
                              .message = "no version \"" + object.gvk.version +
                                         "\" of wavetank.dev: there is v1",
                              .where = object.where_is("apiVersion")});
        } else if (object.gvk.group == own_group) {
            add_own(plan, object, errors);
        } else if (object.gvk.group == "kustomize.config.k8s.io") {
            plan.kustomizations.push_back(object);
        } else if (!report(object, codec::check_manifest({.objects = {object}}), errors)) {
            const bool is_known = api::find_kind(object.gvk) != nullptr;
            (is_known ? plan.objects : plan.ignored).push_back(object);
        }
    }
    std::stable_sort(
        plan.objects.begin(), plan.objects.end(),
        [](const auto& left, const auto& right) { return rank_of(left) < rank_of(right); });
    return plan;
}

void Plan::merge(Plan&& later) {
    const auto append = [](auto& to, auto& from) {
        to.insert(to.end(), std::make_move_iterator(from.begin()),
                  std::make_move_iterator(from.end()));
    };
    const auto take = [](auto& mine, const auto& theirs) {
        if (theirs) {
            mine = theirs;
        }
    };
    append(objects, later.objects);
    append(ignored, later.ignored);
    append(kustomizations, later.kustomizations);
    append(node_pools, later.node_pools);
    append(actions, later.actions);
    append(loads, later.loads);
    append(models, later.models);
    take(options.seed, later.options.seed);
    take(options.duration, later.options.duration);
    take(options.load_balancer, later.options.load_balancer);
    take(options.network, later.options.network);
    take(options.image_pull, later.options.image_pull);
    take(options.start_up, later.options.start_up);
    take(options.readiness, later.options.readiness);
}

Error combined(const std::vector<Error>& errors) {
    WAVETANK_ASSERT(!errors.empty());
    if (errors.size() == 1) {
        return errors.front();
    }
    Error all{.reason = errors.front().reason};
    for (const Error& error : errors) {
        all.message += (all.message.empty() ? "" : "\n") + to_string(error);
    }
    return all;
}

std::vector<Error> rehearse(const std::vector<codec::ManifestObject>& objects) {
    runtime::VirtualRuntime clock;
    store::Store store;
    registry::Registry registry{store, clock, Random{0}};
    std::vector<Error> errors;
    for (const codec::ManifestObject& object : objects) {
        assume_namespace(registry, object);
        if (auto refused = apply_object(registry, object.json())) {
            refused->where =
                refused->causes.empty() ? object.where : object.where_is(refused->causes[0].field);
            errors.push_back(std::move(*refused));
        }
    }
    return errors;
}

}  // namespace wavetank::sim
