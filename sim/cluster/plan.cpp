#include "sim/cluster/plan.hpp"

#include "sim/cluster/apply.hpp"
#include "sim/cluster/own_kinds.hpp"
#include "sim/cluster/self_discovery.hpp"

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

Plan make_plan(const codec::Manifest& manifest, std::vector<Error>& errors,
               PlannedNodeSettings before) {
    Plan plan{.node_settings = std::move(before)};
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
            if (add_istio(object, errors, plan.left_out, plan.needs_discovery)) {
                plan.mesh.push_back(object.json());
            }
        } else if (!report(object, codec::check_manifest({.objects = {object}}), errors)) {
            const bool is_known = api::find_kind(object.gvk) != nullptr;
            (is_known ? plan.objects : plan.ignored).push_back(object);
            plan.has_discovery = plan.has_discovery || has_discovering_pods(object.json());
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
    append(needs_discovery, later.needs_discovery);
    has_discovery = has_discovery || later.has_discovery;
    append(kustomizations, later.kustomizations);
    append(node_pools, later.node_pools);
    append(actions, later.actions);
    append(loads, later.loads);
    append(models, later.models);
    append(faults, later.faults);
    append(metrics, later.metrics);
    take(network, later.network);
    take(scheduler, later.scheduler);
    node_settings = std::move(later.node_settings);
    fill_in(later.options, options);
    options = std::move(later.options);
}

void fill_in(SimulationOptions& mine, const SimulationOptions& others) {
    const auto fill = [](auto& to, const auto& from) {
        if (!to) {
            to = from;
        }
    };
    fill(mine.seed, others.seed);
    fill(mine.duration, others.duration);
    fill(mine.load_balancer, others.load_balancer);
    fill(mine.load_balancing, others.load_balancing);
    fill(mine.has_kube_proxy, others.has_kube_proxy);
    fill(mine.keep_alive, others.keep_alive);
    fill(mine.network, others.network);
    fill(mine.image_pull, others.image_pull);
    fill(mine.start_up, others.start_up);
    fill(mine.readiness, others.readiness);
    fill(mine.image_pulls, others.image_pulls);
    fill(mine.image_sizes, others.image_sizes);
    if (others.image_sizes) {
        mine.image_sizes->insert(others.image_sizes->begin(), others.image_sizes->end());
    }
    fill(mine.status_images_max, others.status_images_max);
    fill(mine.eviction, others.eviction);
    AutoscalingOptions& autoscaling = mine.autoscaling;
    const AutoscalingOptions& other_autoscaling = others.autoscaling;
    fill(autoscaling.sync_period, other_autoscaling.sync_period);
    fill(autoscaling.downscale_stabilization, other_autoscaling.downscale_stabilization);
    fill(autoscaling.tolerance, other_autoscaling.tolerance);
    fill(autoscaling.cpu_initialization_period, other_autoscaling.cpu_initialization_period);
    fill(autoscaling.initial_readiness_delay, other_autoscaling.initial_readiness_delay);
    fill(autoscaling.housekeeping_interval, other_autoscaling.housekeeping_interval);
    fill(autoscaling.metric_resolution, other_autoscaling.metric_resolution);
    fill(autoscaling.rate_window, other_autoscaling.rate_window);
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
