#pragma once

/// \file
/// The rules of ResourceQuotas.

#include "registry/json_kind.hpp"

#include <wavetank/api/corev1/resource_quota.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::ResourceQuota> : JsonRules<api::corev1::ResourceQuota> {
    using ResourceQuota = api::corev1::ResourceQuota;
    static constexpr bool has_status = true;
    static constexpr bool returned_whole = true;
    static void release(Cluster& cluster, const ResourceQuota& object);
    static void prepare_create(ResourceQuota& object);
    static void prepare_update(ResourceQuota& next, const ResourceQuota& old);
    static void prepare_status(ResourceQuota& next, const ResourceQuota& old);
    static FieldErrors validate(Cluster& cluster, const ResourceQuota& object,
                                const ResourceQuota* old);
    static FieldErrors validate_status(const ResourceQuota& next, const ResourceQuota& old);
    static std::vector<std::string> warnings(const ResourceQuota& object);
};

}  // namespace wavetank::registry
