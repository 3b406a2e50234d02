#include <wavetank/mesh/policies/prequal.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace wavetank::mesh {

std::optional<std::size_t> Prequal::pick(const EndpointSet& endpoints, const PickContext& context,
                                         Random& random) {
    if (endpoints.empty()) {
        return std::nullopt;
    }
    drop_old(context.now);
    std::size_t picked = 0;
    if (pool_.size() < options_.pool_size_min) {
        picked = random.below(endpoints.size());
    } else {
        const std::size_t place = best();
        Probe& probe = pool_[place];
        picked = probe.index;
        ++probe.rif;  // this request, which the server did not know of
        if (--probe.uses == 0) {
            erase(place);
        }
    }
    remove_some(random);
    ask_some(endpoints, context.now, random);
    return picked;
}

void Prequal::on_endpoints_changed(const EndpointSet& /*endpoints*/, TimePoint /*now*/,
                                   Random& /*random*/) {
    pool_.clear();
}

void Prequal::add_probe(std::size_t index, const ServerReport& report, std::uint32_t uses,
                        TimePoint now) {
    if (pool_.size() >= options_.pool_size) {
        pool_.pop_front();
    }
    pool_.push_back({.index = index,
                     .rif = report.requests_in_flight,
                     .latency = report.latency,
                     .uses = uses,
                     .at = now});
    recent_.push_back(report.requests_in_flight);
    if (recent_.size() > options_.rif_window) {
        recent_.pop_front();
    }
}

double Prequal::uses_per_probe(std::size_t endpoints) const {
    const double kept =
        1 - static_cast<double>(options_.pool_size) / static_cast<double>(endpoints);
    const double rate = kept * options_.probes_per_query - options_.removals_per_query;
    return rate > 0 ? std::max(1.0, (1 + options_.delta) / rate) : 1.0;
}

void Prequal::drop_old(TimePoint now) {
    while (!pool_.empty() && now - pool_.front().at > options_.probe_age_max) {
        pool_.pop_front();
    }
}

std::uint32_t Prequal::hot_above() const {
    std::vector<std::uint32_t> sorted(recent_.begin(), recent_.end());
    const double rank = std::ceil(options_.rif_quantile * static_cast<double>(sorted.size()));
    const auto place = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(place));
    return sorted[place];
}

bool Prequal::is_better(const Probe& one, const Probe& other, std::uint32_t hot_above) {
    const bool is_hot = one.rif > hot_above;
    if (is_hot != (other.rif > hot_above)) {
        return !is_hot;
    }
    return is_hot ? one.rif < other.rif : one.latency < other.latency;
}

std::size_t Prequal::best() const {
    const std::uint32_t hot = hot_above();
    const auto before = [&](const Probe& one, const Probe& other) {
        return is_better(one, other, hot);
    };
    return static_cast<std::size_t>(std::ranges::min_element(pool_, before) - pool_.begin());
}

std::size_t Prequal::worst() const {
    const std::uint32_t hot = hot_above();
    const auto before = [&](const Probe& one, const Probe& other) {
        return is_better(one, other, hot);
    };
    return static_cast<std::size_t>(std::ranges::max_element(pool_, before) - pool_.begin());
}

std::uint32_t Prequal::rounded(double value, Random& random) {
    const double whole = std::floor(value);
    const bool up = value > whole && random.uniform() < value - whole;
    return static_cast<std::uint32_t>(whole) + (up ? 1 : 0);
}

void Prequal::remove_some(Random& random) {
    const std::uint32_t count = rounded(options_.removals_per_query, random);
    for (std::uint32_t i = 0; i < count && !pool_.empty(); ++i) {
        erase(std::exchange(removes_oldest_, !removes_oldest_) ? 0 : worst());
    }
}

void Prequal::ask_some(const EndpointSet& endpoints, TimePoint now, Random& random) {
    if (order_.size() != endpoints.size()) {
        order_.resize(endpoints.size());
        std::iota(order_.begin(), order_.end(), std::size_t{0});
    }
    const std::size_t count =
        std::min<std::size_t>(rounded(options_.probes_per_query, random), endpoints.size());
    for (std::size_t i = 0; i < count; ++i) {
        std::swap(order_[i], order_[i + random.below(order_.size() - i)]);
        const std::size_t index = order_[i];
        const ServerReport report =
            endpoints.probe() != nullptr
                ? endpoints.probe()->ask(index)
                : ServerReport{.requests_in_flight = endpoints.requests_active(index)};
        add_probe(index, report, rounded(uses_per_probe(endpoints.size()), random), now);
    }
}

void Prequal::erase(std::size_t place) {
    pool_.erase(pool_.begin() + static_cast<std::ptrdiff_t>(place));
}

}  // namespace wavetank::mesh
