#include "node/agenda.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::node {

Agenda::Agenda(runtime::Executor& executor, std::function<void(const Ticket&)> serve,
               std::function<void(const Ticket&, Turn)> expect)
    : executor_{executor}, serve_{std::move(serve)}, expect_{std::move(expect)} {}

Agenda::~Agenda() {
    for (const auto& [time, batch] : batches_) {
        executor_.cancel(batch.timer);
    }
}

void Agenda::add(TimePoint time, const Ticket& ticket) {
    time = std::max(time, now());
    Batch& batch = batches_[time];
    if (batch.tickets.empty()) {
        batch.timer = executor_.schedule(time, [this, time] { run(time); });
    }
    batch.tickets.push_back(ticket);
}

// Announces the first tickets of the next instants.
void Agenda::expect_next() const {
    auto batch = batches_.begin();
    for (const Turn turn : {Turn::Next, Turn::Later}) {
        if (batch == batches_.end()) {
            return;
        }
        expect_(batch->second.tickets.front(), turn);
        ++batch;
    }
}

void Agenda::run(TimePoint time) {
    constexpr std::size_t next = 2;
    constexpr std::size_t later = 4;
    const auto node = batches_.extract(time);
    const auto& tickets = node.mapped().tickets;
    expect_next();
    for (std::size_t i = 0; i < tickets.size(); ++i) {
        if (i + later < tickets.size()) {
            expect_(tickets[i + later], Turn::Later);
            expect_(tickets[i + next], Turn::Next);
        }
        serve_(tickets[i]);
    }
}

}  // namespace wavetank::node
