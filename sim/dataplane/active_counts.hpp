#pragma once

/// \file
/// How many requests has a proxy in flight at each endpoint?

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace wavetank::sim::dataplane {

/// Counts by endpoint number. A proxy with few requests in flight keeps a short list of them: ten
/// thousand proxies for ten thousand endpoints each do not fit in memory otherwise.
class ActiveCounts {
public:
    [[nodiscard]] std::uint32_t of(std::uint32_t endpoint) const {
        if (is_table_) {
            return endpoint < table_.size() ? table_[endpoint] : 0;
        }
        for (const auto& [known, count] : list_) {
            if (known == endpoint) {
                return count;
            }
        }
        return 0;
    }

    void increase(std::uint32_t endpoint) {
        if (is_table_) {
            if (endpoint >= table_.size()) {
                table_.resize(endpoint + std::size_t{1});
            }
            ++table_[endpoint];
            return;
        }
        for (auto& [known, count] : list_) {
            if (known == endpoint) {
                ++count;
                return;
            }
        }
        list_.emplace_back(endpoint, 1);
        if (list_.size() > list_max) {
            become_table();
        }
    }

    /// Requires: of(endpoint) > 0.
    void decrease(std::uint32_t endpoint) {
        if (is_table_) {
            --table_[endpoint];
            return;
        }
        for (auto& entry : list_) {
            if (entry.first == endpoint) {
                if (--entry.second == 0) {
                    entry = list_.back();
                    list_.pop_back();
                }
                return;
            }
        }
    }

private:
    static constexpr std::size_t list_max = 16;

    void become_table() {
        is_table_ = true;
        for (const auto& [endpoint, count] : list_) {
            if (endpoint >= table_.size()) {
                table_.resize(endpoint + std::size_t{1});
            }
            table_[endpoint] = count;
        }
        list_ = {};
    }

    bool is_table_ = false;
    std::vector<std::uint32_t> table_;                           // by endpoint
    std::vector<std::pair<std::uint32_t, std::uint32_t>> list_;  // endpoint, count > 0
};

}  // namespace wavetank::sim::dataplane
