#pragma once

/// \file
/// What a service is: a function from a request to a response that may take its time.

#include <wavetank/actor/context.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/runtime/task.hpp>

#include <functional>

namespace wavetank::actor {

/// Answers one request. What it throws is answered with 500.
using Handler = std::function<Task<mesh::Response>(Context, mesh::Request)>;

}  // namespace wavetank::actor
