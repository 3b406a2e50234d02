#include "sim/serve/service_metrics.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace wavetank::sim {
namespace {

using namespace std::chrono_literals;

struct Bound {
    Duration limit;
    const char* seconds;
};

// The default buckets of Prometheus' client libraries, and one below for services this small.
constexpr std::array bounds{
    Bound{1ms, "0.001"}, Bound{5ms, "0.005"},  Bound{10ms, "0.01"},  Bound{25ms, "0.025"},
    Bound{50ms, "0.05"}, Bound{100ms, "0.1"},  Bound{250ms, "0.25"}, Bound{500ms, "0.5"},
    Bound{1000ms, "1"},  Bound{2500ms, "2.5"}, Bound{5000ms, "5"},   Bound{10000ms, "10"},
};

std::string seconds_text(double nanoseconds) {
    char text[64];
    std::snprintf(text, sizeof text, "%.9f", nanoseconds * 1e-9);
    return text;
}

std::string head(const std::string& name, const char* type, const char* help) {
    return "# HELP " + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
}

}  // namespace

void ServiceMetrics::end(int status, Duration latency) {
    --requests_active_;
    ++statuses_[status];
    latency_.record(latency);
}

std::string ServiceMetrics::to_prometheus() const {
    std::string text = head("http_requests_total", "counter", "Requests answered, by status.");
    for (const auto& [status, count] : statuses_) {
        text += "http_requests_total{code=\"" + std::to_string(status) + "\"} " +
                std::to_string(count) + '\n';
    }
    text += head("http_requests_in_flight", "gauge", "Requests that wait for their answer.");
    text += "http_requests_in_flight " + std::to_string(requests_active_) + '\n';

    const std::string duration = "http_request_duration_seconds";
    text += head(duration, "histogram", "Time from a request's arrival to its answer.");
    for (const Bound& bound : bounds) {
        text += duration + "_bucket{le=\"" + bound.seconds + "\"} " +
                std::to_string(latency_.count_up_to(bound.limit)) + '\n';
    }
    const std::string count = std::to_string(latency_.count());
    text += duration + "_bucket{le=\"+Inf\"} " + count + '\n';
    text += duration + "_sum " + seconds_text(latency_.sum_nanoseconds()) + '\n';
    text += duration + "_count " + count + '\n';
    return text;
}

}  // namespace wavetank::sim
