#pragma once

/// \file
/// What the servers of a recorded Envoy case do.

#include "fidelity/envoy/cluster_case.hpp"

#include <wavetank/mesh/message.hpp>
#include <wavetank/mesh/retry_policy.hpp>

#include <map>
#include <string>

namespace wavetank::fidelity {

/// What a server does with one request, `delay` after it came.
struct ServerAction {
    enum class Kind {
        Answer,
        AnswerInPart,  ///< and ends the connection `then` later
        Stall,         ///< begins with an answer, and no more
        Hang,
        EndConnection,
        ResetStream,
    };

    Kind kind = Kind::Answer;
    Duration delay{};
    std::uint16_t status = 200;
    mesh::Headers headers;
    mesh::ResetReason reset = mesh::ResetReason::RemoteReset;  ///< of one that resets
    bool says_close = false;
    bool closes_silently = false;  ///< a little later
    Duration then{};
};

enum class Reach { Accepts, Refuses, NeverAnswers };

/// Returns how the host at an address meets a connection: those in 127.0.4.0/24 refuse it, those in
/// 127.0.5.0/24 never complete one.
[[nodiscard]] Reach reach_of(const std::string& address);

/// Reads one action.
[[nodiscard]] ServerAction read_action(const boost::json::object& from);

class UpstreamScript {
public:
    /// Reads `attempts` and `hosts`, of which the latter count where there are any.
    explicit UpstreamScript(boost::json::object script);

    /// Returns what the host does with the request that arrives now, an attempt with that number,
    /// from 0 on.
    [[nodiscard]] ServerAction next(const std::string& host, std::uint32_t attempt);

private:
    boost::json::object script_;
    std::map<std::string, std::size_t> arrived_;
};

}  // namespace wavetank::fidelity
