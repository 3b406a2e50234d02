// hash.jsonl: which host a request's hash leads to, at first, again, and under load.

#include "fidelity/envoy/cluster_case.hpp"

#include <algorithm>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// A request as a hash policy sees it. Where the recording says no more, it came from the loopback.
struct RecordedRequest {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string path = "/";

    explicit RecordedRequest(const value& from) {
        if (from.is_string()) {
            headers.emplace_back("x-h", from.get_string());
            return;
        }
        const object& request = from.as_object();
        only_members(request, "requests",
                     {"path", "headers", "at_ms", "client_timeout_ms", "method", "authority"});
        if (const value* found = request.if_contains("path")) {
            path = found->as_string();
        }
        if (const value* listed = request.if_contains("headers")) {
            for (const value& pair : listed->as_array()) {
                headers.emplace_back(pair.at(0).as_string(), pair.at(1).as_string());
            }
        }
    }

    [[nodiscard]] mesh::HashSubject subject() const {
        return {.headers = headers,
                .path = path,
                .source_ip = "127.0.0.1",
                .remote_address = "127.0.0.1:50000",
                .local_address = "127.0.0.1:80"};
    }
};

// Refuses the hosts that a request has tried before.
class PreviousHosts final : public mesh::RetryHostPredicate {
public:
    [[nodiscard]] bool refuses(std::size_t index) const override {
        return is_on && std::ranges::find(tried, index) != tried.end();
    }

    bool is_on = false;
    std::vector<std::size_t> tried;
};

array gauges_of(const mesh::HashTableStats& stats) {
    return {stats.size, stats.entries_per_host_min, stats.entries_per_host_max};
}

class HashReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return replay_known(test_case); });
    }

private:
    static Outcome replay_known(const Case& test_case) {
        const object& config = test_case.at("config").as_object();
        const object& expect = test_case.at("expect").as_object();
        const object* route = nullptr;
        if (const value* found = config.if_contains("route")) {
            route = &found->as_object();
        }
        only_members(config, "config", {"cluster", "hash_policy", "route"});
        const value& policies =
            route != nullptr ? route->at("hash_policy") : config.at("hash_policy");
        const auto hasher =
            mesh::RequestHasher::make(read_hash_policies(policies.as_array())).value();
        CaseProxy proxy{config, expect.at("hosts").as_array(), 1};
        const array& requests = test_case.at("requests").as_array();
        if (test_case.text("kind") == "hash" || test_case.text("kind") == "hash_policy") {
            return replay_picks(proxy, hasher, requests, expect);
        }
        if (test_case.text("kind") == "hash_retry") {
            return replay_retries(proxy, hasher, requests, *route, expect);
        }
        if (test_case.text("kind") == "hash_bounded") {
            return replay_held(proxy, hasher, requests, *route, expect);
        }
        throw NotModelled{"kind " + std::string{test_case.text("kind")}};
    }

    static Outcome replay_picks(CaseProxy& proxy, const mesh::RequestHasher& hasher,
                                const array& requests, const object& expect) {
        array picks;
        for (const value& each : requests) {
            const RecordedRequest request{each};
            picks.push_back(proxy.pick({.hash = hasher.hash(request.subject()).hash}));
        }
        if (auto different = difference(expect.at("picks"), picks, "picks")) {
            return failed(std::move(*different));
        }
        const auto stats = proxy.balancer().hash_table_stats().value();
        if (const value* ring = expect.if_contains("ring")) {
            const array wanted{ring->at("size"), ring->at("min_hashes_per_host"),
                               ring->at("max_hashes_per_host")};
            if (auto different = difference(wanted, gauges_of(stats), "ring")) {
                return failed(std::move(*different));
            }
        }
        if (const value* maglev = expect.if_contains("maglev")) {
            const array wanted{stats.size, maglev->at("min_entries_per_host"),
                               maglev->at("max_entries_per_host")};
            if (auto different = difference(wanted, gauges_of(stats), "maglev")) {
                return failed(std::move(*different));
            }
        }
        if (const value* panic = expect.if_contains("lb_healthy_panic")) {
            return compared(*panic, proxy.balancer().stats().lb_healthy_panic);
        }
        return passed();
    }

    // Every attempt fails: so many more as there are retries.
    static Outcome replay_retries(CaseProxy& proxy, const mesh::RequestHasher& hasher,
                                  const array& requests, const object& route,
                                  const object& expect) {
        only_members(route, "route", {"hash_policy", "retry_policy", "timeout"});
        const object& policy = route.at("retry_policy").as_object();
        only_members(policy, "retry_policy",
                     {"retry_on", "num_retries", "retry_back_off", "retry_host_predicate",
                      "host_selection_retry_max_attempts"});
        const auto retries = static_cast<std::uint32_t>(number_or(policy, "num_retries", 1));
        const auto again =
            static_cast<std::uint32_t>(number_or(policy, "host_selection_retry_max_attempts", 1));
        array attempt_hosts;
        for (const value& each : requests) {
            const RecordedRequest request{each};
            const auto hash = hasher.hash(request.subject()).hash;
            PreviousHosts previous;
            array attempts;
            for (std::uint32_t attempt = 0; attempt <= retries; ++attempt) {
                previous.is_on = attempt > 0 && policy.contains("retry_host_predicate");
                const int host = proxy.pick({.hash = hash,
                                             .retry_host_predicate = &previous,
                                             .host_selection_retry_max_attempts = again});
                attempts.push_back(host);
                if (const auto place = proxy.place_of(host)) {
                    previous.tried.push_back(*place);
                }
            }
            attempt_hosts.push_back(attempts);
        }
        return compared(expect.at("attempt_hosts"), attempt_hosts);
    }

    // No request ends before the last one was sent.
    static Outcome replay_held(CaseProxy& proxy, const mesh::RequestHasher& hasher,
                               const array& requests, const object& route, const object& expect) {
        only_members(route, "route", {"hash_policy", "timeout"});
        array attempt_hosts;
        for (const value& each : requests) {
            const RecordedRequest request{each};
            const int host = proxy.pick({.hash = hasher.hash(request.subject()).hash});
            attempt_hosts.push_back(array{host});
            proxy.add_request(host);
        }
        return compared(expect.at("attempt_hosts"), attempt_hosts);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_hash_replayer() {
    return std::make_unique<HashReplayer>();
}

}  // namespace wavetank::fidelity
