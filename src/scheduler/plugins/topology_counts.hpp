#pragma once

/// \file
/// How much is there in each domain of each topology key?

#include <wavetank/api/corev1/node.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace wavetank::scheduler::plugins {

/// Returns the node's value of a topology key; null if it has no such label.
[[nodiscard]] inline const std::string* domain_of(const api::corev1::Node& node,
                                                  const std::string& key) {
    const auto& labels = *node.metadata.labels;
    const auto found = labels.find(key);
    return found == labels.end() ? nullptr : &found->second;
}

/// Sums by key and value. A pair counts as absent until something was added, or, with
/// `Zeros::Drop`, whenever its sum is zero.
class TopologyCounts {
public:
    enum class Zeros : std::uint8_t { Keep, Drop };

    explicit TopologyCounts(Zeros zeros) : zeros_(zeros) {}

    /// Adds to the domain of a node that has the key.
    void add(const api::corev1::Node& node, const std::string& key, std::int64_t amount);

    /// Returns the sum of the node's domain; 0 if it has none.
    [[nodiscard]] std::int64_t at(const api::corev1::Node& node, const std::string& key) const;

    /// Returns the sum over the keys of the node's domains.
    [[nodiscard]] std::int64_t sum_at(const api::corev1::Node& node) const;

    /// Tells whether the sum of any of the node's domains is above zero.
    [[nodiscard]] bool any_positive_at(const api::corev1::Node& node) const;

    [[nodiscard]] bool empty() const {
        return by_key_.empty();
    }

private:
    Zeros zeros_;
    std::map<std::string, std::map<std::string, std::int64_t>> by_key_;  // no empty ones
};

}  // namespace wavetank::scheduler::plugins
