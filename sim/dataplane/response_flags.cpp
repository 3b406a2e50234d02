// What clients' proxies say of answers that are not simply a server's, as Envoy's access logs have
// it. Requests without a policy are one attempt; those of exchanges gather their flags on the way.

#include "sim/dataplane/hot_path.hpp"

namespace wavetank::sim {

// A request could not be sent. `picked`: to whom it should have gone; `none`: there was nobody.
// Else it is the simulator that has a limit.
void DataPlane::Engine::note_refused(const Edge& edge, std::uint32_t picked) {
    if (picked == none) {
        note_flags(edge, mesh::ResponseFlag::NoHealthyUpstream);
    }
}

// A request without a policy got no answer of its replica. One whose client is gone was noted then.
void DataPlane::Engine::note_reset(const Record& record) {
    const Edge& edge = edges_[record.edge];
    if (edge.owner != Owner::Replica || record.parent != none) {
        note_flags(edge, mesh::flag_of(*record.reset));
    }
}

// Its client, and whoever took its requests instead. Without proxies nobody says anything.
void DataPlane::Engine::note_flags(const Exchange& exchange) {
    if (exchange.is_vain || exchange.policy->kube_proxy) {
        return;
    }
    const Edge& edge = edges_[exchange.edge];
    if (exchange.client != exchange.edge) {
        note_flags(edge, exchange.flags);
    }
    if (!exchange.is_mirror) {
        note_flags(edges_[exchange.client], exchange.flags);
    }
}

void DataPlane::Engine::note_gone_client(Exchange& exchange) {
    if (!exchange.is_vain) {
        exchange.flags = mesh::ResponseFlag::DownstreamConnectionTermination;
        note_flags(exchange);
    }
    exchange.is_vain = true;
}

}  // namespace wavetank::sim
