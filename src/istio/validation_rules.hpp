#pragma once

/// \file
/// Rules for names, values and patterns that several messages share.

#include "istio/json_fields.hpp"
#include "istio/problems.hpp"

#include <string>
#include <string_view>

namespace wavetank::istio {

[[nodiscard]] bool is_dns_1123_label(std::string_view text);
[[nodiscard]] ErrorList wildcard_domain_problems(const std::string& domain);
[[nodiscard]] ErrorList fqdn_problems(const std::string& domain);
[[nodiscard]] ErrorList port_problems(std::int64_t port);
[[nodiscard]] bool is_ip_address_text(std::string_view text);
/// Of an address, or a block of them.
[[nodiscard]] ErrorList subnet_problems(const std::string& subnet);

/// At least a millisecond, and whole ones. Nothing if the field is absent.
[[nodiscard]] ErrorList duration_problems(const json::object* message, std::string_view name);

[[nodiscard]] ErrorList label_problems(const Labels& labels);
[[nodiscard]] ErrorList export_to_problems(const json::object& spec, const std::string& namespace_,
                                           bool has_selector);
[[nodiscard]] Validation gateway_name_problems(const json::object& message);

[[nodiscard]] bool is_jwt_claim(std::string_view header);
[[nodiscard]] ErrorList match_header_problems(const std::string& name);
[[nodiscard]] ErrorList cors_header_problems(const std::string& name);

/// What `headers` does to requests and answers.
[[nodiscard]] ErrorList header_operation_problems(const json::object* headers);

/// A pattern, or that a prefix is not empty.
[[nodiscard]] ErrorList string_match_problems(const json::object* match, std::string_view where);
[[nodiscard]] ErrorList pattern_match_problems(const json::object* match, std::string_view where);
[[nodiscard]] ErrorList pattern_problems(const std::string& pattern, std::string_view where);

/// Checks a route of HTTP.
[[nodiscard]] Validation http_route_problems(const json::object& route, bool is_delegate);

/// Checks where a route of any protocol goes.
[[nodiscard]] ErrorList weighted_problems(const json::object& route);

/// Returns the checks of one kind.
[[nodiscard]] Validation validate_virtual_service(const json::object& spec,
                                                  const std::string& namespace_);
[[nodiscard]] Validation validate_destination_rule(const json::object& spec,
                                                   const std::string& namespace_);

/// Says which rules nobody reaches.
void warn_of_unreachable_rules(const json::object& spec, Validation& found);

}  // namespace wavetank::istio
