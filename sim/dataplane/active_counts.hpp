#pragma once

/// \file
/// How many requests has a proxy in flight at each endpoint?

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavetank::sim::dataplane {

/// Counts by endpoint number. A proxy with few requests in flight keeps a short list of them,
/// within itself: ten thousand proxies for ten thousand endpoints each do not fit in memory
/// otherwise, and a list elsewhere would be one more miss of the cache. One with many has a table.
class ActiveCounts {
public:
    [[nodiscard, gnu::always_inline]] std::uint32_t of(std::uint32_t endpoint) const {
        if (!table_.empty()) {
            return endpoint < table_.size() ? table_[endpoint] : 0;
        }
        const std::uint32_t place = find(endpoint);
        return place < size_ ? list_[place].count : 0;
    }

    [[gnu::always_inline]] void increase(std::uint32_t endpoint) {
        if (table_.empty()) {
            const std::uint32_t place = find(endpoint);
            if (place < list_max) {
                size_ = std::max(size_, place + 1);
                list_[place].endpoint = endpoint;
                ++list_[place].count;
                return;
            }
            become_table();
        }
        if (endpoint >= table_.size()) {
            table_.resize(endpoint + std::size_t{1});
        }
        ++table_[endpoint];
    }

    /// Requires: of(endpoint) > 0.
    [[gnu::always_inline]] void decrease(std::uint32_t endpoint) {
        if (!table_.empty()) {
            --table_[endpoint];
            return;
        }
        Entry& entry = list_[find(endpoint)];
        if (--entry.count == 0) {
            entry = list_[--size_];
            list_[size_].count = 0;
        }
    }

private:
    struct Entry {
        std::uint32_t endpoint = 0;
        std::uint32_t count = 0;
    };
    static constexpr std::uint32_t list_max = 16;

    // Returns where in the list an endpoint is; if it is not, the end.
    [[nodiscard]] std::uint32_t find(std::uint32_t endpoint) const {
        std::uint32_t place = 0;
        while (place < size_ && list_[place].endpoint != endpoint) {
            ++place;
        }
        return place;
    }

    void become_table() {
        for (const Entry& entry : list_) {
            if (entry.endpoint >= table_.size()) {
                table_.resize(entry.endpoint + std::size_t{1});
            }
            table_[entry.endpoint] = entry.count;
        }
    }

    std::vector<std::uint32_t> table_;  // by endpoint
    std::uint32_t size_ = 0;            // of the list
    std::array<Entry, list_max> list_;  // those in use have a count above 0
};

}  // namespace wavetank::sim::dataplane
