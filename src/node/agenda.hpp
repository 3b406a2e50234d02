#pragma once

/// \file
/// What is to be done when, with one callback of the executor for all that is due at an instant.

#include <wavetank/runtime/executor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace wavetank::node {

/// Whom a ticket is for. It is void once its owner has moved on to another serial number.
struct Ticket {
    enum class Owner : std::uint8_t { Pod, Node, Lease, Pulls, Images, Departed, Shutdown };
    Owner owner{};
    std::uint32_t slot = 0;
    std::uint32_t serial = 0;
};

/// Tickets by the time when they are due.
///
/// Determinism: tickets due at one instant are served in the order in which they were added.
class Agenda {
public:
    /// How soon it is a ticket's turn.
    enum class Turn : std::uint8_t { Next, Later };

    /// `expect` may make ready for tickets whose turn comes, if nothing else does before.
    Agenda(runtime::Executor& executor, std::function<void(const Ticket&)> serve,
           std::function<void(const Ticket&, Turn)> expect);
    ~Agenda();
    Agenda(const Agenda&) = delete;
    Agenda& operator=(const Agenda&) = delete;

    /// Serves `ticket` at `time`; if that has passed, now, but not within this call.
    void add(TimePoint time, const Ticket& ticket);

    [[nodiscard]] TimePoint now() const {
        return executor_.clock().now();
    }

private:
    struct Batch {
        runtime::TimerId timer{};
        std::vector<Ticket> tickets;
    };

    void run(TimePoint time);
    void expect_next() const;

    runtime::Executor& executor_;
    std::function<void(const Ticket&)> serve_;
    std::function<void(const Ticket&, Turn)> expect_;
    std::map<TimePoint, Batch> batches_;
};

}  // namespace wavetank::node
