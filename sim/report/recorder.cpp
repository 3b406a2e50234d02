#include "sim/report/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace wavetank::sim {
namespace {

using api::appsv1::DaemonSet;
using api::appsv1::Deployment;
using api::appsv1::ReplicaSet;
using api::appsv1::StatefulSet;
using api::corev1::Event;
using api::corev1::Node;
using api::corev1::Pod;

bool is_owned(const api::metav1::ObjectMeta& metadata) {
    return !metadata.ownerReferences->empty();
}

std::int64_t amount(const api::ResourceList& resources, const std::string& name, bool milli) {
    const auto found = resources.find(name);
    if (found == resources.end()) {
        return 0;
    }
    return milli ? found->second.milli_value() : found->second.value();
}

// The daily round of pods, their owners and nodes is no news; what was done to a workload, or went
// wrong anywhere, is.
bool is_news(const Event& event) {
    const std::string& kind = event.involvedObject.kind;
    const std::string& reason = event.reason;
    if (event.type == "Warning" || reason == "NodeNotReady" || reason == "TaintManagerEviction") {
        return true;
    }
    return kind != "Pod" && kind != "ReplicaSet" && kind != "Node" &&
           reason != "SuccessfulCreate" && reason != "SuccessfulDelete";
}

}  // namespace

Recorder::Recorder(store::Store& store, const runtime::Clock& clock)
    : store_(store), clock_(clock) {
    subscriptions_.push_back(
        store.watch<Deployment>([this](const store::WatchEvent<Deployment>& event) {
            const bool gone = event.type == store::EventType::Deleted;
            note_replicas("Deployment", store::key_of(*event.object),
                          gone ? 0 : event.object->spec.replicas.value_or(1),
                          gone ? 0 : event.object->status.readyReplicas);
        }));
    subscriptions_.push_back(
        store.watch<ReplicaSet>([this](const store::WatchEvent<ReplicaSet>& event) {
            if (is_owned(event.object->metadata)) {
                return;
            }
            const bool gone = event.type == store::EventType::Deleted;
            note_replicas("ReplicaSet", store::key_of(*event.object),
                          gone ? 0 : event.object->spec.replicas.value_or(1),
                          gone ? 0 : event.object->status.readyReplicas);
        }));
    subscriptions_.push_back(
        store.watch<StatefulSet>([this](const store::WatchEvent<StatefulSet>& event) {
            const bool gone = event.type == store::EventType::Deleted;
            note_replicas("StatefulSet", store::key_of(*event.object),
                          gone ? 0 : event.object->spec.replicas.value_or(1),
                          gone ? 0 : event.object->status.readyReplicas);
        }));
    subscriptions_.push_back(
        store.watch<DaemonSet>([this](const store::WatchEvent<DaemonSet>& event) {
            const bool gone = event.type == store::EventType::Deleted;
            note_replicas("DaemonSet", store::key_of(*event.object),
                          gone ? 0 : event.object->status.desiredNumberScheduled,
                          gone ? 0 : event.object->status.numberReady);
        }));
    subscriptions_.push_back(store.watch<Event>([this](const store::WatchEvent<Event>& event) {
        if (event.type == store::EventType::Deleted || !is_news(*event.object)) {
            return;
        }
        const std::int32_t before = event.previous ? std::max(1, event.previous->count) : 0;
        note_event(*event.object, static_cast<std::uint64_t>(
                                      std::max(1, std::max(1, event.object->count) - before)));
    }));
}

void Recorder::note_replicas(const char* kind, const store::Key& key, std::int32_t desired,
                             std::int32_t ready) {
    auto& samples = replicas_[{kind, key}];
    const ReplicaSample sample{.time = clock_.now(), .desired = desired, .ready = ready};
    if (!samples.empty() && samples.back().time == sample.time) {
        samples.back() = sample;
    } else if (samples.empty() || samples.back().desired != desired ||
               samples.back().ready != ready) {
        samples.push_back(sample);
    }
}

void Recorder::note_event(const Event& event, std::uint64_t repetitions) {
    const auto& about = event.involvedObject;
    EventReport line{
        .time = clock_.now(),
        .type = event.type,
        .reason = event.reason,
        .object = about.kind + " " + to_string(store::Key{about.namespace_, about.name}),
        .message = event.message,
        .count = repetitions};
    const auto [place, is_new] =
        event_index_.try_emplace({line.object, line.reason + line.message}, events_.size());
    if (is_new) {
        events_.push_back(std::move(line));
    } else {
        events_[place->second].count += repetitions;
    }
}

void Recorder::note_refusal(const std::string& action, const Error& error) {
    events_.push_back({.time = clock_.now(),
                       .type = "Warning",
                       .reason = "ActionRefused",
                       .object = action,
                       .message = error.message});
}

void Recorder::note_fault(const std::string& name, const std::string& reason,
                          const std::string& message) {
    events_.push_back({.time = clock_.now(),
                       .type = reason == "FaultEnded" ? "Normal" : "Warning",
                       .reason = reason,
                       .object = "Fault " + name,
                       .message = message});
}

void Recorder::note_out_of_memory(const store::Key& pod, const std::string& container,
                                  std::int64_t memory, std::int64_t limit) {
    events_.push_back({.time = clock_.now(),
                       .type = "Warning",
                       .reason = "OOMKilled",
                       .object = "Pod " + to_string(pod),
                       .message = fmt::format("container {} used {} of {} Mi", container,
                                              memory >> 20, limit >> 20)});
}

void Recorder::fill(Report& report) const {
    for (const auto& [key, samples] : replicas_) {
        report.workloads.push_back(
            {.kind = key.first, .name = to_string(key.second), .replicas = samples});
    }
    report.events = events_;
    fill_nodes(report);
}

void Recorder::fill_nodes(Report& report) const {
    std::map<std::string, NodeReport> nodes;
    for (const auto& node : store_.list<Node>()) {
        const api::ResourceList& allocatable = node->status.allocatable;
        nodes[node->metadata.name] = {.name = node->metadata.name,
                                      .cpu_allocatable_milli = amount(allocatable, "cpu", true),
                                      .memory_allocatable = amount(allocatable, "memory", false)};
    }
    for (const auto& pod : store_.list<Pod>()) {
        const auto node = nodes.find(pod->spec.nodeName);
        const bool has_ended = pod->status.phase == "Succeeded" || pod->status.phase == "Failed";
        if (node == nodes.end() || has_ended) {
            continue;
        }
        ++node->second.pods;
        for (const auto& container : pod->spec->containers) {
            node->second.cpu_requested_milli += amount(container.resources.requests, "cpu", true);
            node->second.memory_requested += amount(container.resources.requests, "memory", false);
        }
    }
    for (auto& [name, node] : nodes) {
        report.nodes.push_back(std::move(node));
    }
}

ServiceReport summarise(const std::string& name, const mesh::ServiceStats& stats,
                        Duration duration) {
    const metrics::Histogram latency = stats.latency();
    const double seconds = std::chrono::duration<double>(duration).count();
    ServiceReport report{
        .name = name,
        .requests = stats.requests(),
        .errors = stats.errors(),
        .requests_per_second = seconds > 0 ? static_cast<double>(stats.requests()) / seconds : 0,
        .latency = {.mean = latency.mean(),
                    .p50 = latency.percentile(0.5),
                    .p90 = latency.percentile(0.9),
                    .p99 = latency.percentile(0.99),
                    .p999 = latency.percentile(0.999),
                    .max = latency.max()},
        .window = stats.window_length(),
        .response_flags = stats.response_flags()};
    TimePoint start{};
    for (const mesh::StatsWindow& window : stats.windows()) {
        report.windows.push_back({.start = start,
                                  .requests = window.requests,
                                  .errors = window.errors,
                                  .p50 = window.latency.percentile(0.5),
                                  .p99 = window.latency.percentile(0.99)});
        start += stats.window_length();
    }
    return report;
}

}  // namespace wavetank::sim
