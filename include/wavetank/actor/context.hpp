#pragma once

/// \file
/// What a handler may do besides thinking: call, compute, sleep, and roll dice.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/runtime/task.hpp>

#include <memory>
#include <string>

namespace wavetank::actor {

class Replica;

/// The handle through which one request's handler touches the world. Cheap to copy; all copies
/// draw from the same stream.
///
/// Every operation ends with `runtime::Cancelled` when the replica is stopped.
class Context {
public:
    struct State;
    explicit Context(std::shared_ptr<State> state) : state_(std::move(state)) {}

    /// Sends a request to the service that `url` names ("http://adder/" or "adder:80/path").
    /// Failures on the way are responses (503, 504), never exceptions.
    [[nodiscard]] Task<mesh::Response> call(const std::string& url, mesh::Request request);
    /// The same with a plain GET.
    [[nodiscard]] Task<mesh::Response> get(const std::string& url);
    /// The same with a POST of a JSON text.
    [[nodiscard]] Task<mesh::Response> post(const std::string& url, std::string json);

    /// Uses a CPU of the replica for `time`, first come first served.
    [[nodiscard]] Task<> compute(Duration time);
    /// Waits without using a CPU.
    [[nodiscard]] Task<> sleep(Duration time);

    /// Returns the randomness that belongs to this request, whichever replica serves it.
    [[nodiscard]] CounterRandom& random();

    [[nodiscard]] const runtime::Clock& clock() const;

private:
    std::shared_ptr<State> state_;
};

}  // namespace wavetank::actor
