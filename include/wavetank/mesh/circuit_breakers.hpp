#pragma once

/// \file
/// How much may a proxy have under way to one cluster? Envoy's circuit breakers, under the names
/// and with the defaults of its v3 API.
///
/// They are counts and limits and know of no time. A proxy has one `ResourceManager` for each
/// cluster and routing priority; proxies know nothing of each other's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace wavetank::mesh {

struct RetryBudget {
    double budget_percent = 20;  ///< of the requests that are active or wait for a connection
    std::uint32_t min_retry_concurrency = 3;

    bool operator==(const RetryBudget&) const = default;
};

/// What one proxy may have in flight to one service (`CircuitBreakers.Thresholds`).
struct Thresholds {
    std::uint32_t max_connections = 1024;
    std::uint32_t max_pending_requests = 1024;  ///< that wait for a connection
    std::uint32_t max_requests = 1024;
    std::uint32_t max_retries = 3;
    std::optional<RetryBudget> retry_budget{};  ///< in place of `max_retries`
    std::uint64_t max_connection_pools = std::numeric_limits<std::uint64_t>::max();
    bool track_remaining = false;  ///< whether the gauges `remaining_*` are kept

    /// Returns how many retries may be under way while so many requests are active or wait.
    [[nodiscard]] std::uint32_t retry_limit(std::uint32_t requests_active) const;

    bool operator==(const Thresholds&) const = default;
};

/// What is limited.
enum class Resource : std::uint8_t {
    Connections,
    PendingRequests,
    Requests,
    Retries,
    ConnectionPools,
};

/// Counts what is under way, as Envoy's `ResourceManagerImpl`.
class ResourceManager {
public:
    explicit ResourceManager(const Thresholds& thresholds);

    /// Returns whether one more is allowed. Nothing stops whoever does not ask.
    [[nodiscard]] bool can_create(Resource resource) const;

    /// Notes that a request would be sent again if there is room, as it may turn out that there is
    /// none: from then on a budget is in use.
    void note_retry_wanted();

    void increase(Resource resource);
    /// Requires: count(resource) > 0.
    void decrease(Resource resource);

    [[nodiscard]] std::uint64_t count(Resource resource) const {
        return counts_[index_of(resource)];
    }
    [[nodiscard]] std::uint64_t max(Resource resource) const;

    /// Returns the gauge `cx_open`, `rq_pending_open`, `rq_open`, `rq_retry_open` or
    /// `cx_pool_open`. As in Envoy it is false until something was counted, so that a limit of 0
    /// never shows.
    [[nodiscard]] bool is_open(Resource resource) const {
        return open_[index_of(resource)];
    }
    /// Returns the gauge `remaining_*`; 0 unless `track_remaining` is set. Of retries with a budget
    /// it is `max_retries` until one was wanted, and then 0.
    [[nodiscard]] std::uint64_t remaining(Resource resource) const;

private:
    [[nodiscard]] static std::size_t index_of(Resource resource) {
        return static_cast<std::size_t>(resource);
    }
    [[nodiscard]] std::uint64_t fixed_max(Resource resource) const;
    void note(Resource resource);
    [[nodiscard]] bool has_budget(Resource resource) const {
        return resource == Resource::Retries && thresholds_.retry_budget.has_value();
    }

    static constexpr std::size_t resources = 5;

    Thresholds thresholds_;
    std::array<std::uint64_t, resources> counts_{};
    std::array<bool, resources> open_{};
    bool has_used_budget_ = false;
};

}  // namespace wavetank::mesh
