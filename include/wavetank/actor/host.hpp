#pragma once

/// \file
/// What a replica runs on: a way out, and CPUs.

#include <wavetank/base/random.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/message.hpp>
#include <wavetank/runtime/executor.hpp>
#include <wavetank/runtime/task.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace wavetank::actor {

/// The surroundings of one replica. Lifetime: outlives it.
///
/// What a replica is in the middle of when it ends is called off with it.
class Host {
public:
    virtual ~Host() = default;

    /// Sends `request` to the service that `url` names; the path of the URL replaces the request's.
    /// Failures on the way are responses (503, 504), never exceptions. Takes what it needs of both
    /// before it returns.
    [[nodiscard]] virtual Task<mesh::Response> call(const std::string& url,
                                                    mesh::Request&& request) = 0;

    /// Does the same with a plain GET.
    [[nodiscard]] virtual Task<mesh::Response> get(const std::string& url, const DrawKey& draws) {
        return call(url, {.draws = draws});
    }

    /// Uses a CPU for `time`. Of two that ask at once, `draws` may say which is first.
    /// Requires: time > 0.
    [[nodiscard]] virtual Task<> compute(Duration time, DrawKey draws) = 0;
};

/// The CPUs of a replica that stands alone: who comes first gets one first.
class OwnCpus {
public:
    /// Requires: count > 0. Lifetime: `executor` outlives it.
    OwnCpus(runtime::Executor& executor, std::uint32_t count);

    /// Takes the one that is free first, and waits until it has been used for `time`.
    [[nodiscard]] Task<> compute(Duration time);

private:
    runtime::Executor& executor_;
    std::vector<TimePoint> free_at_;
};

}  // namespace wavetank::actor
