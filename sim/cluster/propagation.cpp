#include "sim/cluster/propagation.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace wavetank::sim {
namespace {

// kube-proxy's `--iptables-min-sync-period` and `--nftables-min-sync-period`, by default.
constexpr Duration min_sync_period = std::chrono::seconds{1};

}  // namespace

Propagation::Propagation(runtime::Executor& executor, const ControlPlaneTiming& timing,
                         ToldBy told_by, Deliver deliver)
    : executor_(executor), timing_(timing), told_by_(told_by), deliver_(std::move(deliver)) {}

void Propagation::changed(std::uint64_t version) {
    if (timing_.notice <= Duration::zero()) {
        heard(version);
        return;
    }
    executor_.schedule_after(timing_.notice, [this, version] { heard(version); });
}

void Propagation::heard(std::uint64_t version) {
    version_ = std::max(version_, version);
    if (told_by_ == ToldBy::KubeProxy) {
        sync();
    } else if (timing_.debounce_after > Duration::zero()) {
        debounce();
    } else {
        deliver();
    }
}

// As istiod's `debounce` has it: a timer runs from the first change on, and each time it ends, what
// is left until all has been quiet for long enough. Only then is it asked whether it takes too long
// altogether, so that a push may come a little later than that.
void Propagation::debounce() {
    last_ = executor_.clock().now();
    if (!first_) {
        first_ = last_;
        executor_.schedule_after(timing_.debounce_after, [this] { push_if_quiet(); });
    }
}

void Propagation::push_if_quiet() {
    const TimePoint now = executor_.clock().now();
    const Duration quiet = now - last_;
    if (quiet >= timing_.debounce_after || now - *first_ >= timing_.debounce_max) {
        first_.reset();
        deliver();
        return;
    }
    executor_.schedule_after(timing_.debounce_after - quiet, [this] { push_if_quiet(); });
}

// kube-proxy writes its rules as soon as something changes, but not again before minSyncPeriod has
// passed: what changes until then waits (`BoundedFrequencyRunner`).
void Propagation::sync() {
    const TimePoint now = executor_.clock().now();
    if (is_sync_planned_) {
        return;
    }
    if (!synced_at_ || now >= *synced_at_ + min_sync_period) {
        synced_at_ = now;
        deliver();
        return;
    }
    is_sync_planned_ = true;
    executor_.schedule_after(*synced_at_ + min_sync_period - now, [this] {
        is_sync_planned_ = false;
        synced_at_ = executor_.clock().now();
        deliver();
    });
}

void Propagation::deliver() {
    deliver_(version_);
}

}  // namespace wavetank::sim
