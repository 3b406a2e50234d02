#pragma once

/// \file
/// The rules of Deployments.

#include "registry/rules.hpp"

#include <wavetank/api/appsv1/deployment.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::appsv1::Deployment> : PlainRules<api::appsv1::Deployment> {
    using Deployment = api::appsv1::Deployment;
    static void set_defaults(Cluster& cluster, Deployment& object);
    static void prepare_create(Deployment& object);
    static void prepare_update(Deployment& next, const Deployment& old);
    static void prepare_status(Deployment& next, const Deployment& old);
    static FieldErrors validate(Cluster& cluster, const Deployment& object, const Deployment* old);
    static FieldErrors validate_status(const Deployment& next, const Deployment& old);
    static std::vector<std::string> warnings(const Deployment& object);
};

}  // namespace wavetank::registry
