#include "node/event_recorder.hpp"

#include "node/pod_status.hpp"

#include <utility>

namespace wavetank::node {
namespace {

// As many events as client-go's correlator remembers.
constexpr std::size_t recorded_limit = 4096;

std::string hex(std::uint64_t value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), digits[value & 15U]);
        value >>= 4;
    } while (value != 0);
    return text;
}

std::string identity_of(const api::corev1::Event& event) {
    std::string text;
    const api::corev1::ObjectReference& object = event.involvedObject;
    const std::string uid = object.uid;
    for (const std::string_view part : std::initializer_list<std::string_view>{
             event.source.host, object.namespace_, object.name, uid, *object.fieldPath, event.type,
             event.reason, event.message}) {
        text += part;
        text += '\n';
    }
    return text;
}

api::corev1::Event event_of(const Report& report, const std::string& host) {
    api::corev1::Event event;
    event.type = report.type == EventClass::Normal ? "Normal" : "Warning";
    event.reason = report.reason;
    event.message = report.message;
    event.source = {.component = "kubelet", .host = host};
    event.reportingComponent = "kubelet";
    event.reportingInstance = host;
    return event;
}

}  // namespace

EventRecorder::EventRecorder(registry::Registry& registry, EventReporting reporting)
    : registry_{registry}, enabled_{reporting == EventReporting::On} {}

void EventRecorder::report(const api::corev1::Pod& pod, std::size_t container,
                           const Report& report) {
    if (!enabled_) {
        return;
    }
    std::string place;
    if (container != no_container) {
        const bool init = container < pod.spec->initContainers.size();
        place = (init ? "spec.initContainers{" : "spec.containers{") +
                container_at(*pod.spec.body, container).name + '}';
    }
    api::corev1::Event event = event_of(report, pod.spec.nodeName);
    event.metadata.namespace_ = pod.metadata.namespace_;
    event.involvedObject = {.kind = "Pod",
                            .namespace_ = pod.metadata.namespace_,
                            .name = pod.metadata.name,
                            .uid = pod.metadata.uid,
                            .apiVersion = "v1",
                            .resourceVersion = pod.metadata.resourceVersion,
                            .fieldPath = std::move(place)};
    record(std::move(event));
}

void EventRecorder::report(const api::corev1::Node& node, const Report& report) {
    if (!enabled_) {
        return;
    }
    api::corev1::Event event = event_of(report, node.metadata.name);
    event.metadata.namespace_ = "default";
    event.involvedObject = {.kind = "Node", .name = node.metadata.name, .uid = node.metadata.uid};
    record(std::move(event));
}

void EventRecorder::record(api::corev1::Event event) {
    const api::Time now{registry_.clock().wall()};
    const std::string identity = identity_of(event);
    if (const auto found = recorded_.find(identity); found != recorded_.end()) {
        if (const auto earlier = registry_.store().get<api::corev1::Event>(found->second)) {
            api::corev1::Event again = *earlier;
            ++again.count;
            again.lastTimestamp = now;
            static_cast<void>(registry_.update(std::move(again)));
            return;
        }
    }
    const auto nanoseconds =
        static_cast<std::uint64_t>(registry_.clock().wall().time_since_epoch().count());
    event.metadata.name = event.involvedObject.name + '.' + hex(nanoseconds + sequence_++);
    event.firstTimestamp = now;
    event.lastTimestamp = now;
    event.count = 1;
    if (recorded_.size() >= recorded_limit) {
        recorded_.clear();
    }
    recorded_[identity] = store::key_of(event);
    static_cast<void>(registry_.create(std::move(event)));
}

}  // namespace wavetank::node
