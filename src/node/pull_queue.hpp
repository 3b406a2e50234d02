#pragma once

/// \file
/// When are the images there that a node fetches? Pulls wait for one another and share the line.

#include <wavetank/node/node_options.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace wavetank::node {

/// The pulls of one node, after the kubelet's `serialImagePuller` and `parallelImagePuller`.
///
/// A pull that is under way takes its latency first, then bytes arrive; all that are at it share
/// the node's bytes a second evenly, to the nanosecond. It has no clock: it is told the time, which
/// never goes back.
class PullQueue {
public:
    explicit PullQueue(const ImagePulls& rules) : rules_{rules} {}

    /// What is to be fetched.
    struct Wish {
        std::uint32_t image = 0;
        Duration latency{};      ///< before the first byte
        std::int64_t bytes = 0;  ///< none, if the layers are there already
    };
    /// A pull that has ended.
    struct Done {
        std::uint32_t image = 0;
        TimePoint began{};  ///< after its wait for others
    };

    /// Puts a wish at the end of the line; it begins at once if the rules let it.
    void add(TimePoint now, const Wish& wish);

    /// Returns the pulls that have ended by `now`, in the order of their ends; those of one instant
    /// in that in which they were asked for.
    [[nodiscard]] std::vector<Done> take_done(TimePoint now);

    /// Returns when the next pull ends if nothing is added; nothing if there is none.
    [[nodiscard]] std::optional<TimePoint> next_end() const;

private:
    struct Pull {
        std::uint32_t image = 0;
        bool under_way = false;
        TimePoint began{};
        Duration latency{};
        Duration transfer{};  ///< what is left of it, if it had the line for itself
    };

    [[nodiscard]] std::size_t parallel_max() const;
    void begin_next(TimePoint now);
    [[nodiscard]] std::int64_t transfers(TimePoint now) const;
    [[nodiscard]] std::optional<TimePoint> next_change() const;
    void advance(TimePoint now);

    ImagePulls rules_;
    std::vector<Pull> pulls_;  // in the order in which they were asked for
    std::vector<Done> done_;
    TimePoint known_{};  // all is as of then
};

}  // namespace wavetank::node
