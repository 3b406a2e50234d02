#include <wavetank/mesh/conn_pool.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

constexpr std::uint32_t any_number_of_streams = std::numeric_limits<std::uint32_t>::max();

// New requests and lost connections make no more connections than this at once, as in Envoy, so
// that a host that comes back is not flooded.
constexpr int connections_at_once_max = 3;

}  // namespace

std::int64_t ConnPool::Connection::unused_capacity() const {
    const std::int64_t at_once =
        std::int64_t{streams_at_once} - static_cast<std::int64_t>(streams.size());
    return std::min<std::int64_t>(streams_left, at_once);
}

// In single precision, as Envoy does it.
bool ConnPool::should_connect() const {
    if (!host_.is_healthy) {
        return static_cast<std::int64_t>(pending_.size()) > connecting_capacity_;
    }
    const auto wanted = static_cast<float>(pending_.size() + streams_active_) *
                        options_.per_upstream_preconnect_ratio;
    const auto provided =
        static_cast<float>(unused_capacity_ + static_cast<std::int64_t>(streams_active_));
    return wanted > provided;
}

// A host without any connection may always have one: nobody else would ever serve what waits.
ConnPool::Created ConnPool::try_create_connection(TimePoint now) {
    if (!should_connect()) {
        return Created::No;
    }
    const bool is_allowed = host_.cx_active < options_.max_connections_per_host &&
                            resources_.can_create(Resource::Connections);
    stats_.upstream_cx_overflow += is_allowed ? 0 : 1;
    if (!is_allowed && !connections_.empty()) {
        return Created::No;
    }
    const std::uint32_t most = options_.max_requests_per_connection;
    Connection made{
        .streams_left = most == 0 ? any_number_of_streams : most, .begun = now, .idle_since = now};
    if (options_.http == HttpVersion::Http2) {
        made.streams_at_once = std::min(options_.max_concurrent_streams, made.streams_left);
    }
    unused_capacity_ += made.unused_capacity();
    connecting_capacity_ += made.unused_capacity();
    const ConnectionId id = next_connection_++;
    connections_.emplace(id, std::move(made));
    ++stats_.upstream_cx_total;
    ++stats_.upstream_cx_active;
    ++host_.cx_active;
    resources_.increase(Resource::Connections);
    events_.push_back({.kind = PoolEvent::Kind::Connect, .connection = id});
    return is_allowed ? Created::Yes : Created::YesAboveTheLimit;
}

void ConnPool::try_create_connections(TimePoint now) {
    for (int i = 0; i < connections_at_once_max; ++i) {
        if (try_create_connection(now) != Created::Yes) {
            return;
        }
    }
}

void ConnPool::new_stream(StreamId stream, TimePoint now) {
    if (!ready_.empty()) {
        attach(stream, now);
        try_create_connections(now);
        return;
    }
    if (!resources_.can_create(Resource::PendingRequests)) {
        ++stats_.upstream_rq_pending_overflow;
        events_.push_back({.kind = PoolEvent::Kind::Failure,
                           .stream = stream,
                           .reason = PoolFailureReason::Overflow,
                           .has_host = false});
        return;
    }
    pending_.push_back(stream);
    ++stats_.upstream_rq_pending_total;
    ++stats_.upstream_rq_pending_active;
    resources_.increase(Resource::PendingRequests);
    try_create_connections(now);
}

bool ConnPool::cancel(StreamId stream) {
    const auto found = std::ranges::find(pending_, stream);
    if (found == pending_.end()) {
        return false;
    }
    pending_.erase(found);
    no_longer_pending();
    ++stats_.upstream_rq_cancelled;
    return true;
}

void ConnPool::no_longer_pending() {
    --stats_.upstream_rq_pending_active;
    resources_.decrease(Resource::PendingRequests);
}

// Gives a request the connection that became ready last.
void ConnPool::attach(StreamId stream, TimePoint now) {
    const auto found = connections_.find(ready_.back());
    WAVETANK_ASSERT(found != connections_.end());
    Connection& connection = found->second;
    if (!resources_.can_create(Resource::Requests)) {
        ++stats_.upstream_rq_active_overflow;
        events_.push_back({.kind = PoolEvent::Kind::Failure,
                           .stream = stream,
                           .connection = found->first,
                           .reason = PoolFailureReason::Overflow});
        return;
    }
    const std::int64_t capacity = connection.unused_capacity();
    connection.streams_left -= connection.streams_left == any_number_of_streams ? 0 : 1;
    if (connection.streams_left == 0) {
        ++stats_.upstream_cx_max_requests;
        change(found, State::Draining);
    } else if (capacity == 1) {
        change(found, State::Busy);
    }
    --unused_capacity_;
    connection.streams.push_back(stream);
    connection.idle_since = now;
    ++streams_active_;
    ++stats_.upstream_rq_total;
    ++stats_.upstream_rq_active;
    resources_.increase(Resource::Requests);
    events_.push_back(
        {.kind = PoolEvent::Kind::Ready, .stream = stream, .connection = found->first});
}

void ConnPool::serve_pending(TimePoint now) {
    while (!pending_.empty() && !ready_.empty()) {
        const StreamId stream = pending_.front();
        pending_.pop_front();
        attach(stream, now);
        no_longer_pending();
    }
    if (!pending_.empty()) {
        try_create_connections(now);
    }
}

void ConnPool::change(Connections::iterator connection, State state) {
    if (connection->second.state == State::Ready) {
        std::erase(ready_, connection->first);
    }
    connection->second.state = state;
    if (state == State::Ready) {
        ready_.push_back(connection->first);
    }
}

void ConnPool::on_connected(ConnectionId id, TimePoint now) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.is_connected) {
        return;
    }
    connecting_capacity_ -= found->second.unused_capacity();
    found->second.is_connected = true;
    found->second.connected = now;
    if (found->second.state == State::Connecting) {
        change(found, State::Ready);
    }
    serve_pending(now);
}

void ConnPool::on_connect_failure(ConnectionId id, TimePoint now) {
    const auto found = connections_.find(id);
    if (found != connections_.end() && !found->second.is_connected) {
        close(found, Side::Remote, now);
    }
}

// A request is no longer of its connection; what the connection can carry besides is not told.
void ConnPool::end_stream(Connection& connection, StreamId stream, TimePoint now) {
    const auto found = std::ranges::find(connection.streams, stream);
    WAVETANK_ASSERT(found != connection.streams.end());
    connection.streams.erase(found);
    if (connection.streams.empty()) {
        connection.idle_since = now;
    }
    --streams_active_;
    --stats_.upstream_rq_active;
    resources_.decrease(Resource::Requests);
}

// Only where many requests share a connection does Envoy count those that are reset.
void ConnPool::note_reset(StreamEnd end) {
    if (options_.http == HttpVersion::Http2) {
        stats_.upstream_rq_tx_reset += end == StreamEnd::Reset ? 1 : 0;
        stats_.upstream_rq_rx_reset += end == StreamEnd::RemoteReset ? 1 : 0;
    }
}

void ConnPool::on_stream_closed(ConnectionId id, StreamId stream, StreamEnd end, TimePoint now) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) {
        return;
    }
    Connection& connection = found->second;
    if (options_.http == HttpVersion::Http1 && end == StreamEnd::Reset) {
        close_here(found, now);
        return;
    }
    note_reset(end);
    end_stream(connection, stream, now);
    const std::int64_t left_at_once = std::int64_t{connection.streams_at_once} -
                                      static_cast<std::int64_t>(connection.streams.size()) - 1;
    unused_capacity_ += connection.streams_left > left_at_once ? 1 : 0;
    const bool is_drained = connection.state == State::Draining && connection.streams.empty();
    if (is_drained || end == StreamEnd::CompleteAndClose) {
        // As in Envoy, HTTP/2 takes it amiss that its connection, to be closed after this request,
        // ends while it reads the answer, and HTTP/1.1 looks once more for what waits.
        const bool is_http2 = options_.http == HttpVersion::Http2;
        const bool is_amiss = is_http2 && is_drained && end == StreamEnd::Complete;
        stats_.upstream_cx_protocol_error += is_amiss ? 1 : 0;
        close_here(found, now);
        if (!is_http2 && end == StreamEnd::Complete) {
            serve_pending(now);
        }
    } else if (connection.state == State::Busy && connection.unused_capacity() > 0) {
        change(found, State::Ready);
        serve_pending(now);
    }
}

void ConnPool::on_remote_close(ConnectionId id, TimePoint now) {
    const auto found = connections_.find(id);
    if (found != connections_.end()) {
        for (const StreamId stream : found->second.streams) {
            stats_.upstream_rq_pending_failure_eject += options_.http == HttpVersion::Http2 ? 1 : 0;
            events_.push_back({.kind = PoolEvent::Kind::Reset, .stream = stream, .connection = id});
        }
        close(found, Side::Remote, now);
    }
}

void ConnPool::on_host_gone(TimePoint now) {
    std::vector<ConnectionId> idle;
    for (const auto& [id, connection] : connections_) {
        if (connection.is_connected && connection.streams.empty()) {
            idle.push_back(id);
        }
    }
    for (const ConnectionId id : idle) {
        on_remote_close(id, now);
    }
}

void ConnPool::close_here(Connections::iterator connection, TimePoint now) {
    events_.push_back({.kind = PoolEvent::Kind::Close, .connection = connection->first});
    close(connection, Side::Local, now);
}

void ConnPool::close(Connections::iterator found, Side side, TimePoint now) {
    Connection& connection = found->second;
    const std::int64_t capacity = connection.unused_capacity();
    unused_capacity_ -= capacity;
    connecting_capacity_ -= connection.is_connected ? 0 : capacity;
    connection.streams_left = 0;
    const bool is_local = side == Side::Local;
    ++stats_.upstream_cx_destroy;
    ++(is_local ? stats_.upstream_cx_destroy_local : stats_.upstream_cx_destroy_remote);
    if (!connection.streams.empty()) {
        ++stats_.upstream_cx_destroy_with_active_rq;
        ++(is_local ? stats_.upstream_cx_destroy_local_with_active_rq
                    : stats_.upstream_cx_destroy_remote_with_active_rq);
    }
    while (!connection.streams.empty()) {
        end_stream(connection, connection.streams.back(), now);
    }
    if (!connection.is_connected) {
        connection.is_connected = true;
        ++stats_.upstream_cx_connect_fail;
        fail_pending(connection.is_late ? PoolFailureReason::Timeout
                                        : PoolFailureReason::RemoteConnectionFailure);
        try_create_connections(now);
    }
    change(found, State::Draining);
    connections_.erase(found);
    --stats_.upstream_cx_active;
    --host_.cx_active;
    resources_.decrease(Resource::Connections);
    if (!pending_.empty()) {
        try_create_connections(now);
    }
}

// All that wait fail, the latest first, even if other connections are about to be made.
void ConnPool::fail_pending(PoolFailureReason reason) {
    for (; !pending_.empty(); pending_.pop_back()) {
        ++stats_.upstream_rq_pending_failure_eject;
        no_longer_pending();
        events_.push_back(
            {.kind = PoolEvent::Kind::Failure, .stream = pending_.back(), .reason = reason});
    }
}

TimePoint ConnPool::timer_of(const Connection& connection) const {
    TimePoint due = TimePoint::max();
    if (!connection.is_connected) {
        due = connection.begun + options_.connect_timeout;
    } else if (options_.max_connection_duration && connection.state != State::Draining) {
        due = connection.connected + *options_.max_connection_duration;
    }
    if (connection.streams.empty() && options_.idle_timeout > Duration::zero()) {
        due = std::min(due, connection.idle_since + options_.idle_timeout);
    }
    return due;
}

std::optional<TimePoint> ConnPool::next_timer() const {
    TimePoint due = TimePoint::max();
    for (const auto& [id, connection] : connections_) {
        due = std::min(due, timer_of(connection));
    }
    return due == TimePoint::max() ? std::nullopt : std::optional{due};
}

void ConnPool::on_timer(TimePoint now) {
    std::vector<ConnectionId> due;
    for (const auto& [id, connection] : connections_) {
        if (timer_of(connection) <= now) {
            due.push_back(id);
        }
    }
    for (const ConnectionId id : due) {
        if (const auto found = connections_.find(id); found != connections_.end()) {
            on_timer_of(found, now);
        }
    }
}

void ConnPool::on_timer_of(Connections::iterator found, TimePoint now) {
    Connection& connection = found->second;
    const bool has_idled = connection.streams.empty() && options_.idle_timeout > Duration::zero() &&
                           connection.idle_since + options_.idle_timeout <= now;
    if (!connection.is_connected && connection.begun + options_.connect_timeout <= now) {
        ++stats_.upstream_cx_connect_timeout;
        connection.is_late = true;
        close_here(found, now);
    } else if (has_idled) {
        ++stats_.upstream_cx_idle_timeout;
        close_here(found, now);
    } else if (connection.is_connected && options_.max_connection_duration &&
               connection.state != State::Draining) {
        ++stats_.upstream_cx_max_duration_reached;
        // What it could carry besides is no longer counted on only when it closes, as in Envoy.
        change(found, State::Draining);
        if (connection.streams.empty()) {
            close_here(found, now);
        }
    }
}

}  // namespace wavetank::mesh
