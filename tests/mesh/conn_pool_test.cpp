#include <wavetank/mesh/conn_pool.hpp>

#include <gtest/gtest.h>

#include <string>

namespace wavetank::mesh {
namespace {

using std::chrono::seconds;

// Writes what a pool wants: "connect 0", "ready 7 on 0", "fail 7 overflow".
std::string written(ConnPool& pool) {
    std::string text;
    for (const PoolEvent& event : pool.take_events()) {
        text += text.empty() ? "" : "; ";
        const std::string stream = std::to_string(event.stream);
        const std::string connection = std::to_string(event.connection);
        switch (event.kind) {
            case PoolEvent::Kind::Connect:
                text += "connect " + connection;
                break;
            case PoolEvent::Kind::Ready:
                text += "ready " + stream + " on " + connection;
                break;
            case PoolEvent::Kind::Failure:
                text += "fail " + stream;
                text += event.reason == PoolFailureReason::Overflow  ? " overflow"
                        : event.reason == PoolFailureReason::Timeout ? " timeout"
                                                                     : " refused";
                text += event.has_host ? "" : " without a host";
                break;
            case PoolEvent::Kind::Reset:
                text += "reset " + stream;
                break;
            case PoolEvent::Kind::Close:
                text += "close " + connection;
                break;
        }
    }
    return text;
}

class ConnPoolTest : public testing::Test {
protected:
    ConnPool make_pool(const ConnPoolOptions& options, const Thresholds& thresholds = {}) {
        resources_ = ResourceManager{thresholds};
        return ConnPool{options, resources_, stats_, host_};
    }

    TimePoint now_{};
    ResourceManager resources_{{}};
    TrafficStats stats_;
    PooledHost host_;
};

TEST_F(ConnPoolTest, LetsARequestWaitForItsConnection) {
    ConnPool pool = make_pool({});

    pool.new_stream(7, now_);
    EXPECT_EQ(written(pool), "connect 0");
    EXPECT_EQ(stats_.upstream_rq_pending_active, 1U);
    pool.on_connected(0, now_);
    EXPECT_EQ(written(pool), "ready 7 on 0");
    pool.on_stream_closed(0, 7, StreamEnd::Complete, now_);
    pool.new_stream(8, now_);
    EXPECT_EQ(written(pool), "ready 8 on 0");
    EXPECT_EQ(stats_.upstream_rq_pending_total, 1U);
    EXPECT_EQ(stats_.upstream_rq_total, 2U);
}

TEST_F(ConnPoolTest, RefusesWhatCannotWait) {
    ConnPool pool = make_pool({}, {.max_pending_requests = 0});

    pool.new_stream(1, now_);
    EXPECT_EQ(written(pool), "fail 1 overflow without a host");
    EXPECT_EQ(stats_.upstream_rq_pending_overflow, 1U);
}

TEST_F(ConnPoolTest, RefusesARequestTooManyWhenItHasAConnection) {
    ConnPool pool = make_pool({}, {.max_requests = 1});
    pool.new_stream(1, now_);
    pool.new_stream(2, now_);
    EXPECT_EQ(written(pool), "connect 0; connect 1");
    pool.on_connected(0, now_);
    pool.on_connected(1, now_);

    EXPECT_EQ(written(pool), "ready 1 on 0; fail 2 overflow");
    EXPECT_EQ(stats_.upstream_rq_active_overflow, 1U);
    EXPECT_EQ(stats_.upstream_rq_pending_overflow, 0U);
}

TEST_F(ConnPoolTest, ServesWhatWaitsInOrderAndReusesTheLatestConnection) {
    ConnPool pool = make_pool({}, {.max_connections = 2});
    for (StreamId stream = 1; stream <= 4; ++stream) {
        pool.new_stream(stream, now_);
    }
    EXPECT_EQ(written(pool), "connect 0; connect 1");
    EXPECT_EQ(stats_.upstream_cx_overflow, 2U);
    pool.on_connected(0, now_);
    pool.on_connected(1, now_);
    EXPECT_EQ(written(pool), "ready 1 on 0; ready 2 on 1");
    pool.on_stream_closed(1, 2, StreamEnd::Complete, now_);
    EXPECT_EQ(written(pool), "ready 3 on 1");
    pool.on_stream_closed(0, 1, StreamEnd::Complete, now_);
    EXPECT_EQ(written(pool), "ready 4 on 0");
    pool.on_stream_closed(0, 4, StreamEnd::Complete, now_);
    pool.on_stream_closed(1, 3, StreamEnd::Complete, now_);
    pool.new_stream(5, now_);
    EXPECT_EQ(written(pool), "ready 5 on 1");
}

TEST_F(ConnPoolTest, GivesAHostOneConnectionWhateverTheLimit) {
    ConnPool pool = make_pool({}, {.max_connections = 1});
    resources_.increase(Resource::Connections);  // to another host

    pool.new_stream(1, now_);
    EXPECT_EQ(written(pool), "connect 0");
    pool.new_stream(2, now_);
    EXPECT_EQ(written(pool), "");
    EXPECT_EQ(stats_.upstream_cx_overflow, 2U);
}

TEST_F(ConnPoolTest, CarriesManyRequestsOverOneConnectionOfHttp2) {
    ConnPool pool = make_pool({.http = HttpVersion::Http2, .max_concurrent_streams = 2});
    pool.new_stream(1, now_);
    pool.new_stream(2, now_);
    pool.new_stream(3, now_);
    EXPECT_EQ(written(pool), "connect 0; connect 1");
    pool.on_connected(0, now_);
    EXPECT_EQ(written(pool), "ready 1 on 0; ready 2 on 0");
    pool.on_connected(1, now_);
    EXPECT_EQ(written(pool), "ready 3 on 1");
    pool.on_stream_closed(0, 1, StreamEnd::Reset, now_);
    EXPECT_EQ(written(pool), "");
    EXPECT_EQ(pool.connections(), 2U);
}

TEST_F(ConnPoolTest, EndsAConnectionThatHasCarriedAllItMay) {
    ConnPool pool = make_pool({.max_requests_per_connection = 2});
    pool.new_stream(1, now_);
    pool.on_connected(0, now_);
    pool.on_stream_closed(0, 1, StreamEnd::Complete, now_);
    pool.new_stream(2, now_);
    EXPECT_EQ(written(pool), "connect 0; ready 1 on 0; ready 2 on 0");
    pool.on_stream_closed(0, 2, StreamEnd::Complete, now_);
    EXPECT_EQ(written(pool), "close 0");
    EXPECT_TRUE(pool.is_idle());
    EXPECT_EQ(stats_.upstream_cx_max_requests, 1U);
    EXPECT_EQ(stats_.upstream_cx_destroy_local, 1U);
    EXPECT_EQ(stats_.upstream_cx_destroy_with_active_rq, 0U);
}

// Recorded of Envoy 1.40 with max_requests_per_connection: 1. Connections that end for another
// reason, such as a host that left, are nobody's fault.
TEST_F(ConnPoolTest, BlamesTheProtocolOnlyForHttp2ThatHasCarriedAllItMay) {
    ConnPool drained = make_pool({.http = HttpVersion::Http2, .max_requests_per_connection = 1});
    drained.new_stream(7, now_);
    drained.on_connected(0, now_);
    drained.on_stream_closed(0, 7, StreamEnd::Complete, now_);
    EXPECT_EQ(stats_.upstream_cx_protocol_error, 1U);

    ConnPool closed = make_pool({.http = HttpVersion::Http2});
    closed.new_stream(7, now_);
    closed.on_connected(0, now_);
    closed.on_stream_closed(0, 7, StreamEnd::CompleteAndClose, now_);
    EXPECT_EQ(stats_.upstream_cx_protocol_error, 1U);
}

TEST_F(ConnPoolTest, EndsTheConnectionOfARequestThatIsGivenUp) {
    ConnPool pool = make_pool({}, {.max_connections = 1});
    pool.new_stream(1, now_);
    pool.on_connected(0, now_);
    pool.new_stream(2, now_);
    static_cast<void>(written(pool));

    pool.on_stream_closed(0, 1, StreamEnd::Reset, now_);
    EXPECT_EQ(written(pool), "close 0; connect 1");
    EXPECT_EQ(stats_.upstream_cx_destroy_local_with_active_rq, 1U);
    EXPECT_EQ(stats_.upstream_rq_active, 0U);
}

TEST_F(ConnPoolTest, FailsAllThatWaitWhenAConnectionIsNotMade) {
    ConnPool pool = make_pool({}, {.max_connections = 1});
    pool.new_stream(1, now_);
    pool.new_stream(2, now_);
    static_cast<void>(written(pool));

    pool.on_connect_failure(0, now_);
    EXPECT_EQ(written(pool), "fail 2 refused; fail 1 refused");
    EXPECT_EQ(stats_.upstream_rq_pending_failure_eject, 2U);
    EXPECT_EQ(stats_.upstream_cx_connect_fail, 1U);
    EXPECT_TRUE(pool.is_idle());
}

TEST_F(ConnPoolTest, WaitsForAConnectionOnlySoLong) {
    ConnPool pool = make_pool({.connect_timeout = seconds{1}});
    pool.new_stream(1, now_);
    static_cast<void>(written(pool));

    EXPECT_EQ(pool.next_timer(), now_ + seconds{1});
    pool.on_timer(now_ + seconds{1});
    EXPECT_EQ(written(pool), "close 0; fail 1 timeout");
    EXPECT_EQ(stats_.upstream_cx_connect_timeout, 1U);
}

TEST_F(ConnPoolTest, EndsConnectionsThatHaveNothingToDo) {
    ConnPool pool = make_pool({.idle_timeout = seconds{10}});
    pool.new_stream(1, now_);
    pool.on_connected(0, now_);
    pool.on_stream_closed(0, 1, StreamEnd::Complete, now_ + seconds{5});
    static_cast<void>(written(pool));

    EXPECT_EQ(pool.next_timer(), now_ + seconds{15});
    pool.on_timer(now_ + seconds{15});
    EXPECT_EQ(written(pool), "close 0");
    EXPECT_EQ(stats_.upstream_cx_idle_timeout, 1U);
    EXPECT_EQ(pool.next_timer(), std::nullopt);
}

TEST_F(ConnPoolTest, DrainsAConnectionThatHasLastedLongEnough) {
    ConnPool pool = make_pool({.max_connection_duration = seconds{10}});
    pool.new_stream(1, now_);
    pool.on_connected(0, now_);
    static_cast<void>(written(pool));

    pool.on_timer(now_ + seconds{10});
    EXPECT_EQ(written(pool), "");
    pool.on_stream_closed(0, 1, StreamEnd::Complete, now_ + seconds{11});
    EXPECT_EQ(written(pool), "close 0");
    EXPECT_EQ(stats_.upstream_cx_max_duration_reached, 1U);
}

TEST_F(ConnPoolTest, TellsTheRequestsOfAConnectionThatEnds) {
    ConnPool pool = make_pool({.http = HttpVersion::Http2});
    pool.new_stream(1, now_);
    pool.new_stream(2, now_);
    pool.on_connected(0, now_);
    static_cast<void>(written(pool));

    pool.on_remote_close(0, now_);
    EXPECT_EQ(written(pool), "reset 1; reset 2");
    EXPECT_EQ(stats_.upstream_cx_destroy_remote_with_active_rq, 1U);
    EXPECT_EQ(stats_.upstream_rq_pending_failure_eject, 2U);
    pool.on_stream_closed(0, 1, StreamEnd::Reset, now_);
    EXPECT_EQ(stats_.upstream_rq_active, 0U);
    EXPECT_EQ(stats_.upstream_rq_tx_reset, 0U);
}

TEST_F(ConnPoolTest, CountsWhoResetsWhatSharesAConnection) {
    ConnPool pool = make_pool({.http = HttpVersion::Http2});
    for (StreamId stream = 1; stream <= 4; ++stream) {
        pool.new_stream(stream, now_);
    }
    pool.on_connected(0, now_);

    pool.on_stream_closed(0, 1, StreamEnd::Reset, now_);
    pool.on_stream_closed(0, 2, StreamEnd::RemoteReset, now_);
    pool.on_stream_closed(0, 3, StreamEnd::RemoteRefusedStreamReset, now_);
    pool.on_stream_closed(0, 4, StreamEnd::Complete, now_);
    EXPECT_EQ(stats_.upstream_rq_tx_reset, 1U);
    EXPECT_EQ(stats_.upstream_rq_rx_reset, 1U);
}

TEST_F(ConnPoolTest, LosesConnectionsThatCarryNothingWithTheirHost) {
    ConnPool pool = make_pool({});
    pool.new_stream(1, now_);
    pool.new_stream(2, now_);
    pool.on_connected(0, now_);
    pool.on_connected(1, now_);
    pool.on_stream_closed(0, 1, StreamEnd::Complete, now_);
    static_cast<void>(written(pool));

    pool.on_host_gone(now_);
    EXPECT_EQ(written(pool), "");
    EXPECT_EQ(pool.connections(), 1U);
    EXPECT_EQ(stats_.upstream_cx_destroy_remote, 1U);
}

TEST_F(ConnPoolTest, ConnectsAheadOfNeed) {
    ConnPool pool = make_pool({.per_upstream_preconnect_ratio = 3});
    pool.new_stream(1, now_);
    EXPECT_EQ(written(pool), "connect 0; connect 1; connect 2");
}

TEST_F(ConnPoolTest, ForgetsWhatWaitedInVain) {
    ConnPool pool = make_pool({});
    pool.new_stream(1, now_);

    EXPECT_TRUE(pool.cancel(1));
    EXPECT_FALSE(pool.cancel(1));
    EXPECT_EQ(stats_.upstream_rq_cancelled, 1U);
    EXPECT_EQ(stats_.upstream_rq_pending_active, 0U);
}

}  // namespace
}  // namespace wavetank::mesh
