#include "node/pull_queue.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::node {
namespace {

/// Returns how long so many bytes take; a day at most, so that sharing it overflows nothing.
Duration transfer_time(std::int64_t bytes, std::int64_t bytes_per_second) {
    constexpr std::int64_t second = 1'000'000'000;
    if (bytes <= 0 || bytes_per_second <= 0) {
        return {};
    }
    constexpr std::int64_t most = std::int64_t{24} * 60 * 60;
    const std::int64_t whole = bytes / bytes_per_second;
    if (whole >= most) {
        return std::chrono::seconds{most};
    }
    const auto rest =
        (static_cast<double>(bytes % bytes_per_second) / static_cast<double>(bytes_per_second)) *
        static_cast<double>(second);
    return Duration{whole * second + static_cast<std::int64_t>(rest)};
}

}  // namespace

std::size_t PullQueue::parallel_max() const {
    if (rules_.order == PullOrder::Serial) {
        return 1;
    }
    return rules_.parallel_max > 0 ? static_cast<std::size_t>(rules_.parallel_max)
                                   : std::numeric_limits<std::size_t>::max();
}

void PullQueue::add(TimePoint now, const Wish& wish) {
    advance(now);
    pulls_.push_back({.image = wish.image,
                      .latency = wish.latency,
                      .transfer = transfer_time(wish.bytes, rules_.bytes_per_second)});
    begin_next(now);
}

void PullQueue::begin_next(TimePoint now) {
    const auto under_way =
        static_cast<std::size_t>(std::ranges::count_if(pulls_, &Pull::under_way));
    std::size_t free = parallel_max() - std::min(parallel_max(), under_way);
    for (Pull& pull : pulls_) {
        if (!pull.under_way && free > 0) {
            pull.under_way = true;
            pull.began = now;
            --free;
        }
    }
}

/// Counts those that have the line between them at a time.
std::int64_t PullQueue::transfers(TimePoint now) const {
    return std::ranges::count_if(pulls_, [&](const Pull& pull) {
        return pull.under_way && pull.began + pull.latency <= now &&
               pull.transfer > Duration::zero();
    });
}

/// Returns when a pull ends, or bytes of one begin to arrive.
std::optional<TimePoint> PullQueue::next_change() const {
    const std::int64_t sharing = transfers(known_);
    std::optional<TimePoint> next;
    for (const Pull& pull : pulls_) {
        if (!pull.under_way) {
            continue;
        }
        const TimePoint starts = pull.began + pull.latency;
        const TimePoint changes =
            starts > known_ ? starts : known_ + pull.transfer * std::max<std::int64_t>(sharing, 1);
        next = next ? std::min(*next, changes) : changes;
    }
    return next;
}

void PullQueue::advance(TimePoint now) {
    while (known_ < now || next_change() == known_) {
        const auto change = next_change();
        const TimePoint to = change ? std::min(*change, now) : now;
        const std::int64_t sharing = transfers(known_);
        for (Pull& pull : pulls_) {
            if (sharing > 0 && pull.under_way && pull.began + pull.latency <= known_) {
                pull.transfer -= std::min(pull.transfer, (to - known_) / sharing);
            }
        }
        known_ = to;
        std::erase_if(pulls_, [&](const Pull& pull) {
            const bool ended = pull.under_way && pull.transfer == Duration::zero() &&
                               pull.began + pull.latency <= known_;
            if (ended) {
                done_.push_back({.image = pull.image, .began = pull.began});
            }
            return ended;
        });
        begin_next(known_);
    }
}

std::vector<PullQueue::Done> PullQueue::take_done(TimePoint now) {
    advance(now);
    return std::exchange(done_, {});
}

std::optional<TimePoint> PullQueue::next_end() const {
    PullQueue later = *this;
    while (later.done_.empty()) {
        const auto change = later.next_change();
        if (!change) {
            return std::nullopt;
        }
        later.advance(*change);
    }
    return later.known_;
}

}  // namespace wavetank::node
