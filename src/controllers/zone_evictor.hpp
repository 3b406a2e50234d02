#pragma once

/// \file
/// At what rate do the broken nodes of a zone get their `NoExecute` taint? (Upstream's
/// `nodelifecycle/scheduler`, with the token bucket of `golang.org/x/time/rate` it stands on.)

#include <wavetank/base/time.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wavetank::controllers {

/// Lets through one thing at a time, so many a second.
class EvictionLimiter {
public:
    /// A rate of 0 lets nothing through.
    explicit EvictionLimiter(float per_second) : rate_(per_second) {}

    [[nodiscard]] float rate() const {
        return rate_;
    }
    /// Takes a token if there is one.
    [[nodiscard]] bool try_accept(WallTime now);

private:
    float rate_;
    double tokens_ = 1;
    std::optional<WallTime> last_{};
};

/// The nodes of a zone that wait.
class ZoneEvictor {
public:
    explicit ZoneEvictor(float per_second) : limiter_(per_second) {}

    /// Returns false if the node is known already; one that has had its turn is, until removed.
    bool add(const std::string& node, WallTime now);
    bool remove(const std::string& node);

    /// Begins to work at another rate; a token that is not there now is not there then either.
    void swap_limiter(float per_second, WallTime now);

    /// Hands out nodes as long as the rate allows. `act` returns false for one that has to come
    /// again `retry_delay` later.
    void try_all(WallTime now, const std::function<bool(const std::string&)>& act);

    /// Tells whether somebody waits whose turn will come.
    [[nodiscard]] bool has_work() const {
        return !queue_.empty() && limiter_.rate() > 0;
    }

private:
    struct Waiting {
        WallTime when;
        std::string node;
    };
    [[nodiscard]] std::vector<Waiting>::iterator head();

    EvictionLimiter limiter_;
    std::vector<Waiting> queue_;
    std::set<std::string> known_;
};

}  // namespace wavetank::controllers
