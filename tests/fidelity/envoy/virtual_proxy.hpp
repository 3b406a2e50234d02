#pragma once

/// \file
/// A proxy in virtual time, made of the parts that the library has: it picks hosts, keeps
/// connections, retries, hedges, watches for outliers and checks health, in front of servers that
/// follow a script. It has Envoy's words for what comes of it.

#include "fidelity/envoy/case_filters.hpp"
#include "fidelity/envoy/cluster_case.hpp"
#include "fidelity/envoy/proxy_config.hpp"
#include "fidelity/envoy/timeline.hpp"
#include "fidelity/envoy/upstream_script.hpp"

#include <wavetank/mesh/conn_pool.hpp>
#include <wavetank/mesh/health_check.hpp>
#include <wavetank/mesh/outlier_detection.hpp>
#include <wavetank/mesh/previous_priorities.hpp>
#include <wavetank/mesh/response_flags.hpp>
#include <wavetank/mesh/retry_policy.hpp>
#include <wavetank/mesh/update_merge_window.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>

namespace wavetank::fidelity {

struct RecordedAttempt {
    int host = -1;
    Duration at{};  // since the client sent
    bool reached_server = false;
    int connection = 0;  // at its host, in the order of their first use
    std::int64_t expected_timeout_ms = 0;
};

/// What a client got.
struct RecordedAnswer {
    int status = 0;
    mesh::ResponseFlags flags;
    std::string details = "via_upstream";
    int host = -1;
    std::uint32_t attempt_count = 0;
    Duration at{};  // since the client sent
    bool is_cut = false;
    bool is_overloaded = false;  // it has x-envoy-overloaded
    bool is_done = false;
    std::vector<RecordedAttempt> attempts;
};

using CaseCounters = std::map<std::string, std::uint64_t>;

/// Refuses the hosts that a request has tried.
class TriedHosts final : public mesh::RetryHostPredicate {
public:
    [[nodiscard]] bool refuses(std::size_t index) const override {
        return std::ranges::find(places, index) != places.end();
    }

    std::vector<std::size_t> places;
};

/// A proxy and its connections to one cluster.
class VirtualProxy {
public:
    VirtualProxy(const Case& test_case, const boost::json::array& hosts, std::uint64_t seed);

    [[nodiscard]] Timeline& timeline() {
        return timeline_;
    }

    /// Sends a request now; returns which answer will be its own.
    std::size_t send(const boost::json::value& request);
    [[nodiscard]] const RecordedAnswer& answer(std::size_t request) const {
        return exchanges_[request]->answer;
    }
    /// Sends a request and waits for its end.
    const RecordedAnswer& serve(const boost::json::value& request);

    /// Begins to look for outliers; the first interval ends at `first_tick`.
    void detect_outliers(TimePoint first_tick);
    /// Begins to check health; `script` says how hosts answer.
    void check_health(const boost::json::object& script);
    /// Adds hosts that are among those of the case.
    void add_hosts(const boost::json::array& endpoints);

    /// Returns counters and gauges, the zero ones left out.
    [[nodiscard]] CaseCounters counters() const;
    [[nodiscard]] CaseCounters gauges() const;
    [[nodiscard]] CaseCounters filter_stats() {
        return filters_.stats(timeline_.now());
    }
    [[nodiscard]] std::size_t hosts_of(mesh::Health health) const;
    /// Returns the hosts with their flags as they are, whatever the picker knows.
    [[nodiscard]] const mesh::ClusterLoadAssignment& hosts() const {
        return assignment_;
    }

    [[nodiscard]] const std::vector<Duration>& back_offs() const {
        return back_offs_;
    }
    [[nodiscard]] const CaseProxy& picker() const {
        return picker_;
    }
    [[nodiscard]] CaseCounters picker_counters() {
        return picker_.counters();
    }
    [[nodiscard]] mesh::OutlierDetector& outliers() {
        return *outliers_;
    }
    [[nodiscard]] mesh::HealthChecker& health() {
        return *health_;
    }
    [[nodiscard]] const std::vector<std::pair<int, TimePoint>>& checks() const {
        return checks_;
    }

private:
    struct Timers {
        Duration route{};
        std::optional<Duration> per_try;
        std::optional<Duration> per_try_idle;
        std::optional<Duration> idle;  // in which the client hears nothing
        int timeout_status = 504;
    };

    struct Exchange {
        std::size_t number = 0;
        mesh::Headers headers;
        Timers timers;
        bool is_hedged = false;
        mesh::RetryPolicy policy;
        std::optional<mesh::RetryState> state;
        TriedHosts tried;
        std::optional<mesh::PreviousPriorities> priorities;
        TimePoint sent;
        TimePoint routed;                      // after the filters
        TimePoint active;                      // when its client last heard something
        std::vector<mesh::StreamId> attempts;  // under way
        std::uint32_t pending_retries = 0;
        bool has_retry = false;  // counts as one, from its pause on
        RecordedAnswer answer;
    };

    struct Attempt {
        std::size_t exchange = 0;
        int host = -1;
        std::size_t place = 0;  // in the exchange's list
        bool is_connected = false;
        mesh::ConnectionId connection = 0;
        bool is_retried = false;     // another one is under way in its stead
        bool has_timed_out = false;  // softly, and the detector knows
        bool has_headers = false;    // of its answer
    };

    struct HostPool {
        mesh::PooledHost host;
        std::unique_ptr<mesh::ConnPool> pool;
        bool has_place = false;                     // counts as one of the pools
        std::map<mesh::ConnectionId, int> numbers;  // of connections, in the order of first use
    };

    [[nodiscard]] Timers timers_of(const mesh::Headers& headers) const;
    [[nodiscard]] int pick(Exchange& exchange);
    [[nodiscard]] mesh::ResourceManager& resources() {
        return route_.has_high_priority ? high_ : default_;
    }
    void abandon_retries(Exchange& exchange, std::uint64_t body_bytes);
    void on_client_gone(Exchange& exchange);
    void follow(Exchange& exchange, const FilterVerdict& verdict);
    [[nodiscard]] bool has_place_for_pool(int host);
    void route(Exchange& exchange);
    void try_once(Exchange& exchange);
    void drain(int host);
    void arm_pool_timer(int host);
    void on_ready(const mesh::PoolEvent& event, int host);
    void serve_at(mesh::StreamId stream, const ServerAction& action);
    void on_action(mesh::StreamId stream, const ServerAction& action);
    void on_headers(mesh::StreamId stream, const ServerAction& action);
    void on_pool_failure(mesh::StreamId stream, const mesh::PoolEvent& event);
    void on_reset(mesh::StreamId stream, mesh::ResetReason reason);
    void on_per_try_timeout(mesh::StreamId stream, const std::string& timer);
    void on_silence_after_headers(Exchange& exchange);
    void on_soft_timeout(Exchange& exchange, Attempt& attempt);
    void on_route_timeout(Exchange& exchange);
    void on_idle_timeout(Exchange& exchange);
    void note_activity(Exchange& exchange);

    /// Notes what a retry policy decided; returns whether a retry follows.
    bool retry_follows(Exchange& exchange, mesh::RetryStatus status);
    void release_retry(Exchange& exchange);
    /// `is_started`: the attempt had been sent to a server.
    [[nodiscard]] mesh::RetrySituation situation(bool is_started);
    /// Ends an attempt's part of its connection and forgets it.
    void end_attempt(mesh::StreamId stream, std::optional<mesh::StreamEnd> end);
    [[nodiscard]] bool others_may_answer(const Exchange& exchange) const;
    void charge(int status);
    void finish(Exchange& exchange, int status);

    void put_result(const Attempt& attempt, mesh::OutlierResult result);
    void note_outliers();
    void arm_interval();
    void note_health();
    void arm_checks();
    void check(std::uint32_t host);
    void tell_pools();
    void on_host_change();
    void deliver_hosts();

    [[nodiscard]] std::string address_of(int host) const {
        return std::string{hosts_[static_cast<std::size_t>(host)].as_string()};
    }

    const boost::json::object& config_;
    boost::json::array hosts_;
    ClusterOptions options_;
    RouteOptions route_;
    UpstreamScript script_;
    CaseFilters filters_;
    Timeline timeline_;
    CaseProxy picker_;
    mesh::ClusterLoadAssignment assignment_;  // as it is, whatever the picker knows
    Random random_;
    mesh::ResourceManager default_;
    mesh::ResourceManager high_;
    mesh::TrafficStats stats_;
    mesh::RetryStats retry_stats_;
    CaseCounters counted_;
    std::vector<HostPool> pools_;
    std::vector<std::unique_ptr<Exchange>> exchanges_;
    std::map<mesh::StreamId, Attempt> attempts_;
    mesh::StreamId next_stream_ = 1;
    std::vector<Duration> back_offs_;
    std::optional<mesh::OutlierDetector> outliers_;
    std::optional<mesh::HealthChecker> health_;
    std::set<std::uint32_t> unchecked_;  // of the hosts of the start
    mesh::UpdateMergeWindow window_;
    std::optional<UpstreamScript> check_script_;
    std::vector<std::pair<int, TimePoint>> checks_;
    std::map<std::uint32_t, std::uint64_t> check_numbers_;
    std::optional<TimePoint> checks_armed_;
};

}  // namespace wavetank::fidelity
