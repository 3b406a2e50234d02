#pragma once

/// \file
/// Which shared parts were already looked at?
///
/// Pods of one template share their spec body, labels and owners. What was found out about such a
/// part the first time holds for all, because a shared part never changes.

#include <wavetank/api/shared.hpp>

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace wavetank::registry {

/// Remembers a finding per shared value, by its identity; keeps a copy, so that no other value can
/// come to live at the same address.
///
/// Determinism: only speed depends on what it holds. Cost: one look-up.
template <class T, class Finding>
class SharedMemo {
public:
    /// Returns what was remembered of `part`; null if nothing.
    /// Lifetime: until the next `remember`.
    [[nodiscard]] const Finding* find(const api::Shared<T>& part) const {
        const auto found = entries_.find(part.identity());
        return found == entries_.end() ? nullptr : &found->second.second;
    }

    /// Remembers the finding. A full memo is emptied first: what is in use comes back at once.
    void remember(const api::Shared<T>& part, Finding finding) {
        if (part.identity() == nullptr) {
            return;
        }
        if (entries_.size() >= size_max) {
            entries_.clear();
        }
        entries_.insert_or_assign(part.identity(), std::pair{part, std::move(finding)});
    }

    /// Forgets everything.
    void clear() {
        entries_.clear();
    }

private:
    static constexpr std::size_t size_max = 4096;  ///< shared parts in use are far fewer
    std::unordered_map<const void*, std::pair<api::Shared<T>, Finding>> entries_;
};

}  // namespace wavetank::registry
