#include <wavetank/scheduler/algorithm.hpp>

#include "support/scheduler_cluster.hpp"

#include <wavetank/scheduler/preemption.hpp>
#include <wavetank/store/store.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using test::make_node;
using test::make_pod;

// A cluster that changes at random, and two schedulers that must agree on it at every step.
class RandomCluster {
public:
    // A small cluster is soon full.
    RandomCluster(std::uint64_t seed, TieBreak tie_break, std::uint64_t nodes_max)
        : random_(seed),
          options_{.percentage_of_nodes_to_score = seed % 2 == 0 ? 0 : 100, .tie_break = tie_break},
          nodes_max_(nodes_max) {
        for (int i = 0; i < 6; ++i) {
            templates_.push_back(random_template(i));
            relate(templates_.back());
        }
        for (const std::int32_t priority : {0, 15}) {  // two that ask for the same
            templates_.push_back(make_pod("twin-" + std::to_string(priority), {"300m", "384Mi"}));
            templates_.back().spec.edit().priority = priority;
        }
        const auto nodes = 1 + random_.below(nodes_max_);
        for (std::uint64_t i = 0; i < nodes; ++i) {
            set_node(i);
        }
    }

    void step() {
        retry_some_waiting_pod();
        switch (random_.below(40)) {
            case 0:
                set_node(random_.below(nodes_max_));
                return;
            case 1:
                snapshot_.remove_node(name_of(random_.below(nodes_max_)));
                return;
            case 2:
            case 3:
            case 4:
                remove_some_pod();
                return;
            case 5:
                terminate_some_pod();
                return;
            case 6:
                toggle_service();
                return;
            case 7:
                toggle_budget();
                return;
            case 8:
                start_some_pod();
                return;
            case 9:
            case 10:
                mark_node(random_.below(nodes_max_));
                return;
            default:
                schedule_one();
        }
    }

    [[nodiscard]] int preemptions() const {
        return preemptions_;
    }

private:
    [[nodiscard]] static std::string name_of(std::uint64_t number) {
        return "n" + std::to_string(number);
    }

    Pod random_template(int number) {
        Pod pod = make_pod("t" + std::to_string(number),
                           {std::to_string(100 * (1 + random_.below(9))) + "m",
                            std::to_string(128 * (1 + random_.below(9))) + "Mi"});
        auto& spec = pod.spec.edit();
        if (random_.below(3) == 0) {
            spec.nodeSelector["disk"] = "ssd";
        }
        if (random_.below(3) == 0) {
            auto& toleration = spec.tolerations.emplace_back();
            toleration.key = "dedicated";
            toleration.operator_ = "Exists";
        }
        if (random_.below(4) == 0) {
            spec.containers.front().ports.emplace_back().hostPort = 8080;
        }
        if (random_.below(4) == 0) {
            auto& term = spec.affinity.emplace()
                             .nodeAffinity.emplace()
                             .preferredDuringSchedulingIgnoredDuringExecution.emplace_back();
            term.weight = 10;
            auto& expression = term.preference.matchExpressions.emplace_back();
            expression.key = "disk";
            expression.operator_ = "Exists";
        }
        spec.containers.front().image = random_.below(2) == 0 ? "web:1" : "db:1";
        spec.priority = static_cast<std::int32_t>(10 * random_.below(4));
        spec.preemptionPolicy = random_.below(8) == 0 ? "Never" : "PreemptLowerPriority";
        return pod;
    }

    // Gives a pod terms on other pods, those on affinity in some of the clusters only.
    void relate(Pod& pod) {
        pod.metadata.labels.edit()["app"] = app_name();
        auto& spec = pod.spec.edit();
        for (std::uint64_t constraints = random_.below(3); constraints > 0; --constraints) {
            auto& constraint = spec.topologySpreadConstraints.emplace_back();
            constraint.maxSkew = static_cast<std::int32_t>(1 + random_.below(3));
            constraint.topologyKey = topology_key();
            constraint.whenUnsatisfiable =
                random_.below(3) == 0 ? "DoNotSchedule" : "ScheduleAnyway";
            if (constraint.whenUnsatisfiable == "DoNotSchedule" && random_.below(3) == 0) {
                constraint.minDomains = static_cast<std::int32_t>(1 + random_.below(4));
            }
            constraint.nodeTaintsPolicy = random_.below(2) == 0 ? "Honor" : "Ignore";
            constraint.nodeAffinityPolicy = random_.below(2) == 0 ? "Honor" : "Ignore";
            constraint.labelSelector.emplace().matchLabels["app"] = app_name();
        }
        if (!related_ || random_.below(2) == 0) {
            return;
        }
        auto& affinity = spec.affinity ? *spec.affinity : spec.affinity.emplace();
        const auto number_of_terms = [&] {
            return random_.below(4) == 0 ? 1 + random_.below(2) : 0;
        };
        for (auto terms = number_of_terms(); terms > 0; --terms) {
            (affinity.podAffinity ? *affinity.podAffinity : affinity.podAffinity.emplace())
                .requiredDuringSchedulingIgnoredDuringExecution.push_back(random_term());
        }
        for (auto terms = number_of_terms(); terms > 0; --terms) {
            (affinity.podAffinity ? *affinity.podAffinity : affinity.podAffinity.emplace())
                .preferredDuringSchedulingIgnoredDuringExecution.push_back(
                    {static_cast<std::int32_t>(1 + random_.below(9)), random_term()});
        }
        for (auto terms = number_of_terms(); terms > 0; --terms) {
            (affinity.podAntiAffinity ? *affinity.podAntiAffinity
                                      : affinity.podAntiAffinity.emplace())
                .requiredDuringSchedulingIgnoredDuringExecution.push_back(random_term());
        }
        for (auto terms = number_of_terms(); terms > 0; --terms) {
            (affinity.podAntiAffinity ? *affinity.podAntiAffinity
                                      : affinity.podAntiAffinity.emplace())
                .preferredDuringSchedulingIgnoredDuringExecution.push_back(
                    {static_cast<std::int32_t>(1 + random_.below(9)), random_term()});
        }
    }

    api::corev1::PodAffinityTerm random_term() {
        api::corev1::PodAffinityTerm term;
        term.topologyKey = topology_key();
        term.labelSelector.emplace().matchLabels["app"] = app_name();
        if (random_.below(6) == 0) {
            term.namespaceSelector.emplace();
        }
        return term;
    }

    std::string topology_key() {
        return random_.below(2) == 0 ? "topology.kubernetes.io/zone" : "kubernetes.io/hostname";
    }

    std::string app_name() {
        return "app-" + std::to_string(random_.below(3));
    }

    // Pods that a Service picks are spread by default.
    void toggle_service() {
        const std::string name = app_name();
        if (store_.remove<api::corev1::Service>({"default", name})) {
            return;
        }
        api::corev1::Service service{.metadata = {.name = name, .namespace_ = "default"}};
        service.spec.selector["app"] = name;
        ASSERT_TRUE(store_.create(std::move(service)));
    }

    void toggle_budget() {
        const std::string name = app_name();
        if (store_.remove<api::policyv1::PodDisruptionBudget>({"default", name})) {
            return;
        }
        api::policyv1::PodDisruptionBudget budget{
            .metadata = {.name = name, .namespace_ = "default"}};
        budget.spec.selector.emplace().matchLabels["app"] = name;
        budget.status.disruptionsAllowed = static_cast<std::int32_t>(random_.below(3));
        ASSERT_TRUE(store_.create(std::move(budget)));
    }

    // Tells when a pod started, or that it started at another time.
    void start_some_pod() {
        if (!placed_.empty()) {
            auto& [pod, node] = placed_[static_cast<std::size_t>(random_.below(placed_.size()))];
            PodPointer after = started(pod);
            snapshot_.update_pod(pod, after, node);
            pod = std::move(after);
        }
    }

    PodPointer started(const PodPointer& pod) {
        auto after = api::make_object<Pod>(*pod);
        after->status.edit().startTime =
            api::Time{default_wall_epoch - std::chrono::seconds{1 + random_.below(1000)}};
        return after;
    }

    void set_node(std::uint64_t number) {
        Node node = make_node(name_of(number), {std::to_string(1 + random_.below(8)), "8Gi"});
        auto& labels = node.metadata.labels.edit();
        if (random_.below(16) != 0) {
            labels["topology.kubernetes.io/zone"] = "z" + std::to_string(random_.below(3));
        }
        if (random_.below(16) != 0) {
            labels["kubernetes.io/hostname"] = node.metadata.name;
        }
        if (random_.below(2) == 0) {
            labels["disk"] = "ssd";
        }
        if (random_.below(8) == 0) {
            auto& taint = node.spec.taints.emplace_back();
            taint.key = "dedicated";
            taint.effect = random_.below(8) == 0 ? "PreferNoSchedule" : "NoSchedule";
        }
        node.spec.unschedulable = random_.below(16) == 0;
        if (random_.below(2) == 0) {
            auto& image = node.status.images.emplace_back();
            image.names = {"web:1"};
            image.sizeBytes = 500'000'000;
        }
        snapshot_.set_node(api::make_object<const Node>(std::move(node)));
    }

    // What does not change the layout: taints, the unschedulable mark, resources.
    void mark_node(std::uint64_t number) {
        const NodeInfo* const known = snapshot_.find(name_of(number));
        if (known == nullptr) {
            return;
        }
        Node node = known->node();
        switch (random_.below(4)) {
            case 0:
                node.spec.unschedulable = !node.spec.unschedulable;
                break;
            case 1:
                node.status.allocatable["cpu"] =
                    api::Quantity::of(1 + static_cast<std::int64_t>(random_.below(8)));
                break;
            default:
                if (node.spec.taints.empty()) {
                    auto& taint = node.spec.taints.emplace_back();
                    taint.key = "node.kubernetes.io/unreachable";
                    taint.effect = random_.below(8) == 0 ? "PreferNoSchedule" : "NoExecute";
                } else {
                    node.spec.taints.clear();
                }
        }
        snapshot_.set_node(api::make_object<const Node>(std::move(node)));
    }

    void remove_some_pod() {
        if (!placed_.empty()) {
            const auto index = static_cast<std::size_t>(random_.below(placed_.size()));
            snapshot_.remove_pod(*placed_[index].first, placed_[index].second);
            placed_.erase(placed_.begin() + static_cast<std::ptrdiff_t>(index));
        }
    }

    void terminate_some_pod() {
        if (!placed_.empty()) {
            auto& [pod, node] = placed_[static_cast<std::size_t>(random_.below(placed_.size()))];
            auto after = api::make_object<Pod>(*pod);
            after->metadata.deletionTimestamp = api::Time{};
            snapshot_.update_pod(pod, after, node);
            pod = std::move(after);
        }
    }

    void schedule_one() {
        auto pod = api::make_object<Pod>(
            templates_[static_cast<std::size_t>(random_.below(templates_.size()))]);
        pod->metadata.name = "p" + std::to_string(++pods_);
        pod->metadata.uid = pod->metadata.name;
        schedule(std::move(pod));
    }

    // Pods that wait for victims to leave come again, and some are given up.
    void retry_some_waiting_pod() {
        if (waiting_.empty() || random_.below(3) != 0) {
            return;
        }
        const auto index = static_cast<std::size_t>(random_.below(waiting_.size()));
        const PodPointer pod = waiting_[index];
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
        if (random_.below(4) == 0) {
            snapshot_.withdraw_nomination(*pod);
        } else {
            schedule(pod);
        }
    }

    void schedule(const PodPointer& pod) {
        Decision fast = fast_.schedule(*pod, snapshot_);
        Decision plain = plain_.schedule(*pod, snapshot_);

        ASSERT_EQ(fast.node, plain.node);
        ASSERT_EQ(fast_.next_start(), plain_.next_start());
        ASSERT_EQ(fast.status, plain.status);
        if (plain.node != nullptr) {
            ASSERT_EQ(fast.nodes_feasible, plain.nodes_feasible);
            snapshot_.withdraw_nomination(*pod);
            // What is not known to have started is no victim to remember.
            const PodPointer placed = random_.below(8) == 0 ? pod : started(pod);
            snapshot_.add_pod(placed, plain.node->name(), fast.demand);
            placed_.emplace_back(placed, plain.node->name());
        } else if (plain.status.rejected() && !snapshot_.nodes().empty()) {
            preempt(pod, {&fast, &plain});
        }
    }

    static bool same_rejection(const RejectedNode& left, const RejectedNode& right) {
        return left.node == right.node && *left.status == *right.status;
    }

    struct Decisions {
        Decision* fast;
        Decision* plain;
    };

    void preempt(const PodPointer& pod, Decisions decisions) {
        const auto fast = fast_.post_filter(*decisions.fast, *pod, snapshot_);
        const auto plain = plain_.post_filter(*decisions.plain, *pod, snapshot_);

        ASSERT_TRUE(std::ranges::equal(decisions.fast->diagnosis.rejected,
                                       decisions.plain->diagnosis.rejected, same_rejection));
        ASSERT_EQ(decisions.fast->diagnosis.unschedulable_plugins,
                  decisions.plain->diagnosis.unschedulable_plugins);
        ASSERT_EQ(fast.status, plain.status);
        ASSERT_EQ(fast.nominated_node, plain.nominated_node);
        ASSERT_EQ(decisions.fast->diagnosis.message(), decisions.plain->diagnosis.message());
        ASSERT_EQ(fast_preemptor_.victims, plain_preemptor_.victims);
        for (const PodPointer& victim : std::exchange(plain_preemptor_.victims, {})) {
            evict(*victim);
        }
        fast_preemptor_.victims.clear();
        if (plain.nominated_node && plain.nominated_node->empty()) {
            snapshot_.withdraw_nomination(*pod);
        } else if (plain.nominated_node) {
            auto nominated = api::make_object<Pod>(*pod);
            nominated->status.edit().nominatedNodeName = *plain.nominated_node;
            snapshot_.nominate(nominated, *plain.nominated_node);
            waiting_.push_back(std::move(nominated));
            ++preemptions_;
        }
    }

    // Some victims are gone at once, others take their time.
    void evict(const Pod& victim) {
        const auto found = std::ranges::find_if(
            placed_, [&](const auto& placed) { return same_pod(*placed.first, victim); });
        ASSERT_NE(found, placed_.end());
        if (random_.below(2) == 0) {
            snapshot_.remove_pod(victim, found->second);
            placed_.erase(found);
            return;
        }
        auto after = api::make_object<Pod>(*found->first);
        after->metadata.deletionTimestamp = api::Time{};
        after->status.conditions.edit().push_back(
            {.type = "DisruptionTarget", .status = "True", .reason = "PreemptionByScheduler"});
        snapshot_.update_pod(found->first, after, found->second);
        found->first = std::move(after);
    }

    class NotingPreemptor final : public Preemptor {
    public:
        void preempt(const Pod& /*pod*/, const PreemptionCandidate& candidate) override {
            victims = candidate.victims;
        }
        [[nodiscard]] bool is_preempting(const Pod& /*pod*/) const override {
            return false;
        }

        std::vector<PodPointer> victims;
    };

    [[nodiscard]] Profile profile_with(NotingPreemptor& preemptor) {
        return Profile::make({}, PluginRegistry::defaults(),
                             {.snapshot = &snapshot_,
                              .store = &store_,
                              .preemptor = &preemptor,
                              .random = &plugin_random_})
            .value();
    }

    static AlgorithmOptions without_fast_path(AlgorithmOptions options) {
        options.fast_path = FastPath::Off;
        return options;
    }

    Random random_;
    AlgorithmOptions options_;
    std::uint64_t nodes_max_;
    bool related_ = random_.below(2) == 0;
    Snapshot snapshot_;
    store::Store store_;
    // Each has plugins of its own, as preemption draws where it starts.
    Random plugin_random_{7};
    NotingPreemptor fast_preemptor_;
    NotingPreemptor plain_preemptor_;
    Profile fast_profile_ = profile_with(fast_preemptor_);
    Profile plain_profile_ = profile_with(plain_preemptor_);
    Algorithm fast_{fast_profile_, Random{7}, options_};
    Algorithm plain_{plain_profile_, Random{7}, without_fast_path(options_)};
    std::vector<Pod> templates_;
    std::vector<std::pair<PodPointer, std::string>> placed_;
    std::vector<PodPointer> waiting_;  // with nominations
    int pods_ = 0;
    int preemptions_ = 0;
};

TEST(FastPath, DecidesAsThePlainOneOnRandomClusters) {
    int preemptions = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto tie_break = static_cast<TieBreak>(seed % 3);
        RandomCluster cluster{seed, tie_break, seed < 6 ? 300U : 12U};
        for (int step = 0; step < 400; ++step) {
            cluster.step();
            ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed << ", step " << step;
        }
        preemptions += cluster.preemptions();
    }
    EXPECT_GT(preemptions, 100);
}

}  // namespace
}  // namespace wavetank::scheduler
