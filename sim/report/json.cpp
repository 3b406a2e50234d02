#include <wavetank/sim/report.hpp>

#include <wavetank/base/random.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

// Durations leave as whole nanoseconds: exact, and readable by every language.
json::value json_of(Duration duration) {
    return duration.count();
}

json::value json_of(TimePoint time) {
    return time.time_since_epoch().count();
}

json::object to_json(const LatencySummary& latency) {
    return {{"mean", json_of(latency.mean)}, {"p50", json_of(latency.p50)},
            {"p90", json_of(latency.p90)},   {"p99", json_of(latency.p99)},
            {"p999", json_of(latency.p999)}, {"max", json_of(latency.max)}};
}

json::object to_json(const mesh::UpstreamCounters& counters) {
    json::object made{
        {"upstream_rq_total", counters.upstream_rq_total},
        {"upstream_rq_timeout", counters.upstream_rq_timeout},
        {"upstream_rq_per_try_timeout", counters.upstream_rq_per_try_timeout},
        {"upstream_rq_retry", counters.upstream_rq_retry},
        {"upstream_rq_retry_success", counters.upstream_rq_retry_success},
        {"upstream_rq_retry_limit_exceeded", counters.upstream_rq_retry_limit_exceeded},
        {"upstream_rq_retry_overflow", counters.upstream_rq_retry_overflow},
        {"upstream_rq_pending_total", counters.upstream_rq_pending_total},
        {"upstream_rq_pending_overflow", counters.upstream_rq_pending_overflow},
        {"upstream_rq_active_overflow", counters.upstream_rq_active_overflow},
        {"upstream_cx_total", counters.upstream_cx_total},
        {"upstream_cx_overflow", counters.upstream_cx_overflow},
        {"lb_healthy_panic", counters.lb_healthy_panic},
        {"outlier_detection.ejections_active", counters.outlier_detection.ejections_active},
        {"outlier_detection.ejections_enforced_total",
         counters.outlier_detection.ejections_enforced_total},
        {"outlier_detection.ejections_overflow", counters.outlier_detection.ejections_overflow}};
    if (counters.fault != mesh::FaultStats{}) {
        made["fault.aborts_injected"] = counters.fault.aborts_injected;
        made["fault.delays_injected"] = counters.fault.delays_injected;
    }
    if (const auto& checks = counters.health_check; checks != mesh::HealthCheckStats{}) {
        made["health_check.attempt"] = checks.attempt;
        made["health_check.success"] = checks.success;
        made["health_check.failure"] = checks.failure;
        made["health_check.network_failure"] = checks.network_failure;
        made["health_check.healthy"] = checks.healthy;
    }
    if (const auto& limit = counters.filters.http_local_rate_limit;
        limit != mesh::LocalRateLimitStats{}) {
        made["http_local_rate_limit.enabled"] = limit.enabled;
        made["http_local_rate_limit.ok"] = limit.ok;
        made["http_local_rate_limit.rate_limited"] = limit.rate_limited;
        made["http_local_rate_limit.enforced"] = limit.enforced;
    }
    if (const auto& filters = counters.filters;
        filters.rq_rejected + filters.rq_success + filters.rq_failure > 0) {
        made["admission_control.rq_rejected"] = filters.rq_rejected;
        made["admission_control.rq_success"] = filters.rq_success;
        made["admission_control.rq_failure"] = filters.rq_failure;
    }
    if (counters.filters.rq_blocked > 0) {
        made["adaptive_concurrency.gradient_controller.rq_blocked"] = counters.filters.rq_blocked;
    }
    return made;
}

json::object to_json(const ServiceReport& service) {
    json::array windows;
    for (const ServiceWindow& window : service.windows) {
        windows.push_back(json::object{{"start", json_of(window.start)},
                                       {"requests", window.requests},
                                       {"errors", window.errors},
                                       {"p50", json_of(window.p50)},
                                       {"p99", json_of(window.p99)}});
    }
    json::object made{{"name", service.name},
                      {"requests", service.requests},
                      {"errors", service.errors},
                      {"requestsPerSecond", service.requests_per_second},
                      {"latency", to_json(service.latency)},
                      {"window", json_of(service.window)},
                      {"windows", std::move(windows)}};
    if (!service.response_flags.empty()) {
        json::object& counts = made["responseFlags"].emplace_object();
        for (const auto& [flags, count] : service.response_flags) {
            counts[flags.text()] = count;
        }
    }
    if (service.upstream) {
        made["upstream"] = to_json(*service.upstream);
    }
    return made;
}

json::object to_json(const WorkloadReport& workload) {
    json::array replicas;
    for (const ReplicaSample& sample : workload.replicas) {
        replicas.push_back(json::object{
            {"time", json_of(sample.time)}, {"desired", sample.desired}, {"ready", sample.ready}});
    }
    return {{"kind", workload.kind}, {"name", workload.name}, {"replicas", std::move(replicas)}};
}

json::object to_json(const UsageReport& usage) {
    json::array windows;
    for (const UsageWindow& window : usage.windows) {
        windows.push_back(json::object{
            {"start", json_of(window.start)}, {"cpus", window.cpus}, {"memory", window.memory}});
    }
    return {{"workload", usage.workload},
            {"container", usage.container},
            {"cpus", usage.cpus},
            {"cpusPeak", usage.cpus_peak},
            {"ofRequest", usage.of_request},
            {"throttled", usage.throttled},
            {"memoryPeak", usage.memory_peak},
            {"window", json_of(usage.window)},
            {"windows", std::move(windows)}};
}

json::object to_json(const NodeReport& node) {
    return {{"name", node.name},
            {"pods", node.pods},
            {"cpuRequestedMilli", node.cpu_requested_milli},
            {"cpuAllocatableMilli", node.cpu_allocatable_milli},
            {"memoryRequested", node.memory_requested},
            {"memoryAllocatable", node.memory_allocatable}};
}

json::object to_json(const EventReport& event) {
    return {{"time", json_of(event.time)}, {"type", event.type},       {"reason", event.reason},
            {"object", event.object},      {"message", event.message}, {"count", event.count}};
}

json::object to_json(const Assumption& assumption) {
    return {{"what", assumption.what}, {"howToSet", assumption.how_to_set}};
}

template <class T>
json::array array_of(const std::vector<T>& items) {
    json::array array;
    for (const T& item : items) {
        array.push_back(to_json(item));
    }
    return array;
}

}  // namespace

json::object to_json(const Report& report) {
    return {{"seed", report.seed},
            {"digest", report.digest},
            {"duration", json_of(report.duration)},
            {"interrupted", report.interrupted},
            {"requestsTotal", report.requests_total},
            {"requestsFailed", report.requests_failed},
            {"requestsUnfinished", report.requests_unfinished},
            {"assumptions", array_of(report.assumptions)},
            {"loads", array_of(report.loads)},
            {"services", array_of(report.services)},
            {"workloads", array_of(report.workloads)},
            {"usage", array_of(report.usage)},
            {"nodes", array_of(report.nodes)},
            {"events", array_of(report.events)}};
}

std::string digest_of(const Report& report) {
    Report blank = report;
    blank.digest.clear();
    return fmt::format("{:016x}", stable_hash(json::serialize(to_json(blank))));
}

}  // namespace wavetank::sim
