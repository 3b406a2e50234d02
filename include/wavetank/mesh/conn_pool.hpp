#pragma once

/// \file
/// Which connection does a request go over, and does it have to wait for one? Envoy's connection
/// pools of HTTP/1.1 and HTTP/2.
///
/// A pool has no clock and no socket. Whoever has those tells it what happens and when, and asks
/// what is to be done about it.

#include <wavetank/base/time.hpp>
#include <wavetank/mesh/circuit_breakers.hpp>
#include <wavetank/mesh/traffic_stats.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace wavetank::mesh {

enum class HttpVersion : std::uint8_t { Http1, Http2 };

/// What Envoy's v3 API says of a cluster's connections, by its names.
struct ConnPoolOptions {
    HttpVersion http = HttpVersion::Http1;
    std::uint32_t max_requests_per_connection = 0;  ///< 0: any number
    std::uint32_t max_concurrent_streams = 1024;    ///< of HTTP/2
    /// Connections for so many times the requests that are under way or wait; 1 to 3.
    float per_upstream_preconnect_ratio = 1;
    Duration connect_timeout = std::chrono::seconds{5};
    /// For how long a connection may have no request; 0: for ever.
    Duration idle_timeout = std::chrono::hours{1};
    std::optional<Duration> max_connection_duration{};
    /// Of one host (`per_host_thresholds`).
    std::uint32_t max_connections_per_host = std::numeric_limits<std::uint32_t>::max();
};

/// What all pools to one host have in common.
struct PooledHost {
    std::uint32_t cx_active = 0;
    bool is_healthy = true;  ///< for one that is not, no connection is made ahead of need
};

/// Why a request got no connection.
enum class PoolFailureReason : std::uint8_t {
    Overflow,  ///< a circuit breaker forbade it
    RemoteConnectionFailure,
    Timeout,  ///< of the connection
};

using StreamId = std::uint64_t;      ///< names a request; whoever sends it says how
using ConnectionId = std::uint32_t;  ///< within its pool; never used again

/// What a pool wants its owner to do.
struct PoolEvent {
    enum class Kind : std::uint8_t {
        Connect,  ///< begin to make `connection`
        Ready,    ///< send the request over `connection`
        Failure,  ///< tell the request that it has come to nothing, for `reason`
        Reset,    ///< tell the request that its connection has ended
        Close,    ///< end `connection`
    };

    Kind kind = Kind::Connect;
    StreamId stream = 0;
    ConnectionId connection = 0;
    PoolFailureReason reason = PoolFailureReason::Overflow;
    /// Whether a failure came with a host: not if the request could not even wait.
    bool has_host = true;

    bool operator==(const PoolEvent&) const = default;
};

/// How a request ends, as its connection sees it.
enum class StreamEnd : std::uint8_t {
    Complete,
    CompleteAndClose,  ///< the answer says `connection: close`
    Reset,             ///< by this side: its time is up, or nobody waits
    RemoteReset,       ///< by the other side
    RemoteRefusedStreamReset,
};

/// The connections of one proxy to one host, for one routing priority, as Envoy's
/// `ConnPoolImplBase`.
///
/// Lifetime: what it counts in outlives it. Cost: by the number of connections, at worst.
class ConnPool {
public:
    ConnPool(const ConnPoolOptions& options, ResourceManager& resources, TrafficStats& stats,
             PooledHost& host)
        : options_(options), resources_(resources), stats_(stats), host_(host) {}

    /// Wants a connection for a request: there is one, or it waits for one, or it is refused.
    void new_stream(StreamId stream, TimePoint now);

    /// Forgets a request that waits; false if it does not.
    bool cancel(StreamId stream);

    /// Tells that a connection has been made, or that the host refused it.
    void on_connected(ConnectionId connection, TimePoint now);
    void on_connect_failure(ConnectionId connection, TimePoint now);

    /// Tells that a request is over. One that is waiting takes its place.
    /// Requires: it is `Ready`, and nobody has told so before. A connection that is gone is fine.
    void on_stream_closed(ConnectionId connection, StreamId stream, StreamEnd end, TimePoint now);

    /// Tells that the host has ended a connection; one that is gone is fine.
    void on_remote_close(ConnectionId connection, TimePoint now);
    /// Tells that the host has ended all connections that carry nothing.
    void on_host_gone(TimePoint now);

    /// Returns when `on_timer` is to be called next: a connection is not made in time, has had
    /// nothing to do for too long or has lasted long enough.
    [[nodiscard]] std::optional<TimePoint> next_timer() const;
    void on_timer(TimePoint now);

    /// Returns what is to be done, in order. Called after each of the others.
    [[nodiscard]] std::vector<PoolEvent> take_events() {
        return std::exchange(events_, {});
    }

    [[nodiscard]] std::size_t streams_pending() const {
        return pending_.size();
    }
    [[nodiscard]] std::size_t connections() const {
        return connections_.size();
    }
    [[nodiscard]] bool is_idle() const {
        return pending_.empty() && connections_.empty();
    }

private:
    enum class State : std::uint8_t { Connecting, Ready, Busy, Draining };
    enum class Side : std::uint8_t { Local, Remote };
    enum class Created : std::uint8_t { Yes, YesAboveTheLimit, No };

    struct Connection {
        State state = State::Connecting;
        bool is_connected = false;
        std::uint32_t streams_left = 0;  // that it may carry
        std::uint32_t streams_at_once = 1;
        std::vector<StreamId> streams{};  // active ones
        TimePoint begun{};
        TimePoint connected{};
        TimePoint idle_since{};
        bool is_late = false;  // it was not made in time

        [[nodiscard]] std::int64_t unused_capacity() const;
    };

    using Connections = std::map<ConnectionId, Connection>;

    [[nodiscard]] bool should_connect() const;
    [[nodiscard]] Created try_create_connection(TimePoint now);
    void try_create_connections(TimePoint now);
    void attach(StreamId stream, TimePoint now);
    void serve_pending(TimePoint now);
    void change(Connections::iterator connection, State state);
    void note_reset(StreamEnd end);
    void end_stream(Connection& connection, StreamId stream, TimePoint now);
    void close(Connections::iterator connection, Side side, TimePoint now);
    void close_here(Connections::iterator connection, TimePoint now);
    void fail_pending(PoolFailureReason reason);
    void no_longer_pending();
    [[nodiscard]] TimePoint timer_of(const Connection& connection) const;
    void on_timer_of(Connections::iterator connection, TimePoint now);

    ConnPoolOptions options_;
    ResourceManager& resources_;
    TrafficStats& stats_;
    PooledHost& host_;
    Connections connections_;
    std::vector<ConnectionId> ready_;  // the one that is taken next is the last
    std::deque<StreamId> pending_;     // the one that has waited for longest is the first
    std::uint64_t streams_active_ = 0;
    std::int64_t connecting_capacity_ = 0;  // of connections that are not yet made
    std::int64_t unused_capacity_ = 0;      // of all
    ConnectionId next_connection_ = 0;
    std::vector<PoolEvent> events_;
};

}  // namespace wavetank::mesh
