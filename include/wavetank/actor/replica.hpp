#pragma once

/// \file
/// One running copy of a service that is code, and its requests in flight.

#include <wavetank/actor/handler.hpp>
#include <wavetank/actor/host.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/future.hpp>
#include <wavetank/runtime/gate.hpp>

#include <cstddef>
#include <memory>

namespace wavetank::actor {

/// Serves requests with one handler.
///
/// Lifetime: `executor` and `host` must outlive it. Destroying it answers all requests in flight
/// with 503, as a killed process's peers see it.
class Replica {
public:
    Replica(runtime::Executor& executor, Host& host, Handler handler);
    ~Replica();
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    /// Takes a request; `answer` gets the handler's response, 500 if it throws.
    void serve(mesh::Request request, runtime::Promise<mesh::Response> answer);

    /// Returns the handler's task, for one who answers by himself; it is not among
    /// `requests_active()`. Errors: it and its task throw what the handler throws. Lifetime: the
    /// task must end before the replica goes.
    [[nodiscard]] Task<mesh::Response> begin(mesh::Request&& request);
    /// Returns the answer if a handler has thrown. Requires: what it threw is being handled.
    [[nodiscard]] static mesh::Response answer_to_exception();

    [[nodiscard]] std::size_t requests_active() const {
        return gate_.size();
    }

private:
    friend class Context;
    friend struct Context::State;

    Task<> answer_one(mesh::Request request, std::shared_ptr<runtime::Promise<mesh::Response>> to);

    runtime::Executor& executor_;
    Host& host_;
    Handler handler_;
    runtime::Gate gate_;
};

}  // namespace wavetank::actor
