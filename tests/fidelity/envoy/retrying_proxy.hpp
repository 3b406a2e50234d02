#pragma once

/// \file
/// A proxy that retries, as far as one request after another needs it: connections of HTTP/1 that
/// are used again, the timers of a request and of a try, and the words for what went wrong.

#include "fidelity/envoy/cluster_case.hpp"

#include <wavetank/mesh/previous_priorities.hpp>
#include <wavetank/mesh/retry_policy.hpp>

#include <algorithm>
#include <chrono>

namespace wavetank::fidelity {

struct RecordedAttempt {
    int host = -1;
    Duration at{};
    bool reached_server = true;
};

/// What a client got.
struct RecordedAnswer {
    int status = 0;
    std::string flags = "-";
    std::string details = "via_upstream";
    std::uint32_t attempt_count = 0;
    Duration at{};
    bool is_cut = false;
    std::vector<RecordedAttempt> attempts;
};

using RetryCounters = std::map<std::string, std::uint64_t>;

/// How an attempt ends, and after how long.
struct AttemptEnd {
    Duration after{};
    std::optional<std::uint16_t> status;  // unset: it was reset
    mesh::Headers headers;
    mesh::ResetReason reason = mesh::ResetReason::ConnectionTermination;
    bool is_cut_later = false;  // after its headers

    [[nodiscard]] bool is_connected() const {
        return status || (reason != mesh::ResetReason::ConnectionFailure &&
                          reason != mesh::ResetReason::ConnectionTimeout);
    }
};

/// Refuses the hosts that a request has tried.
class TriedHosts final : public mesh::RetryHostPredicate {
public:
    [[nodiscard]] bool refuses(std::size_t index) const override {
        return std::ranges::find(places, index) != places.end();
    }

    std::vector<std::size_t> places;
};

/// A proxy, its retries and its connections to one cluster.
class RetryingProxy {
public:
    RetryingProxy(const Case& test_case, const boost::json::array& hosts, std::uint64_t seed);

    /// Serves a request to its end, one attempt after the other.
    RecordedAnswer serve(const boost::json::value& request);

    [[nodiscard]] RetryCounters counters() const;

    [[nodiscard]] const std::vector<Duration>& back_offs() const {
        return back_offs_;
    }
    [[nodiscard]] const CaseProxy& proxy() const {
        return proxy_;
    }

private:
    struct Timers {
        Duration route{};
        std::optional<Duration> per_try;
        std::optional<Duration> per_try_idle;
        std::optional<Duration> idle;         // in which nothing is heard
        bool has_alternative_answer = false;  // 204 in place of 504
    };

    // One request on its way.
    struct Run {
        const Timers& timers;
        const mesh::RetryPolicy& policy;
        mesh::RetryState state;
        Duration deadline;
        TriedHosts tried;
        std::optional<mesh::PreviousPriorities> priorities;
        Duration now{};
        RecordedAnswer answer;
    };

    [[nodiscard]] boost::json::object picking_config(bool is_http2_known);
    void read_route();
    [[nodiscard]] Timers timers_of(mesh::Headers& headers) const;
    [[nodiscard]] int pick(Run& run);
    /// Makes an attempt; returns whether another one follows.
    [[nodiscard]] bool advance(Run& run);
    /// Lets the first of a try's timers that is over before it end it; returns which one.
    [[nodiscard]] static std::string cut_short(AttemptEnd& end, const Timers& timers);
    [[nodiscard]] mesh::RetryStatus settle(Run& run, int host, const AttemptEnd& end,
                                           const std::string& timer);
    void conclude(Run& run, const AttemptEnd& end, const std::string& timer,
                  mesh::RetryStatus status);
    void time_out(Run& run);
    [[nodiscard]] AttemptEnd attempt_at(int host, std::uint32_t number);
    void connect(int host);
    void close(const std::string& side, bool has_request);
    [[nodiscard]] std::string address_of(int host) const {
        return std::string{hosts_[static_cast<std::size_t>(host)].as_string()};
    }
    void finish(RecordedAnswer& answer, int status);

    const boost::json::object& config_;
    boost::json::object script_;
    Duration connect_timeout_ = std::chrono::seconds{1};
    CaseProxy proxy_;
    boost::json::array hosts_;
    Random random_;
    std::optional<mesh::RetryPolicy> policy_;
    Duration timeout_ = std::chrono::seconds{15};
    std::optional<Duration> idle_timeout_;
    mesh::RetryStats stats_;
    RetryCounters counted_;
    std::vector<int> idle_connections_;
    std::vector<Duration> back_offs_;
};

}  // namespace wavetank::fidelity
