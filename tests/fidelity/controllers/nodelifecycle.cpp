// nodelifecycle.jsonl: what happens to nodes and pods when heartbeats stop.

#include "controllers/pods.hpp"
#include "fidelity/controllers/stepwise.hpp"

#include <wavetank/api/kinds.hpp>

#include <algorithm>
#include <tuple>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::coordinationv1::Lease;
using api::corev1::Node;
using api::corev1::NodeCondition;
using api::corev1::Pod;
using api::corev1::Taint;

const std::string lease_namespace = "kube-node-lease";
const std::string patience_label = "patience";

/// Nodes whose kubelets stop and go on, and the two controllers that look on.
class HeartbeatWorld {
public:
    explicit HeartbeatWorld(const json::object& in) : duration_(number_of(in, "durationSeconds")) {
        for (const json::value& row : in.at("nodes").as_array()) {
            rows_.push_back(&row);
            add_node(row.as_object());
        }
    }

    json::array run() {
        const auto nodes = store_.watch<Node>([this](const auto& event) { on_node(event); });
        const auto pods = store_.watch<Pod>([this](const auto& event) { on_pod(event); });
        for (const json::value* row : rows_) {
            plan_kubelet(row->as_object());
        }
        auto controllers = controllers::ControllerRegistry{};
        const auto all = controllers::ControllerRegistry::defaults();
        for (const auto& info : all.entries()) {
            if (info.name == "node-lifecycle" || info.name == "taint-eviction") {
                controllers.add(info);
            }
        }
        const controllers::ControllerManager manager{
            registry_, runtime_, {.controllers = controllers}};
        runtime_.run_until(TimePoint{std::chrono::seconds{duration_}});
        json::array result;
        for (const auto& [line, count] : lines_) {
            const auto& [when, zone, what] = line;
            result.push_back(
                json::object{{"tMs", when}, {"zone", zone}, {"what", what}, {"n", count}});
        }
        return result;
    }

private:
    using Line = std::tuple<std::int64_t, std::string, std::string>;

    void add_node(const json::object& row);
    void add_pod(const std::string& node, const std::string& patience);
    void plan_kubelet(const json::object& row);
    void renew(const std::string& node);
    void report(const std::string& node, bool ready);
    void on_node(const store::WatchEvent<Node>& event);
    void on_pod(const store::WatchEvent<Pod>& event);

    void note(const std::string& zone, std::string what) {
        const auto elapsed = runtime_.now() - TimePoint{};
        const auto when = std::chrono::floor<std::chrono::milliseconds>(elapsed).count();
        ++lines_[{when, zone, std::move(what)}];
    }

    static std::string zone_of(const Node& node) {
        return node.metadata.labels->at("topology.kubernetes.io/zone");
    }

    std::int64_t duration_;
    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_{store_, runtime_, Random{1}};
    std::vector<const json::value*> rows_;
    std::map<Line, int> lines_;
    std::size_t pods_ = 0;
};

void HeartbeatWorld::add_node(const json::object& row) {
    const std::string name = text_of(row, "name");
    Node node;
    node.metadata.name = name;
    node.metadata.labels.edit() = {{"topology.kubernetes.io/zone", text_of(row, "zone")},
                                   {"topology.kubernetes.io/region", "r"}};
    node.status.conditions.push_back({.type = "Ready",
                                      .status = "True",
                                      .lastHeartbeatTime = api::Time{runtime_.wall()},
                                      .lastTransitionTime = api::Time{runtime_.wall()},
                                      .reason = "KubeletReady"});
    Node made = *registry_.create(node).value();
    made.spec.taints.clear();
    made = *registry_.update(std::move(made)).value();
    made.status = node.status;
    static_cast<void>(registry_.update_status(std::move(made)).value());
    Lease lease;
    lease.metadata = {.name = name, .namespace_ = lease_namespace};
    lease.spec.renewTime = api::MicroTime{runtime_.wall()};
    static_cast<void>(registry_.create(std::move(lease)).value());
    for (const json::value& pod : row.at("pods").as_array()) {
        add_pod(name, std::string{pod.as_string()});
    }
}

void HeartbeatWorld::add_pod(const std::string& node, const std::string& patience) {
    Pod pod;
    pod.metadata = {.name = "p" + std::to_string(pods_++), .namespace_ = "default"};
    pod.metadata.labels.edit()[patience_label] = patience;
    auto& body = pod.spec.edit();
    body.containers.push_back({.name = "c", .image = "i"});
    for (const char* key : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
        api::corev1::Toleration toleration{
            .key = key, .operator_ = "Exists", .effect = "NoExecute"};
        if (patience != "none" && patience != "forever") {
            toleration.tolerationSeconds = std::stoll(patience);
        }
        body.tolerations.push_back(std::move(toleration));
    }
    pod.spec.nodeName = node;
    Pod made = *registry_.create(std::move(pod)).value();
    made.status.phase = "Running";
    made.status.conditions.edit() = {{.type = "Ready", .status = "True"}};
    made = *registry_.update_status(std::move(made)).value();
    if (patience == "none") {
        // A pod is given these tolerations when it is created, and may not lose them later.
        made.spec.edit().tolerations.clear();
        static_cast<void>(store_.update(std::move(made)).value());
    }
}

// Kubelets act 25 ms after the second.
void HeartbeatWorld::plan_kubelet(const json::object& row) {
    const std::string name = text_of(row, "name");
    const std::int64_t never = duration_ + 1;
    const std::int64_t stop = number_of(row, "heartbeatsStop", never);
    const std::int64_t resume = number_of(row, "heartbeatsResume", never);
    const std::int64_t unready = number_of(row, "reportsNotReadyFrom", never);
    const auto at = [this](std::int64_t second, std::function<void()> what) {
        runtime_.schedule(TimePoint{std::chrono::seconds{second} + std::chrono::milliseconds{25}},
                          std::move(what));
    };
    for (std::int64_t second = 0; second <= duration_; ++second) {
        const bool alive = second < stop || second >= resume;
        if ((alive && second % 10 == 3) || second == resume) {
            at(second, [this, name] { renew(name); });
        }
        if (second == resume) {
            at(second, [this, name] { report(name, true); });
        }
        if (second == unready) {
            at(second, [this, name] { report(name, false); });
        }
    }
}

void HeartbeatWorld::renew(const std::string& node) {
    Lease lease = *store_.get<Lease>({lease_namespace, node});
    lease.spec.renewTime = api::MicroTime{runtime_.wall()};
    static_cast<void>(registry_.update(std::move(lease)).value());
}

void HeartbeatWorld::report(const std::string& name, bool ready) {
    Node node = *store_.get<Node>({.name = name});
    const api::Time now{runtime_.wall()};
    const std::string status = ready ? "True" : "False";
    for (NodeCondition& condition : node.status.conditions) {
        const bool is_ready = condition.type == "Ready";
        const std::string wanted = is_ready ? status : "False";
        condition.lastTransitionTime =
            condition.status == wanted ? condition.lastTransitionTime : now;
        condition.status = wanted;
        condition.lastHeartbeatTime = now;
        if (is_ready) {
            condition.reason = ready ? "KubeletReady" : "KubeletNotReady";
        }
    }
    static_cast<void>(registry_.update_status(std::move(node)).value());
}

void HeartbeatWorld::on_node(const store::WatchEvent<Node>& event) {
    if (event.type != store::EventType::Modified) {
        return;
    }
    const std::string zone = zone_of(*event.object);
    const auto& before = event.previous->spec.taints;
    const auto& after = event.object->spec.taints;
    const auto note_missing = [&](const auto& these, const auto& those, const std::string& sign) {
        for (const Taint& taint : these) {
            const bool there = std::ranges::any_of(those, [&](const Taint& it) {
                return it.key == taint.key && it.effect == taint.effect;
            });
            if (!there) {
                const std::string key = taint.key.substr(taint.key.find('/') + 1);
                note(zone, sign + "taint " + key + ":" + taint.effect);
            }
        }
    };
    note_missing(after, before, "+");
    note_missing(before, after, "-");
    const auto ready = [](const Node& node) {
        return *std::ranges::find(node.status.conditions, "Ready", &NodeCondition::type);
    };
    const NodeCondition now = ready(*event.object);
    if (now.status != ready(*event.previous).status) {
        note(zone, "Ready=" + now.status + " " + now.reason);
    }
}

void HeartbeatWorld::on_pod(const store::WatchEvent<Pod>& event) {
    const Pod& pod = *event.object;
    const std::string zone = zone_of(*store_.get<Node>({.name = pod.spec.nodeName}));
    const bool was_going =
        event.previous != nullptr && event.previous->metadata.deletionTimestamp.has_value();
    if (pod.metadata.deletionTimestamp && !was_going) {
        note(zone, "pod deleted, tolerates " + pod.metadata.labels->at(patience_label));
    }
    if (event.previous != nullptr && controllers::is_ready(*event.previous) &&
        !controllers::is_ready(pod)) {
        note(zone, "pod Ready=false");
    }
}

class NodeLifecycleReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        HeartbeatWorld world{test_case.at("in").as_object()};
        const json::array found = world.run();
        if (auto text = difference(test_case.at("out"), found, "out")) {
            return failed(std::move(*text));
        }
        return passed();
    }
};

}  // namespace

std::unique_ptr<Replayer> make_nodelifecycle_replayer() {
    return std::make_unique<NodeLifecycleReplayer>();
}

}  // namespace wavetank::fidelity
