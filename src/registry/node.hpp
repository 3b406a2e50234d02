#pragma once

/// \file
/// The rules of Nodes.

#include "registry/rules.hpp"

#include <wavetank/api/corev1/node.hpp>

namespace wavetank::registry {

template <>
struct Rules<api::corev1::Node> : PlainRules<api::corev1::Node> {
    using Node = api::corev1::Node;
    static constexpr bool checks_whole_update = true;
    static void set_defaults(Cluster& cluster, Node& object);
    static Result<> admit(Cluster& cluster, Node& object, DryRun dry_run);
    static void prepare_create(Node& object);
    static void prepare_update(Node& next, const Node& old);
    static void prepare_status(Node& next, const Node& old);
    static FieldErrors validate(Cluster& cluster, const Node& object, const Node* old);
    static FieldErrors validate_status(const Node& next, const Node& old);
    static std::vector<std::string> warnings(const Node& object);
    static std::vector<std::string> update_warnings(const Node& next, const Node& old);
};

}  // namespace wavetank::registry
