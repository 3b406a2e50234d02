#pragma once

/// \file
/// Which pod is scheduled next, and when is one that failed tried again? kube-scheduler's
/// `PriorityQueue`, without its threads: time is an argument.
///
/// A pod is in one place: active (ready), backing off, unschedulable (waiting for an event that
/// could help, or for its gates), or in flight (taken by `pop`).

#include <wavetank/api/boxed.hpp>
#include <wavetank/api/text.hpp>
#include <wavetank/scheduler/profile.hpp>
#include <wavetank/scheduler/queue_options.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::scheduler {

/// The objects of an event, held.
struct HeldChange {
    PodPointer old_pod{};
    PodPointer new_pod{};
    NodePointer old_node{};
    NodePointer new_node{};
};

/// Where a pod is.
enum class QueuePlace : std::uint8_t { Active, Backoff, ErrorBackoff, Unschedulable, InFlight };

/// What the queue knows of a pod. Very many may wait that have never failed.
struct QueueEntry : QueuedPod {
    /// Plugins; none: failed with an error, or not yet.
    api::Boxed<std::set<std::string>> rejected_by{};
    api::Text gated_by{};  ///< the plugin that keeps it out of the queue
    int attempts = 0;
    int unschedulable_count = 0;
    int consecutive_errors = 0;
    std::optional<TimePoint> backoff_expiry{};  ///< once computed
    TimePoint flushed{};                        ///< when it was last moved for having waited long
    std::uint64_t sequence = 0;                 ///< breaks ties
    QueuePlace place = QueuePlace::InFlight;
};

/// The queue of all profiles of one scheduler. They have one order; each has its own gates and
/// hints, which pods of its scheduler name go by.
///
/// Determinism: ties of the queue sort go by order of entry, where upstream's heap is not stable;
/// pods that one event moves are moved in order of their entry, where upstream's are in map order.
class SchedulingQueue {
public:
    using Place = QueuePlace;

    /// Lifetime: `profile` must outlive it.
    SchedulingQueue(const Profile& profile, QueueOptions options = {});

    /// Adds a profile of another scheduler name. Lifetime: it must outlive the queue.
    void add_profile(const Profile& profile);

    /// Takes a pod in: active, or gated. Requires: it is not in the queue.
    void add(PodPointer pod, TimePoint now);

    /// Notes a later state of a pod that has no node, and whether that may help it.
    void update(const PodPointer& before, const PodPointer& after, TimePoint now);

    /// Forgets a pod that is not in flight. No error if it is not there.
    void remove(const api::corev1::Pod& pod);

    /// Takes the next pod: the first active one, else the one whose back-off ends first, unless it
    /// failed with an error. Nothing if there is none.
    [[nodiscard]] std::unique_ptr<QueueEntry> pop(TimePoint now);

    /// Ends the flight of a pod that does not come back.
    void done(const api::corev1::Pod& pod);

    /// Ends the flight of a pod that comes back, turned down by `plugins`; none: for an error.
    void fail(std::unique_ptr<QueueEntry> entry, std::set<std::string> plugins, TimePoint now);

    /// Lets a pod in at once that is unschedulable or backs off, unless a plugin gates it. No error
    /// if it is not there.
    void activate(const api::corev1::Pod& pod);

    /// Moves the unschedulable pods whom the event may help and that `wanted` picks (none: all).
    void move(const ClusterEvent& event, const HeldChange& change, TimePoint now,
              const std::function<bool(const api::corev1::Pod&)>& wanted = {});

    /// Activates the pods whose back-off is over. To be called at every whole second.
    void flush_backoff(TimePoint now);

    /// Moves the pods that waited too long. To be called every 30 seconds.
    void flush_unschedulable(TimePoint now);

    /// Returns when `flush_backoff` and `flush_unschedulable` next have something to do; nothing if
    /// no pod waits for them.
    [[nodiscard]] std::optional<TimePoint> next_flush() const;

    /// Tells whether `pop` gives a pod.
    [[nodiscard]] bool ready() const {
        return !active_.empty() || !backoff_.empty();
    }

    [[nodiscard]] std::optional<Place> place_of(const api::corev1::Pod& pod) const;

    /// Returns the back-off after so many failures in a row.
    [[nodiscard]] Duration backoff_duration(int failures) const;

    /// Returns when the back-off of a pod that failed ends, cut to whole seconds; the beginning of
    /// time if there is none.
    [[nodiscard]] TimePoint expiry_of(QueueEntry& entry) const;
    [[nodiscard]] bool backs_off(QueueEntry& entry, TimePoint now) const;

    /// Tells what a plugin says of an event: none if it did not register for it.
    [[nodiscard]] std::optional<QueueingHint> hint_of(std::string_view plugin,
                                                      const api::corev1::Pod& pod,
                                                      const ClusterEvent& event,
                                                      const HeldChange& change) const;

private:
    enum class Strategy : std::uint8_t { Skip, AfterBackoff };

    struct Registration {
        const Profile* profile = nullptr;
        const Plugin* plugin = nullptr;
        EventRegistration registration;
    };
    struct ActiveLess {
        const Profile* profile;
        bool operator()(const QueueEntry* left, const QueueEntry* right) const;
    };
    struct BackoffLess {
        ActiveLess active;
        bool operator()(const QueueEntry* left, const QueueEntry* right) const;
    };
    struct SequenceLess {
        bool operator()(const QueueEntry* left, const QueueEntry* right) const {
            return left->sequence < right->sequence;
        }
    };
    // What happened since a pod was taken; no event: here a pod was taken.
    struct InFlightEvent {
        std::optional<ClusterEvent> event;
        HeldChange change;
    };

    [[nodiscard]] const Profile* profile_for(const api::corev1::Pod& pod) const;
    void run_pre_enqueue(QueueEntry& entry) const;
    [[nodiscard]] bool gating_event(const QueueEntry& entry, const ClusterEvent& event) const;
    [[nodiscard]] bool is_of_interest(const ClusterEvent& event) const;
    [[nodiscard]] Strategy strategy_for(const QueueEntry& entry, const ClusterEvent& event,
                                        const HeldChange& change) const;
    [[nodiscard]] Strategy strategy_in_flight(const QueueEntry& entry) const;
    void put(std::unique_ptr<QueueEntry> entry, Place place);
    [[nodiscard]] std::unique_ptr<QueueEntry> take(const api::Uid& identity);
    void requeue(std::unique_ptr<QueueEntry> entry, Strategy strategy, TimePoint now);
    void let_in(std::unique_ptr<QueueEntry> entry);

    std::vector<const Profile*> profiles_;
    QueueOptions options_;
    std::vector<Registration> registrations_;
    std::uint64_t sequence_ = 0;

    // 1. Every entry but those in flight is in `slots_`, by identity, and in the set of its place.
    // 2. What the order of a set depends on changes only while the entry is out of it.
    boost::unordered_flat_map<api::Uid, std::unique_ptr<QueueEntry>, std::hash<api::Uid>> slots_;
    std::set<QueueEntry*, ActiveLess> active_;
    std::set<QueueEntry*, BackoffLess> backoff_;
    std::set<QueueEntry*, BackoffLess> error_backoff_;
    std::set<QueueEntry*, SequenceLess> unschedulable_;

    // 3. `events_` starts with the mark of a pod in flight, or is empty.
    std::list<InFlightEvent> events_;
    boost::unordered_flat_map<api::Uid, std::list<InFlightEvent>::iterator, std::hash<api::Uid>>
        in_flight_;  // like `slots_`, never walked
};

}  // namespace wavetank::scheduler
