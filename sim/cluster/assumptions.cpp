#include "sim/cluster/assumptions.hpp"

#include <wavetank/node/make_node.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace wavetank::sim {
namespace {

constexpr Duration assumed_duration = std::chrono::minutes{2};
constexpr Duration assumed_network = std::chrono::microseconds{250};
constexpr Duration assumed_image_pull = std::chrono::seconds{2};
constexpr Duration assumed_start_up = std::chrono::milliseconds{500};
constexpr Duration assumed_readiness = std::chrono::milliseconds{500};
constexpr double assumed_requests_per_second = 50;
constexpr Duration assumed_load_start = std::chrono::seconds{5};  // when pods are up
constexpr std::int32_t assumed_nodes = 3;

}  // namespace

void Assumptions::settle(SimulationOptions& options) {
    const bool is_balancer_assumed = !options.load_balancer;
    options.seed = options.seed.value_or(1);
    if (!options.duration) {
        options.duration = assumed_duration;
        add(fmt::format("the run lasts {}", to_string(assumed_duration)),
            "--duration, or spec.duration in a Scenario");
    }
    if (!options.load_balancer) {
        options.load_balancer = "LEAST_REQUEST";
    }
    if (!options.has_kube_proxy.value_or(false) && is_balancer_assumed) {
        add("requests are balanced by LEAST_REQUEST (two choices)",
            "spec.loadBalancer in a Scenario");
    }
    const auto settle_one = [this](std::optional<Distribution>& member, Duration value,
                                   std::string_view what, std::string_view field) {
        if (!member) {
            member = Distribution::constant(value);
            add(fmt::format("{} takes {}", what, to_string(value)),
                fmt::format("spec.latencies.{} in a Scenario", field));
        }
    };
    settle_one(options.network, assumed_network, "a message between two pods", "network");
    if (options.image_pulls && options.image_pulls->bytes_per_second > 0 && !options.image_pull) {
        options.image_pull = Distribution{};
    }
    settle_one(options.image_pull, assumed_image_pull, "pulling an image to a node", "imagePull");
    settle_one(options.start_up, assumed_start_up, "starting a container", "startUp");
    settle_one(options.readiness, assumed_readiness, "getting ready after the start", "readiness");
}

void Assumptions::kube_proxy(const SimulationOptions& options, const Plan& plan) {
    if (!options.keep_alive) {
        add("clients keep connections that have nothing to do for 90s",
            "spec.keepAlive in a Scenario");
    }
    for (const codec::ManifestObject& object : plan.istio) {
        add(fmt::format("{} {} changes nothing: clients have no proxies, there is kube-proxy alone",
                        object.gvk.kind, object.name),
            "spec.proxy in a Scenario");
    }
}

void Assumptions::autoscaling(const AutoscalingOptions& options) {
    const MetricsServerOptions server;
    if (!options.housekeeping_interval && !options.metric_resolution) {
        add(fmt::format("kubelets look at containers every {}, and are asked every {}",
                        to_string(server.housekeeping), to_string(server.resolution)),
            "spec.autoscaling in a Scenario");
    }
}

api::wavetankv1::NodePool Assumptions::nodes() {
    add(fmt::format("the cluster has {} nodes of 4 CPUs and 16Gi", assumed_nodes),
        "spec.nodePools in a Scenario, or manifests of Nodes");
    return {.count = assumed_nodes,
            .capacity = {{"cpu", api::Quantity::parse("4").value()},
                         {"memory", api::Quantity::parse("16Gi").value()}}};
}

Load Assumptions::load(const store::Key& service, std::int32_t port) {
    add(fmt::format("{} gets {:g} requests a second from {} on", to_string(service),
                    assumed_requests_per_second, to_string(assumed_load_start)),
        "a Workload with this target");
    return {.name = to_string(service),
            .target = fmt::format("http://{}.{}:{}/", service.name, service.namespace_, port),
            .requests_per_second = assumed_requests_per_second,
            .start = TimePoint{assumed_load_start}};
}

void Assumptions::skipped(const Plan& plan) {
    std::map<std::string, std::vector<std::string>> names_of_kind;
    for (const codec::ManifestObject& object : plan.ignored) {
        names_of_kind[object.gvk.kind].push_back(object.name.empty() ? object.generate_name
                                                                     : object.name);
    }
    for (const auto& [kind, names] : names_of_kind) {
        constexpr std::size_t names_shown = 5;
        std::string list = names.front();
        for (std::size_t index = 1; index < std::min(names.size(), names_shown); ++index) {
            list += ", " + names[index];
        }
        if (names.size() > names_shown) {
            list += fmt::format(" and {} more", names.size() - names_shown);
        }
        add(fmt::format("objects of kind {} change nothing, it is not simulated: {}", kind, list),
            "");
    }
    for (const std::string& what : plan.left_out) {
        add(what, "");
    }
    if (!plan.has_discovery) {
        for (const std::string& what : plan.needs_discovery) {
            add(what,
                "ISTIO_META_ENABLE_SELF_DISCOVERY: \"true\" as proxyMetadata in the annotation "
                "proxy.istio.io/config of the calling pods");
        }
    }
    for (const codec::ManifestObject& object : plan.kustomizations) {
        add(fmt::format("{} is not built; the manifests beside it count as they are",
                        object.where.file),
            "-f - and pipe in what kubectl kustomize prints");
    }
}

void Assumptions::add(std::string what, std::string how_to_set) {
    const bool known = std::any_of(list_.begin(), list_.end(), [&](const Assumption& assumption) {
        return assumption.what == what;
    });
    if (!known) {
        list_.push_back({.what = std::move(what), .how_to_set = std::move(how_to_set)});
    }
}

api::corev1::Node node_of(const api::wavetankv1::NodePool& pool, std::int32_t number) {
    node::NodeShape shape{.labels = pool.labels};
    if (!pool.zones.empty()) {
        shape.zone = pool.zones[static_cast<std::size_t>(number - 1) % pool.zones.size()];
    }
    api::corev1::Node made = node::make_node(fmt::format("node-{}", number), shape);
    for (const auto& [resource, quantity] : pool.capacity) {
        made.status.capacity[resource] = quantity;
        made.status.allocatable[resource] = quantity;
    }
    return made;
}

}  // namespace wavetank::sim
