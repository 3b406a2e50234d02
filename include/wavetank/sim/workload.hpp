#pragma once

/// \file
/// Load as a user of the C++ interface asks for it.
///
/// A load is a way of coming (a rate of some shape, bursts, single times; or users who are there
/// from the start) and what is done by who comes: one request, or a session of several; of one
/// class, or of several by their weights.

#include <wavetank/base/distribution.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/sim/session_length.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

enum class Arrivals : std::uint8_t {
    Poisson,   ///< exponential spacing, as of many independent users
    Constant,  ///< equal spacing
};

/// A stretch of a load whose rate goes in a straight line from `from` to `to`, a second.
struct LoadStage {
    Duration duration{};
    double from = 0;
    double to = 0;

    bool operator==(const LoadStage&) const = default;
};

/// One state of a load that comes in bursts: its rate for as long as it stays there.
struct BurstState {
    double requests_per_second = 0;
    Duration stay{};  ///< the mean of an exponential time, above 0
};

/// Users who send a request, wait for its answer, think, and send the next: a closed loop.
struct Users {
    std::uint32_t count = 1;
    Distribution think{};
    double per_second = 0;  ///< so many of them come a second; 0: all at once
};

/// What a user does who comes: requests one after the other, each but the first after the answer
/// to the one before it and a time to think.
struct Session {
    SessionLength requests{};
    Distribution think{};
};

/// One kind of requests among those of a load.
struct RequestClass {
    std::string name;           ///< unique within the load
    std::string target;         ///< URL of a Service
    double weight = 1;          ///< above 0; its part of all requests is weight / sum of weights
    std::uint8_t priority = 0;  ///< under `Discipline::Priority`, the highest goes first
    std::optional<mesh::Request> request{};  ///< default: the load's
};

/// A header or a cookie whose value differs between requests: "key-1", "key-2" and so on.
struct RequestKeys {
    std::string header{};     ///< its name; empty: it is a cookie
    std::string cookie{};     ///< its name
    std::uint32_t count = 1;  ///< how many values there are; at least 1
    double skew = 0;          ///< the k-th comes 1 / k^skew as often as the first (Zipf)

    bool operator==(const RequestKeys&) const = default;
};

/// Where the clients of a load are; what is not known is empty.
struct LoadOrigin {
    std::string region{};
    std::string zone{};
    std::string node{};

    bool operator==(const LoadOrigin&) const = default;
};

/// Requests that come at their own pace, answered or not: an open loop. Latency counts from the
/// moment a request was meant to start. With `users`, a closed loop.
struct Load {
    std::string name;                 ///< default: its target
    std::string target;               ///< URL of a Service; its path goes with the request
    double requests_per_second = 0;   ///< for a steady rate
    std::vector<LoadStage> stages{};  ///< or a rate that changes; ends after the last
    bool repeats = false;             ///< begins anew after the last, if they bring any request
    TimePoint start{};
    std::optional<Duration> duration{};  ///< then nobody comes any more; default: no end
    Arrivals arrivals = Arrivals::Poisson;
    mesh::Request request{};
    /// What balancing by hashes tells requests apart by. Each draws its own; users who stay and
    /// those of a session keep theirs; calls that a request leads to have the same.
    std::optional<RequestKeys> keys{};
    std::optional<Users> users{};  ///< in place of all rates
    /// In place of a rate: one state after the other, then the first again. With Poisson arrivals,
    /// a Markov-modulated Poisson process.
    std::vector<BurstState> bursts{};
    /// In place of a rate: the times of single arrivals, counted from `start`, in order.
    std::vector<Duration> times{};
    std::vector<RequestClass> classes{};  ///< in place of the target
    std::optional<Session> session{};     ///< of all who come; not with `users`
    std::uint8_t priority = 0;            ///< of its requests, without classes
    LoadOrigin from{};                    ///< for rules that go by it
};

}  // namespace wavetank::sim
