// Messages between nodes: how long they take, and what becomes of those that get lost.

#include "sim/dataplane/hot_path.hpp"

#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace wavetank::sim {
namespace {

// Tells what wires draw from what the service draws.
constexpr std::uint32_t network_site = 0x6e657477;

// When what got lost is sent again, and how often: tcp_rto_min, tcp_rto_max and tcp_retries2 of
// Linux.
constexpr Duration first_resend = std::chrono::milliseconds{200};
constexpr Duration last_resend = std::chrono::minutes{2};
constexpr std::uint8_t losses_max = 16;

}  // namespace

PlaceId DataPlane::Engine::add_place() {
    for (auto& row : link_of_) {
        row.push_back(0);
    }
    link_of_.emplace_back(link_of_.size() + 1, 0);
    local_link_of_.push_back(0);
    return PlaceId{static_cast<std::uint32_t>(link_of_.size() - 1)};
}

void DataPlane::Engine::set_place(std::uint32_t node, std::uint32_t place) {
    WAVETANK_ASSERT(place < link_of_.size());
    place_of_site_[node + 1] = place;
}

void DataPlane::Engine::set_link(std::uint32_t from, std::uint32_t to, const Link& link) {
    link_of_[from][to] = index_of(link);
}

void DataPlane::Engine::set_local_link(std::uint32_t place, const Link& link) {
    local_link_of_[place] = index_of(link);
}

std::uint16_t DataPlane::Engine::index_of(const Link& link) {
    WAVETANK_ASSERT(options_.has_links);
    WAVETANK_ASSERT(link.loss >= 0 && link.loss < 1 && link.bandwidth >= 0);
    const auto known = std::ranges::find(links_, link);
    const auto index = static_cast<std::uint16_t>(known - links_.begin());
    if (known == links_.end()) {
        WAVETANK_ASSERT(links_.size() < std::numeric_limits<std::uint16_t>::max());
        links_.push_back(link);
    }
    return index;
}

// Between nodes, or 0 for what is on none.
const Link& DataPlane::Engine::link_between(std::uint32_t from, std::uint32_t to) const {
    const bool is_local = from == to && from != 0;
    return links_[is_local ? local_link_of_[place_of_site_[from]]
                           : link_of_[place_of_site_[from]][place_of_site_[to]]];
}

Duration DataPlane::Engine::draw_network(const DrawKey& draws, Leg leg) const {
    DrawKey key = draws;
    key.call_site ^= network_site + static_cast<std::uint32_t>(leg);
    CounterRandom random{key};
    return options_.network.sample(random);
}

Duration DataPlane::Engine::message_over_link(std::uint32_t slot, Leg leg) {
    Record& record = records_[slot];
    std::uint32_t from = edges_[record.edge].site;
    std::uint32_t to = replicas_[record.replica].site;
    if (leg == Leg::Back) {
        std::swap(from, to);
    }
    const Link& link = link_between(from, to);
    DrawKey key = record.draws;
    key.call_site ^= network_site + static_cast<std::uint32_t>(leg);
    key.attempt = key.attempt << 5 | record.losses;
    CounterRandom random{key};
    if (link.is_cut || (link.loss > 0 && random.uniform() < link.loss)) {
        const Duration pause = std::min(first_resend * (1 << record.losses), last_resend);
        ++record.losses;
        return pause;
    }
    record.losses = 0;
    const Duration way = link.latency.sample(random) + link.delay.sample(random);
    return link.bandwidth > 0 ? transmission(record, leg, link.bandwidth) + way : way;
}

// How long it takes until a message's last bit is on its way, behind those that were sent before.
Duration DataPlane::Engine::transmission(const Record& record, Leg leg, double bandwidth) {
    const DeclaredProgram& declared = programs_[replicas_[record.replica].program].declared;
    const bool is_request = leg == Leg::There;
    const std::uint64_t bytes = is_request             ? declared.request_bytes
                                : record.status == 200 ? declared.response_bytes
                                                       : 0;
    const std::uint32_t client = edges_[record.edge].site;
    const std::uint32_t server = replicas_[record.replica].site;
    const std::uint64_t pair =
        is_request ? std::uint64_t{client} << 32 | server : std::uint64_t{server} << 32 | client;
    TimePoint& free_at = wire_free_at_[pair];
    free_at =
        std::max(free_at, now_) + at_most_ages(static_cast<double>(bytes) * 8 / bandwidth * 1e9);
    return free_at - now_;
}

void DataPlane::Engine::send_again(std::uint32_t slot) {
    if (records_[slot].losses == losses_max) {
        records_[slot].losses = 0;
        records_[slot].status = 503;
        records_[slot].reset = mesh::ResetReason::ConnectionTermination;
        answer(slot);
        return;
    }
    const bool is_going = records_[slot].phase == Phase::OnTheWay;
    const Duration time = message(slot, is_going ? Leg::There : Leg::Back);
    if (time > Duration::zero()) {
        schedule(slot, is_going ? Kind::Arrival : Kind::Answer, now_ + time);
    } else if (is_going) {
        arrive(slot);
    } else {
        answer(slot);
    }
}

}  // namespace wavetank::sim
