#include "scheduler/scheduling_queue.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;

constexpr Duration backoff_window = std::chrono::seconds{1};
constexpr Duration unschedulable_window = std::chrono::seconds{30};

TimePoint floor_to(TimePoint time, Duration window) {
    const Duration since = time.time_since_epoch();
    const Duration rest = since % window;
    return time - (rest < Duration::zero() ? rest + window : rest);
}

ObjectChange borrowed(const HeldChange& change) {
    return {.old_pod = change.old_pod.get(),
            .new_pod = change.new_pod.get(),
            .old_node = change.old_node.get(),
            .new_node = change.new_node.get()};
}

QueueingHint answer(const EventRegistration& registration, const Pod& pod,
                    const HeldChange& change) {
    return registration.hint ? registration.hint(pod, borrowed(change)) : QueueingHint::Queue;
}

// Lets a pod be fetched into the cache, where it no longer is if very many wait.
void prefetch_pod(const Pod& pod) {
    const auto* const first = reinterpret_cast<const char*>(&pod);
    for (std::size_t offset = 0; offset < sizeof(Pod); offset += 64) {
        __builtin_prefetch(first + offset);
    }
}

}  // namespace

bool SchedulingQueue::ActiveLess::operator()(const QueueEntry* left,
                                             const QueueEntry* right) const {
    for (const auto& [plugin, sort] : profile->queue_sort) {
        if (sort->less(*left, *right)) {
            return true;
        }
        if (sort->less(*right, *left)) {
            return false;
        }
    }
    return left->sequence < right->sequence;
}

bool SchedulingQueue::BackoffLess::operator()(const QueueEntry* left,
                                              const QueueEntry* right) const {
    return left->backoff_expiry != right->backoff_expiry
               ? left->backoff_expiry < right->backoff_expiry
               : active(left, right);
}

SchedulingQueue::SchedulingQueue(const Profile& profile, QueueOptions options)
    : options_(options),
      active_(ActiveLess{&profile}),
      backoff_(BackoffLess{{&profile}}),
      error_backoff_(BackoffLess{{&profile}}) {
    add_profile(profile);
}

void SchedulingQueue::add_profile(const Profile& profile) {
    profiles_.push_back(&profile);
    for (const auto& [plugin, extensions] : profile.enqueue) {
        std::vector<EventRegistration> events{EventRegistration{}};
        if (extensions != nullptr) {
            events = extensions->events();
        }
        for (EventRegistration& event : events) {
            registrations_.push_back({&profile, plugin, std::move(event)});
        }
    }
}

// A queue with one profile is asked about its pods alone.
const Profile* SchedulingQueue::profile_for(const Pod& pod) const {
    for (std::size_t i = 1; i < profiles_.size(); ++i) {
        if (profiles_[i]->options.schedules(pod)) {
            return profiles_[i];
        }
    }
    return profiles_.front();
}

void SchedulingQueue::add(PodPointer pod, TimePoint now) {
    auto entry = std::make_unique<QueueEntry>();
    entry->pod = std::move(pod);
    entry->entered = now;
    entry->sequence = ++sequence_;
    let_in(std::move(entry));
}

void SchedulingQueue::update(const PodPointer& before, const PodPointer& after, TimePoint now) {
    const api::Uid identity = pod_identity(*after);
    const auto events = events_of_update(*before, *after, PodRole::Target);
    const HeldChange change{.old_pod = before, .new_pod = after};
    if (in_flight_.contains(identity)) {
        for (const ClusterEvent& event : events) {
            events_.push_back({event, change});
        }
        return;
    }
    const auto slot = slots_.find(identity);
    if (slot == slots_.end()) {
        add(after, now);
        return;
    }
    const Place place = slot->second->place;
    auto entry = take(identity);
    entry->pod = after;
    if (place != Place::Unschedulable) {
        put(std::move(entry), place);
        return;
    }
    for (const ClusterEvent& event : events) {
        if (strategy_for(*entry, event, change) != Strategy::Skip) {
            requeue(std::move(entry), Strategy::AfterBackoff, now);
            return;
        }
    }
    put(std::move(entry), Place::Unschedulable);
}

void SchedulingQueue::remove(const Pod& pod) {
    if (const api::Uid identity = pod_identity(pod); slots_.contains(identity)) {
        static_cast<void>(take(identity));
    }
}

std::unique_ptr<QueueEntry> SchedulingQueue::pop(TimePoint /*now*/) {
    QueueEntry* next = nullptr;
    if (!active_.empty()) {
        next = *active_.begin();
        if (const auto second = std::next(active_.begin()); second != active_.end()) {
            prefetch_pod(*(*second)->pod);
        }
    } else if (!backoff_.empty()) {
        next = *backoff_.begin();
    } else {
        return nullptr;
    }
    api::Uid identity = pod_identity(*next->pod);
    auto entry = take(identity);
    ++entry->attempts;
    events_.push_back({});
    in_flight_.emplace(std::move(identity), std::prev(events_.end()));
    return entry;
}

void SchedulingQueue::done(const Pod& pod) {
    const auto flight = in_flight_.find(pod_identity(pod));
    if (flight == in_flight_.end()) {
        return;
    }
    events_.erase(flight->second);
    in_flight_.erase(flight);
    while (!events_.empty() && events_.front().event) {
        events_.pop_front();
    }
}

void SchedulingQueue::fail(std::unique_ptr<QueueEntry> entry, std::set<std::string> plugins,
                           TimePoint now) {
    const Pod& pod = *entry->pod;
    if (slots_.contains(pod_identity(pod))) {
        done(pod);
        return;
    }
    entry->rejected_by.reset();
    if (plugins.empty()) {
        ++entry->consecutive_errors;
    } else {
        entry->rejected_by = std::move(plugins);
        ++entry->unschedulable_count;
        entry->consecutive_errors = 0;
    }
    entry->entered = now;
    entry->sequence = ++sequence_;
    entry->backoff_expiry.reset();
    entry->flushed = {};
    const Strategy strategy = strategy_in_flight(*entry);
    const PodPointer kept = entry->pod;
    requeue(std::move(entry), strategy, now);
    done(*kept);
}

void SchedulingQueue::activate(const Pod& pod) {
    const api::Uid identity = pod_identity(pod);
    if (const auto slot = slots_.find(identity);
        slot != slots_.end() && slot->second->place != Place::Active) {
        let_in(take(identity));
    }
}

void SchedulingQueue::move(const ClusterEvent& event, const HeldChange& change, TimePoint now,
                           const std::function<bool(const Pod&)>& wanted) {
    if (!is_of_interest(event)) {
        return;
    }
    std::vector<api::Uid> moved;
    for (const QueueEntry* entry : unschedulable_) {
        const bool gated =
            !entry->gated_by.empty() && !is_wildcard(event) && !gating_event(*entry, event);
        if (!gated && (!wanted || wanted(*entry->pod)) &&
            strategy_for(*entry, event, change) != Strategy::Skip) {
            moved.push_back(pod_identity(*entry->pod));
        }
    }
    for (const api::Uid& identity : moved) {
        requeue(take(identity), Strategy::AfterBackoff, now);
    }
    if (!in_flight_.empty()) {
        events_.push_back({event, change});
    }
}

void SchedulingQueue::flush_backoff(TimePoint now) {
    for (auto* queue : {&backoff_, &error_backoff_}) {
        while (!queue->empty() && !backs_off(**queue->begin(), now)) {
            auto entry = take(pod_identity(*(*queue->begin())->pod));
            put(std::move(entry), Place::Active);
        }
    }
}

void SchedulingQueue::flush_unschedulable(TimePoint now) {
    std::vector<api::Uid> moved;
    for (QueueEntry* entry : unschedulable_) {
        if (now - std::max(entry->entered, entry->flushed) > options_.unschedulable_max) {
            entry->flushed = now;
            moved.push_back(pod_identity(*entry->pod));
        }
    }
    for (const api::Uid& identity : moved) {
        requeue(take(identity), Strategy::AfterBackoff, now);
    }
    if (!moved.empty() && !in_flight_.empty()) {
        events_.push_back({ClusterEvent{}, {}});
    }
}

std::optional<TimePoint> SchedulingQueue::next_flush() const {
    std::optional<TimePoint> next;
    const auto note = [&](TimePoint time) { next = next ? std::min(*next, time) : time; };
    for (const auto* queue : {&backoff_, &error_backoff_}) {
        if (!queue->empty()) {
            note(floor_to(*(*queue->begin())->backoff_expiry, backoff_window) + backoff_window);
        }
    }
    // In order of `entered`, which is what counts for all but the few that were flushed before.
    for (const QueueEntry* entry : unschedulable_) {
        note(floor_to(std::max(entry->entered, entry->flushed) + options_.unschedulable_max,
                      unschedulable_window) +
             unschedulable_window);
        if (entry->flushed <= entry->entered) {
            break;
        }
    }
    return next;
}

std::optional<SchedulingQueue::Place> SchedulingQueue::place_of(const Pod& pod) const {
    const api::Uid identity = pod_identity(pod);
    if (in_flight_.contains(identity)) {
        return Place::InFlight;
    }
    const auto slot = slots_.find(identity);
    return slot == slots_.end() ? std::nullopt : std::optional{slot->second->place};
}

Duration SchedulingQueue::backoff_duration(int failures) const {
    if (failures == 0) {
        return {};
    }
    Duration duration = options_.backoff_initial;
    for (int i = 1; i < failures && duration < options_.backoff_max; ++i) {
        duration *= 2;
    }
    return std::min(duration, options_.backoff_max);
}

std::optional<QueueingHint> SchedulingQueue::hint_of(std::string_view plugin, const Pod& pod,
                                                     const ClusterEvent& event,
                                                     const HeldChange& change) const {
    std::optional<QueueingHint> hint;
    const Profile* const profile = profile_for(pod);
    for (const Registration& entry : registrations_) {
        if (entry.profile == profile && entry.plugin->name() == plugin &&
            matches(entry.registration.event, event) && hint != QueueingHint::Queue) {
            hint = answer(entry.registration, pod, change);
        }
    }
    return hint;
}

// The plugin that gated the pod before is asked first, as it is the likeliest to do so again.
void SchedulingQueue::run_pre_enqueue(QueueEntry& entry) const {
    const auto& plugins = profile_for(*entry.pod)->pre_enqueue;
    const auto likeliest = std::ranges::find_if(
        plugins, [&](const auto& at) { return at.plugin->name() == entry.gated_by; });
    entry.gated_by.clear();
    const auto gates = [&](const PluginAt<PreEnqueuePlugin>& at) {
        if (at.point->pre_enqueue(*entry.pod).ok()) {
            return false;
        }
        auto& rejected_by = entry.rejected_by ? *entry.rejected_by : entry.rejected_by.emplace();
        rejected_by.emplace(at.plugin->name());
        entry.gated_by = at.plugin->name();
        return true;
    };
    if (likeliest != plugins.end() && gates(*likeliest)) {
        return;
    }
    for (auto at = plugins.begin(); at != plugins.end(); ++at) {
        if (at != likeliest && gates(*at)) {
            return;
        }
    }
}

bool SchedulingQueue::gating_event(const QueueEntry& entry, const ClusterEvent& event) const {
    const Profile* const profile = profile_for(*entry.pod);
    return std::ranges::any_of(registrations_, [&](const Registration& registration) {
        return registration.profile == profile && registration.plugin->name() == entry.gated_by &&
               matches(registration.registration.event, event);
    });
}

bool SchedulingQueue::is_of_interest(const ClusterEvent& event) const {
    return is_wildcard(event) ||
           std::ranges::any_of(registrations_, [&](const Registration& entry) {
               return matches(entry.registration.event, event);
           });
}

SchedulingQueue::Strategy SchedulingQueue::strategy_for(const QueueEntry& entry,
                                                        const ClusterEvent& event,
                                                        const HeldChange& change) const {
    if (!entry.rejected_by || is_wildcard(event)) {
        return Strategy::AfterBackoff;
    }
    const Profile* const profile = profile_for(*entry.pod);
    for (const Registration& registration : registrations_) {
        if (registration.profile == profile && matches(registration.registration.event, event) &&
            entry.rejected_by->contains(std::string{registration.plugin->name()}) &&
            answer(registration.registration, *entry.pod, change) == QueueingHint::Queue) {
            return Strategy::AfterBackoff;
        }
    }
    return Strategy::Skip;
}

SchedulingQueue::Strategy SchedulingQueue::strategy_in_flight(const QueueEntry& entry) const {
    const auto flight = in_flight_.find(pod_identity(*entry.pod));
    if (!entry.rejected_by || flight == in_flight_.end()) {
        return Strategy::AfterBackoff;
    }
    for (auto event = std::next(flight->second); event != events_.end(); ++event) {
        if (event->event &&
            strategy_for(entry, *event->event, event->change) == Strategy::AfterBackoff) {
            return Strategy::AfterBackoff;
        }
    }
    return Strategy::Skip;
}

// Expiries are cut to whole seconds, so that pods of one second come in the order of their sort.
TimePoint SchedulingQueue::expiry_of(QueueEntry& entry) const {
    const int failures =
        entry.consecutive_errors > 0 ? entry.consecutive_errors : entry.unschedulable_count;
    if (options_.backoff_max == Duration::zero() || failures == 0) {
        return TimePoint::min();
    }
    if (!entry.backoff_expiry) {
        entry.backoff_expiry = floor_to(entry.entered + backoff_duration(failures), backoff_window);
    }
    return *entry.backoff_expiry;
}

bool SchedulingQueue::backs_off(QueueEntry& entry, TimePoint now) const {
    return expiry_of(entry) >= floor_to(now, backoff_window);
}

void SchedulingQueue::put(std::unique_ptr<QueueEntry> entry, Place place) {
    QueueEntry* const raw = entry.get();
    raw->place = place;
    slots_.insert_or_assign(pod_identity(*raw->pod), std::move(entry));
    switch (place) {
        case Place::Active:
            active_.insert(active_.end(), raw);  // where most belong
            return;
        case Place::Backoff:
            backoff_.insert(raw);
            return;
        case Place::ErrorBackoff:
            error_backoff_.insert(raw);
            return;
        case Place::Unschedulable:
            unschedulable_.insert(raw);
            return;
        case Place::InFlight:
            break;
    }
    WAVETANK_ASSERT(place != Place::InFlight);
}

std::unique_ptr<QueueEntry> SchedulingQueue::take(const api::Uid& identity) {
    const auto slot = slots_.find(identity);
    auto entry = std::move(slot->second);
    switch (std::exchange(entry->place, Place::InFlight)) {
        case Place::Active:
            if (*active_.begin() == entry.get()) {
                active_.erase(active_.begin());  // spares the comparisons of a search
            } else {
                active_.erase(entry.get());
            }
            break;
        case Place::Backoff:
            backoff_.erase(entry.get());
            break;
        case Place::ErrorBackoff:
            error_backoff_.erase(entry.get());
            break;
        case Place::Unschedulable:
            unschedulable_.erase(entry.get());
            break;
        case Place::InFlight:
            break;
    }
    slots_.erase(slot);
    // Once those of a whole roll-out are gone, it keeps no room for as many.
    constexpr std::size_t slots_kept = 4096;
    if (slots_.empty() && slots_.bucket_count() > slots_kept) {
        slots_.rehash(0);
    }
    return entry;
}

void SchedulingQueue::requeue(std::unique_ptr<QueueEntry> entry, Strategy strategy, TimePoint now) {
    if (strategy == Strategy::Skip) {
        put(std::move(entry), Place::Unschedulable);
        return;
    }
    if (!backs_off(*entry, now)) {
        let_in(std::move(entry));
        return;
    }
    run_pre_enqueue(*entry);
    const Place place = !entry->gated_by.empty() ? Place::Unschedulable
                        : !entry->rejected_by    ? Place::ErrorBackoff
                                                 : Place::Backoff;
    put(std::move(entry), place);
}

void SchedulingQueue::let_in(std::unique_ptr<QueueEntry> entry) {
    run_pre_enqueue(*entry);
    const Place place = entry->gated_by.empty() ? Place::Active : Place::Unschedulable;
    put(std::move(entry), place);
}

}  // namespace wavetank::scheduler
