#pragma once

/// \file
/// The endpoints that a balancer chooses from, as one client sees them.

#include <wavetank/base/assert.hpp>
#include <wavetank/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace wavetank::mesh {

struct ClusterLoadAssignment;

/// What a server says of itself, in an answer or when it is asked.
struct ServerReport {
    std::uint32_t requests_in_flight = 0;  ///< of all clients, those in line included
    Duration latency{};                    ///< of late, at about so many requests in flight
    Duration service_time{};               ///< of the request that it answers, without its wait
    double utilization = 0;                ///< 1: all that it has
    double requests_per_second = 0;
    double errors_per_second = 0;
};

/// Asks servers how they are. A data plane has one for balancers that need it.
class ServerProbe {
public:
    /// Returns what endpoint `index` says now.
    [[nodiscard]] virtual ServerReport ask(std::size_t index) const = 0;

protected:
    ~ServerProbe() = default;
};

/// Looks up a client's requests in flight when they are asked for: where there are many endpoints,
/// most policies look at few.
class ActiveRequests {
public:
    [[nodiscard]] virtual std::uint32_t requests_active(std::size_t index) const = 0;

protected:
    ~ActiveRequests() = default;
};

/// A view of the usable endpoints of a cluster: indices with facts about each.
/// Lifetime: borrows the client's own counters, the list of hosts and the probe.
class EndpointSet {
public:
    /// `requests_active[i]` are this client's requests in flight at endpoint i. `hosts`, if given,
    /// lists as many hosts, in the same order.
    explicit EndpointSet(std::span<const std::uint32_t> requests_active,
                         const ClusterLoadAssignment* hosts = nullptr,
                         const ServerProbe* probe = nullptr)
        : counts_(requests_active.data()),
          size_(requests_active.size()),
          hosts_(hosts),
          probe_(probe) {}

    /// The same for `size` endpoints, of which `active` knows the requests in flight.
    EndpointSet(const ActiveRequests& active, std::size_t size,
                const ClusterLoadAssignment* hosts = nullptr, const ServerProbe* probe = nullptr)
        : active_(&active), size_(size), hosts_(hosts), probe_(probe) {}

    [[nodiscard]] std::size_t size() const {
        return size_;
    }
    [[nodiscard]] bool empty() const {
        return size_ == 0;
    }
    /// Requires: index < size().
    [[nodiscard]] std::uint32_t requests_active(std::size_t index) const {
        WAVETANK_ASSERT(index < size_);
        return active_ == nullptr ? counts_[index] : active_->requests_active(index);
    }
    /// Returns what is known of the hosts besides; null if that is nothing.
    [[nodiscard]] const ClusterLoadAssignment* hosts() const {
        return hosts_;
    }
    /// Returns how to ask servers; null if nobody can.
    [[nodiscard]] const ServerProbe* probe() const {
        return probe_;
    }

private:
    const std::uint32_t* counts_ = nullptr;
    const ActiveRequests* active_ = nullptr;  // in place of the counts
    std::size_t size_;
    const ClusterLoadAssignment* hosts_;
    const ServerProbe* probe_;
};

}  // namespace wavetank::mesh
