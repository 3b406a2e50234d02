#include "gpu_sharing/gpus.hpp"

#include <wavetank/base/math.hpp>

#include <algorithm>
#include <numeric>

namespace gpu_sharing {
namespace {

constexpr std::size_t typical_max = 256;

double sigmoid(double value) {
    return 1 / (1 + wavetank::exp(-value));
}

}  // namespace

std::size_t affinity_of(const Shape& shape) {
    return shape.shares() ? 0 : static_cast<std::size_t>(shape.gpus);
}

std::int32_t GpuNode::left_all() const {
    return std::accumulate(left.begin(), left.end(), 0);
}

std::int32_t GpuNode::free() const {
    return static_cast<std::int32_t>(std::ranges::count(left, whole_gpu));
}

bool GpuNode::fits(const Shape& shape) const {
    if (shape.gpus == 0) {
        return true;
    }
    const auto enough = std::ranges::count_if(
        left, [&](std::int32_t thousandths) { return thousandths >= shape.milli_gpu; });
    return enough >= shape.gpus && accepts(shape.models, model);
}

Fragmentation::Fragmentation(const std::vector<TypicalShape>& typical) {
    for (const auto& [shape, share] : typical) {
        milli_cpu_.push_back(static_cast<std::int32_t>(shape.milli_cpu));
        milli_gpu_.push_back(shape.milli_gpu);
        gpus_.push_back(shape.gpus);
        share_.push_back(share);
        models_.push_back(shape.models);
        any_model_ = any_model_ && shape.models.empty();
    }
}

double Fragmentation::of(std::int64_t milli_cpu_left, std::span<const std::int32_t> left,
                         const std::string& model) const {
    const std::size_t size = std::min(milli_cpu_.size(), typical_max);
    std::array<std::int32_t, typical_max> useless;
    std::array<std::int32_t, typical_max> enough;
    std::fill_n(useless.begin(), size, 0);
    std::fill_n(enough.begin(), size, 0);
    std::int32_t all = 0;
    for (const std::int32_t thousandths : left) {
        all += thousandths;
        for (std::size_t i = 0; i < size; ++i) {
            useless[i] += thousandths < milli_gpu_[i] ? thousandths : 0;
            enough[i] += thousandths >= milli_gpu_[i] ? 1 : 0;
        }
    }
    double sum = 0;
    const auto cpu = static_cast<std::int32_t>(milli_cpu_left);
    for (std::size_t i = 0; i < size; ++i) {
        const bool fits = gpus_[i] > 0 && cpu >= milli_cpu_[i] && enough[i] >= gpus_[i] &&
                          (any_model_ || accepts(models_[i], model));
        sum += share_[i] * static_cast<double>(fits ? useless[i] : all);
    }
    return sum;
}

Fragmentation::Gain Fragmentation::gain(const GpuNode& node, std::int64_t milli_cpu_left,
                                        const Shape& shape) const {
    constexpr double score_max = 100;
    const std::int64_t cpu_after = milli_cpu_left - shape.milli_cpu;
    const auto score_after = [&](std::span<const std::int32_t> left) {
        const double less = node.fragmentation - of(cpu_after, left, node.model);
        return static_cast<std::int64_t>(sigmoid(less / whole_gpu) * score_max);
    };
    std::array<std::int32_t, gpus_max> left = node.left;
    const auto after = std::span{left}.first(static_cast<std::size_t>(node.gpus));
    if (!shape.shares()) {
        std::int32_t wanted = shape.gpus;
        for (std::int32_t& thousandths : after) {
            if (wanted > 0 && thousandths == whole_gpu) {
                thousandths = 0;
                --wanted;
            }
        }
        return {.score = score_after(after)};
    }
    Gain best{.score = -1};
    for (std::size_t gpu = 0; gpu < after.size(); ++gpu) {
        const auto same = std::ranges::find(node.left, node.left[gpu]) - node.left.begin();
        if (after[gpu] < shape.milli_gpu || static_cast<std::size_t>(same) < gpu) {
            continue;  // no room, or as good as one before
        }
        after[gpu] -= shape.milli_gpu;
        if (const std::int64_t score = score_after(after); score > best.score) {
            best = {score, gpu};
        }
        after[gpu] += shape.milli_gpu;
    }
    return best;
}

}  // namespace gpu_sharing
