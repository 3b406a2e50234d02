#pragma once

/// \file
/// Which events are one and the same, and which are too many (client-go's `EventCorrelator`).

#include <wavetank/base/time.hpp>
#include <wavetank/store/key.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace wavetank::controllers {

/// Writes a number in base 16, as names of events have it.
[[nodiscard]] std::string hexadecimal(std::int64_t number);

/// Sorts the events of one component. Departs from upstream in what it forgets: here the oldest
/// series of a full cache, there the least recently used one.
class EventCorrelator {
public:
    /// Events that are similar: of one object, type and reason.
    struct Series {
        std::string uid;
        std::string type;
        std::string reason;

        auto operator<=>(const Series&) const = default;
    };
    struct Decision {
        bool drop = false;                  ///< the object has had too many
        bool combined = false;              ///< one of too many similar ones
        const store::Key* known = nullptr;  ///< the stored event that counts this one
        store::Key* remember = nullptr;     ///< where a new event's key is to be noted
    };

    /// Decides about one event, and counts it.
    /// Lifetime: the pointers are valid until the next call.
    [[nodiscard]] Decision decide(const Series& series, const std::string& message, WallTime now);

private:
    /// Tokens of one object: 25 at first, then one in five minutes.
    struct Budget {
        double tokens = 0;
        WallTime updated{};
    };
    struct Similar {
        std::map<std::string, store::Key> stored;  // by message; "" for the combined one
        std::set<std::string> messages;
        WallTime last{};
    };

    bool spend(const std::string& uid, WallTime now);

    std::map<std::string, Budget> budgets_;
    std::map<Series, Similar> similar_;
};

}  // namespace wavetank::controllers
