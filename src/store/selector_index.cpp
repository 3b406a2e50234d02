#include <wavetank/store/selector_index.hpp>

#include <wavetank/base/assert.hpp>

#include <algorithm>

namespace wavetank::store {
namespace {

bool picks(const api::Labels& selector, const api::Labels& labels) {
    return std::ranges::all_of(selector, [&](const auto& term) {
        const auto found = labels.find(term.first);
        return found != labels.end() && found->second == term.second;
    });
}

}  // namespace

void SelectorIndex::add(const api::Labels& selector, std::size_t number) {
    WAVETANK_ASSERT(!selector.empty());
    const auto& [key, value] = *selector.begin();
    by_key_[key][value].push_back({selector, number});
}

std::vector<std::size_t> SelectorIndex::matches(const api::Labels& labels) const {
    std::vector<std::size_t> numbers;
    for (const auto& [key, value] : labels) {
        const auto by_value = by_key_.find(key);
        if (by_value == by_key_.end()) {
            continue;
        }
        const auto found = by_value->second.find(value);
        if (found == by_value->second.end()) {
            continue;
        }
        for (const Entry& entry : found->second) {
            if (picks(entry.selector, labels)) {
                numbers.push_back(entry.number);
            }
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

}  // namespace wavetank::store
