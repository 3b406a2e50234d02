#include "scheduler/plugins/topology_counts.hpp"

#include <algorithm>

namespace wavetank::scheduler::plugins {

using api::corev1::Node;

void TopologyCounts::add(const Node& node, const std::string& key, std::int64_t amount) {
    const std::string* const domain = domain_of(node, key);
    if (domain == nullptr) {
        return;
    }
    auto& domains = by_key_[key];
    std::int64_t& sum = domains[*domain];
    sum += amount;
    if (sum == 0 && zeros_ == Zeros::Drop) {
        domains.erase(*domain);
        if (domains.empty()) {
            by_key_.erase(key);
        }
    }
}

std::int64_t TopologyCounts::at(const Node& node, const std::string& key) const {
    const auto domains = by_key_.find(key);
    const std::string* const domain = domains == by_key_.end() ? nullptr : domain_of(node, key);
    if (domain == nullptr) {
        return 0;
    }
    const auto found = domains->second.find(*domain);
    return found == domains->second.end() ? 0 : found->second;
}

std::int64_t TopologyCounts::sum_at(const Node& node) const {
    std::int64_t sum = 0;
    for (const auto& [key, domains] : by_key_) {
        sum += at(node, key);
    }
    return sum;
}

bool TopologyCounts::any_positive_at(const Node& node) const {
    return std::ranges::any_of(by_key_,
                               [&](const auto& entry) { return at(node, entry.first) > 0; });
}

}  // namespace wavetank::scheduler::plugins
