#pragma once

/// \file
/// A filter for shared GPUs and six policies, as plugins of the scheduler.
///
/// Pods and nodes say in labels what they ask for and have. The plugins say that their answers rest
/// on a node and what runs there, so that they are asked again only about nodes that changed.

#include "gpu_sharing/gpus.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/scheduler/plugin_registry.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace gpu_sharing {

/// Names of labels, as the authors of the experiment have them for annotations.
inline constexpr const char* gpus_label = "alibabacloud.com/gpu-count";
inline constexpr const char* milli_gpu_label = "alibabacloud.com/gpu-milli";
inline constexpr const char* model_label = "alibabacloud.com/gpu-card-model";

/// The GPUs of all nodes: what the plugins look at, and who gives them to pods writes into.
class GpuLedger {
public:
    /// Nodes by their position in the snapshot.
    std::vector<GpuNode> nodes;
    /// Null: nobody asks for it.
    std::unique_ptr<Fragmentation> fragmentation;

    /// Gives a pod its GPUs. Requires: they fit.
    void take(std::size_t node, const Shape& shape, std::int64_t milli_cpu_left, GpuChoice choice,
              wavetank::Random& random);

private:
    [[nodiscard]] std::size_t choose_share(const GpuNode& node, const Shape& shape,
                                           std::int64_t milli_cpu_left, GpuChoice choice,
                                           wavetank::Random& random) const;
};

/// The policies, by the names of the experiment.
inline constexpr std::string_view policy_names[] = {"Random",     "DotProd", "GpuClustering",
                                                    "GpuPacking", "BestFit", "FGD"};

/// Adds the filter "GpuShare" and the policies. Lifetime: `ledger` outlives every plugin.
void add_plugins(wavetank::scheduler::PluginRegistry& registry, const GpuLedger& ledger);

/// Returns which GPU of its node a share gets under a policy.
[[nodiscard]] GpuChoice gpu_choice_of(std::string_view policy);

}  // namespace gpu_sharing
