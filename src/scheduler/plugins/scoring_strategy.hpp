#pragma once

/// \file
/// Does a score prefer empty nodes, full ones, or some fill in between? The strategies of
/// `NodeResourcesFitArgs`.

#include "scheduler/plugins/resource_usage.hpp"

#include <wavetank/scheduler/held_answers.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace wavetank::scheduler::plugins {

/// Scores a node's fill.
class ScoringStrategy {
public:
    /// Reads `scoringStrategy` of the arguments; LeastAllocated if there is none.
    /// Errors: `Invalid`, for an unknown type or a shape without points.
    [[nodiscard]] static Result<ScoringStrategy> from(const boost::json::object& args);

    [[nodiscard]] const std::vector<WeightedResource>& resources() const {
        return resources_;
    }

    /// Returns 0 .. 100; 0 if no resource counts.
    [[nodiscard]] std::int64_t score(std::span<const Usage> usages) const;

    /// Adds the scores of many nodes for a pod.
    void add_scores(const NodeTotals& nodes, const CpuAndMemory& pod, std::int32_t weight) const;

private:
    enum class Type : std::uint8_t { LeastAllocated, MostAllocated, RequestedToCapacityRatio };
    struct Point {
        std::int64_t utilization = 0;  // 0 .. 100
        std::int64_t score = 0;        // 0 .. 100
    };

    [[nodiscard]] Result<void> read_shape(const boost::json::object& strategy);
    [[nodiscard]] std::int64_t score_of(const Usage& usage) const;
    [[nodiscard]] std::int64_t shape_at(std::int64_t utilization) const;

    Type type_ = Type::LeastAllocated;
    std::vector<WeightedResource> resources_;
    std::vector<Point> shape_;  // by utilization
};

}  // namespace wavetank::scheduler::plugins
