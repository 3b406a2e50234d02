#include "sim/report/usage_recorder.hpp"

#include <algorithm>

namespace wavetank::sim {
namespace {

constexpr std::size_t windows_max = 120;

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

const api::metav1::OwnerReference* controller_of(const api::metav1::ObjectMeta& metadata) {
    const auto& owners = *metadata.ownerReferences;
    const auto found = std::ranges::find_if(
        owners, [](const auto& owner) { return owner.controller.value_or(false); });
    return found == owners.end() ? nullptr : &*found;
}

}  // namespace

void UsageRecorder::Window::add(const Window& other) {
    cpu += other.cpu;
    requested += other.requested;
    throttled += other.throttled;
    containers += other.containers;
    memory += other.memory;
}

void UsageRecorder::sample(TimePoint now, const std::vector<ContainerUse>& containers) {
    const auto index = static_cast<std::size_t>((now.time_since_epoch() - Duration{1}) / window_);
    std::map<std::uint64_t, std::pair<Duration, Duration>> current;
    for (const ContainerUse& use : containers) {
        auto& windows = series_[{workload_of(use.pod), use.container}];
        windows.resize(std::max(windows.size(), index + 1));
        const auto known = before_.find(use.instance);
        const auto [cpu, throttled] =
            known == before_.end() ? std::pair<Duration, Duration>{} : known->second;
        const double weight = use.is_running ? seconds(first_window) : 0;
        windows[index].add({.cpu = seconds(use.cpu - cpu),
                            .requested = use.cpus_requested * weight,
                            .throttled = seconds(use.throttled - throttled),
                            .containers = weight,
                            .memory = static_cast<double>(use.memory) * weight});
        current.emplace(use.instance, std::pair{use.cpu, use.throttled});
    }
    before_ = std::move(current);
    if (index + 1 > windows_max) {
        halve();
    }
}

// A pod is its Deployment's, even if that is gone by now.
const std::string& UsageRecorder::workload_of(const store::Key& pod) {
    const auto [place, is_new] = workloads_.try_emplace(pod);
    if (!is_new) {
        return place->second;
    }
    store::Key owner = pod;
    if (const auto object = store_.get<api::corev1::Pod>(pod)) {
        if (const auto* const controller = controller_of(object->metadata)) {
            owner.name = controller->name;
            const auto replicas = store_.get<api::appsv1::ReplicaSet>(owner);
            const auto* const above =
                replicas == nullptr ? nullptr : controller_of(replicas->metadata);
            if (above != nullptr) {
                owner.name = above->name;
            }
        }
    }
    place->second = to_string(owner);
    return place->second;
}

void UsageRecorder::halve() {
    for (auto& [key, windows] : series_) {
        for (std::size_t i = 0; i < windows.size(); ++i) {
            if (i % 2 == 0) {
                windows[i / 2] = windows[i];
            } else {
                windows[i / 2].add(windows[i]);
            }
        }
        windows.resize((windows.size() + 1) / 2);
    }
    window_ *= 2;
}

void UsageRecorder::fill(Report& report) const {
    const auto ratio = [](double part, double whole) { return whole > 0 ? part / whole : 0; };
    for (const auto& [key, windows] : series_) {
        Window total;
        UsageReport usage{.workload = key.first, .container = key.second, .window = window_};
        TimePoint start{};
        for (const Window& window : windows) {
            total.add(window);
            const Duration end = std::min(start.time_since_epoch() + window_, report.duration);
            const double length = seconds(end - start.time_since_epoch());  // the last may be short
            const UsageWindow shown{
                .start = start,
                .cpus = ratio(window.cpu, length),
                .memory = static_cast<std::int64_t>(ratio(window.memory, length))};
            usage.cpus_peak = std::max(usage.cpus_peak, shown.cpus);
            usage.memory_peak = std::max(usage.memory_peak, shown.memory);
            usage.windows.push_back(shown);
            start += window_;
        }
        usage.cpus = ratio(total.cpu, seconds(report.duration));
        usage.of_request = ratio(total.cpu, total.requested);
        usage.throttled = ratio(total.throttled, total.containers);
        report.usage.push_back(std::move(usage));
    }
}

}  // namespace wavetank::sim
