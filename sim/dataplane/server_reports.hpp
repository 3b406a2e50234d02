#pragma once

/// \file
/// What does a server tell clients of its load?

#include <wavetank/mesh/endpoint_set.hpp>

#include <cstdint>
#include <vector>

namespace wavetank::sim::dataplane {

/// A request that a server has answered.
struct ServedRequest {
    std::uint32_t requests_at_arrival = 0;  ///< others that were there
    Duration time_at_server{};
    Duration service_time{};
    std::uint16_t status = 200;
};

/// Keeps what servers did of late, by replica.
///
/// Rates and the utilization are those of the latest whole second or more in which requests came.
/// The latency is the median of the 16 among the latest 128 requests that met a number of others
/// nearest to the one now (of Prequal, which gives no numbers: "near" and "recent").
class ServerReports {
public:
    /// Notes a request that is answered now, where `cpu_time` is what the server used since its
    /// start, of `cpus`.
    void add(std::uint32_t replica, const ServedRequest& served, TimePoint now, Duration cpu_time,
             double cpus);

    /// Returns what the server says when `requests` are there.
    [[nodiscard]] mesh::ServerReport of(std::uint32_t replica, std::uint32_t requests) const;

private:
    struct Sample {
        std::uint32_t requests = 0;
        Duration latency{};
    };
    struct Server {
        std::vector<Sample> samples;  // a ring
        std::size_t next = 0;
        TimePoint since{};  // of what is being counted
        Duration cpu_time{};
        std::uint64_t requests = 0;
        std::uint64_t errors = 0;
        mesh::ServerReport rates;  // of the time before
    };

    [[nodiscard]] static Duration median_near(const Server& server, std::uint32_t requests);

    std::vector<Server> servers_;
};

}  // namespace wavetank::sim::dataplane
