#include "reality/open_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace wavetank::reality {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t in_flight_most = 1000;   // a service that far behind never catches up
constexpr std::chrono::seconds idle_most{30};  // servers close idle connections after a minute

// Reads "work;dur=12.5, ..."; zero if it says something else.
Duration work_in(std::string_view timing) {
    constexpr std::string_view name = "work;dur=";
    double milliseconds = 0;
    if (timing.starts_with(name)) {
        timing.remove_prefix(name.size());
        std::from_chars(timing.data(), timing.data() + timing.size(), milliseconds);
    }
    return Duration{static_cast<Duration::rep>(milliseconds * 1e6)};
}

}  // namespace

Duration Outcome::percentile(double part) const {
    if (latencies.empty()) {
        return {};
    }
    std::vector<Duration> sorted = latencies;
    std::ranges::sort(sorted);
    const auto rank =
        static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

OpenLoop::OpenLoop(asio::io_context& context, std::uint16_t port, Pace pace, Random random)
    : context_{context}, port_{port}, pace_{pace}, random_{random} {}

void OpenLoop::start() {
    asio::co_spawn(context_, arrive(), asio::detached);
}

Outcome OpenLoop::outcome() const {
    Outcome outcome = outcome_;
    outcome.unanswered = in_flight_;
    return outcome;
}

Duration OpenLoop::interval() {
    const double mean = 1e9 / pace_.requests_per_second;
    return Duration{static_cast<Duration::rep>(
        pace_.arrivals == sim::Arrivals::Poisson ? mean * random_.exponential() : mean)};
}

asio::awaitable<void> OpenLoop::arrive() {
    asio::steady_timer timer{context_};
    const Clock::time_point begin = Clock::now();
    const Clock::time_point counts_from = begin + pace_.warm_up;
    const Clock::time_point end = counts_from + pace_.duration;
    for (Clock::time_point due = begin + interval(); due < end; due += interval()) {
        timer.expires_at(due);
        co_await timer.async_wait(asio::use_awaitable);
        asio::co_spawn(context_, ask(due, due >= counts_from), asio::detached);
    }
}

asio::awaitable<void> OpenLoop::ask(Clock::time_point intended, bool counts) {
    Answer answer;
    if (in_flight_ < in_flight_most) {
        ++in_flight_;
        try {
            Socket socket = co_await connection();
            answer = co_await exchange(socket);
            if (socket.is_open()) {
                idle_.push_back({std::move(socket), Clock::now()});
            }
        } catch (const boost::system::system_error&) {
            answer = {};  // a failure like any other, and the connection is gone
        }
        --in_flight_;
    }
    if (counts && answer.status == 200) {
        outcome_.latencies.push_back(Clock::now() - intended);
        outcome_.work += answer.work;
    } else if (counts) {
        ++outcome_.failed;
    }
}

asio::awaitable<OpenLoop::Socket> OpenLoop::connection() {
    while (!idle_.empty()) {
        Idle last = std::move(idle_.back());
        idle_.pop_back();
        if (Clock::now() - last.since < idle_most) {
            co_return std::move(last.socket);
        }
    }
    Socket socket{context_};
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port_}, asio::use_awaitable);
    socket.set_option(asio::ip::tcp::no_delay{true});
    co_return socket;
}

asio::awaitable<OpenLoop::Answer> OpenLoop::exchange(Socket& socket) {
    http::request<http::empty_body> request{http::verb::get, "/", 11};
    request.set(http::field::host, "service");
    co_await http::async_write(socket, request, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(socket, buffer, response, asio::use_awaitable);
    if (!response.keep_alive()) {
        socket.close();
    }
    co_return Answer{.status = static_cast<int>(response.result_int()),
                     .work = work_in(response["server-timing"])};
}

}  // namespace wavetank::reality
