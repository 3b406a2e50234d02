#pragma once

/// \file
/// How a request reaches an endpoint, simulated or real.

#include <wavetank/mesh/cluster.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/runtime/future.hpp>

namespace wavetank::mesh {

/// Carries requests to endpoints and responses back.
class Transport {
public:
    virtual ~Transport() = default;

    /// Sends `request`; `answer` gets the response, or 503 if nobody listens at the endpoint.
    /// Lifetime: `to` is borrowed for the call.
    virtual void send(const Endpoint& to, Request request, runtime::Promise<Response> answer) = 0;
};

}  // namespace wavetank::mesh
