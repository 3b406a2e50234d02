#include <wavetank/mesh/edf_scheduler.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

// Keeps weights from being multiples of one another: else what is reckoned here and what turns
// would have led to can differ by the last bit, and the order with it.
constexpr double weight_epsilon = 1e-13;
constexpr std::uint32_t edf_picks_max = 429496729;

}  // namespace

// An entry has had floor(picks * w / W) turns at least; those that are left are given one by one.
EdfScheduler EdfScheduler::with_picks(std::span<const std::uint32_t> entries,
                                      const WeightOf& weight_of, std::uint32_t picks) {
    EdfScheduler scheduler;
    if (entries.empty()) {
        return scheduler;
    }
    picks %= edf_picks_max;
    const auto weight_here = [&](std::uint32_t entry) {
        const double weight = weight_of(entry);
        WAVETANK_ASSERT(weight > 0);
        return weight + weight_epsilon;
    };
    double sum = 0;
    for (const std::uint32_t entry : entries) {
        sum += weight_here(entry);
    }
    std::uint32_t given = 0;
    for (const std::uint32_t entry : entries) {
        const double weight = weight_here(entry);
        auto turns = static_cast<std::uint32_t>(weight * picks / sum);
        if (turns > 0 && turns / weight >= picks / sum) {
            --turns;
        }
        scheduler.heap_.push_back(
            {.deadline = (turns + 1.0) / weight, .order = scheduler.orders_++, .entry = entry});
        scheduler.now_ = std::max(scheduler.now_, turns / weight);
        given += turns;
    }
    std::ranges::make_heap(scheduler.heap_, is_later);
    for (; given < picks; ++given) {
        scheduler.pick(weight_of);
    }
    return scheduler;
}

void EdfScheduler::add(double weight, std::uint32_t entry) {
    WAVETANK_ASSERT(weight > 0);
    push({.deadline = now_ + 1.0 / weight, .order = orders_++, .entry = entry});
}

std::uint32_t EdfScheduler::pick(const WeightOf& weight_of) {
    WAVETANK_ASSERT(!heap_.empty());
    std::ranges::pop_heap(heap_, is_later);
    const Entry picked = heap_.back();
    heap_.pop_back();
    now_ = picked.deadline;
    add(weight_of(picked.entry), picked.entry);
    return picked.entry;
}

void EdfScheduler::push(const Entry& entry) {
    heap_.push_back(entry);
    std::ranges::push_heap(heap_, is_later);
}

}  // namespace wavetank::mesh
