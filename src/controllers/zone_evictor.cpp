#include "controllers/zone_evictor.hpp"

#include <algorithm>

namespace wavetank::controllers {
namespace {

constexpr std::chrono::milliseconds retry_delay{50};

}  // namespace

// A wait that rounds to no nanosecond is none.
bool EvictionLimiter::try_accept(WallTime now) {
    if (rate_ <= 0) {
        return false;
    }
    const auto rate = static_cast<double>(rate_);
    double tokens = tokens_;
    if (last_) {
        const std::chrono::duration<double> elapsed = now - *last_;
        tokens = std::min(1.0, tokens + elapsed.count() * rate);
    }
    tokens -= 1;
    if (tokens < 0 && static_cast<std::int64_t>(-tokens / rate * 1e9) > 0) {
        return false;
    }
    tokens_ = tokens;
    last_ = now;
    return true;
}

bool ZoneEvictor::add(const std::string& node, WallTime now) {
    if (!known_.insert(node).second) {
        return false;
    }
    queue_.push_back({now, node});
    return true;
}

bool ZoneEvictor::remove(const std::string& node) {
    std::erase_if(queue_, [&](const Waiting& waiting) { return waiting.node == node; });
    return known_.erase(node) > 0;
}

void ZoneEvictor::swap_limiter(float per_second, WallTime now) {
    if (limiter_.rate() > 0 && limiter_.rate() == per_second) {
        return;
    }
    EvictionLimiter next{per_second};
    if (!limiter_.try_accept(now)) {
        static_cast<void>(next.try_accept(now));
    }
    limiter_ = next;
}

std::vector<ZoneEvictor::Waiting>::iterator ZoneEvictor::head() {
    return std::ranges::min_element(queue_, {}, &Waiting::when);
}

void ZoneEvictor::try_all(WallTime now, const std::function<bool(const std::string&)>& act) {
    while (!queue_.empty() && limiter_.try_accept(now)) {
        const Waiting first = *head();
        if (now < first.when) {
            return;
        }
        if (act(first.node)) {
            std::erase_if(queue_,
                          [&](const Waiting& waiting) { return waiting.node == first.node; });
        } else {
            head()->when = now + retry_delay + std::chrono::nanoseconds{1};
        }
    }
}

}  // namespace wavetank::controllers
