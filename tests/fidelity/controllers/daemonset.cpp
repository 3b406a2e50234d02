// daemonset.jsonl: a DaemonSet and its nodes, step by step.

#include "controllers/daemon_pods.hpp"
#include "controllers/pods.hpp"
#include "fidelity/controllers/stepwise.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::appsv1::ControllerRevision;
using api::appsv1::DaemonSet;
using api::corev1::Node;
using api::corev1::Pod;

const store::Key daemon_key{"default", "ds"};

/// One cluster with one DaemonSet. Pods are bound at once to the node that they are meant for.
class DaemonWalk {
public:
    explicit DaemonWalk(const json::object& spec) : world_({"daemonset"}) {
        binding_ = world_.store().watch<Pod>([this](const auto& event) {
            if (event.type == store::EventType::Added) {
                world_.runtime().post([this, key = store::key_of(*event.object)] { bind(key); });
            }
        });
        for (const json::value& node : spec.at("nodes").as_array()) {
            add_node(text_of(node.as_object(), "name"), text_of(node.as_object(), "pool"));
        }
        create(spec);
    }

    json::object step(const json::object& op) {
        const std::string name = text_of(op, "op");
        if (name != "create") {
            world_.advance_to_next([&] { apply(name, op); });
        }
        world_.settle();
        if (name == "advance") {
            world_.advance(number_of(op, "seconds"));
        }
        return state();
    }

private:
    void create(const json::object& spec);
    void add_node(const std::string& name, const std::string& pool);
    void bind(const store::Key& key);
    void apply(const std::string& name, const json::object& op);
    bool apply_to_node(const std::string& name, const json::object& op);
    void apply_to_pods(const std::string& name, const json::object& op);
    bool apply_to_pod(const std::string& name, const Pod& pod);
    json::object state();
    json::array pod_rows();
    json::array revisions();

    StepwiseWorld world_;
    store::Subscription binding_;
};

void DaemonWalk::add_node(const std::string& name, const std::string& pool) {
    Node node;
    node.metadata.name = name;
    node.metadata.labels.edit()["pool"] = pool;
    static_cast<void>(world_.registry().create(std::move(node)).value());
    world_.change<Node>({.name = name}, [](Node& it) { it.spec.taints.clear(); });
}

void DaemonWalk::create(const json::object& spec) {
    DaemonSet set;
    set.metadata.name = daemon_key.name;
    set.metadata.namespace_ = daemon_key.namespace_;
    set.spec.selector.emplace().matchLabels = {{"app", "ds"}};
    set.spec.template_.metadata.labels.edit() = {{"app", "ds"}};
    auto& body = set.spec.template_.spec.edit();
    body.containers.push_back({.name = "ds", .image = text_of(spec, "template")});
    if (!spec.at("gracefulTermination").as_bool()) {
        body.terminationGracePeriodSeconds = 0;
    }
    if (const std::string pool = text_of(spec, "nodeSelectorPool"); !pool.empty()) {
        body.nodeSelector = {{"pool", pool}};
    }
    for (const json::value& each : spec.at("tolerations").as_array()) {
        body.tolerations.push_back({.key = text_of(each.as_object(), "key"),
                                    .operator_ = text_of(each.as_object(), "operator"),
                                    .value = text_of(each.as_object(), "value"),
                                    .effect = text_of(each.as_object(), "effect")});
    }
    set.spec.updateStrategy.type = text_of(spec, "updateStrategy");
    if (set.spec.updateStrategy.type == "RollingUpdate") {
        set.spec.updateStrategy.rollingUpdate.emplace() = {
            .maxUnavailable = bound_of(spec, "maxUnavailable"),
            .maxSurge = bound_of(spec, "maxSurge")};
    }
    set.spec.minReadySeconds = optional_number(spec, "minReadySeconds").value_or(0);
    set.spec.revisionHistoryLimit = optional_number(spec, "revisionHistoryLimit");
    static_cast<void>(world_.registry().create(std::move(set)).value());
}

void DaemonWalk::bind(const store::Key& key) {
    const auto pod = world_.store().get<Pod>(key);
    if (pod != nullptr && pod->spec.nodeName.empty()) {
        static_cast<void>(world_.registry().bind(key, controllers::target_node_of(*pod)).value());
    }
}

void DaemonWalk::apply(const std::string& name, const json::object& op) {
    if (name == "image" || name == "maxUnavailable") {
        world_.change<DaemonSet>(daemon_key, [&](DaemonSet& it) {
            if (name == "image") {
                it.spec.template_.spec.edit().containers.front().image = text_of(op, "tpl");
            } else {
                it.spec.updateStrategy.rollingUpdate->maxUnavailable = bound_of(op, "value");
            }
        });
    } else if (name != "advance" && !apply_to_node(name, op)) {
        apply_to_pods(name, op);
    }
}

bool DaemonWalk::apply_to_node(const std::string& name, const json::object& op) {
    const std::string node = text_of(op, "node");
    const std::string label = text_of(op, "label");
    const auto change = [&](auto what) {
        if (world_.store().get<Node>({.name = node}) != nullptr) {
            world_.change<Node>({.name = node}, what);
        }
        return true;
    };
    if (name == "addNode") {
        add_node(node, label);
        return true;
    }
    if (name == "removeNode") {
        static_cast<void>(world_.registry().remove<Node>({.name = node}));
        for (const auto& pod : world_.pods()) {
            if (pod->spec.nodeName == node) {
                world_.vanish(*pod);
            }
        }
        return true;
    }
    if (name == "cordon") {
        return change([](Node& it) {
            it.spec.unschedulable = true;
            it.spec.taints.push_back(
                {.key = "node.kubernetes.io/unschedulable", .effect = "NoSchedule"});
        });
    }
    if (name == "taint") {
        return change([&](Node& it) {
            const api::corev1::Taint taint{.key = label, .effect = text_of(op, "effect")};
            if (std::ranges::find(it.spec.taints, taint) == it.spec.taints.end()) {
                it.spec.taints.push_back(taint);
            }
        });
    }
    if (name == "untaint") {
        return change([](Node& it) {
            it.spec.unschedulable = false;
            it.spec.taints.clear();
        });
    }
    if (name == "pool") {
        return change([&](Node& it) { it.metadata.labels.edit()["pool"] = label; });
    }
    return false;
}

void DaemonWalk::apply_to_pods(const std::string& name, const json::object& op) {
    const bool all = name == "readyAll" || name == "goneAll";
    for (const auto& pod : world_.pods()) {
        const bool meant = all || (pod->spec.nodeName == text_of(op, "node") &&
                                   pod->spec->containers.front().image == text_of(op, "tpl"));
        if (meant && apply_to_pod(name, *pod) && !all) {
            return;
        }
    }
}

bool DaemonWalk::apply_to_pod(const std::string& name, const Pod& pod) {
    const bool active = controllers::is_active(pod);
    const bool ready = controllers::is_ready(pod);
    if (name == "ready" || name == "readyAll") {
        if (!active || ready) {
            return false;
        }
        world_.set_phase(pod, "Running", true);
    } else if (name == "unready") {
        if (!active || !ready) {
            return false;
        }
        world_.set_phase(pod, pod.status.phase, false);
    } else if (name == "fail" || name == "delete") {
        if (!active) {
            return false;
        }
        if (name == "fail") {
            world_.set_phase(pod, "Failed", false);
        } else {
            world_.remove(pod);
        }
    } else {
        if (!pod.metadata.deletionTimestamp) {
            return false;
        }
        world_.vanish(pod);
    }
    return true;
}

json::array DaemonWalk::pod_rows() {
    const auto pods = world_.pods();
    json::array rows;
    for (const auto& pod : pods) {
        json::array row{controllers::target_node_of(*pod), pod->spec->containers.front().image,
                        StepwiseWorld::shown_phase(*pod)};
        if (pod->metadata.deletionTimestamp) {
            row.emplace_back("terminating");
        }
        rows.push_back(std::move(row));
    }
    std::ranges::sort(rows, {}, [](const json::value& row) { return json::serialize(row); });
    return rows;
}

json::array DaemonWalk::revisions() {
    std::vector<std::string> shown;
    for (const auto& revision : world_.store().list<ControllerRevision>()) {
        const auto& image =
            revision->data.at_pointer("/spec/template/spec/containers/0/image").as_string();
        shown.push_back(std::string{image} + "@" + std::to_string(revision->revision));
    }
    return to_json(StepwiseWorld::sorted_revisions(std::move(shown)));
}

json::object DaemonWalk::state() {
    const auto set = world_.store().get<DaemonSet>(daemon_key);
    const auto& status = set->status;
    json::object result{{"t", world_.seconds()},
                        {"pods", pod_rows()},
                        {"currentNumberScheduled", status.currentNumberScheduled},
                        {"desiredNumberScheduled", status.desiredNumberScheduled},
                        {"numberMisscheduled", status.numberMisscheduled},
                        {"numberReady", status.numberReady},
                        {"updatedNumberScheduled", status.updatedNumberScheduled},
                        {"numberAvailable", status.numberAvailable},
                        {"numberUnavailable", status.numberUnavailable},
                        {"observedGeneration", status.observedGeneration},
                        {"revisions", revisions()}};
    if (json::array events = world_.take_events_by_reason(); !events.empty()) {
        result["events"] = std::move(events);
    }
    return result;
}

class DaemonSetReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        DaemonWalk walk{test_case.at("spec").as_object()};
        return replay_steps(test_case, walk);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_daemonset_replayer() {
    return std::make_unique<DaemonSetReplayer>();
}

}  // namespace wavetank::fidelity
