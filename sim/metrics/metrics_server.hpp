#pragma once

/// \file
/// What is known of the resources that pods use, and how late: kubelets look at their containers
/// now and then, and metrics-server asks the kubelets now and then.

#include "sim/report/usage_recorder.hpp"

#include <wavetank/base/time.hpp>
#include <wavetank/store/key.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

struct MetricsServerOptions {
    /// How often a kubelet reads the counters of a container, from its start on. Upstream's
    /// cAdvisor draws each span from 10 s to twice that; here all are alike.
    Duration housekeeping = std::chrono::seconds{10};
    /// How often all kubelets are asked (`--metric-resolution`), from the start of the run on.
    Duration resolution = std::chrono::seconds{15};
};

/// What a container used, by the last two points of its counters that metrics-server has.
struct ResourceSample {
    TimePoint time{};           ///< of the last point
    Duration window{};          ///< since the one before
    std::int64_t cpu_nano = 0;  ///< billionths of a CPU, on average over the window
    std::int64_t memory = 0;    ///< bytes, at the last point
};

/// Follows the storage of metrics-server v0.8 (`pkg/storage/pod.go`): a usage needs two points of
/// one life of a container; a container younger than the resolution but at least ten seconds old
/// counts from its start, and a pod of which one container has no usage has none.
class MetricsServer {
public:
    explicit MetricsServer(const MetricsServerOptions& options) : options_{options} {}

    /// Looks at the counters of all containers as they are now.
    /// Requires: called at least once a second, with rising times; whatever is due by then happens.
    void observe(TimePoint now, const std::vector<ContainerUse>& containers);

    /// Returns the usage of each container of a pod by name; empty if it is not known.
    [[nodiscard]] std::map<std::string, ResourceSample> usage(const store::Key& pod) const;

private:
    struct Point {
        TimePoint started{};
        TimePoint time{};
        Duration cpu{};
        std::int64_t memory = 0;
    };
    /// One life of a container.
    struct Container {
        TimePoint looks_at{};           // next
        std::optional<Point> seen{};    // by its kubelet
        std::optional<Point> last{};    // by metrics-server
        std::optional<Point> before{};  // the same
    };
    struct Place {
        store::Key pod;
        std::string container;
        std::uint64_t instance = 0;
    };

    void scrape(const std::vector<ContainerUse>& containers);
    void store(Container& container, const Point& point) const;

    MetricsServerOptions options_;
    TimePoint scrapes_at_{};
    std::vector<Container> containers_;                               // by instance
    std::vector<Place> places_;                                       // of the last scrape
    mutable std::map<store::Key, std::vector<const Place*>> by_pod_;  // of those, once asked for
};

}  // namespace wavetank::sim
