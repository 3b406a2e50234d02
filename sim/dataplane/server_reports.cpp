#include "sim/dataplane/server_reports.hpp"

#include <algorithm>
#include <chrono>

namespace wavetank::sim::dataplane {
namespace {

constexpr std::size_t samples_max = 128;
constexpr std::size_t samples_near = 16;
constexpr Duration report_window = std::chrono::seconds{1};

}  // namespace

void ServerReports::add(std::uint32_t replica, const ServedRequest& served, TimePoint now,
                        Duration cpu_time, double cpus) {
    if (servers_.size() <= replica) {
        servers_.resize(replica + std::size_t{1});
    }
    Server& server = servers_[replica];
    const Sample sample{served.requests_at_arrival, served.time_at_server};
    if (server.samples.size() < samples_max) {
        server.samples.push_back(sample);
    } else {
        server.samples[server.next++ % samples_max] = sample;
    }
    if (server.requests == 0) {
        server.since = now - served.time_at_server;
        server.cpu_time = cpu_time - std::min(cpu_time, served.service_time);
    }
    ++server.requests;
    server.errors += served.status >= 500 ? 1 : 0;
    if (const Duration passed = now - server.since; passed >= report_window) {
        const double seconds = std::chrono::duration<double>(passed).count();
        const double used = std::chrono::duration<double>(cpu_time - server.cpu_time).count();
        server.rates = {.utilization = used / seconds / cpus,
                        .requests_per_second = static_cast<double>(server.requests) / seconds,
                        .errors_per_second = static_cast<double>(server.errors) / seconds};
        server.requests = 0;
        server.errors = 0;
    }
}

mesh::ServerReport ServerReports::of(std::uint32_t replica, std::uint32_t requests) const {
    mesh::ServerReport report;
    if (replica < servers_.size()) {
        report = servers_[replica].rates;
        report.latency = median_near(servers_[replica], requests);
    }
    report.requests_in_flight = requests;
    return report;
}

Duration ServerReports::median_near(const Server& server, std::uint32_t requests) {
    std::vector<Sample> near = server.samples;
    if (near.empty()) {
        return {};
    }
    const auto distance = [&](const Sample& sample) {
        return std::max(sample.requests, requests) - std::min(sample.requests, requests);
    };
    const std::size_t count = std::min(samples_near, near.size());
    std::ranges::stable_sort(near, {}, distance);
    near.resize(count);
    std::ranges::sort(near, {}, &Sample::latency);
    return near[(count - 1) / 2].latency;
}

}  // namespace wavetank::sim::dataplane
