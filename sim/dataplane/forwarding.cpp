// Calls that hand on what a request says: they go where calls with those headers go.

#include "sim/dataplane/hot_path.hpp"

#include <utility>

namespace wavetank::sim {
namespace {

// Tells the numbers of messages from those of services.
constexpr std::uint32_t message_bit = 0x80000000;

std::uint64_t key_of_kind(std::uint32_t program, std::uint32_t said) {
    return std::uint64_t{program} << 32 | said;
}

}  // namespace

void DataPlane::Engine::set_forwarded(std::uint32_t program, const RequestKind& kind,
                                      ForwardedCalls calls) {
    Forwarding made{.name = std::move(calls.name)};
    for (const ForwardedCall& call : calls.calls) {
        const auto service = static_cast<std::uint32_t>(call.service);
        made.calls.push_back(
            {.service = service, .route = add_route(service), .message = call.message});
    }
    if (!std::exchange(programs_[program].forwards, true)) {
        programs_[program].meets_requests = true;
        programs_[program].is_plain = false;
        // Those that have come in already hand on nothing, whoever had their places before.
        for (std::uint32_t slot = 0; slot < forwarded_.size(); ++slot) {
            const Record& record = records_[slot];
            if (record.phase != Phase::Free && replicas_[record.replica].program == program) {
                forwarded_[slot] = nullptr;
            }
        }
    }
    const std::uint32_t said =
        kind.message ? *kind.message | message_bit : static_cast<std::uint32_t>(kind.service);
    forwarding_[key_of_kind(program, said)] = std::make_unique<Forwarding>(std::move(made));
}

// Nobody waits any longer for an attempt. If it is still on its way, it is noted now what was said:
// when it comes in, nobody will know.
void DataPlane::Engine::let_go(std::uint32_t slot) {
    Record& record = records_[slot];
    if (record.phase == Phase::OnTheWay && programs_[replicas_[record.replica].program].forwards) {
        note_forwarding(slot);
    }
    record.parent = none;
}

// A request has come in: what its calls will hand on does not change any more, whoever gives it up.
void DataPlane::Engine::note_forwarding(std::uint32_t slot) {
    if (forwarded_.size() <= slot) {
        forwarded_.resize(records_.size(), nullptr);
    }
    const Record& record = records_[slot];
    std::uint32_t said = edges_[record.edge].service;
    const bool has_exchange = record.is_attempt && !record.is_simple;
    if (has_exchange && record.parent == none) {
        return;  // it was let go
    }
    if (has_exchange) {
        const Exchange& exchange = exchanges_[record.parent];
        said = exchange.message != none ? exchange.message | message_bit
                                        : edges_[exchange.client].service;
    }
    const auto found = forwarding_.find(key_of_kind(replicas_[record.replica].program, said));
    forwarded_[slot] = found != forwarding_.end() ? found->second.get() : nullptr;
}

// Null: its calls are those of the program.
const DataPlane::Engine::Forwarding* DataPlane::Engine::forwarding_of(std::uint32_t slot) const {
    return slot < forwarded_.size() ? forwarded_[slot] : nullptr;
}

std::uint32_t DataPlane::Engine::edge_to(std::uint32_t replica_index, const Forwarding& forwarding,
                                         const Forwarding::Call& call) {
    const auto [place, is_new] =
        edges_by_forwarding_.try_emplace(std::uint64_t{replica_index} << 32 | call.service, none);
    if (is_new) {
        const Replica& replica = replicas_[replica_index];
        place->second =
            make_edge({.service = call.service,
                       .passes_deadline = programs_[replica.program].declared.propagates_deadline,
                       .route = call.route,
                       .site = replica.site},
                      replica.name + forwarding.name);
    }
    return place->second;
}

}  // namespace wavetank::sim
