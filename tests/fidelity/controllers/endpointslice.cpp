// endpointslice.jsonl: the slices of one Service while its pods change, with the real controller.

#include "fidelity/fidelity.hpp"

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::corev1::Event;
using api::corev1::Node;
using api::corev1::Pod;
using api::corev1::Service;
using api::discoveryv1::Endpoint;
using api::discoveryv1::EndpointPort;
using api::discoveryv1::EndpointSlice;

std::string text_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    return value == nullptr || !value->is_string() ? "" : std::string{value->get_string()};
}

bool flag_of(const json::object& object, std::string_view member) {
    const json::value* value = object.if_contains(member);
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// A pod as a case has it.
struct PodState {
    std::string ip;
    std::string node;
    std::string phase;
    std::string hostname;
    std::string subdomain;
    bool ready = false;
    bool terminating = false;
    std::int32_t port = 0;

    /// Tells whether a pod of the one state can become one of the other.
    [[nodiscard]] bool can_become(const PodState& next) const {
        return node == next.node && hostname == next.hostname && subdomain == next.subdomain &&
               port == next.port && (!terminating || next.terminating);
    }
    bool operator==(const PodState&) const = default;
};

std::map<std::string, PodState> pods_of(const json::object& step) {
    std::map<std::string, PodState> result;
    if (const json::value* plain = step.if_contains("plainPods")) {
        for (int i = 0; i < plain->to_number<int>(); ++i) {
            const std::string digits = std::to_string(i);
            result["p" + std::string(4 - digits.size(), '0') + digits] = {
                .ip = "10.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250),
                .node = "n" + std::to_string(i % 4),
                .phase = "Running",
                .ready = true,
                .port = 8080};
        }
        return result;
    }
    const json::value* pods = step.if_contains("pods");
    if (pods == nullptr || !pods->is_array()) {
        return result;
    }
    for (const json::value& value : pods->get_array()) {
        const json::object& pod = value.as_object();
        result[text_of(pod, "name")] = {.ip = text_of(pod, "ip"),
                                        .node = text_of(pod, "node"),
                                        .phase = text_of(pod, "phase"),
                                        .hostname = text_of(pod, "hostname"),
                                        .subdomain = text_of(pod, "subdomain"),
                                        .ready = flag_of(pod, "ready"),
                                        .terminating = flag_of(pod, "terminating"),
                                        .port = pod.at("httpPort").to_number<std::int32_t>()};
    }
    return result;
}

std::string shown(const std::vector<EndpointPort>& ports) {
    std::vector<std::string> texts;
    for (const EndpointPort& port : ports) {
        texts.push_back(port.name.value_or("") + ":" + std::to_string(port.port.value_or(0)) + "/" +
                        port.protocol.value_or(""));
    }
    std::ranges::sort(texts);
    std::string result;
    for (const std::string& text : texts) {
        result += (result.empty() ? "" : " ") + text;
    }
    return "[" + result + "]";
}

json::array row_of(const EndpointSlice& slice, const Endpoint& endpoint) {
    const auto flag = [](const std::optional<bool>& value) {
        return value.value_or(false) ? '1' : '0';
    };
    const auto& conditions = endpoint->conditions;
    const auto& hints = endpoint->hints;
    const bool zone_hint = hints && !hints->forZones.empty();
    const bool node_hint = hints && !hints->forNodes.empty();
    return {
        endpoint.targetRef->name,
        endpoint.addresses.front().str(),
        std::string{flag(conditions.ready), flag(conditions.serving), flag(conditions.terminating)},
        shown(slice.ports),
        endpoint.nodeName.value_or(""),
        endpoint->zone.value_or(""),
        endpoint->hostname.value_or(""),
        zone_hint ? hints->forZones.front().name : "",
        node_hint ? hints->forNodes.front().name : ""};
}

/// One cluster with one Service and the controller.
class SliceWorld {
public:
    explicit SliceWorld(const Case& test_case)
        : registry_(store_, runtime_, Random{1}),
          manager_(registry_, runtime_,
                   {.controllers = only_slices(), .events = controllers::EventPolicy::All}) {
        events_ = store_.watch<Event>([this](const auto& event) { note(*event.object); });
        static_cast<void>(
            registry_.create(api::corev1::Namespace{.metadata = {.name = "ns"}}).value());
        for (const auto& [name, zone] : test_case.at("nodeZones").as_object()) {
            Node node;
            node.metadata.name = std::string{name};
            if (!zone.as_string().empty()) {
                node.metadata.labels.edit()["topology.kubernetes.io/zone"] =
                    std::string{zone.as_string()};
            }
            static_cast<void>(registry_.create(std::move(node)).value());
        }
        create_service(test_case.at("service").as_object());
    }

    json::object step(const json::object& source) {
        error_.clear();
        auto next = pods_of(source);
        const bool wakes = tells_more_than_phases(next);
        become(std::move(next));
        if (!wakes) {
            touch_service();
        }
        static_cast<void>(runtime_.run_until(runtime_.now()));
        json::object result = state();
        if (source.contains("plainPods")) {
            auto& endpoints = result["endpoints"].as_array();
            endpoints.resize(std::min<std::size_t>(endpoints.size(), 3));
        }
        return result;
    }

private:
    static controllers::ControllerRegistry only_slices() {
        controllers::ControllerRegistry result;
        const auto all = controllers::ControllerRegistry::defaults();
        for (const auto& info : all.entries()) {
            if (info.name == "endpointslice") {
                result.add(info);
            }
        }
        return result;
    }

    void note(const Event& event) {
        const std::string_view prefix = "Error updating Endpoint Slices for Service ns/svc: ";
        if (event.message.starts_with(prefix)) {
            error_ = event.message.substr(prefix.size());
        }
    }

    void create_service(const json::object& source) {
        Service service;
        service.metadata.name = "svc";
        service.metadata.namespace_ = "ns";
        service.spec.selector = {{"app", "x"}};
        service.spec.publishNotReadyAddresses = flag_of(source, "publishNotReadyAddresses");
        if (flag_of(source, "headless")) {
            service.spec.clusterIP = "None";
        }
        if (const std::string how = text_of(source, "trafficDistribution"); !how.empty()) {
            service.spec.trafficDistribution = how;
        }
        const json::value* ports = source.if_contains("ports");
        if (ports != nullptr && ports->is_array()) {
            for (const json::value& value : ports->get_array()) {
                const json::object& port = value.as_object();
                service.spec.ports.push_back(
                    {.name = text_of(port, "name"),
                     .protocol = text_of(port, "protocol"),
                     .port = port.at("port").to_number<std::int32_t>(),
                     .targetPort = api::IntOrString::parse(text_of(port, "targetPort"))});
            }
        }
        static_cast<void>(registry_.create(std::move(service)).value());
    }

    /// Tells whether pods came, went or changed otherwise than in their phase.
    [[nodiscard]] bool tells_more_than_phases(const std::map<std::string, PodState>& next) const {
        return !std::ranges::equal(pods_, next, [](const auto& left, auto right) {
            right.second.phase = left.second.phase;
            return left == right;
        });
    }

    /// Makes the controller look: the recorder's did so at each step, whether woken or not.
    void touch_service() {
        Service service = *store_.get<Service>({"ns", "svc"});
        service.metadata.annotations.edit()["example.com/steps"] = std::to_string(++steps_);
        static_cast<void>(registry_.update(std::move(service)).value());
    }

    void become(std::map<std::string, PodState> next) {
        for (const auto& [name, state] : pods_) {
            const auto found = next.find(name);
            if (found == next.end() || !state.can_become(found->second)) {
                vanish(name);
            }
        }
        for (const auto& [name, state] : next) {
            const auto before = pods_.find(name);
            const bool exists = before != pods_.end() && before->second.can_become(state);
            if (!exists) {
                create_pod(name, state);
            } else if (before->second == state) {
                continue;
            }
            report_status(name, state);
            if (state.terminating && !(exists && before->second.terminating)) {
                static_cast<void>(registry_.remove<Pod>({"ns", name}).value());
            }
        }
        pods_ = std::move(next);
    }

    void vanish(const std::string& name) {
        static_cast<void>(registry_.remove<Pod>({"ns", name}, {.grace_period_seconds = 0}).value());
        Pod released = *store_.get<Pod>({"ns", name});
        released.metadata.rare.edit().finalizers.clear();
        static_cast<void>(registry_.update(std::move(released)).value());
    }

    void create_pod(const std::string& name, const PodState& state) {
        Pod pod;
        pod.metadata.name = name;
        pod.metadata.namespace_ = "ns";
        // Without a finalizer a pod that has ended would be gone when it is deleted.
        pod.metadata.rare.edit().finalizers = {"example.com/held"};
        pod.metadata.labels.edit() = {{"app", "x"}};
        auto& body = pod.spec.edit();
        body.containers.push_back({.name = "c", .image = "v1"});
        body.containers.back().ports.push_back({.name = "http", .containerPort = state.port});
        body.subdomain = state.subdomain;
        pod.spec.hostname = state.hostname;
        pod.spec.nodeName = state.node;
        static_cast<void>(registry_.create(std::move(pod)).value());
    }

    void report_status(const std::string& name, const PodState& state) {
        Pod pod = *store_.get<Pod>({"ns", name});
        pod.status.phase = state.phase;
        pod.status.podIP = state.ip;
        pod.status.podIPs.clear();
        if (!state.ip.empty()) {
            pod.status.podIPs.push_back({.ip = state.ip});
        }
        pod.status.conditions.edit() = {
            {.type = "Ready", .status = state.ready ? "True" : "False"}};
        static_cast<void>(registry_.update_status(std::move(pod)).value());
    }

    [[nodiscard]] json::object state() const {
        std::vector<std::pair<std::string, std::size_t>> slices;
        std::map<std::string, json::array> rows;
        for (const auto& slice : store_.list<EndpointSlice>()) {
            slices.emplace_back(shown(slice->ports), slice->endpoints.size());
            for (const auto& shared : slice->endpoints) {
                const Endpoint& endpoint = *shared;
                rows[endpoint.targetRef->name] = row_of(*slice, endpoint);
            }
        }
        std::ranges::sort(slices);
        json::object result;
        for (const auto& [ports, count] : slices) {
            if (!result.contains("slices")) {
                result["slices"] = json::array{};
            }
            result["slices"].as_array().push_back(json::array{ports, count});
        }
        json::array& endpoints = result["endpoints"].emplace_array();
        for (auto& [pod, row] : rows) {
            endpoints.push_back(std::move(row));
        }
        if (!error_.empty()) {
            result["error"] = error_;
        }
        return result;
    }

    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_;
    controllers::ControllerManager manager_;
    store::Subscription events_;
    std::map<std::string, PodState> pods_;
    std::string error_;
    int steps_ = 0;
};

std::pair<std::string, std::int64_t> by_ports_and_size(const json::value& slice) {
    return {std::string{slice.at(0).as_string()}, slice.at(1).as_int64()};
}

class EndpointSliceReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        SliceWorld world{test_case};
        std::size_t number = 0;
        for (const json::value& value : test_case.at("steps").as_array()) {
            const json::object& step = value.as_object();
            json::object expected;
            for (const auto* member : {"slices", "endpoints", "error"}) {
                if (const json::value* found = step.if_contains(member); found) {
                    expected[member] = found->is_null() ? json::value(json::array{}) : *found;
                }
            }
            if (json::value* slices = expected.if_contains("slices")) {
                std::ranges::sort(slices->as_array(), {}, &by_ports_and_size);
            }
            if (!expected.contains("endpoints")) {
                expected["endpoints"] = json::array{};
            }
            const json::object actual = world.step(step);
            if (auto found =
                    difference(expected, actual, "steps[" + std::to_string(number++) + "]")) {
                return failed(std::move(*found));
            }
        }
        return passed();
    }
};

}  // namespace

std::unique_ptr<Replayer> make_endpointslice_replayer() {
    return std::make_unique<EndpointSliceReplayer>();
}

}  // namespace wavetank::fidelity
