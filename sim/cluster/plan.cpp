#include "sim/cluster/plan.hpp"

#include "sim/cluster/apply.hpp"
#include "sim/cluster/own_kinds.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/json.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace wavetank::sim {
namespace {

using api::wavetankv1::Fault;
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
    if (object.gvk.kind == "Scenario") {
        decode_and_add<Scenario>(object, errors, [&](const auto& made) {
            add_scenario(plan, made, {object, errors});
        });
    } else if (object.gvk.kind == "Workload") {
        decode_and_add<Workload>(object, errors, [&](const auto& made) {
            add_workload(plan, made, {object, errors});
        });
    } else if (object.gvk.kind == "ServiceModel") {
        decode_and_add<ServiceModel>(object, errors, [&](const auto& made) {
            add_model(plan, made, {object, errors});
        });
    } else if (object.gvk.kind == "Fault") {
        decode_and_add<Fault>(object, errors, [&](const auto& made) {
            add_fault(plan, made, {object, errors});
        });
    } else {
        errors.push_back({.reason = Reason::BadRequest,
                          .message = "no kind \"" + object.gvk.kind +
                                     "\" in wavetank.dev/v1: there are Fault, Scenario, "
                                     "ServiceModel and Workload",
                          .where = object.where});
    }
}

void add_scheduler(Plan& plan, const codec::ManifestObject& object, std::vector<Error>& errors) {
    scheduler::ConfigurationReading reading = scheduler::read_configuration(object.json());
    for (Error& error : reading.errors) {
        error.where = error.causes.empty() ? object.where : object.where_is(error.causes[0].field);
        errors.push_back(std::move(error));
    }
    if (plan.scheduler) {
        errors.push_back({.reason = Reason::AlreadyExists,
                          .message = "there is more than one KubeSchedulerConfiguration; one has "
                                     "profiles for several schedulers",
                          .where = object.where});
    }
    plan.scheduler = std::move(reading.configuration);
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
        } else if (object.gvk.group == scheduler::configuration_group) {
            add_scheduler(plan, object, errors);
        } else if (object.gvk.group == "kustomize.config.k8s.io") {
            plan.kustomizations.push_back(object);
        } else if (is_of_istio(object)) {
            report(object, codec::check_manifest({.objects = {object}}), errors);
            plan.istio.push_back(object);
            if (add_istio(object, errors, plan.left_out)) {
                plan.mesh.push_back(object.json());
            }
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
    append(istio, later.istio);
    append(mesh, later.mesh);
    append(left_out, later.left_out);
    append(kustomizations, later.kustomizations);
    append(node_pools, later.node_pools);
    append(actions, later.actions);
    append(loads, later.loads);
    append(models, later.models);
    append(faults, later.faults);
    append(metrics, later.metrics);
    take(network, later.network);
    take(scheduler, later.scheduler);
    take(options.seed, later.options.seed);
    take(options.duration, later.options.duration);
    take(options.load_balancer, later.options.load_balancer);
    take(options.load_balancing, later.options.load_balancing);
    take(options.has_kube_proxy, later.options.has_kube_proxy);
    take(options.keep_alive, later.options.keep_alive);
    take(options.network, later.options.network);
    take(options.image_pull, later.options.image_pull);
    take(options.start_up, later.options.start_up);
    take(options.readiness, later.options.readiness);
    fill_in(later.options.autoscaling, options.autoscaling);
    options.autoscaling = later.options.autoscaling;
}

void fill_in(AutoscalingOptions& mine, const AutoscalingOptions& others) {
    const auto fill = [](auto& to, const auto& from) {
        if (!to) {
            to = from;
        }
    };
    fill(mine.sync_period, others.sync_period);
    fill(mine.downscale_stabilization, others.downscale_stabilization);
    fill(mine.tolerance, others.tolerance);
    fill(mine.cpu_initialization_period, others.cpu_initialization_period);
    fill(mine.initial_readiness_delay, others.initial_readiness_delay);
    fill(mine.housekeeping_interval, others.housekeeping_interval);
    fill(mine.metric_resolution, others.metric_resolution);
    fill(mine.rate_window, others.rate_window);
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
