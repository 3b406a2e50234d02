// routes.jsonl: where a request goes, what of it arrives there, and what its client gets.

#include "fidelity/envoy/cluster_case.hpp"

#include <wavetank/mesh/route_table.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace wavetank::fidelity {

std::unique_ptr<Replayer> make_istio_replayer();

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// All that exist in these recordings.
const std::set<std::string, std::less<>> recorded_clusters{"a", "b", "c", "d", "e", "f", "g", "h"};

// Clients are told of what the proxy added by these.
const std::set<std::string, std::less<>> uninteresting_headers{"x-envoy-attempt-count"};

mesh::RouteRequest read_request(const value& from) {
    only_members(from.as_object(), "request", {"method", "path", "authority", "headers"});
    mesh::RouteRequest request{.method = std::string{from.at("method").as_string()},
                               .authority = std::string{from.at("authority").as_string()},
                               .path = std::string{from.at("path").as_string()}};
    for (const value& header : from.at("headers").as_array()) {
        request.headers.emplace_back(header.at(0).as_string(), header.at(1).as_string());
    }
    return request;
}

// A server sees a header that is repeated as one.
object seen_by_server(const std::string& cluster, const mesh::RouteRequest& request) {
    object headers;
    for (const auto& [name, text] : request.headers) {
        if (uninteresting_headers.contains(name)) {
            continue;
        }
        if (value* before = headers.if_contains(name)) {
            *before = std::string{before->as_string()} + "," + text;
        } else {
            headers.emplace(name, text);
        }
    }
    return {{"cluster", cluster},
            {"method", request.method},
            {"path", request.path},
            {"authority", request.authority},
            {"headers", std::move(headers)}};
}

bool is_value_of_header(const mesh::RouteRequest& request, const std::string& text) {
    return std::ranges::any_of(request.headers,
                               [&](const auto& header) { return header.second == text; });
}

class RouteCase {
public:
    explicit RouteCase(const Case& test_case)
        : case_(test_case), table_(make_table(test_case.at("config").as_object())) {}

    [[nodiscard]] Outcome replay() const {
        return case_.json.contains("requests") ? replay_requests() : replay_picks();
    }

private:
    [[nodiscard]] mesh::RouteTable make_table(object config) {
        if (const value* manager = config.if_contains("http_connection_manager")) {
            only_members(manager->as_object(), "http_connection_manager",
                         {"normalize_path", "merge_slashes"});
            const auto flag = [&](std::string_view member) {
                const value* found = manager->as_object().if_contains(member);
                return found != nullptr && found->as_bool();
            };
            normalization_ = {.normalize_path = flag("normalize_path"),
                              .merge_slashes = flag("merge_slashes")};
            config.erase("http_connection_manager");
        }
        auto read = mesh::read_route_configuration(config);
        if (!read) {
            throw NotModelled{read.error().message};
        }
        return mesh::RouteTable::make(std::move(*read)).value();
    }

    [[nodiscard]] mesh::RouteDecision decide(mesh::RouteRequest request,
                                             std::uint64_t random) const {
        const auto path = mesh::normalized_path(request.path, normalization_);
        if (!path) {
            mesh::RouteDecision refused{.status = 400};
            refused.response_code_details = "path_normalization_failed";
            return refused;
        }
        request.path = *path;
        mesh::RouteDecision decision = table_.route(request, random);
        const bool is_missing =
            decision.status == 0 && !recorded_clusters.contains(decision.cluster);
        return is_missing ? mesh::cluster_not_found(std::move(decision), request) : decision;
    }

    [[nodiscard]] object answer_to(const mesh::RouteDecision& decision) const {
        object answer{{"status", decision.status == 0 ? 200U : decision.status}};
        if (decision.status == 0) {
            answer["upstream"] = seen_by_server(decision.cluster, decision.request);
            array mirrored;
            for (const mesh::MirroredRequest& mirror : decision.mirrors) {
                // A header may ask for one that does not exist; then nothing is sent.
                if (!recorded_clusters.contains(mirror.cluster) &&
                    is_value_of_header(decision.request, mirror.cluster)) {
                    continue;
                }
                mirrored.push_back(seen_by_server(mirror.cluster, mirror.request));
            }
            if (!mirrored.empty()) {
                answer["mirrored"] = std::move(mirrored);
            }
        } else {
            answer["flags"] = decision.response_flags;
            answer["details"] = decision.response_code_details;
            if (!decision.body.empty() && decision.request.method != "HEAD") {
                answer["body"] = decision.body;
            }
            if (!decision.location.empty()) {
                answer["location"] = decision.location;
            }
        }
        // Where answers are changed, servers send a header of their own.
        if (case_.line.find("\"response_headers_to_") != std::string_view::npos) {
            mesh::HeaderList headers;
            if (decision.status == 0) {
                headers.emplace_back("x-up-h", "up");
            }
            table_.finalize_response(decision, headers);
            array listed;
            for (const auto& [name, text] : headers) {
                listed.push_back(array{name, text});
            }
            if (!listed.empty()) {
                answer["response_headers"] = std::move(listed);
            }
        }
        return answer;
    }

    [[nodiscard]] Outcome replay_requests() const {
        const array& requests = case_.at("requests").as_array();
        array answers;
        for (const value& request : requests) {
            answers.push_back(answer_to(decide(read_request(request), 0)));
        }
        return compared(case_.at("expect").at("responses"), answers);
    }

    [[nodiscard]] Outcome replay_picks() const {
        const object& expect = case_.at("expect").as_object();
        const auto picks = expect.at("picks").to_number<std::uint64_t>();
        std::map<std::string, std::uint64_t, std::less<>> counts;
        Random random{1};
        const mesh::RouteRequest request = read_request(case_.at("request"));
        for (std::uint64_t i = 0; i < picks; ++i) {
            const mesh::RouteDecision decision = decide(request, random.next());
            ++counts[decision.cluster];
            for (const mesh::MirroredRequest& mirror : decision.mirrors) {
                ++counts[mirror.cluster];
            }
        }
        for (const auto& [cluster, count] : expect.at("requests_per_cluster").as_object()) {
            const double wanted = count.to_number<double>() / static_cast<double>(picks);
            const double actual =
                static_cast<double>(counts[std::string{cluster}]) / static_cast<double>(picks);
            const double allowed =
                case_.at("tolerance").at("fraction_abs").at(cluster).to_number<double>();
            if (std::abs(wanted - actual) > allowed) {
                return failed(std::string{cluster} + ": " + std::to_string(actual) +
                              " of all, recorded were " + std::to_string(wanted));
            }
        }
        return passed();
    }

    const Case& case_;
    mesh::PathNormalization normalization_;
    mesh::RouteTable table_;
};

// Istio's cases stand in a file of the same name.
class RoutesReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        if (test_case.json.contains("input")) {
            return istio_->replay(test_case);
        }
        return unless_not_modelled([&] { return RouteCase{test_case}.replay(); });
    }

private:
    std::unique_ptr<Replayer> istio_ = make_istio_replayer();
};

}  // namespace

std::unique_ptr<Replayer> make_routes_replayer() {
    return std::make_unique<RoutesReplayer>();
}

}  // namespace wavetank::fidelity
