#pragma once

/// \file
/// The parts of which a proxy's route is made: what it matches, what it does to headers, filters,
/// redirects.

#include "istio/json_fields.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace wavetank::istio {

/// Returns the v3 `StringMatcher`; empty if nothing is asked for.
[[nodiscard]] json::object envoy_string_match(const json::object* match);

/// Returns the v3 `RouteMatch`. Null: everything. With Gateway API's semantics prefixes are whole
/// segments.
[[nodiscard]] json::object route_match(const json::object* match, bool has_gateway_semantics);

/// Tells whether nothing that comes after such a route is ever reached.
[[nodiscard]] bool is_catch_all(const json::object& route);

/// What is done to headers; the authority is a rewrite of its own.
struct HeaderOperations {
    json::array request_add;
    json::array request_remove;
    json::array response_add;
    json::array response_remove;
    std::string authority;

    /// Appends to the lists that are there.
    void append_to(json::object& to) const;
};

[[nodiscard]] HeaderOperations header_operations(const json::object* headers);

/// Returns a v3 `FractionalPercent`.
[[nodiscard]] json::object fraction(std::uint32_t numerator, bool is_of_a_million);

/// Of Istio's `Percent`, four digits after the point count.
[[nodiscard]] json::object fraction_of_percent(const json::object* percent);

[[nodiscard]] json::object fault_filter(const json::object& fault);
[[nodiscard]] json::object cors_filter(const json::object& policy);

/// Returns the v3 `RedirectAction`; nothing for a code that Envoy does not know.
[[nodiscard]] std::optional<json::object> redirect_action(const json::object& redirect,
                                                          std::uint32_t port);
[[nodiscard]] json::object direct_response_action(const json::object& response);

}  // namespace wavetank::istio
