#pragma once

/// \file
/// What a proxy is told of where HTTP requests go: Envoy's v3 `RouteConfiguration`, by its names
/// and with its defaults, and a reader of its proto JSON.

#include <wavetank/base/result.hpp>
#include <wavetank/base/time.hpp>
#include <wavetank/mesh/fractional_percent.hpp>
#include <wavetank/mesh/hash_policy.hpp>
#include <wavetank/mesh/retry_policy.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace wavetank::mesh {

/// A rule for one text (`type.matcher.v3.StringMatcher`).
struct StringMatcher {
    enum class MatchPattern : std::uint8_t {
        Exact,
        Prefix,
        Suffix,
        Contains,
        SafeRegex,  ///< RE2, of the whole text
    };

    MatchPattern match_pattern = MatchPattern::Exact;
    std::string value{};
    bool ignore_case = false;  ///< not for patterns

    bool operator==(const StringMatcher&) const = default;
};

/// A whole number from `start` on, below `end`.
struct Int64Range {
    std::int64_t start = 0;
    std::int64_t end = 0;

    bool operator==(const Int64Range&) const = default;
};

/// That a header is there, or that it is not.
struct PresentMatch {
    bool present = true;

    bool operator==(const PresentMatch&) const = default;
};

/// A rule for a header. Of one that is repeated, one value must fit; inverted, none.
struct HeaderMatcher {
    std::string name{};  ///< ":method", ":path", ":authority" and ":scheme", too
    std::variant<PresentMatch, StringMatcher, Int64Range> header_match_specifier{};
    bool invert_match = false;
    bool treat_missing_header_as_empty = false;  ///< else no value rule fits one that is not there

    bool operator==(const HeaderMatcher&) const = default;
};

/// A rule for the first value of a query parameter, as it stands in the path.
struct QueryParameterMatcher {
    std::string name{};
    std::optional<StringMatcher> string_match{};
    bool present_match = true;  ///< counts without string_match: whether it is to be there

    bool operator==(const QueryParameterMatcher&) const = default;
};

/// Which requests a route is for. All parts must fit.
struct RouteMatch {
    enum class PathSpecifier : std::uint8_t {
        Prefix,               ///< of the path without its query, as all of these
        Path,                 ///< the whole path
        SafeRegex,            ///< RE2, of the whole path
        PathSeparatedPrefix,  ///< whole segments
    };

    PathSpecifier path_specifier = PathSpecifier::Prefix;
    std::string path{};
    bool case_sensitive = true;                           ///< not for patterns
    std::optional<FractionalPercent> runtime_fraction{};  ///< of the requests that fit
    std::vector<HeaderMatcher> headers{};
    std::vector<QueryParameterMatcher> query_parameters{};
    bool grpc = false;  ///< only requests whose content-type says gRPC

    bool operator==(const RouteMatch&) const = default;
};

/// A header that is set on the way.
struct HeaderValueOption {
    enum class AppendAction : std::uint8_t {
        AppendIfExistsOrAdd,
        AddIfAbsent,
        OverwriteIfExistsOrAdd,
        OverwriteIfExists,
    };

    std::string key{};
    std::string value{};  ///< may have %REQ(name)% or %PATH% in it; %% is a percent sign
    AppendAction append_action = AppendAction::AppendIfExistsOrAdd;
    bool keep_empty_value = false;

    bool operator==(const HeaderValueOption&) const = default;
};

/// What is done to headers. Removals come first.
struct HeaderMutations {
    std::vector<HeaderValueOption> request_headers_to_add{};
    std::vector<std::string> request_headers_to_remove{};
    std::vector<HeaderValueOption> response_headers_to_add{};
    std::vector<std::string> response_headers_to_remove{};

    bool operator==(const HeaderMutations&) const = default;
};

/// One of several clusters (`WeightedCluster.ClusterWeight`).
struct ClusterWeight : HeaderMutations {
    std::string name{};
    std::string cluster_header{};  ///< in place of the name: the header that has it
    std::uint32_t weight = 0;
    std::string host_rewrite_literal{};
};

/// One change of headers, in order with others: one is removed, or one is put there.
struct HeaderMutation {
    std::string remove{};
    std::optional<HeaderValueOption> append{};
};

/// A copy of requests that goes elsewhere; nobody waits for its answer.
struct RequestMirrorPolicy {
    std::string cluster{};
    std::string cluster_header{};
    FractionalPercent runtime_fraction{.numerator = 100};
    bool disable_shadow_host_suffix_append = false;  ///< else its host is "NAME-shadow"
    std::string host_rewrite_literal{};              ///< without the suffix
    std::vector<HeaderMutation> request_headers_mutations{};
};

/// What is sent besides an attempt that takes long (`HedgePolicy`).
struct HedgePolicy {
    bool hedge_on_per_try_timeout = false;

    bool operator==(const HedgePolicy&) const = default;
};

/// Sends a request to a cluster. One of `cluster`, `cluster_header` and `weighted_clusters` is set.
struct RouteAction {
    std::string cluster{};
    std::string cluster_header{};
    std::vector<ClusterWeight> weighted_clusters{};
    std::string weighted_clusters_header_name{};  ///< a header whose number picks the cluster
    std::uint16_t cluster_not_found_response_code = 503;
    std::string prefix_rewrite{};  ///< of what the route matched
    std::optional<RegexRewrite> regex_rewrite{};
    std::string path_rewrite{};  ///< as a header's value; what comes to nothing changes nothing
    std::string host_rewrite_literal{};
    std::string host_rewrite_header{};
    std::optional<RegexRewrite> host_rewrite_path_regex{};
    bool auto_host_rewrite = false;  ///< to the name of the host that is picked
    bool append_x_forwarded_host = false;
    std::optional<Duration> timeout{};  ///< unset: Envoy's 15 s; 0: none
    std::optional<Duration> idle_timeout{};
    std::optional<Duration> max_grpc_timeout{};
    std::optional<RetryPolicy> retry_policy{};
    std::optional<HedgePolicy> hedge_policy{};
    std::vector<HashPolicy> hash_policy{};
    std::vector<RequestMirrorPolicy> request_mirror_policies{};
};

/// Sends the client elsewhere. At most one of the rewrites of the path is set.
struct RedirectAction {
    std::uint16_t response_code = 301;
    bool https_redirect = false;
    std::string scheme_redirect{};
    std::string host_redirect{};
    std::uint32_t port_redirect = 0;  ///< 0: as it was
    std::string path_redirect{};
    std::string prefix_rewrite{};
    std::optional<RegexRewrite> regex_rewrite{};
    bool strip_query = false;
};

/// Answers by itself.
struct DirectResponseAction {
    std::uint32_t status = 200;
    std::string body{};
};

struct Route : HeaderMutations {
    std::string name{};
    RouteMatch match{};
    std::variant<RouteAction, RedirectAction, DirectResponseAction> action{};
    boost::json::object typed_per_filter_config{};  ///< what filters are told, as it stands
};

enum class TlsRequirementType : std::uint8_t { None, All };

/// The routes of some hosts.
struct VirtualHost : HeaderMutations {
    std::string name{};
    std::vector<std::string> domains{};  ///< "a.test", "*.test", "a.*" or "*"
    std::vector<Route> routes{};         ///< the first that fits counts
    TlsRequirementType require_tls = TlsRequirementType::None;
    std::optional<RetryPolicy> retry_policy{};                   ///< of routes without one
    std::optional<HedgePolicy> hedge_policy{};                   ///< the same
    std::vector<RequestMirrorPolicy> request_mirror_policies{};  ///< the same
    bool include_request_attempt_count = false;
    boost::json::object typed_per_filter_config{};
};

/// All virtual hosts of a listener.
struct RouteConfiguration : HeaderMutations {
    std::string name{};
    std::vector<VirtualHost> virtual_hosts{};
    bool most_specific_header_mutations_wins = false;  ///< else the route table's change is last
    bool ignore_port_in_host_matching = false;
    bool ignore_path_parameters_in_path_matching = false;
    std::uint32_t max_direct_response_body_size_bytes = 4096;
    std::vector<RequestMirrorPolicy> request_mirror_policies{};
};

/// Reads proto JSON, with names in snake_case. What has no bearing on where requests go (metadata,
/// tracing, names of statistics) is passed over.
/// Errors: `Invalid`, with the path of a field that is wrong, or that is not understood.
[[nodiscard]] Result<RouteConfiguration> read_route_configuration(const boost::json::object& json);

/// Reads a v3 `RetryPolicy`. Errors: as above.
[[nodiscard]] Result<RetryPolicy> read_retry_policy(const boost::json::object& json);

}  // namespace wavetank::mesh
