#include "controllers/event_correlator.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <iterator>

namespace wavetank::controllers {
namespace {

// client-go's `defaultSpamBurst`, `defaultSpamQPS`, `defaultAggregateMaxEvents`,
// `defaultAggregateIntervalInSeconds` and `maxLruCacheEntries`.
constexpr double events_at_once = 25;
constexpr Duration refill = std::chrono::seconds{300};
constexpr std::size_t similar_max = 10;
constexpr Duration similar_within = std::chrono::seconds{600};
constexpr std::size_t series_max = 4096;

}  // namespace

std::string hexadecimal(std::int64_t number) {
    char digits[17];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
    return {digits, end};
}

bool EventCorrelator::spend(const std::string& uid, WallTime now) {
    const auto [entry, fresh] = budgets_.try_emplace(uid);
    Budget& budget = entry->second;
    if (fresh) {
        budget.tokens = events_at_once;
    } else {
        const Duration passed = now - budget.updated;
        budget.tokens =
            std::min(events_at_once, budget.tokens + static_cast<double>(passed.count()) /
                                                         static_cast<double>(refill.count()));
    }
    budget.updated = now;
    if (budget.tokens < 1) {
        return false;
    }
    budget.tokens -= 1;
    return true;
}

EventCorrelator::Decision EventCorrelator::decide(const Series& series, const std::string& message,
                                                  WallTime now) {
    if (similar_.size() > series_max) {
        similar_.erase(std::ranges::min_element(
            similar_, {}, [](const auto& entry) { return entry.second.last; }));
    }
    if (budgets_.size() > series_max) {
        budgets_.erase(std::ranges::min_element(
            budgets_, {}, [](const auto& entry) { return entry.second.updated; }));
    }
    Similar& similar = similar_[series];
    if (now - similar.last > similar_within) {
        similar.messages.clear();
    }
    similar.last = now;
    similar.messages.insert(message);
    Decision decision;
    if (similar.messages.size() > similar_max) {
        decision.combined = true;
        similar.messages.erase(similar.messages.begin());
    }
    if (!spend(series.uid, now)) {
        decision.drop = true;
        return decision;
    }
    store::Key& stored = similar.stored[decision.combined ? std::string{} : message];
    if (stored.name.empty()) {
        decision.remember = &stored;
    } else {
        decision.known = &stored;
    }
    if (similar.stored.size() > 2 * similar_max) {
        std::erase_if(similar.stored, [&](const auto& entry) {
            return &entry.second != &stored && !entry.first.empty();
        });
    }
    return decision;
}

}  // namespace wavetank::controllers
