#include "fidelity/controllers/stepwise.hpp"

#include "controllers/pods.hpp"

#include <algorithm>

namespace wavetank::fidelity {

namespace json = boost::json;

std::optional<std::int32_t> optional_number(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    return value->to_number<std::int32_t>();
}

std::int64_t number_of(const json::object& object, std::string_view member, std::int64_t absent) {
    const json::value* value = object.if_contains(member);
    return value == nullptr || value->is_null() ? absent : value->to_number<std::int64_t>();
}

std::string text_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    return value == nullptr || !value->is_string() ? "" : std::string{value->get_string()};
}

std::optional<api::IntOrString> bound_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    if (value == nullptr || value->is_null()) {
        return std::nullopt;
    }
    return value->is_string() ? api::IntOrString::parse(value->get_string())
                              : api::IntOrString{value->to_number<std::int32_t>()};
}

json::value json_of(const std::optional<std::int32_t>& number) {
    return number ? json::value(*number) : json::value();
}

controllers::ControllerRegistry StepwiseWorld::only(std::initializer_list<std::string_view> names) {
    auto result = controllers::ControllerRegistry::defaults();
    const auto all = controllers::ControllerRegistry::defaults();
    for (const auto& info : all.entries()) {
        if (std::ranges::find(names, info.name) == names.end()) {
            result.remove(info.name);
        }
    }
    return result;
}

StepwiseWorld::StepwiseWorld(std::initializer_list<std::string_view> controllers, Duration slack,
                             Duration start)
    : runtime_(runtime::VirtualRuntimeOptions{.wall_epoch = default_wall_epoch + start}),
      registry_(store_, runtime_, Random{1}),
      manager_(registry_, runtime_,
               {.controllers = only(controllers), .events = controllers::EventPolicy::All}),
      slack_(slack) {
    events_watch_ = store_.watch<api::corev1::Event>([this](const auto& event) {
        const auto& it = *event.object;
        ++events_[it.type + " " + it.reason + " " + it.message];
    });
    pods_watch_ = store_.watch<Pod>([this](const auto& event) {
        if (event.type == store::EventType::Added) {
            order_.insert_or_assign(event.object->metadata.name, order_.size());
        }
    });
}

void StepwiseWorld::settle() {
    runtime_.run_until(TimePoint{std::chrono::seconds{seconds_} + slack_});
}

void StepwiseWorld::do_now(std::function<void()> what) {
    runtime_.schedule(TimePoint{std::chrono::seconds{seconds_}}, std::move(what));
    settle();
}

void StepwiseWorld::advance_to_next(std::function<void()> what) {
    ++seconds_;
    const TimePoint now{std::chrono::seconds{seconds_}};
    runtime_.run_until(now);
    runtime_.schedule(now, std::move(what));
}

std::vector<std::string> StepwiseWorld::sorted_revisions(std::vector<std::string> shown) {
    std::ranges::sort(shown, {}, [](const std::string& text) {
        return std::pair{text.size(), text};
    });
    return shown;
}

void StepwiseWorld::advance(std::int64_t seconds) {
    for (; seconds > 0; --seconds) {
        ++seconds_;
        settle();
    }
}

void StepwiseWorld::set_phase(const Pod& pod, const std::string& phase, bool ready) {
    Pod changed = pod;
    const bool was_ready = controllers::is_ready(pod);
    changed.status.phase = phase;
    const api::Time now{runtime_.wall()};
    auto& conditions = changed.status.conditions.edit();
    const auto found = std::ranges::find(conditions, "Ready", &api::corev1::PodCondition::type);
    if (found == conditions.end()) {
        conditions.push_back(
            {.type = "Ready", .status = ready ? "True" : "False", .lastTransitionTime = now});
    } else if (was_ready != ready) {
        found->status = ready ? "True" : "False";
        found->lastTransitionTime = now;
    }
    static_cast<void>(registry_.update_status(std::move(changed)).value());
}

void StepwiseWorld::remove(const Pod& pod) {
    static_cast<void>(registry_.remove<Pod>(store::key_of(pod)).value());
}

void StepwiseWorld::vanish(const Pod& pod) {
    static_cast<void>(
        registry_.remove<Pod>(store::key_of(pod), {.grace_period_seconds = 0}).value());
}

std::string StepwiseWorld::shown_phase(const Pod& pod) {
    return pod.status.phase == "Running" && controllers::is_ready(pod) ? "Ready" : pod.status.phase;
}

std::vector<StepwiseWorld::PodPointer> StepwiseWorld::pods() const {
    auto pods = store_.list<Pod>();
    std::ranges::sort(pods, {}, [this](const auto& pod) { return number(*pod); });
    return pods;
}

json::array StepwiseWorld::take_events(const std::function<std::string(std::string)>& shown) {
    std::map<std::string, int> counts;
    for (const auto& [text, count] : std::exchange(events_, {})) {
        counts[shown ? shown(text) : text] += count;
    }
    json::array result;
    for (const auto& [text, count] : counts) {
        result.emplace_back(text + " x" + std::to_string(count));
    }
    return result;
}

json::array StepwiseWorld::take_events_by_reason() {
    std::map<std::string, int> counts;
    for (const auto& [text, count] : std::exchange(events_, {})) {
        const std::size_t end = text.find(' ', text.find(' ') + 1);
        counts[text.substr(0, end)] += count;
    }
    json::array result;
    for (const auto& [text, count] : counts) {
        result.emplace_back(text + " x" + std::to_string(count));
    }
    return result;
}

}  // namespace wavetank::fidelity
