#pragma once

/// \file
/// From plain code into coroutines and back: runs one task to its end in virtual time.

#include <wavetank/runtime/gate.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>

#include <optional>
#include <utility>

namespace wavetank::runtime {

/// Runs `runtime` until `gate` has no task left or nothing is pending. Throws what the first failed
/// task threw.
void run_until_idle(VirtualRuntime& runtime, Gate& gate);

/// Runs `task` and returns its result; nothing if no event is left that could resume it. Throws
/// what it throws.
template <class T>
[[nodiscard]] std::optional<T> run_task(VirtualRuntime& runtime, Task<T> task) {
    std::optional<T> result;
    Gate gate{runtime};
    gate.spawn([](Task<T> inner, std::optional<T>* out) -> Task<> {
        out->emplace(co_await std::move(inner));
    }(std::move(task), &result));
    run_until_idle(runtime, gate);
    return result;
}

/// Runs `task`. Returns whether it ended. Throws what it throws.
bool run_task(VirtualRuntime& runtime, Task<> task);

}  // namespace wavetank::runtime
