#pragma once

/// \file
/// What a run came to: figures for machines, a page for people.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/response_flags.hpp>
#include <wavetank/mesh/route_policy.hpp>

#include <boost/json.hpp>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Percentiles of a set of durations. All zero if there were none.
struct LatencySummary {
    Duration mean{};
    Duration p50{};
    Duration p90{};
    Duration p99{};
    Duration p999{};
    Duration max{};
};

/// One stretch of a service's run.
struct ServiceWindow {
    TimePoint start{};
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    Duration p50{};
    Duration p99{};
};

/// Rate, errors and duration of a Service's port as its clients saw it, or of a load.
struct ServiceReport {
    std::string name;
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;  ///< answered with 5xx
    double requests_per_second = 0;
    LatencySummary latency;
    Duration window{};
    std::vector<ServiceWindow> windows;
    std::optional<mesh::UpstreamCounters> upstream{};  ///< if its clients have a policy
    /// How many answers had which, as its clients' proxies log them; those without are not here.
    std::map<mesh::ResponseFlags, std::uint64_t> response_flags{};
};

/// How many replicas a workload had, from a time on.
struct ReplicaSample {
    TimePoint time{};
    std::int32_t desired = 0;
    std::int32_t ready = 0;

    bool operator==(const ReplicaSample&) const = default;
};

struct WorkloadReport {
    std::string kind;
    std::string name;  ///< "namespace/name"
    std::vector<ReplicaSample> replicas;
};

/// One stretch of what a workload's containers of one name used together.
struct UsageWindow {
    TimePoint start{};
    double cpus = 0;          ///< on average
    std::int64_t memory = 0;  ///< bytes, on average
};

/// What a workload's containers of one name used together.
struct UsageReport {
    std::string workload;  ///< "namespace/name"
    std::string container;
    double cpus = 0;               ///< on average over the run
    double cpus_peak = 0;          ///< of the windows
    double of_request = 0;         ///< CPU time, as a part of what was requested; 0: nothing was
    double throttled = 0;          ///< part of their time that a quota let them stand still
    std::int64_t memory_peak = 0;  ///< bytes; 0: nothing is known of it
    Duration window{};
    std::vector<UsageWindow> windows;
};

struct NodeReport {
    std::string name;
    std::size_t pods = 0;
    std::int64_t cpu_requested_milli = 0;
    std::int64_t cpu_allocatable_milli = 0;
    std::int64_t memory_requested = 0;    ///< bytes
    std::int64_t memory_allocatable = 0;  ///< bytes
};

struct EventReport {
    TimePoint time{};
    std::string type;  ///< Normal or Warning
    std::string reason;
    std::string object;  ///< "Pod default/web-1"
    std::string message;
    std::uint64_t count = 1;
};

/// Something the run took for granted, and how to set it.
struct Assumption {
    std::string what;
    std::string how_to_set;  ///< empty: nothing does
};

/// The result of a run. Equal runs give equal reports, to the byte.
struct Report {
    std::uint64_t seed = 0;
    std::string digest;  ///< hash of all results, 16 hexadecimal digits
    Duration duration{};
    bool interrupted = false;
    std::uint64_t requests_total = 0;
    std::uint64_t requests_failed = 0;
    std::uint64_t requests_unfinished = 0;  ///< still on their way at the end
    std::vector<Assumption> assumptions;
    /// From the intended start of each request. A load's classes follow it, named "load/class".
    std::vector<ServiceReport> loads;
    std::vector<ServiceReport> services;
    std::vector<WorkloadReport> workloads;
    std::vector<UsageReport> usage;
    std::vector<NodeReport> nodes;
    std::vector<EventReport> events;  ///< in order of time, repetitions counted
    /// Latencies of all loads together; for comparisons, not shown.
    LatencySummary overall;
};

/// How a report is printed.
struct ReportStyle {
    bool colour = false;
    std::size_t columns = 80;
};

/// Returns the report as data; `sim/report/report.schema.json` describes it.
[[nodiscard]] boost::json::object to_json(const Report& report);

/// Returns the hash of everything in a report but the digest itself.
[[nodiscard]] std::string digest_of(const Report& report);

/// Writes the report for people: tables, and small charts over time.
void print(std::ostream& out, const Report& report, const ReportStyle& style);
std::ostream& operator<<(std::ostream& out, const Report& report);

}  // namespace wavetank::sim
