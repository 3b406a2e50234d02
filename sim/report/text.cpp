#include <wavetank/sim/report.hpp>

#include "sim/report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <string>

namespace wavetank::sim {
namespace {

// What the terminal is told; all empty without colour.
struct Palette {
    std::string_view bold, dim, red, green, plain;

    static Palette of(const ReportStyle& style) {
        if (!style.colour) {
            return {};
        }
        return {"\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"};
    }
};

// "12,345".
std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t place = digits.size(); place > 3;) {
        place -= 3;
        digits.insert(place, 1, ',');
    }
    return digits;
}

// Three significant digits and the unit that fits: "12.3ms".
std::string brief(Duration duration) {
    const double nanoseconds = static_cast<double>(duration.count());
    if (duration.count() == 0) {
        return "0";
    }
    if (nanoseconds < 1e6) {
        return fmt::format("{:.3g}µs", nanoseconds / 1e3);
    }
    if (nanoseconds < 999.5e6) {
        return fmt::format("{:.3g}ms", nanoseconds / 1e6);
    }
    if (nanoseconds < 60e9) {
        return fmt::format("{:.3g}s", nanoseconds / 1e9);
    }
    return to_string(
        std::chrono::duration_cast<Duration>(std::chrono::round<std::chrono::seconds>(duration)));
}

std::string clock_time(TimePoint time) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

// At most six columns, and digits a person reads: "252.8", "12,346", "123.5k", "3.1M".
std::string brief(double per_second) {
    if (per_second >= 999'999.5) {
        return fmt::format("{:.4g}M", per_second / 1e6);
    }
    if (per_second >= 99'999.5) {
        return fmt::format("{:.4g}k", per_second / 1e3);
    }
    if (per_second >= 9999.5) {
        return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
    }
    return fmt::format("{:.4g}", per_second < 1 ? std::round(per_second * 1e3) / 1e3 : per_second);
}

// At most nine columns.
std::string brief(std::uint64_t count) {
    constexpr std::uint64_t shown_in_full = 9'999'999;
    return count <= shown_in_full ? grouped(count)
                                  : fmt::format("{:.6g}M", static_cast<double>(count) / 1e6);
}

// "192 of 8192 Mi", "1.5 of 256 Gi".
std::string memory_of(std::int64_t requested, std::int64_t allocatable) {
    constexpr std::int64_t mebibyte = 1024 * 1024;
    constexpr std::int64_t gibibyte = 1024 * mebibyte;
    if (allocatable >= 100 * gibibyte) {
        return fmt::format("{:.4g} of {:.4g} Gi",
                           static_cast<double>(requested) / static_cast<double>(gibibyte),
                           static_cast<double>(allocatable) / static_cast<double>(gibibyte));
    }
    return fmt::format("{} of {} Mi", requested / mebibyte, allocatable / mebibyte);
}

// Columns of a terminal that a text takes: a column a character.
std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
        return (static_cast<unsigned char>(letter) & 0xC0U) != 0x80U;
    }));
}

// Breaks a text between words into lines that fit beside `indent` columns; all but the first start
// with that many spaces. A word longer than a line stays whole.
std::string wrapped(std::string_view text, std::size_t indent) {
    constexpr std::size_t line_width = 80;
    std::string lines;
    std::size_t column = indent;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find_first_of(" \n", begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        begin = end + 1;
        if (column > indent && column + 1 + columns_of(word) > line_width) {
            lines += '\n' + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            lines += ' ';
            ++column;
        }
        lines += word;
        column += columns_of(word);
    }
    return lines;
}

void heading(std::ostream& out, const Palette& palette, std::string_view text) {
    out << '\n' << palette.bold << text << palette.plain << '\n';
}

// Cuts from the front: the end of a name tells services apart.
std::string shortened(const std::string& name, std::size_t width) {
    return name.size() <= width ? name : ".." + name.substr(name.size() - width + 2);
}

// Writes the part of requests that failed in six columns at most.
std::string error_rate(const ServiceReport& service) {
    if (service.errors == 0) {
        return "0%";
    }
    const double percent =
        100.0 * static_cast<double>(service.errors) / static_cast<double>(service.requests);
    if (percent < 0.001) {
        return "<.001%";
    }
    return percent < 0.1 ? fmt::format("{:.3f}%", percent) : fmt::format("{:.3g}%", percent);
}

// Envoy's flags of what was not simply a server's answer, each set with its count.
void print_flags(std::ostream& out, const Palette& palette, const ServiceReport& service) {
    if (service.response_flags.empty()) {
        return;
    }
    constexpr std::size_t indent = 2;
    std::string line;
    for (const auto& [flags, count] : service.response_flags) {
        line += fmt::format("{} {} {}", line.empty() ? "response flags" : ";", flags.text(),
                            brief(count));
    }
    out << fmt::format("  {}{}{}\n", palette.dim, wrapped(line, indent), palette.plain);
}

enum class FlagsOf : std::uint8_t { All, None };

void print_rates(std::ostream& out, const Palette& palette, std::string_view title,
                 const std::vector<ServiceReport>& services, FlagsOf shown) {
    if (services.empty()) {
        return;
    }
    heading(out, palette,
            fmt::format("{:<32}{:>9}{:>7}{:>7}{:>8}{:>8}{:>8}", title, "requests", "/s", "errors",
                        "p50", "p90", "p99"));
    for (const ServiceReport& service : services) {
        out << fmt::format("{:<32}{:>9}{:>7}{}{:>7}{}{:>8}{:>8}{:>8}\n",
                           shortened(service.name, 31), brief(service.requests),
                           brief(service.requests_per_second),
                           service.errors > 0 ? palette.red : "", error_rate(service),
                           service.errors > 0 ? palette.plain : "", brief(service.latency.p50),
                           brief(service.latency.p90), brief(service.latency.p99));
        if (shown == FlagsOf::All) {
            print_flags(out, palette, service);
        }
    }
}

// Whether proxies made any attempt, or might have; else there are but connections, or faults.
bool is_about_attempts(const mesh::UpstreamCounters& counters) {
    return counters.upstream_rq_total > 0 || counters.upstream_rq_pending_total > 0 ||
           (counters.upstream_cx_total == 0 && counters.fault == mesh::FaultStats{});
}

// What proxies did for requests besides choosing an endpoint.
void print_upstream(std::ostream& out, const Palette& palette,
                    const std::vector<ServiceReport>& services) {
    bool has_heading = false;
    for (const ServiceReport& service : services) {
        if (!service.upstream || !is_about_attempts(*service.upstream)) {
            continue;
        }
        if (!std::exchange(has_heading, true)) {
            heading(out, palette,
                    fmt::format("{:<32}{:>10}{:>9}{:>9}{:>10}{:>10}", "Attempts", "made", "retries",
                                "helped", "refused", "timed out"));
        }
        const mesh::UpstreamCounters& counters = *service.upstream;
        out << fmt::format(
            "{:<32}{:>10}{:>9}{:>9}{:>10}{:>10}\n", shortened(service.name, 31),
            brief(counters.upstream_rq_total), brief(counters.upstream_rq_retry),
            brief(counters.upstream_rq_retry_success),
            brief(counters.upstream_rq_retry_overflow + counters.upstream_rq_pending_overflow +
                  counters.upstream_rq_active_overflow),
            brief(counters.upstream_rq_timeout + counters.upstream_rq_per_try_timeout));
    }
}

// What was done to requests on purpose.
void print_faults(std::ostream& out, const Palette& palette,
                  const std::vector<ServiceReport>& services) {
    bool has_heading = false;
    for (const ServiceReport& service : services) {
        if (!service.upstream || service.upstream->fault == mesh::FaultStats{}) {
            continue;
        }
        if (!std::exchange(has_heading, true)) {
            heading(out, palette,
                    fmt::format("{:<32}{:>10}{:>9}", "Injected faults", "aborts", "delays"));
        }
        out << fmt::format("{:<32}{:>10}{:>9}\n", shortened(service.name, 31),
                           brief(service.upstream->fault.aborts_injected),
                           brief(service.upstream->fault.delays_injected));
    }
}

// The connections of services whose policy limits them.
void print_connections(std::ostream& out, const Palette& palette,
                       const std::vector<ServiceReport>& services) {
    bool has_heading = false;
    for (const ServiceReport& service : services) {
        if (!service.upstream || service.upstream->upstream_cx_total == 0) {
            continue;
        }
        if (!std::exchange(has_heading, true)) {
            heading(out, palette,
                    fmt::format("{:<32}{:>10}{:>9}{:>9}{:>10}{:>10}", "Connections", "made", "open",
                                "at limit", "waited", "refused"));
        }
        const mesh::UpstreamCounters& counters = *service.upstream;
        out << fmt::format("{:<32}{:>10}{:>9}{:>9}{:>10}{:>10}\n", shortened(service.name, 31),
                           brief(counters.upstream_cx_total), brief(counters.upstream_cx_active),
                           brief(counters.upstream_cx_overflow),
                           brief(counters.upstream_rq_pending_total),
                           brief(counters.upstream_rq_pending_overflow));
    }
}

// Hosts that proxies took for outliers, all clients together. Too many: they would have been more
// than may be ejected. In panic: requests, as too few hosts were left.
void print_outliers(std::ostream& out, const Palette& palette,
                    const std::vector<ServiceReport>& services) {
    bool has_heading = false;
    for (const ServiceReport& service : services) {
        if (!service.upstream || service.upstream->outlier_detection == mesh::OutlierStats{}) {
            continue;
        }
        if (!std::exchange(has_heading, true)) {
            heading(out, palette,
                    fmt::format("{:<32}{:>10}{:>9}{:>9}{:>10}", "Outliers", "ejected", "too many",
                                "out now", "in panic"));
        }
        const mesh::OutlierStats& stats = service.upstream->outlier_detection;
        out << fmt::format("{:<32}{:>10}{:>9}{:>9}{:>10}\n", shortened(service.name, 31),
                           brief(stats.ejections_enforced_total), brief(stats.ejections_overflow),
                           brief(stats.ejections_active),
                           brief(service.upstream->lb_healthy_panic));
    }
}

// What proxies learned by asking, all clients together. Healthy: hosts, once for each client that
// checks them. In panic: requests, as too few hosts were healthy.
void print_health_checks(std::ostream& out, const Palette& palette,
                         const std::vector<ServiceReport>& services) {
    bool has_heading = false;
    for (const ServiceReport& service : services) {
        if (!service.upstream || service.upstream->health_check == mesh::HealthCheckStats{}) {
            continue;
        }
        if (!std::exchange(has_heading, true)) {
            heading(out, palette,
                    fmt::format("{:<32}{:>10}{:>9}{:>11}{:>9}{:>9}", "Health checks", "made",
                                "failed", "no answer", "healthy", "in panic"));
        }
        const mesh::HealthCheckStats& stats = service.upstream->health_check;
        out << fmt::format("{:<32}{:>10}{:>9}{:>11}{:>9}{:>9}\n", shortened(service.name, 31),
                           brief(stats.attempt), brief(stats.failure), brief(stats.network_failure),
                           brief(stats.healthy), brief(service.upstream->lb_healthy_panic));
    }
}

// Requests that filters of proxies let pass or answered. They let all pass that are not mentioned.
void print_filters(std::ostream& out, const Palette& palette,
                   const std::vector<ServiceReport>& services) {
    bool has_heading = false;
    for (const ServiceReport& service : services) {
        if (!service.upstream || service.upstream->filters == mesh::HttpFilterStats{}) {
            continue;
        }
        if (!std::exchange(has_heading, true)) {
            heading(out, palette,
                    fmt::format("{:<32}{:>10}{:>9}{:>10}{:>9}", "Filters of proxies", "in limit",
                                "limited", "rejected", "blocked"));
        }
        const mesh::HttpFilterStats& stats = service.upstream->filters;
        out << fmt::format("{:<32}{:>10}{:>9}{:>10}{:>9}\n", shortened(service.name, 31),
                           brief(stats.http_local_rate_limit.ok),
                           brief(stats.http_local_rate_limit.enforced), brief(stats.rq_rejected),
                           brief(stats.rq_blocked));
    }
}

void print_chart_row(std::ostream& out, const Palette& palette, std::string_view label,
                     const std::vector<double>& values, const std::string& low,
                     const std::string& high) {
    out << fmt::format("  {:<8}{}{}{}  {} .. {}\n", label, palette.green, sparkline(values),
                       palette.plain, low, high);
}

// `duration` is that of the run, which goes on when a service has had its last request.
void print_service_chart(std::ostream& out, const Palette& palette, const ServiceReport& service,
                         Duration duration) {
    if (service.windows.size() < 2 || service.window <= Duration::zero()) {
        return;
    }
    std::vector<double> rate;
    std::vector<double> p50;
    std::vector<double> p99;
    const double width = std::chrono::duration<double>(service.window).count();
    for (const ServiceWindow& window : service.windows) {
        rate.push_back(static_cast<double>(window.requests) / width);
        p50.push_back(static_cast<double>(window.p50.count()));
        p99.push_back(static_cast<double>(window.p99.count()));
    }
    // Whole windows only: a begun one would look like a dip.
    const auto count = std::max<Duration::rep>(duration / service.window, 1);
    for (std::vector<double>* row : {&rate, &p50, &p99}) {
        row->resize(static_cast<std::size_t>(count), 0);
    }
    heading(out, palette, service.name);
    const auto range = [](const std::vector<double>& values) {
        return std::minmax_element(values.begin(), values.end());
    };
    const auto as_duration = [](double value) {
        return brief(Duration{static_cast<Duration::rep>(value)});
    };
    const auto [rate_low, rate_high] = range(rate);
    print_chart_row(out, palette, "req/s", resampled(rate, chart_width), brief(*rate_low),
                    brief(*rate_high));
    const auto [p50_low, p50_high] = range(p50);
    print_chart_row(out, palette, "p50", resampled(p50, chart_width), as_duration(*p50_low),
                    as_duration(*p50_high));
    const auto [p99_low, p99_high] = range(p99);
    print_chart_row(out, palette, "p99", resampled(p99, chart_width), as_duration(*p99_low),
                    as_duration(*p99_high));
}

void print_replicas(std::ostream& out, const Palette& palette, const Report& report) {
    if (report.workloads.empty()) {
        return;
    }
    heading(out, palette, "Ready replicas over time");
    for (const WorkloadReport& workload : report.workloads) {
        std::vector<double> ready(chart_width, 0);
        for (std::size_t column = 0; column < chart_width; ++column) {
            const TimePoint time{report.duration * static_cast<std::int64_t>(column + 1) /
                                 static_cast<std::int64_t>(chart_width)};
            for (const ReplicaSample& sample : workload.replicas) {
                if (sample.time <= time) {
                    ready[column] = sample.ready;
                }
            }
        }
        const auto [low, high] = std::minmax_element(ready.begin(), ready.end());
        out << fmt::format("  {} {}\n", workload.kind, workload.name);
        print_chart_row(out, palette, "", ready, fmt::format("{:g}", *low),
                        fmt::format("{:g}", *high));
    }
}

std::string part(double of_whole) {
    return fmt::format("{:.3g}%", 100 * of_whole);
}

// At most six columns.
std::string cpus_of(double cpus) {
    if (cpus >= 9999.5) {
        return brief(cpus);
    }
    return cpus < 0.0005 ? "0"
                         : fmt::format("{:.3g}", cpus < 0.1 ? std::round(cpus * 1e3) / 1e3 : cpus);
}

// "125 Mi", "1.5 Gi".
std::string bytes_of(double bytes) {
    constexpr double kibibyte = 1024;
    double amount = bytes / kibibyte / kibibyte;
    std::size_t unit = 0;
    constexpr std::array units{"Mi", "Gi", "Ti", "Pi", "Ei"};
    while (amount >= 9999.5 && unit + 1 < units.size()) {
        amount /= kibibyte;
        ++unit;
    }
    return fmt::format("{:.4g} {}", amount, units[unit]);
}

void print_usage(std::ostream& out, const Palette& palette, const Report& report) {
    if (report.usage.empty()) {
        return;
    }
    constexpr double felt = 0.0005;  // below, a percentage is 0
    heading(out, palette,
            fmt::format("{:<32}{:>7}{:>8}{:>12}{:>11}{:>10}", "Containers", "CPUs", "peak",
                        "of request", "throttled", "memory"));
    for (const UsageReport& usage : report.usage) {
        const bool is_slow = usage.throttled >= felt;
        out << fmt::format(
            "{:<32}{:>7}{:>8}{:>12}{}{:>11}{}{:>10}\n",
            shortened(usage.workload + "/" + usage.container, 31), cpus_of(usage.cpus),
            cpus_of(usage.cpus_peak), usage.of_request > 0 ? part(usage.of_request) : "-",
            is_slow ? palette.red : "", is_slow ? part(usage.throttled) : "0%",
            is_slow ? palette.plain : "",
            usage.memory_peak > 0 ? bytes_of(static_cast<double>(usage.memory_peak)) : "-");
    }
}

void print_nodes(std::ostream& out, const Palette& palette, const Report& report) {
    if (report.nodes.empty()) {
        return;
    }
    constexpr std::size_t nodes_shown = 10;
    heading(out, palette,
            fmt::format("{:<32}{:>6}{:>20}{:>20}", "Nodes", "pods", "CPU requested",
                        "memory requested"));
    for (std::size_t index = 0; index < std::min(nodes_shown, report.nodes.size()); ++index) {
        const NodeReport& node = report.nodes[index];
        out << fmt::format(
            "{:<32}{:>6}{:>20}{:>20}\n", shortened(node.name, 31), node.pods,
            fmt::format("{:g} of {:g}", static_cast<double>(node.cpu_requested_milli) / 1000,
                        static_cast<double>(node.cpu_allocatable_milli) / 1000),
            memory_of(node.memory_requested, node.memory_allocatable));
    }
    if (report.nodes.size() > nodes_shown) {
        out << fmt::format("{}and {} more{}\n", palette.dim, report.nodes.size() - nodes_shown,
                           palette.plain);
    }
}

void print_events(std::ostream& out, const Palette& palette, const Report& report) {
    if (report.events.empty()) {
        return;
    }
    constexpr std::size_t events_shown = 15;
    constexpr std::size_t indent = 8;  // of the text, behind the time
    heading(out, palette, "Events");
    for (std::size_t index = 0; index < std::min(events_shown, report.events.size()); ++index) {
        const EventReport& event = report.events[index];
        const bool warning = event.type == "Warning";
        std::string line = fmt::format("{} {}: {}", event.reason, event.object, event.message);
        if (event.count > 1) {
            line += fmt::format(" (x{})", event.count);
        }
        out << fmt::format("{:>6}  {}{}{}\n", clock_time(event.time), warning ? palette.red : "",
                           wrapped(line, indent), warning ? palette.plain : "");
    }
    if (report.events.size() > events_shown) {
        out << fmt::format("        {}and {} more: see -o json{}\n", palette.dim,
                           report.events.size() - events_shown, palette.plain);
    }
}

void print_assumptions(std::ostream& out, const Palette& palette, const Report& report) {
    if (report.assumptions.empty()) {
        return;
    }
    heading(out, palette, "Assumed, because no manifest says otherwise");
    for (const Assumption& assumption : report.assumptions) {
        out << "  " << wrapped(assumption.what, 2) << '\n';
        if (!assumption.how_to_set.empty()) {
            out << fmt::format("    {}{}{}\n", palette.dim,
                               wrapped("set " + assumption.how_to_set, 4), palette.plain);
        }
    }
}

}  // namespace

void print(std::ostream& out, const Report& report, const ReportStyle& style) {
    const Palette palette = Palette::of(style);
    out << fmt::format("{}{} simulated{}, {} requests, {}{} failed{}{}\n", palette.bold,
                       to_string(report.duration), palette.plain, grouped(report.requests_total),
                       report.requests_failed > 0 ? palette.red : "",
                       grouped(report.requests_failed), palette.plain,
                       report.interrupted ? " (interrupted)" : "");
    print_rates(out, palette, "Load, from the intended start", report.loads, FlagsOf::None);
    print_rates(out, palette, "Services", report.services, FlagsOf::All);
    print_faults(out, palette, report.services);
    print_upstream(out, palette, report.services);
    print_connections(out, palette, report.services);
    print_outliers(out, palette, report.services);
    print_health_checks(out, palette, report.services);
    print_filters(out, palette, report.services);
    for (const ServiceReport& service : report.services) {
        print_service_chart(out, palette, service, report.duration);
    }
    print_replicas(out, palette, report);
    print_usage(out, palette, report);
    print_nodes(out, palette, report);
    print_events(out, palette, report);
    print_assumptions(out, palette, report);
    out << fmt::format("\nseed {}  digest {}\n", report.seed, report.digest);
}

std::ostream& operator<<(std::ostream& out, const Report& report) {
    print(out, report, {});
    return out;
}

}  // namespace wavetank::sim
