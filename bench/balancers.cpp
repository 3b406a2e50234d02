// What a pick costs, by policy and number of endpoints, with the requests in flight that a client
// has and a hash that changes. The reference is the loop that one would write by hand for the same
// choice: no weights, no health, no localities, nobody who hears of answers.

#include "bench/figure.hpp"

#include <wavetank/base/random.hpp>
#include <wavetank/mesh/host.hpp>
#include <wavetank/mesh/load_balancer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using wavetank::Duration;
using wavetank::Random;
using wavetank::TimePoint;
using namespace wavetank::mesh;

// Servers that all say something else.
class VariedProbe final : public ServerProbe {
public:
    [[nodiscard]] ServerReport ask(std::size_t index) const override {
        return {.requests_in_flight = static_cast<std::uint32_t>(index % 7),
                .latency = Duration{1'000'000 + static_cast<Duration::rep>(index % 100)}};
    }
};

// A client that picks, a microsecond after the other, and hears of an answer after each.
class PickingClient {
public:
    PickingClient(const std::string& policy, std::size_t size)
        : balancer_(BalancerRegistry::defaults().make(policy)), counts_(size) {
        auto& hosts = hosts_.endpoints.emplace_back().lb_endpoints;
        for (std::size_t i = 0; i < size; ++i) {
            hosts.push_back(
                {.address = "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256),
                 .port_value = 80});
            counts_[i] = static_cast<std::uint32_t>(i * 7919 % 5);
        }
        balancer_->on_endpoints_changed(endpoints(), now_, random_);
    }

    std::size_t run(std::size_t count) {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < count; ++i) {
            now_ += Duration{1000};
            const std::size_t picked =
                balancer_->pick(endpoints(), {.hash = random_.next(), .now = now_}, random_)
                    .value_or(0);
            balancer_->on_outcome({.index = picked,
                                   .now = now_,
                                   .latency = Duration{1'000'000},
                                   .report = {.requests_in_flight = 2,
                                              .service_time = Duration{900'000},
                                              .utilization = 0.5,
                                              .requests_per_second = 500}});
            sum += picked;
        }
        return sum;
    }

private:
    [[nodiscard]] EndpointSet endpoints() const {
        return EndpointSet{counts_, &hosts_, &probe_};
    }

    std::unique_ptr<LoadBalancer> balancer_;
    std::vector<std::uint32_t> counts_;
    ClusterLoadAssignment hosts_;
    VariedProbe probe_;
    Random random_{1};
    TimePoint now_{};
};

// The same choices by hand.
class PlainLoop {
public:
    enum class Kind : std::uint8_t { Next, Any, IdlerOfTwo, Idlest, Ring, Table, ByWeight };

    PlainLoop(const std::string& policy, std::size_t size) : kind_(kind_of(policy)), counts_(size) {
        for (std::size_t i = 0; i < size; ++i) {
            counts_[i] = static_cast<std::uint32_t>(i * 7919 % 5);
            weights_up_to_.push_back(static_cast<double>(i + 1) / static_cast<double>(size));
        }
        for (std::size_t i = 0; i < std::max<std::size_t>(1024, size); ++i) {
            ring_.emplace_back(random_.next(), static_cast<std::uint32_t>(i % size));
        }
        std::ranges::sort(ring_);
        for (std::size_t i = 0; i < 65537; ++i) {
            table_.push_back(static_cast<std::uint32_t>(i % size));
        }
    }

    std::size_t run(std::size_t count) {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < count; ++i) {
            sum += pick();
        }
        return sum;
    }

private:
    static Kind kind_of(const std::string& policy) {
        if (policy == "ROUND_ROBIN" || policy == "IPVS_RR") {
            return Kind::Next;
        }
        if (policy == "RING_HASH") {
            return Kind::Ring;
        }
        if (policy == "MAGLEV" || policy == "IPVS_DH" || policy == "IPVS_SH") {
            return Kind::Table;
        }
        if (policy == "C3" || policy == "IPVS_LC" || policy == "IPVS_SED" || policy == "IPVS_NQ") {
            return Kind::Idlest;
        }
        if (policy == "CLIENT_SIDE_WEIGHTED_ROUND_ROBIN") {
            return Kind::ByWeight;
        }
        return policy == "RANDOM" || policy == "JOIN_IDLE_QUEUE" ? Kind::Any : Kind::IdlerOfTwo;
    }

    std::size_t pick() {
        switch (kind_) {
            case Kind::Next:
                return next_ = next_ + 1 == counts_.size() ? 0 : next_ + 1;
            case Kind::Any:
                return random_.below(counts_.size());
            case Kind::IdlerOfTwo: {
                const std::size_t one = random_.below(counts_.size());
                const std::size_t other = random_.below(counts_.size());
                return counts_[other] < counts_[one] ? other : one;
            }
            case Kind::Idlest:
                return static_cast<std::size_t>(std::ranges::min_element(counts_) -
                                                counts_.begin());
            case Kind::Ring: {
                const auto found =
                    std::ranges::lower_bound(ring_, std::pair{random_.next(), std::uint32_t{0}});
                return (found == ring_.end() ? ring_.front() : *found).second;
            }
            case Kind::Table:
                return table_[random_.next() % table_.size()];
            case Kind::ByWeight:
                break;
        }
        return static_cast<std::size_t>(
            std::ranges::upper_bound(weights_up_to_, random_.uniform()) - weights_up_to_.begin());
    }

    Kind kind_;
    std::vector<std::uint32_t> counts_;
    std::vector<double> weights_up_to_;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> ring_;
    std::vector<std::uint32_t> table_;
    Random random_{1};
    std::size_t next_ = 0;
};

template <class Picker>
double nanoseconds_a_pick(Picker& picker, std::size_t picks) {
    const double before = wavetank::bench::cpu_time();
    benchmark::DoNotOptimize(picker.run(picks));
    return (wavetank::bench::cpu_time() - before) / static_cast<double>(picks);
}

// The median of five, each in turn with the reference.
void measure_policy(benchmark::State& state, const std::string& policy, std::size_t size) {
    PickingClient client{policy, size};
    PlainLoop reference{policy, size};
    const bool looks_at_all = policy == "C3" || policy.starts_with("IPVS_L") ||
                              policy == "IPVS_SED" || policy == "IPVS_NQ";
    const std::size_t picks =
        looks_at_all || policy.starts_with("CLIENT") ? 20'000'000 / size : 200'000;
    for ([[maybe_unused]] auto iteration : state) {
        std::array<double, 5> values{};
        std::array<double, 5> references{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            values.at(i) = nanoseconds_a_pick(client, picks);
            references.at(i) = nanoseconds_a_pick(reference, picks);
        }
        std::ranges::sort(values);
        std::ranges::sort(references);
        wavetank::bench::report(state,
                                {.value = values[2], .unit = "ns", .reference = references[2]});
    }
}

const bool are_registered = [] {
    for (const std::string& policy : BalancerRegistry::defaults().names()) {
        for (const std::size_t size : {std::size_t{100}, std::size_t{10'000}}) {
            benchmark::RegisterBenchmark(
                ("mesh/policies/" + policy + "/" + std::to_string(size)).c_str(),
                [policy, size](benchmark::State& state) { measure_policy(state, policy, size); })
                ->Iterations(1);
        }
    }
    return true;
}();

}  // namespace
