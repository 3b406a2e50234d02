#pragma once

/// \file
/// From the rules of an HTTPRoute to the routes of a VirtualService, as istiod's
/// `convertHTTPRoute`.

#include "istio/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace wavetank::istio {

/// What is wrong with a rule. One of several is told.
struct RuleError {
    std::string reason;
    std::string message;
};

struct RuleResult {
    std::vector<json::object> routes;  // a match each; none if a rule cannot be translated at all
    std::optional<RuleError> error;
};

/// Translates all rules of a route whose parents are Services.
[[nodiscard]] RuleResult convert_rules(const RawObject& route, const json::object& spec,
                                       const Registry& registry);

/// Orders routes as Gateway API wants them: exact paths, then prefixes, then patterns; the longer,
/// the earlier; then by method, and how many headers and parameters they match.
void sort_by_precedence(std::vector<json::object>& routes);

}  // namespace wavetank::istio
