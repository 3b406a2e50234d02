// CPUs whose pace changes while computations are at them: processor sharing, quotas, full nodes.

#include "sim/dataplane/hot_path.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace wavetank::sim {
namespace {

template <class Job>
bool finishes_later(const Job& left, const Job& right) {
    return left.finish != right.finish ? left.finish > right.finish : left.stable > right.stable;
}

double nanoseconds(Duration duration) {
    return static_cast<double>(duration.count());
}

}  // namespace

NodeId DataPlane::Engine::add_node(double cpus) {
    WAVETANK_ASSERT(cpus > 0);
    nodes_.push_back({.cpus = cpus});
    place_of_site_.push_back(0);
    return NodeId{static_cast<std::uint32_t>(nodes_.size() - 1)};
}

CpuUse DataPlane::Engine::cpu_use(ReplicaId id) const {
    const Replica& replica = replicas_[static_cast<std::uint32_t>(id)];
    CpuUse use{.used = replica.used};
    if (replica.sharing != nullptr) {
        const Sharing& sharing = *replica.sharing;
        const Duration passed = now_ - sharing.updated;
        use.used += at_most_ages(sharing.used + nanoseconds(passed) * sharing.granted);
        use.throttled = sharing.throttled + (sharing.is_throttled ? passed : Duration::zero());
        return use;
    }
    use.used += (now_ - replica.updated) * static_cast<Duration::rep>(replica.running.size());
    for (std::size_t i = 0; i < replica.line.size(); ++i) {
        use.used += std::max(Duration::zero(), now_ - replica.line[i].begun);
    }
    return use;
}

// Adds up the time of the CPUs that are busy, before there are more of them or fewer.
void DataPlane::Engine::start_sharing(Replica& replica) {
    replica.sharing = std::make_unique<Sharing>();
    replica.sharing->updated = now_;
    replica.sharing->quota_left = replica.quota;
    replica.sharing->period_end = now_ + quota_period;
}

// As long as the replicas of a node can never want more than it has, none feels the others.
void DataPlane::Engine::add_to_node(Replica& replica) {
    Node& node = nodes_[replica.node];
    node.members.push_back(replica.index);
    node.threads += replica.cpus;
    node.is_tight = node.is_tight || static_cast<double>(node.threads) > node.cpus;
    if (node.is_tight) {
        for (const std::uint32_t member : node.members) {
            become_shared(replicas_[member]);
        }
    }
}

// Takes a replica whose requests have ended out of the reckoning.
void DataPlane::Engine::leave_node(Replica& replica) {
    if (replica.sharing != nullptr) {
        advance(replica);
        replica.sharing->jobs.clear();
        replica.sharing->is_throttled = false;
        grant(replica);
    }
    if (replica.node != none) {
        Node& node = nodes_[replica.node];
        std::erase(node.members, replica.index);
        node.threads -= replica.cpus;
        replica.node = none;
    }
}

// Goes over from departures that are known to ones that depend on others.
void DataPlane::Engine::become_shared(Replica& replica) {
    if (replica.sharing != nullptr) {
        return;
    }
    settle(replica);
    note_use(replica);
    start_sharing(replica);
    replica.is_computed = false;
    replica.is_direct = false;
    note_plain(replica);
    for (const Promise& promise : replica.line.take_all()) {
        const std::uint32_t slot = take_back(promise, replica);
        if (slot == none) {
            continue;
        }
        if (promise.record == none || programs_[replica.program].is_leaf) {
            ++replica.present;  // it was the line that had it
        }
        if (promise.begun > now_) {
            replica.queue.push_back(slot);
            continue;
        }
        replica.used += now_ - promise.begun;
        add_job(replica, slot, rescaled(promise.due - now_, replica.speed, 1));
    }
    note_first_due(replica);
    for (const std::uint32_t slot : replica.running) {
        const TimePoint due = std::exchange(records_[slot].due, TimePoint::max());
        add_job(replica, slot, rescaled(due - now_, replica.speed, 1));
    }
    replica.running.clear();
    grant(replica);
}

// Makes a record of what was promised; none if there is no room for it.
std::uint32_t DataPlane::Engine::take_back(const Promise& promise, const Replica& replica) {
    if (promise.record != none) {
        Record& record = records_[promise.record];
        record.phase = Phase::ForCpu;
        record.is_computed = false;
        record.due = TimePoint::max();
        return promise.record;
    }
    Edge& edge = edges_[promise.edge];
    if (!has_record()) {
        edge.end_at(replica.index);
        note_end(edge, now_, 503, now_ - promise.sent);
        return none;
    }
    const LoadState& load = loads_[edge.load];
    const auto found = std::ranges::find(load.lanes, promise.edge, &Lane::edge);
    const Lane& lane = found == load.lanes.end() ? load.lane : *found;
    const DrawKey draws{.workload = load.key, .request = promise.number};
    const std::uint32_t slot = new_record(draws, draft_of(draws, replica.program));
    Record& record = records_[slot];
    record.sent = promise.sent;
    record.edge = promise.edge;
    record.replica = replica.index;
    record.message = lane.message;
    record.status = promise.status;
    record.phase = Phase::ForCpu;
    record.priority = lane.priority;
    return slot;
}

void DataPlane::Engine::add_job(Replica& replica, std::uint32_t slot, Duration work) {
    Sharing& sharing = *replica.sharing;
    sharing.jobs.push_back({.finish = sharing.progress + nanoseconds(work),
                            .stable = records_[slot].place,
                            .record = slot});
    std::ranges::push_heap(sharing.jobs, finishes_later<Sharing::Job>);
}

void DataPlane::Engine::share(std::uint32_t slot) {
    Replica& replica = replicas_[records_[slot].replica];
    advance(replica);
    add_job(replica, slot, records_[slot].work);
    grant(replica);
}

// Reckons what has been done since the last time, at the pace that was.
void DataPlane::Engine::advance(Replica& replica) const {
    Sharing& sharing = *replica.sharing;
    const double passed = nanoseconds(now_ - sharing.updated);
    const double used = passed * sharing.granted;
    if (sharing.jobs.empty()) {
        sharing.progress = 0;
    } else {
        sharing.progress += used * replica.speed / static_cast<double>(sharing.jobs.size());
    }
    sharing.used += used;
    sharing.quota_left -= used;
    if (sharing.is_throttled) {
        sharing.throttled += now_ - sharing.updated;
    }
    if (replica.quota > 0 && now_ >= sharing.period_end) {
        const auto periods = (now_ - sharing.period_end) / quota_period;
        const TimePoint begun = sharing.period_end + periods * quota_period;
        sharing.quota_left = replica.quota - nanoseconds(now_ - begun) * sharing.granted;
        sharing.period_end = begun + quota_period;
        sharing.is_throttled = false;  // whoever advances it grants it CPUs again
    }
    sharing.updated = now_;
}

// Gives the computations of a replica their CPUs, after there are more of them or fewer. Requires:
// it has been advanced.
void DataPlane::Engine::grant(Replica& replica) {
    Sharing& sharing = *replica.sharing;
    const auto jobs = static_cast<std::uint32_t>(sharing.jobs.size());
    const std::uint32_t before = sharing.demand;
    sharing.demand = sharing.is_throttled ? 0 : std::min(jobs, replica.cpus);
    sharing.granted = sharing.demand;
    if (replica.node != none) {
        Node& node = nodes_[replica.node];
        node.demand += sharing.demand;
        node.demand -= before;
        const bool was_full = node.is_full;
        node.is_full = static_cast<double>(node.demand) > node.cpus;
        if (was_full || node.is_full) {
            grant_all(node);
        }
    }
    plan_sharing(replica);
}

// Deals out a node's CPUs: nobody gets more than he wants, and who gets less has as much by weight
// as any other.
void DataPlane::Engine::grant_all(Node& node) {
    std::vector<std::uint32_t> open;
    double weights = 0;
    for (const std::uint32_t member : node.members) {
        if (replicas_[member].sharing->demand > 0) {
            open.push_back(member);
            weights += replicas_[member].weight;
        }
    }
    double left = node.cpus;
    const auto give = [&](std::uint32_t member, double cpus) {
        Replica& replica = replicas_[member];
        if (replica.sharing->granted != cpus) {
            advance(replica);
            replica.sharing->granted = cpus;
            plan_sharing(replica);
        }
    };
    for (bool is_settled = false; !is_settled;) {
        const double part = left / weights;  // for a weight of 1
        is_settled = true;
        std::erase_if(open, [&](std::uint32_t member) {
            const Replica& replica = replicas_[member];
            const double wanted = replica.sharing->demand;
            if (wanted > part * replica.weight) {
                return false;
            }
            give(member, wanted);
            left -= wanted;
            weights -= replica.weight;
            is_settled = false;
            return true;
        });
        if (is_settled) {
            for (const std::uint32_t member : open) {
                give(member, part * replicas_[member].weight);
            }
        }
    }
}

// Sets the time at which the pace changes or a computation is done, if nothing happens before.
void DataPlane::Engine::plan_sharing(Replica& replica) {
    Sharing& sharing = *replica.sharing;
    sharing.due = TimePoint::max();
    if (sharing.is_throttled) {
        sharing.due = sharing.period_end;
        sharing.next = Sharing::Next::Refill;
    } else if (!sharing.jobs.empty()) {
        const double pace =
            sharing.granted * replica.speed / static_cast<double>(sharing.jobs.size());
        const double left = std::max(0.0, sharing.jobs.front().finish - sharing.progress);
        sharing.due = now_ + at_most_ages(std::ceil(left / pace));
        sharing.next = Sharing::Next::Finish;
    }
    if (replica.quota > 0 && sharing.granted > 0) {
        const double lasts = std::ceil(std::max(0.0, sharing.quota_left) / sharing.granted);
        TimePoint end = now_ + at_most_ages(lasts);
        if (end >= sharing.period_end) {
            const double lasts_anew = std::ceil(replica.quota / sharing.granted);
            end = lasts_anew < nanoseconds(quota_period)
                      ? sharing.period_end + at_most_ages(lasts_anew)
                      : TimePoint::max();
        }
        if (end < sharing.due) {
            sharing.due = end;
            sharing.next = Sharing::Next::Throttle;
        }
    }
    if (sharing.due != TimePoint::max()) {
        events_.push(
            {sharing.due, key_of(Kind::Sharing, place_of(mix_bits(replica.index), replica.index))});
    }
}

void DataPlane::Engine::on_sharing(std::uint32_t index) {
    Replica& replica = replicas_[index];
    Sharing& sharing = *replica.sharing;
    advance(replica);
    if (sharing.next == Sharing::Next::Finish) {
        end_jobs(replica);
        return;
    }
    sharing.is_throttled = sharing.next == Sharing::Next::Throttle;
    grant(replica);
}

void DataPlane::Engine::end_jobs(Replica& replica) {
    Sharing& sharing = *replica.sharing;
    // The first is due now, whatever rounding has made of it.
    const double reached = std::max(sharing.progress, sharing.jobs.front().finish);
    std::vector<std::uint32_t> done;
    while (!sharing.jobs.empty() && sharing.jobs.front().finish <= reached) {
        done.push_back(sharing.jobs.front().record);
        std::ranges::pop_heap(sharing.jobs, finishes_later<Sharing::Job>);
        sharing.jobs.pop_back();
    }
    const Discipline discipline = programs_[replica.program].declared.discipline;
    while (discipline != Discipline::ProcessorSharing && sharing.jobs.size() < replica.cpus &&
           !replica.queue.empty()) {
        const std::uint32_t next = take_next(replica.queue, discipline);
        add_job(replica, next, records_[next].work);
    }
    grant(replica);
    for (const std::uint32_t slot : done) {
        leave_cpu(slot);
    }
}

}  // namespace wavetank::sim
