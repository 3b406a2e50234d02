#pragma once

/// \file
/// Where do a client's further connections go under `sessionAffinity: ClientIP`, if kube-proxy
/// works by IPVS?

#include <wavetank/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace wavetank::mesh {

/// The persistence templates of Linux's IPVS (`ip_vs_sched_persist`, `ip_vs_conn_expire`).
///
/// A client is bound to the endpoint of its first connection until `timeout` after the latest one.
/// If that time is up while a connection is there, or has ended less than two minutes ago
/// (TIME_WAIT), the binding lasts for another minute, and so on; from then on, connections that
/// follow lengthen it by a minute, too. An endpoint that is gone, or gets no new connections, binds
/// nobody, as kube-proxy sets `expire_quiescent_template`.
class IpvsPersistence {
public:
    /// Requires: timeout > 0.
    explicit IpvsPersistence(Duration timeout) : timeout_(timeout) {}

    /// Returns the place of the one of `endpoints`, by name, that a client is bound to; nothing if
    /// there is none.
    [[nodiscard]] std::optional<std::size_t> bound(std::uint64_t client,
                                                   std::span<const std::uint32_t> endpoints,
                                                   TimePoint now);
    /// Notes a new connection of a client to an endpoint, and binds it.
    void opened(std::uint64_t client, std::uint32_t endpoint, TimePoint now);
    /// Notes that one has ended.
    void closed(std::uint64_t client, std::uint32_t endpoint, TimePoint now);

private:
    struct Template {
        std::uint32_t endpoint = 0;
        Duration timeout{};
        TimePoint due{};
        std::uint32_t open = 0;  // connections
        std::optional<TimePoint> last_closed{};
    };

    [[nodiscard]] static bool has_expired(Template& bound, TimePoint now);

    Duration timeout_;
    std::map<std::uint64_t, Template> templates_;  // by client
};

}  // namespace wavetank::mesh
