#include "scheduler/plugins/scoring_strategy.hpp"

#include "scheduler/figures.hpp"
#include "scheduler/invalid.hpp"

#include <wavetank/scheduler/framework.hpp>

#include <algorithm>
#include <cmath>

namespace wavetank::scheduler::plugins {
namespace {

constexpr std::int64_t shape_score_max = 10;  // of `UtilizationShapePoint`

std::int64_t number_in(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

std::int64_t least_allocated(std::int64_t capacity, std::int64_t after) {
    return after > capacity ? 0 : (capacity - after) * node_score_max / capacity;
}

// Below 2^46, a hundredth of what a double tells apart, the quotient of two integers is never
// rounded up to the next one, so that cutting it off is the integer division.
bool divides_exactly(std::int64_t capacity) {
    return capacity > 0 && capacity < std::int64_t{1} << 46;
}

}  // namespace

Result<ScoringStrategy> ScoringStrategy::from(const boost::json::object& args) {
    const auto* given = args.if_contains("scoringStrategy");
    const boost::json::object none;
    const boost::json::object& strategy =
        given != nullptr && given->is_object() ? given->get_object() : none;

    ScoringStrategy result;
    auto resources = weighted_resources(strategy);
    if (!resources) {
        return resources.error();
    }
    result.resources_ = std::move(*resources);
    const auto* type = strategy.if_contains("type");
    if (type == nullptr || *type == "LeastAllocated") {
        return result;
    }
    if (*type == "MostAllocated") {
        result.type_ = Type::MostAllocated;
        return result;
    }
    if (*type != "RequestedToCapacityRatio") {
        return invalid("scoringStrategy.type: Unsupported value");
    }
    result.type_ = Type::RequestedToCapacityRatio;
    if (auto read = result.read_shape(strategy); !read) {
        return read.error();
    }
    return result;
}

Result<void> ScoringStrategy::read_shape(const boost::json::object& strategy) {
    const auto* ratio = strategy.if_contains("requestedToCapacityRatio");
    const auto* shape =
        ratio != nullptr && ratio->is_object() ? ratio->get_object().if_contains("shape") : nullptr;
    if (shape == nullptr || !shape->is_array() || shape->get_array().empty()) {
        return invalid(
            "scoringStrategy.requestedToCapacityRatio.shape: at least one point must be "
            "specified");
    }
    for (const auto& point : shape->get_array()) {
        if (!point.is_object()) {
            return invalid("scoringStrategy.requestedToCapacityRatio.shape: must be objects");
        }
        shape_.push_back(
            {number_in(point.get_object(), "utilization"),
             number_in(point.get_object(), "score") * (node_score_max / shape_score_max)});
    }
    return {};
}

std::int64_t ScoringStrategy::shape_at(std::int64_t utilization) const {
    for (std::size_t i = 0; i < shape_.size(); ++i) {
        if (utilization > shape_[i].utilization) {
            continue;
        }
        if (i == 0) {
            return shape_.front().score;
        }
        const Point& from = shape_[i - 1];
        const Point& to = shape_[i];
        return from.score + (to.score - from.score) * (utilization - from.utilization) /
                                (to.utilization - from.utilization);
    }
    return shape_.back().score;
}

std::int64_t ScoringStrategy::score_of(const Usage& usage) const {
    switch (type_) {
        case Type::LeastAllocated:
            return least_allocated(usage.capacity, usage.after);
        case Type::MostAllocated:
            return std::min(usage.after, usage.capacity) * node_score_max / usage.capacity;
        case Type::RequestedToCapacityRatio:
            return shape_at(usage.after > usage.capacity
                                ? node_score_max
                                : usage.after * node_score_max / usage.capacity);
    }
    return 0;
}

std::int64_t ScoringStrategy::score(std::span<const Usage> usages) const {
    std::int64_t sum = 0;
    std::int64_t weights = 0;
    for (const Usage& usage : usages) {
        const std::int64_t score = score_of(usage);
        if (type_ == Type::RequestedToCapacityRatio && score <= 0) {
            continue;
        }
        sum += score * usage.weight;
        weights += usage.weight;
    }
    if (weights == 0) {
        return 0;
    }
    if (type_ == Type::RequestedToCapacityRatio) {
        return static_cast<std::int64_t>(
            std::round(static_cast<double>(sum) / static_cast<double>(weights)));
    }
    return sum / weights;
}

void ScoringStrategy::add_scores(const NodeTotals& nodes, const CpuAndMemory& pod,
                                 std::int32_t weight) const {
    const std::int64_t weights = pod.weight_of_cpu + pod.weight_of_memory;
    for (std::size_t i = 0; i < nodes.positions.size(); ++i) {
        const NodeFigures& node = nodes.figures[nodes.positions[i]];
        const std::int64_t cpu_after = node.milli_cpu_nonzero + pod.milli_cpu;
        const std::int64_t memory_after = node.memory_nonzero + pod.memory;
        std::int64_t score = 0;
        if (type_ == Type::LeastAllocated && divides_exactly(node.milli_cpu) &&
            divides_exactly(node.memory)) {
            const FigurePair capacity{static_cast<double>(node.milli_cpu),
                                      static_cast<double>(node.memory)};
            const FigurePair after{static_cast<double>(cpu_after),
                                   static_cast<double>(memory_after)};
            const FigurePair shares =
                (capacity - after) * static_cast<double>(node_score_max) / capacity;
            const std::int64_t sum =
                std::max<std::int64_t>(static_cast<std::int64_t>(shares[0]), 0) *
                    pod.weight_of_cpu +
                std::max<std::int64_t>(static_cast<std::int64_t>(shares[1]), 0) *
                    pod.weight_of_memory;
            score = weights == 2 ? sum / 2 : sum / weights;
        } else {
            Usages usages;
            if (node.milli_cpu != 0) {
                usages.push_back(
                    {node.milli_cpu, node.milli_cpu_nonzero, cpu_after, pod.weight_of_cpu});
            }
            if (node.memory != 0) {
                usages.push_back(
                    {node.memory, node.memory_nonzero, memory_after, pod.weight_of_memory});
            }
            score = this->score(usages);
        }
        nodes.totals[i] += weight * static_cast<std::int32_t>(score);
    }
}

}  // namespace wavetank::scheduler::plugins
