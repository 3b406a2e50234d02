#include <wavetank/mesh/policies/ipvs.hpp>

#include <wavetank/mesh/host.hpp>

#include <algorithm>

namespace wavetank::mesh {
namespace {

constexpr int ipvs_table_bits = 8;
constexpr std::uint32_t loopback_address = 0x7f000001;

// Linux's hash_32.
std::uint32_t linux_hash_32(std::uint32_t value) {
    constexpr std::uint32_t golden_ratio_32 = 0x61c88647;
    return value * golden_ratio_32 >> (32 - ipvs_table_bits);
}

}  // namespace

std::optional<std::size_t> Ipvs::pick(const EndpointSet& endpoints, const PickContext& context,
                                      Random& /*random*/) {
    if (weights_.size() != endpoints.size()) {
        learn(endpoints);
    }
    switch (scheduler_) {
        case IpvsScheduler::RoundRobin:
            return next_in_list();
        case IpvsScheduler::LeastConnection:
            return least_connections(endpoints);
        case IpvsScheduler::NeverQueue:
            for (std::size_t i = 0; i < endpoints.size(); ++i) {
                if (weights_[i] > 0 && endpoints.requests_active(i) == 0) {
                    return i;
                }
            }
            return shortest_delay(endpoints);
        case IpvsScheduler::ShortestExpectedDelay:
            return shortest_delay(endpoints);
        case IpvsScheduler::DestinationHashing:
        case IpvsScheduler::SourceHashing:
            break;
    }
    return hashed(context);
}

void Ipvs::on_endpoints_changed(const EndpointSet& endpoints, TimePoint /*now*/,
                                Random& /*random*/) {
    learn(endpoints);
}

BalancerNeeds Ipvs::needs() const {
    const bool hashes = scheduler_ == IpvsScheduler::DestinationHashing ||
                        scheduler_ == IpvsScheduler::SourceHashing;
    return {.requests_active = !hashes && scheduler_ != IpvsScheduler::RoundRobin,
            .hash = hashes,
            .hosts = true};
}

void Ipvs::learn(const EndpointSet& endpoints) {
    weights_.assign(endpoints.size(), 1);
    if (endpoints.hosts() != nullptr) {
        std::size_t index = 0;
        for (const LocalityLbEndpoints& locality : endpoints.hosts()->endpoints) {
            for (const LbEndpoint& host : locality.lb_endpoints) {
                weights_[index++] = host.load_balancing_weight;
            }
        }
    }
    places_.clear();
    if (weights_.empty()) {
        return;
    }
    const bool by_weight = scheduler_ == IpvsScheduler::SourceHashing;
    std::size_t server = 0;
    std::uint32_t in_a_row = 0;
    for (int place = 0; place < 1 << ipvs_table_bits; ++place) {
        places_.push_back(server);
        if (++in_a_row >= (by_weight ? weights_[server] : 1)) {
            server = (server + 1) % weights_.size();
            in_a_row = 0;
        }
    }
}

std::optional<std::size_t> Ipvs::next_in_list() {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        const std::size_t server = (next_ + i) % weights_.size();
        if (weights_[server] > 0) {
            next_ = server + 1;
            return server;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> Ipvs::least_connections(const EndpointSet& endpoints) const {
    std::optional<std::size_t> picked;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        if (weights_[i] > 0 &&
            (!picked || endpoints.requests_active(i) < endpoints.requests_active(*picked))) {
            picked = i;
        }
    }
    return picked;
}

// Compares fractions by cross-multiplication.
std::optional<std::size_t> Ipvs::shortest_delay(const EndpointSet& endpoints) const {
    const auto load = [&](std::size_t i) {
        return endpoints.requests_active(i) + std::uint64_t{1};
    };
    std::optional<std::size_t> picked;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        if (weights_[i] > 0 &&
            (!picked || load(*picked) * weights_[i] > load(i) * weights_[*picked])) {
            picked = i;
        }
    }
    return picked;
}

std::optional<std::size_t> Ipvs::hashed(const PickContext& context) const {
    if (places_.empty()) {
        return std::nullopt;
    }
    const auto address = static_cast<std::uint32_t>(context.hash.value_or(loopback_address));
    const std::size_t server = places_[linux_hash_32(address)];
    return weights_[server] > 0 ? std::optional{server} : std::nullopt;
}

}  // namespace wavetank::mesh
