// The kinds that the store keeps as JSON but that have rules of their own.

#include "registry/config_map.hpp"
#include "registry/custom_resource_definition.hpp"
#include "registry/endpoints.hpp"
#include "registry/ingress.hpp"
#include "registry/limit_range.hpp"
#include "registry/network_policy.hpp"
#include "registry/resource_quota.hpp"
#include "registry/service_account.hpp"

#include <wavetank/api/json_kinds.hpp>

#include <array>
#include <memory>
#include <vector>

namespace wavetank::registry {
namespace {

using JsonKindList = std::vector<std::unique_ptr<const JsonKind>>;

// Made once, the same ever after.
const JsonKindList& all_json_kinds() {
    static const JsonKindList kinds = [] {
        JsonKindList made;
        boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, api::JsonKinds>>(
            [&](auto identity) {
                made.push_back(std::make_unique<JsonKindOf<typename decltype(identity)::type>>());
            });
        return made;
    }();
    return kinds;
}

template <class Matches>
const JsonKind* json_kind_if(Matches matches) {
    for (const auto& kind : all_json_kinds()) {
        if (matches(kind->info())) {
            return kind.get();
        }
    }
    return nullptr;
}

}  // namespace

const JsonKind* find_json_kind(const api::GroupVersionKind& gvk) {
    return json_kind_if([&](const api::KindInfo& info) {
        return info.kind == gvk.kind && info.group == gvk.group && info.version == gvk.version;
    });
}

const JsonKind* find_json_kind(const api::KindInfo& info) {
    return json_kind_if([&](const api::KindInfo& each) {
        return each.kind == info.kind && each.group == info.group && each.version == info.version;
    });
}

std::string age_warning(const api::KindInfo& info) {
    WAVETANK_ASSERT(info.kind == "Endpoints");
    return "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
}

}  // namespace wavetank::registry
