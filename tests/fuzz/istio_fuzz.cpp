#include "fuzz/targets.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/codec/json.hpp>
#include <wavetank/istio/push_context.hpp>
#include <wavetank/istio/validation.hpp>
#include <wavetank/mesh/route_configuration.hpp>

#include <array>

namespace wavetank::fuzz {
namespace {

boost::json::object service_of_fuzz() {
    return {{"apiVersion", "v1"},
            {"kind", "Service"},
            {"metadata", {{"name", "web"}, {"namespace", "default"}}},
            {"spec", {{"ports", {{{"name", "http"}, {"port", 80}}}}, {"clusterIP", "10.0.0.1"}}}};
}

}  // namespace

void try_istio(std::string_view input) {
    const auto document = codec::parse_json(input);
    if (!document) {
        return;
    }
    const boost::json::value read = codec::to_value(document->root);
    if (!read.is_object()) {
        return;
    }
    const auto finding = istio::validate(read.get_object());
    WAVETANK_ASSERT(!finding || !finding->warning.empty() || !finding->error.empty());
    if (finding && !finding->error.empty()) {
        return;  // it does not get into the cluster
    }
    const std::array objects{service_of_fuzz(), read.get_object()};
    const istio::PushContext context{objects};
    const istio::Proxy proxy;
    for (const auto& [name, configuration] : context.route_configurations(proxy)) {
        WAVETANK_ASSERT(configuration.is_object());
        static_cast<void>(mesh::read_route_configuration(configuration.get_object()));
    }
    for (const auto& cluster : context.clusters(proxy)) {
        WAVETANK_ASSERT(cluster.value().is_object());
    }
    static_cast<void>(context.load_assignments(proxy));
    static_cast<void>(context.http_route_statuses());
}

}  // namespace wavetank::fuzz

WAVETANK_FUZZ_WITH(wavetank::fuzz::try_istio)
