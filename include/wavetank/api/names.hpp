#pragma once

/// \file
/// Which names, keys and labels Kubernetes accepts, and what it says of the others.
///
/// Each check is the function of apimachinery's validation packages that its comment names and
/// returns that function's messages; none means valid. Lengths are counted in bytes.

#include <wavetank/api/field_error.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wavetank::api {

/// What is wrong with a name; empty if nothing is.
using NameProblems = std::vector<std::string>;

[[nodiscard]] NameProblems check_dns1123_label(std::string_view value);      ///< IsDNS1123Label
[[nodiscard]] NameProblems check_dns1123_subdomain(std::string_view value);  ///< IsDNS1123Subdomain

/// IsDNS1123SubdomainWithUnderscore
[[nodiscard]] NameProblems check_dns1123_subdomain_with_underscore(std::string_view value);

/// IsDNS1123SubdomainCaseless
[[nodiscard]] NameProblems check_dns1123_subdomain_caseless(std::string_view value);

[[nodiscard]] NameProblems check_dns1035_label(std::string_view value);  ///< IsDNS1035Label

/// IsWildcardDNS1123Subdomain
[[nodiscard]] NameProblems check_wildcard_dns1123_subdomain(std::string_view value);

/// IsQualifiedName, also called IsLabelKey: "app", "example.com/app".
[[nodiscard]] NameProblems check_qualified_name(std::string_view value);

/// IsPrefixedLabelKey: as `check_qualified_name`, but the prefix is a must.
[[nodiscard]] NameProblems check_prefixed_label_key(std::string_view value);

[[nodiscard]] NameProblems check_label_value(std::string_view value);     ///< IsValidLabelValue
[[nodiscard]] NameProblems check_port_name(std::string_view value);       ///< IsValidPortName
[[nodiscard]] NameProblems check_port_number(std::int64_t value);         ///< IsValidPortNum
[[nodiscard]] NameProblems check_user_id(std::int64_t value);             ///< IsValidUserID
[[nodiscard]] NameProblems check_group_id(std::int64_t value);            ///< IsValidGroupID
[[nodiscard]] NameProblems check_percent(std::string_view value);         ///< IsValidPercent
[[nodiscard]] NameProblems check_config_map_key(std::string_view value);  ///< IsConfigMapKey
[[nodiscard]] NameProblems check_env_var_name(std::string_view value);    ///< IsEnvVarName

/// IsRelaxedEnvVarName
[[nodiscard]] NameProblems check_relaxed_env_var_name(std::string_view value);

[[nodiscard]] NameProblems check_http_header_name(std::string_view value);   ///< IsHTTPHeaderName
[[nodiscard]] NameProblems check_c_identifier(std::string_view value);       ///< IsCIdentifier
[[nodiscard]] NameProblems check_decimal_integer(std::string_view value);    ///< IsDecimalInteger
[[nodiscard]] NameProblems check_path_segment_name(std::string_view value);  ///< IsPathSegmentName

/// IsPathSegmentPrefix
[[nodiscard]] NameProblems check_path_segment_prefix(std::string_view value);

/// IsInRange, for bounds that both count.
[[nodiscard]] NameProblems check_range(std::int64_t value, std::int64_t least,
                                       std::int64_t greatest);

/// Whether a name is complete or the `generateName` to which five characters are added, so that
/// it may end in a dash.
enum class NameForm : std::uint8_t { Whole, Prefix };

[[nodiscard]] NameProblems check_name_as_dns_label(std::string_view name, NameForm form);
[[nodiscard]] NameProblems check_name_as_dns_subdomain(std::string_view name, NameForm form);
[[nodiscard]] NameProblems check_name_as_dns1035_label(std::string_view name, NameForm form);

/// ValidateLabels. The errors are ordered by key; upstream's order is random.
[[nodiscard]] FieldErrors validate_labels(const std::map<std::string, std::string>& labels,
                                          std::string_view field);

/// ValidateAnnotations: keys in any case, at most 256 KiB in all.
[[nodiscard]] FieldErrors validate_annotations(
    const std::map<std::string, std::string>& annotations, std::string_view field);

/// IsFullyQualifiedName: a subdomain of at least three parts.
[[nodiscard]] FieldErrors validate_fully_qualified_name(std::string_view name,
                                                        std::string_view field);

/// IsFullyQualifiedDomainName: at least two parts and perhaps a dot at the end.
[[nodiscard]] FieldErrors validate_fully_qualified_domain_name(std::string_view name,
                                                               std::string_view field);

/// IsDomainPrefixedPath: "example.com/path/of/a/finalizer".
[[nodiscard]] FieldErrors validate_domain_prefixed_path(std::string_view path,
                                                        std::string_view field);

/// IsDomainPrefixedKey: "example.com/key".
[[nodiscard]] FieldErrors validate_domain_prefixed_key(std::string_view key,
                                                       std::string_view field);

}  // namespace wavetank::api
