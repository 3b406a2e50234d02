#pragma once

/// \file
/// Which nodes are there and which pods come? Alibaba's GPU cluster trace "openb", read from CSV.

#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gpu_sharing {

/// Thousandths of a GPU in a whole one.
inline constexpr std::int32_t whole_gpu = 1000;

/// A node of `openb_node_list_*.csv`.
struct TraceNode {
    std::string name;
    std::int64_t milli_cpu = 0;
    std::int64_t memory_mib = 0;
    std::int32_t gpus = 0;
    std::string model;
};

/// Tells whether one of the models in a list like "V100M16|V100M32" is this one; an empty list
/// names all.
[[nodiscard]] bool accepts(const std::string& models, const std::string& model);

/// What a pod asks for; pods of one shape are the same to every policy.
struct Shape {
    std::int64_t milli_cpu = 0;
    std::int64_t memory_mib = 0;
    std::int32_t gpus = 0;
    std::int32_t milli_gpu = 0;  ///< of each; less than a whole one only if it is one
    std::string models;          ///< those that will do: see `accepts`

    /// Returns what it asks for of all GPUs together.
    [[nodiscard]] std::int64_t milli_gpu_all() const {
        return std::int64_t{gpus} * milli_gpu;
    }
    [[nodiscard]] bool shares() const {
        return gpus == 1 && milli_gpu < whole_gpu;
    }

    auto operator<=>(const Shape&) const = default;
};

/// A pod of `openb_pod_list_*.csv`.
struct TracePod {
    std::string name;
    Shape shape;
};

struct Trace {
    std::vector<TraceNode> nodes;
    std::vector<TracePod> pods;  ///< by name

    /// Returns how many GPUs the nodes have.
    [[nodiscard]] std::int64_t gpus() const;
};

/// Reads both files. Errors: a file that cannot be read, or a line that is none of the trace, with
/// its number.
[[nodiscard]] wavetank::Result<Trace> read_trace(const std::string& nodes_path,
                                                 const std::string& pods_path);

/// Returns a trace of the size and make of openb's, for want of the files: its nodes by model, and
/// its pods by how they ask for GPUs, in shapes that are made up.
[[nodiscard]] Trace made_up_trace(wavetank::Random& random);

/// Returns the pods of one run as the experiment has them: in random order, and so many more of
/// them, drawn again, that they ask for `load` times all GPUs. Above that, pods are left out.
[[nodiscard]] std::vector<const TracePod*> arrivals(const Trace& trace, double load,
                                                    wavetank::Random& random);

/// A shape with its part of all pods.
struct TypicalShape {
    Shape shape;
    double share = 0;
};

/// Returns the most frequent shapes that make up 95 % of the pods, their shares adding up to 1.
/// Memory is no part of a shape here.
[[nodiscard]] std::vector<TypicalShape> typical_shapes(const Trace& trace);

}  // namespace gpu_sharing
