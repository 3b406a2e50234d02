#pragma once

/// \file
/// What is left of the GPUs of each node, and how much of that is of no use to anybody?

#include "gpu_sharing/trace.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gpu_sharing {

inline constexpr std::size_t gpus_max = 8;  ///< of a node

/// Pods that ask for GPUs in the same way: shares of one, or 1, 2, 4, ... whole ones.
[[nodiscard]] std::size_t affinity_of(const Shape& shape);

/// The GPUs of one node.
struct GpuNode {
    std::array<std::int32_t, gpus_max> left{};  ///< thousandths of each
    std::int32_t gpus = 0;
    std::string model;
    /// Pods there, by affinity.
    std::array<std::uint16_t, gpus_max + 1> pods{};
    double fragmentation = 0;  ///< kept by whoever needs it

    [[nodiscard]] std::span<const std::int32_t> all_left() const {
        return std::span{left}.first(static_cast<std::size_t>(gpus));
    }
    [[nodiscard]] std::int32_t left_all() const;
    [[nodiscard]] std::int32_t free() const;  ///< GPUs that nobody uses
    [[nodiscard]] bool fits(const Shape& shape) const;
};

/// Which of a node's GPUs a share goes to, and whole ones that are free.
enum class GpuChoice : std::uint8_t { BestFit, Random, LeastFragmentation };

/// How much of idle GPUs typical pods cannot use ("Beware of Fragmentation", USENIX ATC 2023): for
/// each, all of them if it does not fit, else those that have less left than it asks for.
class Fragmentation {
public:
    explicit Fragmentation(const std::vector<TypicalShape>& typical);

    /// Returns the mean over typical pods, in thousandths of a GPU.
    [[nodiscard]] double of(std::int64_t milli_cpu_left, std::span<const std::int32_t> left,
                            const std::string& model) const;

    /// The score of a node, and the GPU that it is for.
    struct Gain {
        std::int64_t score = 0;
        std::size_t gpu = 0;
    };
    /// Returns how well a pod goes where it leaves fewer fragments: 0 .. 100.
    [[nodiscard]] Gain gain(const GpuNode& node, std::int64_t milli_cpu_left,
                            const Shape& shape) const;

private:
    // Typical shapes by column, so that they are compared several at a time.
    std::vector<std::int32_t> milli_cpu_;
    std::vector<std::int32_t> milli_gpu_;
    std::vector<std::int32_t> gpus_;
    std::vector<double> share_;
    std::vector<std::string> models_;
    bool any_model_ = true;
};

}  // namespace gpu_sharing
