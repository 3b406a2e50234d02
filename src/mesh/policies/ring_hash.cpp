#include <wavetank/mesh/policies/ring_hash.hpp>

#include <wavetank/base/assert.hpp>
#include <wavetank/mesh/hash.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace wavetank::mesh {

// Envoy's sums in Envoy's order: how many places a host has depends on the last bit of them.
HashRing::HashRing(std::span<const NormalizedHostWeight> hosts, const RingHashLbConfig& config) {
    if (hosts.empty()) {
        return;
    }
    double weight_min = 1;
    for (const NormalizedHostWeight& host : hosts) {
        weight_min = std::min(weight_min, host.weight);
    }
    const double scale =
        std::min(std::ceil(weight_min * static_cast<double>(config.minimum_ring_size)) / weight_min,
                 static_cast<double>(config.maximum_ring_size));
    size_ = static_cast<std::uint64_t>(std::ceil(scale));
    hashes_min_ = size_;
    entries_.reserve(size_ + 1);
    double current = 0;
    double target = 0;
    std::string text;
    for (const NormalizedHostWeight& host : hosts) {
        text.assign(host.key).push_back('_');
        const std::size_t key_size = text.size();
        target += scale * host.weight;
        std::uint64_t hashes = 0;
        while (current < target) {
            text.resize(key_size);
            text += std::to_string(hashes);
            entries_.push_back({.hash = config.hash_function == HashFunction::MurmurHash2
                                            ? murmur_hash_2(text)
                                            : xx_hash_64(text),
                                .host = host.host});
            ++hashes;
            ++current;
        }
        hashes_min_ = std::min(hashes_min_, hashes);
        hashes_max_ = std::max(hashes_max_, hashes);
    }
    std::ranges::stable_sort(entries_, {}, &Entry::hash);
}

std::optional<std::uint32_t> HashRing::choose(std::uint64_t hash, std::uint32_t attempt) const {
    if (entries_.empty()) {
        return std::nullopt;
    }
    const auto found = std::ranges::lower_bound(entries_, hash, {}, &Entry::hash);
    const auto place = static_cast<std::size_t>(found - entries_.begin()) % entries_.size();
    return entries_[(place + attempt) % entries_.size()].host;
}

}  // namespace wavetank::mesh
