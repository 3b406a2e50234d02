#pragma once

/// \file
/// What does a program that is declared do with a request?

#include <wavetank/base/distribution.hpp>
#include <wavetank/sim/service_route.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Who is next for a CPU.
enum class Discipline : std::uint8_t {
    Fifo,              ///< first come, first served
    Lifo,              ///< last come, first served; nobody is interrupted
    Priority,          ///< the highest priority, then the first; nobody is interrupted
    ProcessorSharing,  ///< all at once, each at an equal part of the CPUs
};

/// A call that a program makes on behalf of a request.
struct DeclaredCall {
    ServiceId service{};
    double probability = 1;     ///< drawn for each request
    std::uint32_t repeat = 1;   ///< so many calls at once
    std::uint32_t message = 0;  ///< what `CodeHost` knows it by

    bool operator==(const DeclaredCall&) const = default;
};

/// Requests that say the same to a program: those that clients sent to one service, or those that a
/// route changed.
struct RequestKind {
    ServiceId service{};                     ///< as clients called it, whoever took them
    std::optional<std::uint32_t> message{};  ///< of the share that changed them
};

/// Where a call goes that hands on what such a request says.
struct ForwardedCall {
    ServiceId service{};
    std::uint32_t message = 0;  ///< what `CodeHost` knows it by
};

/// The same of all calls of a program, one group after the other.
struct ForwardedCalls {
    std::string name{};  ///< by which the draws of their proxies go, besides the replica's
    std::vector<ForwardedCall> calls{};
};

/// What a program does with a request: CPU time, then a wait that needs no CPU, then its calls,
/// then what is code, then the answer.
struct DeclaredProgram {
    Distribution work{};  ///< CPU time
    Distribution wait{};
    /// Groups of calls: one group after the other, the calls of a group at once. When a call fails,
    /// the request fails with its status at the end of the group. A call that is below 64 others
    /// fails.
    std::vector<std::vector<DeclaredCall>> calls{};
    double error_rate = 0;  ///< part of the requests that is answered with 500, after the work
    Discipline discipline = Discipline::Fifo;
    /// Requests that a replica has in hand at once, from its beginning to its answer; the others
    /// wait. Unset: all.
    std::optional<std::uint32_t> concurrency{};
    /// Requests that wait in a replica for their beginning (for a CPU, if `concurrency` is unset);
    /// more are refused with 503. Unset: any number. Under ProcessorSharing nobody waits for a CPU.
    std::optional<std::uint32_t> queue_limit{};
    std::uint64_t request_bytes = 0;   ///< of what a client sends, for links with a bandwidth
    std::uint64_t response_bytes = 0;  ///< of an answer with 200; others are empty
    bool is_code = false;              ///< the request goes to `CodeHost` in the end
    /// Calls end with 504 when the time is up that the request's client allows, or it has given up.
    bool propagates_deadline = false;
    /// What each replica's own proxy does to requests before they come in.
    std::vector<mesh::HttpFilter> filters{};

    bool operator==(const DeclaredProgram&) const = default;
};

}  // namespace wavetank::sim
