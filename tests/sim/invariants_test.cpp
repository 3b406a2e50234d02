#include <wavetank/sim/invariants.hpp>

#include "support/manifest_run.hpp"
#include "support/rounds.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;
using api::appsv1::Deployment;
using api::appsv1::StatefulSet;
using api::corev1::Node;
using api::corev1::Pod;
using test::own;

std::string workload(std::string_view kind, std::string_view name, std::uint64_t replicas,
                     const std::string& more) {
    return fmt::format(
        "{{apiVersion: apps/v1, kind: {0}, metadata: {{name: {1}}}, spec: {{replicas: {2}, "
        "selector: {{matchLabels: {{app: {1}}}}}, {3} template: {{metadata: {{labels: {{app: "
        "{1}}}}}, spec: {{containers: [{{name: c, image: 'i:1', resources: {{requests: {{cpu: "
        "400m}}}}}}]}}}}}}}}\n---\n",
        kind, name, replicas, more);
}

// A small cluster at random to which things happen at random: the same ones for one seed.
class RandomTrouble {
public:
    explicit RandomTrouble(std::uint64_t seed)
        : random_{seed}, simulation_{{.seed = seed, .duration = 20min, .network = Distribution{}}} {
        const auto applied = simulation_.apply_text(manifests(), "random.yaml");
        EXPECT_TRUE(applied) << applied.error();
    }

    std::vector<BrokenInvariant> run() {
        InvariantChecker checker{simulation_.store(), simulation_.runtime().clock()};
        for (int step = 0; step < 12; ++step) {
            simulation_.run_until(simulation_.runtime().now() + 1s * (1 + random_.below(20)));
            disturb();
        }
        simulation_.run_until(simulation_.runtime().now() + 4min);
        checker.settle();
        return checker.broken();
    }

private:
    std::string manifests() {
        const std::uint64_t replicas = 1 + random_.below(6);
        const auto bound = [&] {
            return random_.below(2) == 0 ? std::to_string(random_.below(3))
                                         : fmt::format("'{}%'", 10 * random_.below(6));
        };
        std::string text = own("Scenario", "s",
                               fmt::format("nodePools: [{{count: {}, capacity: {{cpu: '2', memory: "
                                           "4Gi}}}}]",
                                           3 + random_.below(4)));
        text += workload("Deployment", "web", replicas,
                         fmt::format("strategy: {{rollingUpdate: {{maxSurge: {}, maxUnavailable: "
                                     "{}}}}}, ",
                                     random_.below(2) == 0 ? "1" : "'50%'", bound()));
        text += workload("StatefulSet", "db", 1 + random_.below(4),
                         random_.below(2) == 0 ? "podManagementPolicy: Parallel, " : "");
        text += fmt::format(
            "{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: web}}, spec: "
            "{{selector: {{matchLabels: {{app: web}}}}, {}: {}}}}}\n---\n",
            random_.below(2) == 0 ? "minAvailable" : "maxUnavailable", bound());
        const char* trouble[] = {"nodeCrash: true", "nodeFreeze: true", "heartbeatLoss: true",
                                 "nodeShutdown: {gracePeriod: 20s}"};
        text += own("Fault", "nodes",
                    fmt::format("at: {}s, every: constant({}s), duration: {}s, nodes: "
                                "{{matchLabels: {{kubernetes.io/os: linux}}}}, count: 1, random: "
                                "true, {}",
                                20 + random_.below(60), 150 + random_.below(200),
                                10 + random_.below(120), trouble[random_.below(4)]));
        if (random_.below(2) == 0) {
            text +=
                own("Fault", "pods",
                    fmt::format("at: {}s, every: constant({}s), selector: {{matchLabels: {{app: "
                                "web}}}}, count: 1, random: true, crash: true",
                                10 + random_.below(30), 5 + random_.below(60)));
        }
        return text;
    }

    template <class T, class Change>
    void change(const std::string& name, Change apply) {
        if (const auto found = simulation_.store().get<T>({"default", name})) {
            T next = *found;
            apply(next);
            static_cast<void>(simulation_.registry().update(std::move(next)));
        }
    }

    void disturb() {
        switch (random_.below(7)) {
            case 0:
                return change<Deployment>("web", [&](Deployment& web) {
                    web.spec.replicas = static_cast<std::int32_t>(random_.below(8));
                });
            case 1:
                return change<Deployment>("web",
                                          [&](Deployment& web) { set_image(web.spec.template_); });
            case 2:
                return change<StatefulSet>("db",
                                           [&](StatefulSet& db) { set_image(db.spec.template_); });
            case 3:
                return change<StatefulSet>("db", [&](StatefulSet& db) {
                    db.spec.replicas = static_cast<std::int32_t>(random_.below(5));
                });
            case 4:
                return evict();
            case 5:
                return disturb_node();
            default:
                return remove_something();
        }
    }

    void set_image(api::corev1::PodTemplateSpec& pod_template) {
        pod_template.spec.edit().containers[0].image = "i:" + std::to_string(random_.below(3));
    }

    template <class T>
    api::Pointer<const T> any_of_kind() {
        const auto all = simulation_.store().list<T>();
        return all.empty() ? nullptr : all[random_.below(all.size())];
    }

    // As a drain does: one after the other, as fast as it is let.
    void evict() {
        for (std::uint64_t left = 1 + random_.below(4); left > 0; --left) {
            if (const auto pod = any_of_kind<Pod>()) {
                const std::string& name = pod->metadata.name;
                static_cast<void>(simulation_.registry().handle(
                    {.method = "POST",
                     .target = "/api/v1/namespaces/default/pods/" + name + "/eviction",
                     .body = R"({"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":")" +
                             name + "\"}}"}));
            }
        }
    }

    void disturb_node() {
        const auto node = any_of_kind<Node>();
        if (node == nullptr) {
            return;
        }
        if (random_.below(4) == 0 && simulation_.store().list<Node>().size() > 2) {
            static_cast<void>(simulation_.registry().remove<Node>(store::key_of(*node)));
            return;
        }
        Node next = *node;
        next.spec.unschedulable = !next.spec.unschedulable;
        static_cast<void>(simulation_.registry().update(std::move(next)));
    }

    void remove_something() {
        if (random_.below(6) != 0) {
            return;
        }
        if (random_.below(2) == 0) {
            static_cast<void>(simulation_.registry().remove<Deployment>({"default", "web"}));
        } else if (const auto pod = any_of_kind<Pod>();
                   pod != nullptr && pod->metadata.name.starts_with("web")) {
            static_cast<void>(simulation_.registry().remove<Pod>(store::key_of(*pod)));
        }
    }

    Random random_;
    Simulation simulation_;
};

TEST(Invariants, HoldUnderWhateverTrouble) {
    constexpr std::uint64_t schedules = test::rounds(2000);
    int shown = 0;
    for (std::uint64_t seed = 1; seed <= schedules && shown < 5; ++seed) {
        for (const BrokenInvariant& each : RandomTrouble{seed}.run()) {
            ADD_FAILURE() << "seed " << seed << ", at " << to_string(each.time.time_since_epoch())
                          << ": " << each.rule << ": " << each.object << " " << each.message;
            ++shown;
        }
    }
}

TEST(Invariants, BreachesAreSeen) {
    Simulation simulation{{.duration = 1min}};
    ASSERT_TRUE(simulation.apply_text(workload("Deployment", "web", 2, ""), "web.yaml"));
    simulation.run_until(TimePoint{30s});
    InvariantChecker checker{simulation.store(), simulation.runtime().clock()};
    Pod pod = *simulation.store().list<Pod>().front();
    pod.spec.nodeName = "elsewhere";
    ASSERT_TRUE(simulation.store().update(std::move(pod)));

    ASSERT_EQ(checker.broken().size(), 1);
    EXPECT_EQ(checker.broken()[0].rule, "Binding");
}

}  // namespace
}  // namespace wavetank::sim
