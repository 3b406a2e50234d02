#pragma once

/// \file
/// How many GPUs does a policy put to use as more and more pods come?

#include "gpu_sharing/trace.hpp"

#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/algorithm.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gpu_sharing {

/// One run of the experiment.
struct RunOptions {
    std::string policy;
    /// Which of equally good nodes is taken; the policy Random draws in any case.
    wavetank::scheduler::TieBreak tie_break = wavetank::scheduler::TieBreak::Name;
    std::uint64_t seed = 42;
    double load = 1.3;  ///< of all GPUs
    wavetank::scheduler::FastPath fast_path = wavetank::scheduler::FastPath::On;
};

/// What came out.
struct RunResult {
    std::size_t pods = 0;
    std::size_t placed = 0;
    /// Percent of all GPUs in use, the mean over the pods after which so many percent had been
    /// asked for in all.
    std::map<std::int32_t, double> in_use{};
};

/// A trace, made ready for runs.
class Experiment {
public:
    explicit Experiment(Trace trace);
    ~Experiment();

    [[nodiscard]] const Trace& trace() const;

    /// Lets the pods come one by one; one that fits nowhere is gone, and none leaves.
    /// Errors: `Invalid` for an unknown policy.
    [[nodiscard]] wavetank::Result<RunResult> run(const RunOptions& options) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gpu_sharing
