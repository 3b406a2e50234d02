#include "node/agenda.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::node {

Agenda::Agenda(runtime::Executor& executor, std::function<void(const Ticket&)> serve)
    : executor_{executor}, serve_{std::move(serve)} {}

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

void Agenda::run(TimePoint time) {
    const auto node = batches_.extract(time);
    for (const Ticket& ticket : node.mapped().tickets) {
        serve_(ticket);
    }
}

}  // namespace wavetank::node
