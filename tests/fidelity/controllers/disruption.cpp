// disruption.jsonl: one look at a PodDisruptionBudget.

#include "controllers/disruption.hpp"

#include "controllers/owners.hpp"
#include "fidelity/controllers/stepwise.hpp"

#include <wavetank/api/kinds.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <algorithm>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using api::appsv1::StatefulSet;
using api::corev1::Event;
using api::corev1::Pod;
using api::metav1::OwnerReference;
using api::policyv1::PodDisruptionBudget;

const store::Key budget_key{"default", "pdb"};

/// One cluster with one budget, and the controller that looks at it once.
class DisruptionScene {
public:
    explicit DisruptionScene(const json::object& in) {
        for (const json::value& owner : in.at("owners").as_array()) {
            add_owner(owner.as_object());
        }
        PodDisruptionBudget budget;
        budget.metadata = {.name = budget_key.name, .namespace_ = budget_key.namespace_};
        budget.spec.minAvailable = bound_of(in, "minAvailable");
        budget.spec.maxUnavailable = bound_of(in, "maxUnavailable");
        budget.spec.selector.emplace().matchLabels = {{"app", "x"}};
        create(std::move(budget));
        for (const json::value& pod : in.at("pods").as_array()) {
            add_pod(pod.as_object());
        }
    }

    json::object look() {
        std::map<std::string, int> events;
        const auto watch = store_.watch<Event>([&](const auto& event) {
            const Event& it = *event.object;
            ++events[it.involvedObject.kind + " " + it.type + " " + it.reason];
        });
        store::WorkQueue queue{runtime_,
                               [](const store::Key&) { return store::WorkQueue::Outcome::Done; }};
        controllers::EventRecorder recorder{registry_, "controllermanager",
                                            controllers::EventPolicy::All};
        controllers::DisruptionController controller{{registry_, queue, recorder}};
        controller.reconcile(budget_key);
        return shown(events);
    }

private:
    template <class T>
    api::Pointer<const T> create(T object) {
        return registry_.create(std::move(object)).value();
    }

    template <class T>
    T workload(const std::string& name, std::int64_t replicas) {
        T object;
        object.metadata = {.name = name, .namespace_ = budget_key.namespace_};
        object.spec.replicas = static_cast<std::int32_t>(replicas);
        object.spec.selector.emplace().matchLabels = {{"app", "x"}};
        object.spec.template_.metadata.labels.edit() = {{"app", "x"}};
        object.spec.template_.spec.edit().containers.push_back({.name = "c", .image = "i"});
        return object;
    }

    void add_owner(const json::object& owner);
    void add_pod(const json::object& pod);
    json::object shown(const std::map<std::string, int>& events) const;

    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_{store_, runtime_, Random{1}};
    std::map<std::string, OwnerReference> owners_;
};

void DisruptionScene::add_owner(const json::object& owner) {
    const std::string name = text_of(owner, "name");
    const std::string kind = text_of(owner, "kind");
    const std::int64_t replicas = number_of(owner, "replicas");
    if (kind == "StatefulSet") {
        const auto made = create(workload<StatefulSet>(name, replicas));
        owners_[name] = controllers::controller_reference(*made);
        return;
    }
    if (kind == "ReplicaSet") {
        const auto made = create(workload<ReplicaSet>(name, replicas));
        owners_[name] = controllers::controller_reference(*made);
        return;
    }
    const auto deployment = create(workload<Deployment>(name, replicas));
    const auto old_replicas = number_of(owner, "oldReplicaSetReplicas", -1);
    auto set = workload<ReplicaSet>(name + "-new", replicas);
    set.metadata.ownerReferences.edit() = {controllers::controller_reference(*deployment)};
    owners_[name] = controllers::controller_reference(*create(set));
    if (old_replicas >= 0) {
        set.metadata.name = name + "-old";
        set.spec.replicas = static_cast<std::int32_t>(old_replicas);
        create(std::move(set));
    }
}

void DisruptionScene::add_pod(const json::object& row) {
    Pod pod;
    pod.metadata = {.name = text_of(row, "name"), .namespace_ = budget_key.namespace_};
    pod.metadata.labels.edit() = {{"app", "x"}};
    if (const std::string owner = text_of(row, "owner"); !owner.empty()) {
        const auto found = owners_.find(owner);
        OwnerReference missing{.apiVersion = "apps/v1",
                               .kind = "ReplicaSet",
                               .name = owner,
                               .uid = "uid-" + owner,
                               .controller = true};
        pod.metadata.ownerReferences.edit() = {found != owners_.end() ? found->second : missing};
    }
    pod.spec.edit().containers.push_back({.name = "c", .image = "i"});
    pod.spec.nodeName = "n";
    auto made = create(std::move(pod));
    Pod running = *made;
    running.status.phase = text_of(row, "phase");
    running.status.conditions.edit() = {
        {.type = "Ready", .status = row.at("ready").as_bool() ? "True" : "False"}};
    static_cast<void>(registry_.update_status(std::move(running)).value());
    if (row.at("terminating").as_bool()) {
        // Without a finalizer a pod that has ended would be gone.
        Pod held = *store_.get<Pod>(store::key_of(*made));
        held.metadata.rare.edit().finalizers.emplace_back("example.com/held");
        static_cast<void>(registry_.update(std::move(held)).value());
        static_cast<void>(registry_.remove<Pod>(store::key_of(*made)).value());
    }
    if (const auto* ago = row.if_contains("disruptedSecondsAgo")) {
        PodDisruptionBudget budget = *store_.get<PodDisruptionBudget>(budget_key);
        const std::chrono::seconds elapsed{ago->to_number<std::int64_t>()};
        budget.status.disruptedPods[made->metadata.name] = api::Time{runtime_.wall() - elapsed};
        static_cast<void>(registry_.update_status(std::move(budget)).value());
    }
}

json::object DisruptionScene::shown(const std::map<std::string, int>& events) const {
    const auto budget = store_.get<PodDisruptionBudget>(budget_key);
    const auto& status = budget->status;
    json::array disrupted;
    for (const auto& [name, since] : status.disruptedPods) {
        disrupted.emplace_back(name);
    }
    json::array conditions;
    for (const auto& it : status.conditions) {
        conditions.emplace_back(it.type + " " + it.status + " " + it.reason + " " + it.message);
    }
    json::array counted;
    for (const auto& [text, count] : events) {
        counted.emplace_back(text + " x" + std::to_string(count));
    }
    return {{"expectedPods", status.expectedPods},
            {"desiredHealthy", status.desiredHealthy},
            {"currentHealthy", status.currentHealthy},
            {"disruptionsAllowed", status.disruptionsAllowed},
            {"disruptedPods", std::move(disrupted)},
            {"condition", std::move(conditions)},
            {"events", std::move(counted)}};
}

class DisruptionReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        DisruptionScene scene{test_case.at("in").as_object()};
        const json::object found = scene.look();
        if (auto text = difference(test_case.at("out"), found, "out")) {
            return failed(std::move(*text));
        }
        return passed();
    }
};

}  // namespace

std::unique_ptr<Replayer> make_disruption_replayer() {
    return std::make_unique<DisruptionReplayer>();
}

}  // namespace wavetank::fidelity
