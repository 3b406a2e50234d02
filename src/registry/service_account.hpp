#pragma once

/// \file
/// The rules of ServiceAccounts.

#include "registry/json_kind.hpp"

#include <wavetank/api/corev1/service_account.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::ServiceAccount> : JsonRules<api::corev1::ServiceAccount> {
    using ServiceAccount = api::corev1::ServiceAccount;
    static constexpr bool checks_whole_update = true;
    static constexpr bool returned_whole = true;
    static void prepare_create(ServiceAccount& object);
    static void prepare_update(ServiceAccount& next, const ServiceAccount& old);
    static FieldErrors validate(Cluster& cluster, const ServiceAccount& object,
                                const ServiceAccount* old);
    static std::vector<std::string> warnings(const ServiceAccount& object);
    static std::vector<std::string> update_warnings(const ServiceAccount& next,
                                                    const ServiceAccount& old);
};

}  // namespace wavetank::registry
