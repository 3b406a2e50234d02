// routes, clusters, endpoints, httproute and validation .jsonl of Istio: what a client's proxy gets
// for what is in the cluster.

#include "fidelity/envoy/cluster_case.hpp"
#include "fidelity/fidelity.hpp"

#include <wavetank/codec/manifest.hpp>
#include <wavetank/istio/push_context.hpp>
#include <wavetank/istio/validation.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::vector<object> objects_in(std::string_view yaml) {
    const codec::Manifest manifest = codec::read_manifest_text(yaml, "case");
    if (!manifest.errors.empty()) {
        throw std::runtime_error{manifest.errors.front().message};
    }
    std::vector<object> objects;
    for (const codec::ManifestObject& each : manifest.objects) {
        objects.push_back(each.json());
    }
    return objects;
}

object mesh_config_of(const object& input) {
    const value* text = input.if_contains("mesh_config");
    if (text == nullptr) {
        return {};
    }
    object config =
        objects_in("apiVersion: v1\nkind: MeshConfig\n" + std::string{text->as_string()}).at(0);
    config.erase("apiVersion");
    config.erase("kind");
    return config;
}

istio::Proxy proxy_of(const object& from) {
    only_members(from, "proxy", {"namespace", "labels", "locality", "node"});
    const auto text = [&](std::string_view name, std::string_view otherwise) {
        const value* found = from.if_contains(name);
        return std::string{found == nullptr ? otherwise : std::string_view{found->as_string()}};
    };
    istio::Proxy proxy{.namespace_ = text("namespace", "default"),
                       .locality = text("locality", ""),
                       .node = text("node", "")};
    if (const value* labels = from.if_contains("labels")) {
        for (const auto& [name, label] : labels->as_object()) {
            proxy.labels.emplace(name, label.as_string());
        }
    }
    return proxy;
}

template <class Key>
void sort_array(array& list, Key key) {
    std::vector<value> values{list.begin(), list.end()};
    std::ranges::stable_sort(values, {}, key);
    list.clear();
    for (value& each : values) {
        list.push_back(std::move(each));
    }
}

std::string text_of(const value& from) {
    return serialize(from);
}

std::string name_of(const value& from) {
    return std::string{from.at("name").as_string()};
}

// Members in order of their names, so that equal values are equal texts.
value in_order(const value& from) {
    if (const object* members = from.if_object()) {
        std::map<std::string, value> sorted;
        for (const auto& [name, member] : *members) {
            sorted.emplace(name, in_order(member));
        }
        object made;
        for (auto& [name, member] : sorted) {
            made.emplace(name, std::move(member));
        }
        return made;
    }
    if (const array* list = from.if_array()) {
        array made;
        for (const value& each : *list) {
            made.push_back(in_order(each));
        }
        return made;
    }
    return from;
}

// As the recording leaves out what has no order, or no bearing.
void normalize_routes(object& configurations, const object& expected) {
    for (auto& [name, configuration] : configurations) {
        value* hosts = configuration.as_object().if_contains("virtual_hosts");
        if (hosts == nullptr) {
            continue;
        }
        const value* recorded = expected.if_contains(name);
        const bool has_all =
            recorded != nullptr && (text_of(*recorded).find("\"allow_any\"") != std::string::npos ||
                                    text_of(*recorded).find("\"block_all\"") != std::string::npos);
        array kept;
        for (value& host : hosts->as_array()) {
            const std::string host_name = name_of(host);
            if (!has_all && (host_name == "allow_any" || host_name == "block_all")) {
                continue;
            }
            sort_array(host.at("domains").as_array(), text_of);
            for (value& route : host.at("routes").as_array()) {
                object& match = route.at("match").as_object();
                for (const std::string_view list : {"headers", "query_parameters"}) {
                    if (value* rules = match.if_contains(list)) {
                        sort_array(rules->as_array(), name_of);
                    }
                }
            }
            kept.push_back(std::move(host));
        }
        sort_array(kept, name_of);
        *hosts = std::move(kept);
    }
}

void normalize_endpoints(object& assignments) {
    for (auto& assignment : assignments) {
        array& localities = assignment.value().as_array();
        for (value& locality : localities) {
            if (value* endpoints = locality.as_object().if_contains("lb_endpoints")) {
                sort_array(endpoints->as_array(), [](const value& endpoint) {
                    return std::string{endpoint.at("address").as_string()};
                });
                if (endpoints->as_array().empty()) {
                    locality.as_object().erase("lb_endpoints");
                }
            }
            locality = in_order(locality);
        }
        sort_array(localities, text_of);
    }
}

void normalize_status(object& statuses) {
    for (auto& status : statuses) {
        for (value& parent : status.value().at("parents").as_array()) {
            sort_array(parent.at("conditions").as_array(), [](const value& condition) {
                return std::string{condition.at("type").as_string()};
            });
        }
    }
}

class IstioCase {
public:
    explicit IstioCase(const Case& test_case)
        : expect_(test_case.at("expect").as_object()),
          input_(test_case.at("input").as_object()),
          objects_(objects_in(input_.at("yaml").as_string())) {}

    [[nodiscard]] Outcome replay() const {
        if (auto problem = problem_of_validation()) {
            return failed(std::move(*problem));
        }
        if (expect_.contains("rejected")) {
            return passed();
        }
        const istio::PushContext context{objects_, mesh_config_of(input_)};
        if (!context.not_understood().empty()) {
            return skipped(context.not_understood().front());
        }
        const istio::Proxy proxy = proxy_of(input_.at("proxy").as_object());
        std::optional<std::string> problem;
        for (const auto& [member, recorded] : expect_) {
            if (!problem) {
                problem = problem_of(member, recorded, context, proxy);
            }
        }
        return problem ? failed(std::move(*problem)) : passed();
    }

private:
    [[nodiscard]] std::optional<std::string> problem_of_validation() const {
        array findings;
        for (const object& each : objects_) {
            if (const auto finding = istio::validate(each)) {
                object made;
                for (const auto& [name, text] : {std::pair{"kind", &finding->kind},
                                                 {"name", &finding->name},
                                                 {"namespace", &finding->namespace_},
                                                 {"warning", &finding->warning},
                                                 {"error", &finding->error}}) {
                    if (!text->empty()) {
                        made.emplace(name, *text);
                    }
                }
                findings.push_back(std::move(made));
            }
        }
        const value* recorded = expect_.if_contains("validation");
        return difference(recorded == nullptr ? value(array()) : *recorded, findings, "validation");
    }

    [[nodiscard]] static std::optional<std::string> problem_of(std::string_view member,
                                                               value recorded,
                                                               const istio::PushContext& context,
                                                               const istio::Proxy& proxy) {
        if (member == "routes") {
            object actual = context.route_configurations(proxy);
            normalize_routes(actual, recorded.as_object());
            normalize_routes(recorded.as_object(), recorded.as_object());
            return difference(recorded, actual, member);
        }
        if (member == "clusters") {
            return difference(recorded, named(context.clusters(proxy)), member);
        }
        if (member == "cluster_names") {
            array names;
            for (const auto& cluster : context.clusters(proxy)) {
                names.emplace_back(cluster.key());
            }
            sort_array(names, text_of);
            sort_array(recorded.as_array(), text_of);
            return difference(recorded, names, member);
        }
        if (member == "endpoints") {
            object actual = context.load_assignments(proxy);
            normalize_endpoints(actual);
            normalize_endpoints(recorded.as_object());
            return difference(recorded, actual, member);
        }
        if (member == "httproute_status") {
            object actual = context.http_route_statuses();
            normalize_status(actual);
            normalize_status(recorded.as_object());
            return difference(recorded, actual, member);
        }
        return member == "validation" ? std::nullopt
                                      : std::optional{std::string{member} + ": not compared"};
    }

    // The name is the key already.
    [[nodiscard]] static object named(object clusters) {
        for (auto& cluster : clusters) {
            cluster.value().as_object().erase("name");
        }
        return clusters;
    }

    const object& expect_;
    const object& input_;
    std::vector<object> objects_;
};

class IstioReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return IstioCase{test_case}.replay(); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_istio_replayer() {
    return std::make_unique<IstioReplayer>();
}

}  // namespace wavetank::fidelity
