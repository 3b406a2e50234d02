#pragma once

/// \file
/// How long do real answers take if requests come at their own pace?

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/sim/workload.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavetank::reality {

/// How requests come. What is meant to start in the warm-up is sent but not noted.
struct Pace {
    double requests_per_second = 1;
    sim::Arrivals arrivals = sim::Arrivals::Poisson;
    Duration warm_up{};
    Duration duration{};
};

/// What users saw.
struct Outcome {
    std::vector<Duration> latencies;  ///< of what was answered with 200, from the intended start
    Duration work{};                  ///< what they say they took of a CPU, all together
    std::size_t failed = 0;
    std::size_t unanswered = 0;  ///< at the time of asking

    /// Returns the value at that part of the latencies, in order; zero if there are none.
    [[nodiscard]] Duration percentile(double part) const;
};

/// Sends `GET /` to a port of this machine, over connections that are kept.
///
/// As the time of a request begins when it is meant to start, a late timer or a client that has to
/// wait for a connection counts against the service, not in favour of it.
/// Threads: the one that runs the context. Lifetime: the context outlives it and runs no more
/// afterwards.
class OpenLoop {
public:
    OpenLoop(boost::asio::io_context& context, std::uint16_t port, Pace pace, Random random);
    OpenLoop(const OpenLoop&) = delete;
    OpenLoop& operator=(const OpenLoop&) = delete;

    /// Begins; the first request comes after the first interval.
    void start();

    [[nodiscard]] Outcome outcome() const;

private:
    using Clock = std::chrono::steady_clock;
    using Socket = boost::asio::ip::tcp::socket;
    struct Answer {
        int status = 0;
        Duration work{};
    };
    struct Idle {
        Socket socket;
        Clock::time_point since;
    };

    boost::asio::awaitable<void> arrive();
    boost::asio::awaitable<void> ask(Clock::time_point intended, bool counts);
    boost::asio::awaitable<Socket> connection();
    boost::asio::awaitable<Answer> exchange(Socket& socket);
    [[nodiscard]] Duration interval();

    boost::asio::io_context& context_;
    std::uint16_t port_;
    Pace pace_;
    Random random_;
    std::vector<Idle> idle_;
    Outcome outcome_;
    std::size_t in_flight_ = 0;
};

}  // namespace wavetank::reality
