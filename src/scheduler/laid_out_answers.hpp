#pragma once

/// \file
/// Which nodes do many templates find alike before their pods come?

#include <cstdint>
#include <memory>
#include <span>

namespace wavetank::scheduler {

/// What `HeldAnswers` may be as well, so that the kinds of nodes are found once for all templates
/// that agree about them.
class LaidOutAnswers {
public:
    virtual ~LaidOutAnswers() = default;

    /// Returns what the features of nodes without pods that count depend on: the same object for
    /// templates that agree about those of all nodes. Null if that is not known. Before the first
    /// `recount`, no pods count.
    [[nodiscard]] virtual std::shared_ptr<const void> layout() const = 0;

    /// Returns the positions of the nodes that had pods that count at the last `recount`; some may
    /// come twice. Requires: `layout()`. Lifetime: until the next call of a member.
    [[nodiscard]] virtual std::span<const std::uint32_t> occupied() const = 0;
};

}  // namespace wavetank::scheduler
