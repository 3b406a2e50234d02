#pragma once

/// \file
/// A Deployment whose pods start, stop and share a demand that follows a line, and the autoscaler
/// that watches them.

#include <wavetank/api/kinds.hpp>
#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/metrics/metrics_source.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::fidelity {

/// One metric of a recorded run: its demand, and when it cannot be had.
class HpaMetric {
public:
    explicit HpaMetric(const boost::json::object& source);

    [[nodiscard]] std::int64_t demand(std::int64_t milliseconds) const;
    [[nodiscard]] bool has_outage(std::int64_t milliseconds) const;
    /// Tells whether a scrape at that time leaves out the pod.
    [[nodiscard]] bool skips(std::int64_t milliseconds, std::int64_t pod) const;
    [[nodiscard]] api::autoscalingv2::MetricSpec spec() const;

    std::string source;
    std::string name;
    std::int64_t limit = 0;
    std::int64_t at_start = 0;
    std::map<std::string, metrics::PodMetric> samples;  ///< of the last scrape, by pod

private:
    struct Point {
        std::int64_t seconds = 0;
        std::int64_t value = 0;
    };
    struct Window {
        std::int64_t from = 0;
        std::int64_t to = 0;
        std::string kind;
        std::int64_t modulus = 1;
    };

    [[nodiscard]] bool within(const Window& window, std::int64_t milliseconds) const;

    std::string target_type_;
    std::int64_t target_ = 0;
    std::vector<Point> points_;
    std::vector<Window> windows_;
};

/// One recorded run.
class HpaWorld final : private metrics::MetricsSource {
public:
    explicit HpaWorld(const boost::json::object& in);

    /// Runs it to the end and returns what happened.
    [[nodiscard]] boost::json::object run();

private:
    struct Pod {
        std::int64_t number = 0;
        std::int64_t created = 0;  ///< all times in milliseconds
        std::int64_t running = 0;
        std::int64_t deleted = 0;
        enum class State : std::uint8_t { Pending, Running, Ready } state = State::Pending;
        bool is_deleted = false;
    };
    struct Change {
        std::int64_t seconds = 0;
        std::string kind;
        std::int32_t first = 0;
        std::int32_t second = 0;
    };

    Result<metrics::PodMetrics> resource_metric(const metrics::ResourceMetricQuery& query) override;
    Result<metrics::PodMetrics> pods_metric(const metrics::PodsMetricQuery& query) override;
    Result<std::int64_t> object_metric(const metrics::ObjectMetricQuery& query) override;
    Result<std::vector<std::int64_t>> external_metric(
        const metrics::ExternalMetricQuery& query) override;
    [[nodiscard]] Result<metrics::PodMetrics> samples_of(HpaMetric& metric,
                                                         std::span<const std::string_view> names);
    [[nodiscard]] HpaMetric& metric(std::string_view source, std::string_view name);

    [[nodiscard]] std::int64_t now() const;
    void schedule(std::int64_t milliseconds, void (HpaWorld::*what)());
    void scrape();
    void tick();
    void next_scrape();
    void next_tick();
    void create_autoscaler();

    void age(Pod& pod);
    void bring_to_size(std::int32_t wanted);
    void write(const Pod& pod);
    void write_replicas(std::int32_t live);
    void apply(const Change& change);
    [[nodiscard]] std::int32_t wanted() const;

    void note_status(const api::autoscalingv2::HorizontalPodAutoscaler& object);
    void note_event(const api::corev1::Event& event);

    const boost::json::object& in_;
    std::vector<HpaMetric> metrics_;
    std::vector<Change> changes_;
    std::vector<Pod> pods_;  // in order of creation
    std::int64_t next_number_ = 0;
    std::int64_t end_ = 0;
    bool within_tick_ = false;
    bool ended_ = false;

    boost::json::array statuses_;
    boost::json::array scales_;
    boost::json::array events_;
    boost::json::array counts_;
    std::map<std::string, std::pair<std::string, std::int64_t>> transitions_;  // by condition

    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_;
    store::Subscription autoscaler_watch_;
    store::Subscription event_watch_;
    store::Subscription deployment_watch_;
    std::unique_ptr<controllers::ControllerManager> manager_;
};

}  // namespace wavetank::fidelity
