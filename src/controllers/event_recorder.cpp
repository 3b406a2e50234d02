#include <wavetank/controllers/event_recorder.hpp>

#include "controllers/event_correlator.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::controllers {

using api::corev1::Event;
using api::corev1::ObjectReference;

namespace {

std::string event_name(const std::string& object, WallTime time) {
    return object + "." + hexadecimal(time.time_since_epoch().count());
}

}  // namespace

struct EventRecorder::Correlator : EventCorrelator {};

EventRecorder::EventRecorder(registry::Registry& registry, std::string component,
                             EventPolicy policy)
    : registry_(registry), component_(std::move(component)), policy_(policy) {
    if (policy_ == EventPolicy::Correlated) {
        correlator_ = std::make_unique<Correlator>();
    }
}

EventRecorder::~EventRecorder() = default;

void EventRecorder::record(const ObjectReference& about, EventType type, std::string reason,
                           std::string message) {
    if (policy_ == EventPolicy::None) {
        return;
    }
    const WallTime now = registry_.clock().wall();
    const char* const type_text = type == EventType::Normal ? "Normal" : "Warning";
    EventCorrelator::Decision decision;
    if (correlator_ != nullptr) {
        decision = correlator_->decide({about.uid, type_text, reason}, message, now);
        if (decision.drop) {
            return;
        }
        if (decision.combined) {
            message = "(combined from similar events): " + message;
        }
        if (decision.known != nullptr && count_again(*decision.known, message, now)) {
            return;
        }
    }
    const std::string in_namespace = about.namespace_.empty() ? "default" : about.namespace_;
    Event event;
    // Events are named by their time; two of one moment are a nanosecond apart, and so are those
    // that other components have about an object of the same name.
    last_name_ = std::max(now, last_name_ + Duration{1});
    event.metadata.namespace_ = in_namespace;
    event.metadata.name = event_name(about.name, last_name_);
    while (registry_.store().get<Event>(store::key_of(event)) != nullptr) {
        last_name_ += Duration{1};
        event.metadata.name = event_name(about.name, last_name_);
    }
    event.involvedObject = about;
    event.reason = std::move(reason);
    event.message = std::move(message);
    event.source.component = component_;
    event.firstTimestamp = api::Time{now};
    event.lastTimestamp = api::Time{now};
    event.count = 1;
    event.type = type_text;
    event.reportingComponent = component_;
    const store::Key key = store::key_of(event);
    if (registry_.create(std::move(event)) && decision.remember != nullptr) {
        *decision.remember = key;
    }
}

/// Counts one more of an event that is stored already. Returns false if it is gone.
bool EventRecorder::count_again(const store::Key& known, const std::string& message, WallTime now) {
    const auto stored = registry_.store().get<Event>(known);
    if (stored == nullptr) {
        return false;
    }
    Event event = *stored;
    ++event.count;
    event.message = message;
    event.lastTimestamp = api::Time{now};
    return registry_.update(std::move(event)).has_value();
}

}  // namespace wavetank::controllers
