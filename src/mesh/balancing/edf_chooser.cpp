// ROUND_ROBIN, LEAST_REQUEST and RANDOM, as Envoy's `EdfLoadBalancerBase` and what is built on it.

#include "mesh/balancing/chooser.hpp"
#include "mesh/balancing/host_source.hpp"

#include <wavetank/base/math.hpp>
#include <wavetank/mesh/edf_scheduler.hpp>

#include <algorithm>
#include <chrono>
#include <map>

namespace wavetank::mesh {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// The last bit of `std::pow` differs between C libraries. Requires: base > 0.
double power(double base, double exponent) {
    return exp(exponent * log(base));
}

// Reckons what a host weighs while it has been healthy for a short time only.
class SlowStart {
public:
    explicit SlowStart(const SlowStartConfig& config)
        : config_(config), window_(duration_cast<milliseconds>(config.slow_start_window)) {}

    [[nodiscard]] bool is_enabled() const {
        return window_ > milliseconds::zero();
    }

    // Notes when hosts became healthy that are seen for the first time.
    void meet(std::span<Host> hosts, std::span<const std::uint32_t> members, TimePoint now) {
        for (const std::uint32_t index : members) {
            LbEndpoint& host = hosts[index].endpoint;
            if (health_of(host) != Health::Healthy) {
                continue;
            }
            if (!host.last_hc_pass_time) {
                host.last_hc_pass_time = now;
            }
            const TimePoint passed = *host.last_hc_pass_time;
            if (passed > latest_ && duration_cast<milliseconds>(now - passed) <= window_) {
                latest_ = passed;
            }
        }
    }

    void begin(TimePoint now) {
        latest_ = now;
    }

    // Returns whether the window of the latest host has passed.
    [[nodiscard]] bool is_over(TimePoint now) const {
        return !is_enabled() || duration_cast<milliseconds>(now - latest_) > window_;
    }

    [[nodiscard]] double applied(double weight, const LbEndpoint& host, TimePoint now) const {
        if (!host.last_hc_pass_time || health_of(host) != Health::Healthy) {
            return weight;
        }
        const auto age = duration_cast<milliseconds>(now - *host.last_hc_pass_time);
        if (age >= window_) {
            return weight;
        }
        double part = static_cast<double>(std::max(milliseconds{1}, age).count()) /
                      static_cast<double>(window_.count());
        if (config_.aggression != 1.0 && part != 1.0) {
            part = power(part, 1.0 / config_.aggression);
        }
        return weight * std::max(part, config_.min_weight_percent / 100.0);
    }

private:
    const SlowStartConfig& config_;
    milliseconds window_;
    TimePoint latest_;  // a host was added
};

// Makes several choices while a retry's predicate refuses; the last one counts.
class RepeatingChooser : public HostChooser {
public:
    [[nodiscard]] std::optional<std::uint32_t> choose(const ChoiceContext& context) final {
        std::optional<std::uint32_t> chosen;
        for (std::uint32_t i = 0; i <= context.pick.host_selection_retry_max_attempts; ++i) {
            chosen = choose_once(context);
            if (!chosen || !context.is_refused(*chosen)) {
                break;
            }
        }
        return chosen;
    }

protected:
    [[nodiscard]] virtual std::optional<std::uint32_t> choose_once(
        const ChoiceContext& context) = 0;
};

class RandomChooser final : public RepeatingChooser {
public:
    explicit RandomChooser(const ClusterLbConfig& config) : sources_(config.common_lb_config) {}

    void update(const HostsChange& change) override {
        sources_.update(change);
        host_sets_ = change.host_sets;
    }

private:
    // One draw chooses the priority and the host: where a priority's load is no multiple of its
    // number of hosts, they do not get quite the same.
    [[nodiscard]] std::optional<std::uint32_t> choose_once(const ChoiceContext& context) override {
        const std::uint64_t drawn = context.random.next();
        const auto source = sources_.choose(context, drawn);
        if (!source) {
            return std::nullopt;
        }
        const auto hosts = hosts_of(*source, host_sets_);
        return hosts.empty() ? std::nullopt : std::optional{hosts[drawn % hosts.size()]};
    }

    HostSources sources_;
    std::span<const HostSet> host_sets_;
};

// Where all hosts of a list weigh the same, each policy has a way of its own; else the earliest
// deadline is first.
class EdfChooser : public RepeatingChooser {
public:
    EdfChooser(const CommonLbConfig& common, const SlowStartConfig& slow_start)
        : sources_(common), slow_start_(slow_start) {}

    void update(const HostsChange& change) override {
        if (!seed_) {
            seed_ = change.random.next();
            slow_start_.begin(change.now);
        }
        sources_.update(change);
        host_sets_ = change.host_sets;
        for (const HostSet& set : change.host_sets) {
            refresh(change, set);
        }
    }

protected:
    [[nodiscard]] virtual double weight_of(const Host& host, std::uint32_t requests_active,
                                           TimePoint now) const = 0;
    [[nodiscard]] virtual std::uint32_t choose_unweighted(std::span<const std::uint32_t> hosts,
                                                          const HostSource& source,
                                                          const ChoiceContext& context) = 0;

    [[nodiscard]] double slow_started(double weight, const Host& host, TimePoint now) const {
        return slow_start_.is_over(now) ? weight : slow_start_.applied(weight, host.endpoint, now);
    }
    // Where it all begins, on this proxy.
    [[nodiscard]] std::uint64_t seed() const {
        return *seed_;
    }

private:
    using Type = HostSource::Type;

    void refresh(const HostsChange& change, const HostSet& set) {
        refresh_source(change, {.priority = set.priority, .type = Type::All});
        refresh_source(change, {.priority = set.priority, .type = Type::Healthy});
        refresh_source(change, {.priority = set.priority, .type = Type::Degraded});
        const auto count =
            static_cast<std::uint32_t>(set.healthy_hosts_per_locality.localities.size());
        for (std::uint32_t i = 0; i < count; ++i) {
            refresh_source(change, {set.priority, Type::LocalityHealthy, i});
            refresh_source(change, {set.priority, Type::LocalityDegraded, i});
        }
    }

    void refresh_source(const HostsChange& change, const HostSource& source) {
        const auto members = hosts_of(source, change.host_sets);
        if (slow_start_.is_enabled()) {
            slow_start_.meet(change.hosts, members, change.now);
        }
        schedulers_.erase(source);
        const auto weighs_otherwise = [&](std::uint32_t index) {
            return change.hosts[index].endpoint.load_balancing_weight !=
                   change.hosts[members.front()].endpoint.load_balancing_weight;
        };
        const bool is_uneven = std::ranges::any_of(members, weighs_otherwise);
        if (members.size() <= 1 || (!is_uneven && slow_start_.is_over(change.now))) {
            return;
        }
        schedulers_[source] = EdfScheduler::with_picks(
            members,
            [&](std::uint32_t index) {
                return weight_of(change.hosts[index], change.requests_active(index), change.now);
            },
            static_cast<std::uint32_t>(seed()));
    }

    [[nodiscard]] std::optional<std::uint32_t> choose_once(const ChoiceContext& context) override {
        const auto source = sources_.choose(context, context.random.next());
        if (!source) {
            return std::nullopt;
        }
        if (const auto found = schedulers_.find(*source); found != schedulers_.end()) {
            return found->second.pick([&](std::uint32_t index) {
                return weight_of(context.hosts[index], context.requests_active(index),
                                 context.pick.now);
            });
        }
        const auto hosts = hosts_of(*source, host_sets_);
        return hosts.empty() ? std::nullopt
                             : std::optional{choose_unweighted(hosts, *source, context)};
    }

    HostSources sources_;
    SlowStart slow_start_;
    std::optional<std::uint64_t> seed_;
    std::span<const HostSet> host_sets_;
    std::map<HostSource, EdfScheduler> schedulers_;  // of lists that are not even
};

class RoundRobinChooser final : public EdfChooser {
public:
    explicit RoundRobinChooser(const ClusterLbConfig& config)
        : EdfChooser(config.common_lb_config, config.round_robin_lb_config.slow_start_config) {}

private:
    [[nodiscard]] double weight_of(const Host& host, std::uint32_t /*requests_active*/,
                                   TimePoint now) const override {
        return slow_started(host.endpoint.load_balancing_weight, host, now);
    }

    // The index goes on when hosts come and go.
    [[nodiscard]] std::uint32_t choose_unweighted(std::span<const std::uint32_t> hosts,
                                                  const HostSource& source,
                                                  const ChoiceContext& /*context*/) override {
        std::uint64_t& index = indexes_.try_emplace(source, seed()).first->second;
        return hosts[index++ % hosts.size()];
    }

    std::map<HostSource, std::uint64_t> indexes_;
};

class LeastRequestChooser final : public EdfChooser {
public:
    explicit LeastRequestChooser(const ClusterLbConfig& config)
        : EdfChooser(config.common_lb_config, config.least_request_lb_config.slow_start_config),
          config_(config.least_request_lb_config) {}

private:
    [[nodiscard]] double weight_of(const Host& host, std::uint32_t requests_active,
                                   TimePoint now) const override {
        double weight = host.endpoint.load_balancing_weight;
        const double requests = requests_active + 1.0;
        if (config_.active_request_bias == 1.0) {
            weight /= requests;
        } else if (config_.active_request_bias != 0.0) {
            weight /= power(requests, config_.active_request_bias);
        }
        return slow_started(weight, host, now);
    }

    [[nodiscard]] std::uint32_t choose_unweighted(std::span<const std::uint32_t> hosts,
                                                  const HostSource& /*source*/,
                                                  const ChoiceContext& context) override {
        if (config_.selection_method == SelectionMethod::FullScan) {
            return idlest_of_all(hosts, context);
        }
        std::uint32_t picked = hosts[context.random.below(hosts.size())];
        for (std::uint32_t i = 1; i < config_.choice_count; ++i) {
            const std::uint32_t sampled = hosts[context.random.below(hosts.size())];
            if (context.requests_active(sampled) < context.requests_active(picked)) {
                picked = sampled;
            }
        }
        return picked;
    }

    // Of k equal ones, the k-th takes the place of the one before it with probability 1 / k.
    [[nodiscard]] static std::uint32_t idlest_of_all(std::span<const std::uint32_t> hosts,
                                                     const ChoiceContext& context) {
        std::uint32_t picked = hosts.front();
        std::uint64_t equal = 1;
        for (const std::uint32_t host : hosts.subspan(1)) {
            const std::uint32_t requests = context.requests_active(host);
            const std::uint32_t fewest = context.requests_active(picked);
            if (requests < fewest) {
                picked = host;
                equal = 1;
            } else if (requests == fewest && context.random.below(++equal) == 0) {
                picked = host;
            }
        }
        return picked;
    }

    const LeastRequestLbConfig& config_;
};

}  // namespace

std::unique_ptr<HostChooser> make_edf_chooser(const ClusterLbConfig& config) {
    if (config.lb_policy == LbPolicy::LeastRequest) {
        return std::make_unique<LeastRequestChooser>(config);
    }
    if (config.lb_policy == LbPolicy::Random) {
        return std::make_unique<RandomChooser>(config);
    }
    return std::make_unique<RoundRobinChooser>(config);
}

}  // namespace wavetank::mesh
