// What a large cluster does after it has come up: a rolling update of all pods, the loss of a tenth
// of the nodes, a drain of another tenth, and an hour of autoscaling. Seconds of CPU.

#include "bench/control_plane_cluster.hpp"
#include "bench/figure.hpp"

#include <wavetank/base/assert.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using wavetank::WallTime;
using wavetank::api::IntOrString;
using wavetank::api::appsv1::Deployment;
using wavetank::api::corev1::Node;
using wavetank::api::corev1::Pod;
using wavetank::bench::ControlPlane;
using wavetank::bench::cpu_time;

constexpr std::size_t nodes = 5000;
constexpr std::size_t pods = 150'000;
constexpr std::size_t deployments = 150;

// Reports the CPU time of `work`, which returns whether all went as it should.
void measure(benchmark::State& state, double seconds_at_most, const std::function<bool()>& work) {
    const double start = cpu_time();
    if (!work()) {
        state.SkipWithError("not all pods became ready");
        return;
    }
    wavetank::bench::report(
        state, {.value = (cpu_time() - start) / 1e9, .unit = "s", .target = seconds_at_most});
}

bool complete(ControlPlane& plane, std::size_t wanted = pods) {
    return plane.pods_ready() == wanted && plane.endpoints_ready() == wanted;
}

void set_image(ControlPlane& plane, const std::string& name, const std::string& image) {
    Deployment next = *plane.store().get<Deployment>({"default", name});
    next.spec.template_.spec.edit().containers[0].image = image;
    WAVETANK_ASSERT(plane.registry().update(std::move(next)).has_value());
}

void rollout(benchmark::State& state) {
    for ([[maybe_unused]] const auto iteration : state) {
        ControlPlane plane{{.nodes = nodes}};
        plane.deploy(deployments, pods);
        measure(state, 5, [&] {
            for (std::size_t index = 0; index < deployments; ++index) {
                set_image(plane, "app-" + std::to_string(index), "app:v2");
            }
            for (int round = 0; round < 600 && !complete(plane); ++round) {
                plane.run_for(1s);
            }
            return complete(plane) && plane.store().size<Pod>() == pods;
        });
    }
}

// Taints fall on ten nodes a zone and 100 s, and are tolerated for 300 s.
void node_failure(benchmark::State& state) {
    for ([[maybe_unused]] const auto iteration : state) {
        ControlPlane plane{{.nodes = nodes, .zones = 10, .leases = wavetank::node::Leases::On}};
        plane.deploy(deployments, pods);
        plane.run_for(1min);
        measure(state, 5, [&] {
            for (std::size_t index = 0; index < nodes / 10; ++index) {
                plane.kubelets().silence("node-" + std::to_string(index));
            }
            plane.run_for(2min);
            for (int round = 0; round < 100 && !complete(plane); ++round) {
                plane.run_for(10s);
            }
            return complete(plane);
        });
    }
}

void add_budget(ControlPlane& plane, const std::string& name) {
    wavetank::api::policyv1::PodDisruptionBudget budget{
        .metadata = {.name = name, .namespace_ = "default"}};
    budget.spec.selector.emplace().matchLabels["app"] = name;
    budget.spec.maxUnavailable = IntOrString{"10%"};
    WAVETANK_ASSERT(plane.registry().create(std::move(budget)).has_value());
}

// As kubectl drain: cordons all nodes, then asks for each eviction until it is granted.
bool drain_nodes(ControlPlane& plane, std::size_t count) {
    std::map<std::string, bool> drained;
    for (std::size_t index = 0; index < count; ++index) {
        Node next = *plane.store().get<Node>({"", "node-" + std::to_string(index)});
        next.spec.unschedulable = true;
        drained.emplace(next.metadata.name, true);
        WAVETANK_ASSERT(plane.registry().update(std::move(next)).has_value());
    }
    std::vector<std::string> left;
    for (const auto& pod : plane.store().list<Pod>()) {
        if (drained.contains(pod->spec.nodeName)) {
            left.push_back(pod->metadata.name);
        }
    }
    for (int round = 0; round < 100 && !left.empty(); ++round) {
        std::vector<std::string> refused;
        for (std::string& name : left) {
            const auto answer = plane.registry().handle(
                {.method = "POST",
                 .target = "/api/v1/namespaces/default/pods/" + name + "/eviction",
                 .body = R"({"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":")" +
                         name + R"("}})"});
            if (answer.code == 429) {
                refused.push_back(std::move(name));
            }
        }
        left = std::move(refused);
        plane.run_for(5s);
    }
    return left.empty() && complete(plane);
}

void drain(benchmark::State& state) {
    for ([[maybe_unused]] const auto iteration : state) {
        ControlPlane plane{{.nodes = nodes}};
        plane.deploy(deployments, pods);
        for (std::size_t index = 0; index < deployments; ++index) {
            add_budget(plane, "app-" + std::to_string(index));
        }
        plane.run_for(1s);
        measure(state, 5, [&] { return drain_nodes(plane, nodes / 10); });
    }
}

// All pods of a Deployment share a load that rises and falls within the hour.
class Tides final : public wavetank::metrics::MetricsSource {
public:
    using PodMetrics = wavetank::metrics::PodMetrics;

    explicit Tides(std::size_t replicas) : replicas_{static_cast<double>(replicas)} {}

    void follow(const ControlPlane& plane) {
        plane_ = &plane;
    }

    wavetank::Result<PodMetrics> resource_metric(
        const wavetank::metrics::ResourceMetricQuery& query) override {
        const auto now = const_cast<ControlPlane*>(plane_)->registry().clock().wall();
        const double minutes =
            std::chrono::duration<double, std::ratio<60>>(now.time_since_epoch()).count();
        const double load = 25'000 * replicas_ * (1 + 0.5 * std::sin(minutes / 10));
        const auto each = static_cast<std::int64_t>(load / static_cast<double>(query.pods.size()));
        PodMetrics metrics;
        metrics.of_pods.assign(query.pods.size(), wavetank::metrics::PodMetric{now, 15s, each});
        return metrics;
    }
    wavetank::Result<PodMetrics> pods_metric(
        const wavetank::metrics::PodsMetricQuery& /*query*/) override {
        return wavetank::Error{};
    }
    wavetank::Result<std::int64_t> object_metric(
        const wavetank::metrics::ObjectMetricQuery& /*query*/) override {
        return wavetank::Error{};
    }
    wavetank::Result<std::vector<std::int64_t>> external_metric(
        const wavetank::metrics::ExternalMetricQuery& /*query*/) override {
        return wavetank::Error{};
    }

private:
    double replicas_;
    const ControlPlane* plane_ = nullptr;
};

void add_autoscaler(ControlPlane& plane, const std::string& name) {
    using namespace wavetank::api::autoscalingv2;
    HorizontalPodAutoscaler made{.metadata = {.name = name, .namespace_ = "default"}};
    made.spec.scaleTargetRef = {.kind = "Deployment", .name = name, .apiVersion = "apps/v1"};
    made.spec.minReplicas = 10;
    made.spec.maxReplicas = 500;
    auto& metric = made.spec.metrics.emplace_back();
    metric.type = "Resource";
    auto& resource = metric.resource.emplace();
    resource.name = "cpu";
    resource.target.type = "AverageValue";
    resource.target.averageValue = wavetank::api::Quantity::of_milli(25);
    WAVETANK_ASSERT(plane.registry().create(std::move(made)).has_value());
}

// An hour of 200 autoscalers over 20,000 pods, with a rolling update a minute and Leases.
void hour(benchmark::State& state) {
    constexpr std::size_t scaled = 200;
    constexpr std::size_t replicas = 100;
    for ([[maybe_unused]] const auto iteration : state) {
        Tides tides{replicas};
        ControlPlane plane{
            {.nodes = nodes, .leases = wavetank::node::Leases::On, .metrics = &tides}};
        tides.follow(plane);
        plane.deploy(scaled, scaled * replicas);
        for (std::size_t index = 0; index < scaled; ++index) {
            add_autoscaler(plane, "app-" + std::to_string(index));
        }
        measure(state, 10, [&] {
            for (std::size_t minute = 0; minute < 60; ++minute) {
                const std::string name = "app-" + std::to_string(minute * 3 % scaled);
                set_image(plane, name, "app:v" + std::to_string(minute));
                plane.run_for(1min);
            }
            return complete(plane, plane.store().size<Pod>());
        });
    }
}

BENCHMARK(rollout)->Name("control_plane/rollout")->Iterations(1);
BENCHMARK(node_failure)->Name("control_plane/node_failure")->Iterations(1);
BENCHMARK(drain)->Name("control_plane/drain")->Iterations(1);
BENCHMARK(hour)->Name("control_plane/hour")->Iterations(1);

}  // namespace
