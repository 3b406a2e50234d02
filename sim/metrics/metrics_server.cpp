#include "sim/metrics/metrics_server.hpp"

namespace wavetank::sim {
namespace {

// Of a younger container, a usage would say too little (`freshContainerMinMetricsResolution`).
constexpr Duration fresh_container_age_min = std::chrono::seconds{10};

}  // namespace

void MetricsServer::observe(TimePoint now, const std::vector<ContainerUse>& containers) {
    for (const ContainerUse& use : containers) {
        if (use.instance >= containers_.size()) {
            containers_.resize(use.instance + 1);
        }
        Container& container = containers_[use.instance];
        if (use.is_running && now >= container.looks_at) {
            container.seen =
                Point{.started = use.started, .time = now, .cpu = use.cpu, .memory = use.memory};
            container.looks_at = now + options_.housekeeping;
        }
    }
    if (now >= scrapes_at_) {
        scrape(containers);
        while (scrapes_at_ <= now) {
            scrapes_at_ += options_.resolution;
        }
    }
}

void MetricsServer::scrape(const std::vector<ContainerUse>& containers) {
    places_.clear();
    by_pod_.clear();
    for (const ContainerUse& use : containers) {
        Container& container = containers_[use.instance];
        if (use.is_running && container.seen) {
            store(container, *container.seen);
            places_.push_back({use.pod, use.container, use.instance});
        }
    }
}

void MetricsServer::store(Container& container, const Point& point) const {
    const Duration age = point.time - point.started;
    std::optional<Point> before;
    if (age < options_.resolution && age >= fresh_container_age_min) {
        before = Point{.started = point.started, .time = point.started, .memory = point.memory};
    } else if (container.last && point.started < container.last->time) {
        before = point.time > container.last->time ? container.last : container.before;
    }
    container.last = point;
    container.before = before;
}

std::map<std::string, ResourceSample> MetricsServer::usage(const store::Key& pod) const {
    if (by_pod_.empty()) {
        for (const Place& place : places_) {
            by_pod_[place.pod].push_back(&place);
        }
    }
    std::map<std::string, ResourceSample> usage;
    const auto places = by_pod_.find(pod);
    if (places == by_pod_.end()) {
        return usage;
    }
    for (const Place* const place : places->second) {
        const Container& container = containers_[place->instance];
        if (!container.before) {
            return {};
        }
        const Point& last = *container.last;
        const Duration window = last.time - container.before->time;
        const double nanoseconds = static_cast<double>((last.cpu - container.before->cpu).count());
        usage[place->container] = {.time = last.time,
                                   .window = window,
                                   .cpu_nano = static_cast<std::int64_t>(
                                       nanoseconds / std::chrono::duration<double>(window).count()),
                                   .memory = last.memory};
    }
    return usage;
}

}  // namespace wavetank::sim
