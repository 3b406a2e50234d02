// Replays the scheduling queue: what plugins register for, hints, gates, back-off, orders, flows.

#include "fidelity/fidelity.hpp"
#include "fidelity/scheduler/cluster.hpp"

#include "scheduler/scheduling_queue.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

namespace wavetank::fidelity {
namespace {

using api::corev1::Node;
using api::corev1::Pod;
using boost::json::array;
using boost::json::object;
using boost::json::value;
using scheduler::Action;
using scheduler::ClusterEvent;
using scheduler::EventResource;
using scheduler::HeldChange;
using scheduler::Profile;
using scheduler::QueueEntry;
using scheduler::QueueingHint;
using scheduler::SchedulingQueue;
using std::chrono::milliseconds;

TimePoint at_ms(std::int64_t ms) {
    return TimePoint{milliseconds{ms}};
}

std::int64_t number(const value& json) {
    return json.to_number<std::int64_t>();
}

struct Happened {
    HeldChange change;
    std::vector<ClusterEvent> events;
};

// The cluster events of objects given by `old` and `new`. The kind of the objects is `kind`, or
// what their fields tell.
Happened happened(const object& json, std::string_view kind) {
    Happened result;
    HeldChange& change = result.change;
    const auto* old = json.if_contains("old");
    const auto* fresh = json.if_contains("new");
    if (kind == "Node") {
        change.old_node = old != nullptr ? stored_object<Node>(*old) : nullptr;
        change.new_node = fresh != nullptr ? stored_object<Node>(*fresh) : nullptr;
        if (old != nullptr && fresh != nullptr) {
            result.events = scheduler::events_of_update(*change.old_node, *change.new_node);
        } else {
            result.events = {
                {EventResource::Node, fresh != nullptr ? Action::Add : Action::Delete}};
        }
        return result;
    }
    change.old_pod = old != nullptr ? stored_object<Pod>(*old) : nullptr;
    change.new_pod = fresh != nullptr ? stored_object<Pod>(*fresh) : nullptr;
    if (old != nullptr && fresh != nullptr) {
        result.events = scheduler::events_of_update(
            *change.old_pod, *change.new_pod,
            kind == "Target" ? scheduler::PodRole::Target : scheduler::PodRole::Other);
        return result;
    }
    const Pod& pod = fresh != nullptr ? *change.new_pod : *change.old_pod;
    result.events = {
        {pod.spec.nodeName.empty() ? EventResource::UnscheduledPod : EventResource::AssignedPod,
         fresh != nullptr ? Action::Add : Action::Delete}};
    return result;
}

value to_value(const ClusterEvent& event) {
    array actions;
    if (event.actions == Action::All) {
        actions.emplace_back("All");
    } else if (scheduler::intersects(event.actions, Action::UpdatePodGeneratedResourceClaim) &&
               scheduler::intersects(event.actions, Action::UpdateNodeAllocatable)) {
        actions.emplace_back("Update");
        for (const Action action : {Action::Add, Action::Delete}) {
            if (scheduler::intersects(event.actions, action)) {
                actions.emplace_back(action_names(action).front());
            }
        }
    } else {
        for (const auto name : action_names(event.actions)) {
            actions.emplace_back(name);
        }
    }
    return object{{"resource", to_string(event.resource)}, {"actions", std::move(actions)}};
}

class QueueReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override;

private:
    [[nodiscard]] Outcome registrations(const Case& test_case, const Profile& profile) const;
    [[nodiscard]] Outcome hint(const Case& test_case, const SchedulingQueue& queue) const;
    [[nodiscard]] Outcome pre_enqueue(const Case& test_case, const Profile& profile) const;
    [[nodiscard]] Outcome backoff_duration(const Case& test_case, const Profile& profile) const;
    [[nodiscard]] Outcome backoff_expiry(const Case& test_case, SchedulingQueue& queue) const;
    [[nodiscard]] Outcome order(const Case& test_case, SchedulingQueue& queue) const;
};

Outcome QueueReplayer::registrations(const Case& test_case, const Profile& profile) const {
    array expected;
    for (const auto& plugin : test_case.at("plugins").as_array()) {
        expected.push_back(plugin);
        // A plugin whose hint is always Queue needs none here.
        for (auto& event : expected.back().as_object()["events"].as_array()) {
            event.as_object().erase("hint");
        }
    }
    std::map<std::string, array> by_plugin;
    for (const auto& [plugin, extensions] : profile.enqueue) {
        if (extensions == nullptr) {
            continue;
        }
        for (const auto& event : extensions->events()) {
            by_plugin[std::string{plugin->name()}].push_back(to_value(event.event));
        }
    }
    array actual;
    for (auto& [plugin, events] : by_plugin) {
        actual.push_back(object{{"plugin", plugin}, {"events", std::move(events)}});
    }
    return compared(expected, actual);
}

Outcome QueueReplayer::hint(const Case& test_case, const SchedulingQueue& queue) const {
    const auto pod = stored_object<Pod>(test_case.at("pod"));
    const Happened what = happened(test_case.json, test_case.text("object"));
    array events;
    for (const ClusterEvent& event : what.events) {
        events.push_back(to_value(event));
    }
    if (auto different = difference(test_case.at("events"), events, "events")) {
        return failed(std::move(*different));
    }
    const object& expected = test_case.at("answers").as_object();
    object actual;
    for (const auto& [plugin, answer] : expected) {
        std::string_view said = "none";
        for (const ClusterEvent& event : what.events) {
            const auto found = queue.hint_of(plugin, *pod, event, what.change);
            if (found && said != "Queue") {
                said = *found == QueueingHint::Queue ? "Queue" : "Skip";
            }
        }
        actual[plugin] = said;
    }
    return compared(expected, actual);
}

Outcome QueueReplayer::pre_enqueue(const Case& test_case, const Profile& profile) const {
    const auto pod = stored_object<Pod>(test_case.at("pod"));
    object actual;
    for (const auto& [plugin, point] : profile.pre_enqueue) {
        const auto status = point->pre_enqueue(*pod);
        object answer{{"code", to_string(status.code)}};
        if (!status.ok()) {
            answer["message"] = status.message();
        }
        actual[plugin->name()] = std::move(answer);
    }
    return compared(test_case.at("plugins"), actual);
}

Outcome QueueReplayer::backoff_duration(const Case& test_case, const Profile& profile) const {
    const SchedulingQueue queue{
        profile,
        {.backoff_initial = std::chrono::seconds{number(test_case.at("podInitialBackoffSeconds"))},
         .backoff_max = std::chrono::seconds{number(test_case.at("podMaxBackoffSeconds"))}}};
    array actual;
    for (const auto& row : test_case.at("rows").as_array()) {
        const auto failures = number(row.as_array().at(0));
        actual.push_back(array{failures, std::chrono::duration_cast<milliseconds>(
                                             queue.backoff_duration(static_cast<int>(failures)))
                                             .count()});
    }
    return compared(test_case.at("rows"), actual);
}

Outcome QueueReplayer::backoff_expiry(const Case& test_case, SchedulingQueue& queue) const {
    array actual;
    for (const auto& json : test_case.at("rows").as_array()) {
        array row = json.as_array();
        QueueEntry entry;
        entry.entered = at_ms(number(row.at(0)));
        entry.unschedulable_count = static_cast<int>(number(row.at(1)));
        entry.consecutive_errors = static_cast<int>(number(row.at(2)));
        const TimePoint expiry = queue.expiry_of(entry);
        row.at(3) =
            expiry == TimePoint::min()
                ? -1
                : std::chrono::duration_cast<milliseconds>(expiry.time_since_epoch()).count();
        row.at(5) = queue.backs_off(entry, at_ms(number(row.at(4))));
        actual.push_back(std::move(row));
    }
    return compared(test_case.at("rows"), actual);
}

api::Pointer<const Pod> bare_pod(const array& row) {
    auto pod = api::make_object<Pod>();
    pod->metadata.namespace_ = "default";
    pod->metadata.name = std::string{row.at(0).as_string()};
    pod->metadata.uid = pod->metadata.name;
    if (!row.at(1).is_null()) {
        pod->spec.edit().priority = row.at(1).to_number<std::int32_t>();
    }
    return pod;
}

// Rows are [name, priority, time] for the active queue, with a count for the back-off queue.
Outcome QueueReplayer::order(const Case& test_case, SchedulingQueue& queue) const {
    const bool backoff = test_case.text("kind") == "backoffOrder";
    std::vector<std::unique_ptr<QueueEntry>> entries;
    for (const auto& json : test_case.at("pods").as_array()) {
        const array& row = json.as_array();
        queue.add(bare_pod(row), at_ms(number(row.at(2))));
        if (backoff) {
            entries.push_back(queue.pop(at_ms(number(row.at(2)))));
            entries.back()->unschedulable_count = static_cast<int>(number(row.at(3))) - 1;
        }
    }
    for (auto& entry : entries) {
        const TimePoint time = entry->entered;
        queue.fail(std::move(entry), {"NodeName"}, time);
        queue.move(ClusterEvent{}, {}, time);
    }
    array actual;
    while (auto entry = queue.pop(at_ms(0))) {
        actual.emplace_back(entry->pod->metadata.name.view());
    }
    return compared(test_case.at("order"), actual);
}

/// Plays the operations of one flow.
class Flow {
public:
    Flow(const Case& test_case, SchedulingQueue& queue) : queue_(queue) {
        for (const auto& json : test_case.at("pods").as_array()) {
            auto pod = stored_object<Pod>(json);
            names_.push_back(pod->metadata.name);
            pods_[pod->metadata.name] = std::move(pod);
        }
        for (const auto& json : test_case.at("eventObjects").as_array()) {
            const object& event = json.as_object();
            events_[std::string{event.at("name").as_string()}] = happened(event, kind_of(event));
        }
    }

    /// Returns what differs after the operation; nothing if nothing does.
    std::optional<std::string> play(const array& row);

private:
    static std::string_view kind_of(const object& event) {
        const value& sample = event.contains("new") ? event.at("new") : event.at("old");
        const auto* spec = sample.as_object().if_contains("spec");
        return spec != nullptr && spec->as_object().contains("containers") ? "Pod" : "Node";
    }

    std::optional<std::string> perform(std::string_view op, const array& row);
    void ungate(const std::string& name);
    void pass(milliseconds span);
    [[nodiscard]] value state() const;

    SchedulingQueue& queue_;
    TimePoint now_{};
    std::vector<std::string> names_;
    std::map<std::string, api::Pointer<const Pod>> pods_;
    std::map<std::string, std::unique_ptr<QueueEntry>> flying_;
    std::map<std::string, Happened> events_;
};

void Flow::pass(milliseconds span) {
    const TimePoint end = now_ + span;
    for (;;) {
        const TimePoint second =
            std::chrono::floor<std::chrono::seconds>(now_) + std::chrono::seconds{1};
        if (second > end) {
            now_ = end;
            return;
        }
        now_ = second;
        queue_.flush_backoff(now_);
        if (now_.time_since_epoch() % std::chrono::seconds{30} == Duration::zero()) {
            queue_.flush_unschedulable(now_);
        }
    }
}

void Flow::ungate(const std::string& name) {
    auto open = api::make_object<Pod>(*pods_.at(name));
    open->spec.edit().schedulingGates.clear();
    queue_.update(pods_.at(name), open, now_);
    pods_[name] = std::move(open);
}

std::optional<std::string> Flow::perform(std::string_view op, const array& row) {
    if (op == "advance") {
        pass(milliseconds{number(row.at(1))});
        return std::nullopt;
    }
    const std::string name{row.at(1).as_string()};
    if (op == "add") {
        queue_.add(pods_.at(name), now_);
    } else if (op == "pop") {
        auto entry = queue_.pop(now_);
        const std::string got = entry ? entry->pod->metadata.name : "nothing";
        if (got != name) {
            return "pop: expected " + name + ", got " + got;
        }
        flying_[name] = std::move(entry);
    } else if (op == "fail") {
        std::set<std::string> plugins;
        if (row.at(2).is_array()) {
            for (const auto& plugin : row.at(2).as_array()) {
                plugins.emplace(plugin.as_string());
            }
        }
        auto entry = std::move(flying_.at(name));
        entry->pod = pods_.at(name);
        queue_.fail(std::move(entry), std::move(plugins), now_);
    } else if (op == "bound") {
        queue_.done(*pods_.at(name));
        flying_.erase(name);
    } else if (op == "ungate") {
        ungate(name);
    } else if (op == "event") {
        for (const ClusterEvent& event : events_.at(name).events) {
            queue_.move(event, events_.at(name).change, now_);
        }
    }
    return std::nullopt;
}

value Flow::state() const {
    std::map<SchedulingQueue::Place, std::set<std::string>> places;
    for (const std::string& name : names_) {
        if (const auto place = queue_.place_of(*pods_.at(name))) {
            places[*place == SchedulingQueue::Place::ErrorBackoff ? SchedulingQueue::Place::Backoff
                                                                  : *place]
                .insert(name);
        }
    }
    const auto list = [&](SchedulingQueue::Place place) {
        return to_json({places[place].begin(), places[place].end()});
    };
    return object{{"active", list(SchedulingQueue::Place::Active)},
                  {"backoff", list(SchedulingQueue::Place::Backoff)},
                  {"inFlight", list(SchedulingQueue::Place::InFlight)},
                  {"t", std::chrono::duration_cast<milliseconds>(now_.time_since_epoch()).count()},
                  {"unschedulable", list(SchedulingQueue::Place::Unschedulable)}};
}

std::optional<std::string> Flow::play(const array& row) {
    auto different = perform(row.at(0).as_string(), row);
    if (!different) {
        different = difference(row.back(), state(), "state");
    }
    pass(milliseconds{10});
    return different;
}

Outcome QueueReplayer::replay(const Case& test_case) {
    scheduler::Snapshot snapshot;
    const Profile profile = profile_of(test_case.json, {.snapshot = &snapshot});
    SchedulingQueue queue{profile};
    const auto kind = test_case.text("kind");
    if (kind == "registrations") {
        return registrations(test_case, profile);
    }
    if (kind == "hint") {
        return hint(test_case, queue);
    }
    if (kind == "preEnqueue") {
        return pre_enqueue(test_case, profile);
    }
    if (kind == "backoffDuration") {
        return backoff_duration(test_case, profile);
    }
    if (kind == "backoffExpiry") {
        return backoff_expiry(test_case, queue);
    }
    if (kind == "backoffOrder" || kind == "activeOrder") {
        return order(test_case, queue);
    }
    Flow flow{test_case, queue};
    std::size_t index = 0;
    for (const auto& row : test_case.at("ops").as_array()) {
        if (auto different = flow.play(row.as_array())) {
            return failed("op " + std::to_string(index) + ": " + *different);
        }
        ++index;
    }
    return passed();
}

}  // namespace

std::unique_ptr<Replayer> make_queue_replayer() {
    return std::make_unique<QueueReplayer>();
}

}  // namespace wavetank::fidelity
