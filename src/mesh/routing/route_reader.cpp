// Reads Envoy's v3 RouteConfiguration from its proto JSON.

#include "mesh/routing/proto_reader.hpp"

#include <wavetank/mesh/route_configuration.hpp>

#include <limits>
#include <map>

namespace wavetank::mesh {
namespace {

RegexRewrite read_regex_rewrite(ProtoReader& from) {
    RegexRewrite rewrite;
    from.object("pattern", [&](ProtoReader& pattern) {
        pattern.ignore({"google_re2"});
        rewrite.pattern = pattern.text("regex");
    });
    rewrite.substitution = from.text("substitution");
    return rewrite;
}

std::optional<RegexRewrite> optional_regex_rewrite(ProtoReader& from, std::string_view member) {
    std::optional<RegexRewrite> rewrite;
    from.object(member, [&](ProtoReader& inner) { rewrite = read_regex_rewrite(inner); });
    return rewrite;
}

StringMatcher read_string_matcher(ProtoReader& from) {
    using Pattern = StringMatcher::MatchPattern;
    StringMatcher matcher{.ignore_case = from.flag("ignore_case")};
    constexpr std::pair<std::string_view, Pattern> plain[] = {{"exact", Pattern::Exact},
                                                              {"prefix", Pattern::Prefix},
                                                              {"suffix", Pattern::Suffix},
                                                              {"contains", Pattern::Contains}};
    for (const auto& [member, pattern] : plain) {
        if (from.has(member)) {
            matcher.match_pattern = pattern;
            matcher.value = from.text(member);
        }
    }
    from.object("safe_regex", [&](ProtoReader& regex) {
        regex.ignore({"google_re2"});
        matcher.match_pattern = Pattern::SafeRegex;
        matcher.value = regex.text("regex");
    });
    return matcher;
}

HeaderMatcher read_header_matcher(ProtoReader& from) {
    using Pattern = StringMatcher::MatchPattern;
    HeaderMatcher matcher{
        .name = from.text("name"),
        .invert_match = from.flag("invert_match"),
        .treat_missing_header_as_empty = from.flag("treat_missing_header_as_empty")};
    auto& specifier = matcher.header_match_specifier;
    if (from.has("present_match")) {
        specifier = PresentMatch{from.flag("present_match")};
    }
    constexpr std::pair<std::string_view, Pattern> old_forms[] = {
        {"exact_match", Pattern::Exact},
        {"prefix_match", Pattern::Prefix},
        {"suffix_match", Pattern::Suffix},
        {"contains_match", Pattern::Contains}};
    for (const auto& [member, pattern] : old_forms) {
        if (from.has(member)) {
            specifier = StringMatcher{.match_pattern = pattern, .value = from.text(member)};
        }
    }
    from.object("safe_regex_match", [&](ProtoReader& regex) {
        regex.ignore({"google_re2"});
        specifier =
            StringMatcher{.match_pattern = Pattern::SafeRegex, .value = regex.text("regex")};
    });
    from.object("string_match",
                [&](ProtoReader& match) { specifier = read_string_matcher(match); });
    from.object("range_match", [&](ProtoReader& range) {
        specifier = Int64Range{.start = range.integer<std::int64_t>("start", 0),
                               .end = range.integer<std::int64_t>("end", 0)};
    });
    return matcher;
}

FractionalPercent read_fractional_percent(ProtoReader& from) {
    using Denominator = FractionalPercent::Denominator;
    const std::string denominator = from.text("denominator", "HUNDRED");
    return {.numerator = from.integer<std::uint32_t>("numerator", 0),
            .denominator = denominator == "MILLION"        ? Denominator::Million
                           : denominator == "TEN_THOUSAND" ? Denominator::TenThousand
                                                           : Denominator::Hundred};
}

// Keys of the runtime are passed over: there is none here.
std::optional<FractionalPercent> read_runtime_fraction(ProtoReader& from, std::string_view member) {
    std::optional<FractionalPercent> fraction;
    from.object(member, [&](ProtoReader& runtime) {
        runtime.ignore({"runtime_key"});
        fraction = FractionalPercent{};
        runtime.object("default_value",
                       [&](ProtoReader& percent) { fraction = read_fractional_percent(percent); });
    });
    return fraction;
}

RouteMatch read_match(ProtoReader& from) {
    using Path = RouteMatch::PathSpecifier;
    RouteMatch match{.case_sensitive = from.flag_or_true("case_sensitive"),
                     .runtime_fraction = read_runtime_fraction(from, "runtime_fraction")};
    constexpr std::pair<std::string_view, Path> paths[] = {
        {"prefix", Path::Prefix},
        {"path", Path::Path},
        {"path_separated_prefix", Path::PathSeparatedPrefix}};
    bool has_path = false;
    for (const auto& [member, specifier] : paths) {
        if (from.has(member)) {
            match.path_specifier = specifier;
            match.path = from.text(member);
            has_path = true;
        }
    }
    from.object("safe_regex", [&](ProtoReader& regex) {
        regex.ignore({"google_re2"});
        match.path_specifier = Path::SafeRegex;
        match.path = regex.text("regex");
        has_path = true;
    });
    if (!has_path && !from.has("connect_matcher") && !from.has("path_match_policy")) {
        from.wrong("prefix", "a rule for the path is expected");
    }
    from.list("headers",
              [&](ProtoReader& header) { match.headers.push_back(read_header_matcher(header)); });
    from.list("query_parameters", [&](ProtoReader& parameter) {
        QueryParameterMatcher& matcher = match.query_parameters.emplace_back();
        matcher.name = parameter.text("name");
        matcher.present_match = parameter.flag_or_true("present_match");
        parameter.object("string_match", [&](ProtoReader& rule) {
            matcher.string_match = read_string_matcher(rule);
        });
    });
    match.grpc = from.object("grpc", [](ProtoReader&) {});
    return match;
}

HeaderValueOption read_header_value_option(ProtoReader& from) {
    using Action = HeaderValueOption::AppendAction;
    static constexpr std::pair<std::string_view, Action> names[] = {
        {"APPEND_IF_EXISTS_OR_ADD", Action::AppendIfExistsOrAdd},
        {"ADD_IF_ABSENT", Action::AddIfAbsent},
        {"OVERWRITE_IF_EXISTS_OR_ADD", Action::OverwriteIfExistsOrAdd},
        {"OVERWRITE_IF_EXISTS", Action::OverwriteIfExists}};
    HeaderValueOption option{.keep_empty_value = from.flag("keep_empty_value")};
    from.object("header", [&](ProtoReader& header) {
        option.key = header.text("key");
        option.value = header.text("value");
    });
    if (from.has("append")) {  // the old form
        option.append_action =
            from.flag("append") ? Action::AppendIfExistsOrAdd : Action::OverwriteIfExistsOrAdd;
    }
    if (from.has("append_action")) {
        const std::string written = from.text("append_action");
        for (const auto& [name, action] : names) {
            if (name == written) {
                option.append_action = action;
            }
        }
    }
    return option;
}

void read_mutations(ProtoReader& from, HeaderMutations& to) {
    from.list("request_headers_to_add", [&](ProtoReader& option) {
        to.request_headers_to_add.push_back(read_header_value_option(option));
    });
    from.list("response_headers_to_add", [&](ProtoReader& option) {
        to.response_headers_to_add.push_back(read_header_value_option(option));
    });
    to.request_headers_to_remove = from.texts("request_headers_to_remove");
    to.response_headers_to_remove = from.texts("response_headers_to_remove");
}

std::vector<HeaderMutation> read_mirror_mutations(ProtoReader& mirror) {
    std::vector<HeaderMutation> changes;
    mirror.list("request_headers_mutations", [&](ProtoReader& change) {
        HeaderMutation& made = changes.emplace_back();
        made.remove = change.text("remove");
        change.object("append",
                      [&](ProtoReader& option) { made.append = read_header_value_option(option); });
    });
    return changes;
}

std::vector<RequestMirrorPolicy> read_mirrors(ProtoReader& from) {
    std::vector<RequestMirrorPolicy> mirrors;
    from.list("request_mirror_policies", [&](ProtoReader& mirror) {
        mirror.ignore({"trace_sampled"});
        mirrors.push_back(
            {.cluster = mirror.text("cluster"),
             .cluster_header = mirror.text("cluster_header"),
             .runtime_fraction = read_runtime_fraction(mirror, "runtime_fraction")
                                     .value_or(FractionalPercent{.numerator = 100}),
             .disable_shadow_host_suffix_append = mirror.flag("disable_shadow_host_suffix_append"),
             .host_rewrite_literal = mirror.text("host_rewrite_literal"),
             .request_headers_mutations = read_mirror_mutations(mirror)});
    });
    return mirrors;
}

HashPolicy read_hash_policy(ProtoReader& from) {
    HashPolicy policy{.terminal = from.flag("terminal")};
    from.object("header", [&](ProtoReader& header) {
        policy.policy_specifier =
            HashHeader{.header_name = header.text("header_name"),
                       .regex_rewrite = optional_regex_rewrite(header, "regex_rewrite")};
    });
    from.object("cookie", [&](ProtoReader& cookie) {
        cookie.ignore({"attributes"});
        policy.policy_specifier = HashCookie{.name = cookie.text("name"),
                                             .ttl = cookie.duration("ttl"),
                                             .path = cookie.text("path")};
    });
    from.object("connection_properties", [&](ProtoReader& properties) {
        policy.policy_specifier =
            HashConnectionProperties{.source_ip = properties.flag("source_ip")};
    });
    from.object("query_parameter", [&](ProtoReader& parameter) {
        policy.policy_specifier = HashQueryParameter{.name = parameter.text("name")};
    });
    from.object("filter_state", [&](ProtoReader& state) {
        policy.policy_specifier = HashFilterState{.key = state.text("key")};
    });
    return policy;
}

RetryHeader read_retry_header(ProtoReader& from) {
    const HeaderMatcher matcher = read_header_matcher(from);
    RetryHeader header{.name = matcher.name, .invert_match = matcher.invert_match};
    if (const auto* rule = std::get_if<StringMatcher>(&matcher.header_match_specifier)) {
        if (rule->match_pattern != StringMatcher::MatchPattern::Exact || rule->ignore_case) {
            from.wrong("string_match", "is not understood here unless it is exact");
        }
        header.exact = rule->value;
    } else if (const auto* present = std::get_if<PresentMatch>(&matcher.header_match_specifier)) {
        header.invert_match = header.invert_match == present->present;
    } else {
        from.wrong("range_match", "is not understood here");
    }
    return header;
}

void read_retry_extensions(ProtoReader& from, RetryPolicy& policy) {
    from.list("retry_host_predicate", [&](ProtoReader& predicate) {
        predicate.ignore({"typed_config"});
        if (predicate.text("name") == "envoy.retry_host_predicates.previous_hosts") {
            policy.previous_hosts = true;
        } else {
            predicate.wrong("name", "is not understood");
        }
    });
    from.object("retry_priority", [&](ProtoReader& priority) {
        if (priority.text("name") != "envoy.retry_priorities.previous_priorities") {
            priority.wrong("name", "is not understood");
        }
        priority.object("typed_config", [&](ProtoReader& config) {
            config.ignore({"@type"});
            policy.previous_priorities_update_frequency =
                config.integer<std::uint32_t>("update_frequency", 0);
        });
    });
}

RetryPolicy read_retry_policy_fields(ProtoReader& from) {
    RetryPolicy policy;
    policy.retry_on = from.text("retry_on");
    policy.num_retries = from.integer<std::uint32_t>("num_retries", 1);
    policy.per_try_timeout = from.duration("per_try_timeout");
    policy.per_try_idle_timeout = from.duration("per_try_idle_timeout");
    policy.host_selection_retry_max_attempts =
        from.integer<std::uint32_t>("host_selection_retry_max_attempts", 1);
    for (const auto& code : from.as_list("retriable_status_codes")) {
        policy.retriable_status_codes.push_back(code.is_number() ? code.to_number<std::uint16_t>()
                                                                 : std::uint16_t{0});
    }
    from.list("retriable_headers", [&](ProtoReader& header) {
        policy.retriable_headers.push_back(read_retry_header(header));
    });
    from.list("retriable_request_headers", [&](ProtoReader& header) {
        policy.retriable_request_headers.push_back(read_retry_header(header));
    });
    from.object("retry_back_off", [&](ProtoReader& back_off) {
        policy.base_interval = back_off.duration("base_interval").value_or(policy.base_interval);
        policy.max_interval = back_off.duration("max_interval");
    });
    from.object("rate_limited_retry_back_off", [&](ProtoReader& limited) {
        limited.list("reset_headers", [&](ProtoReader& header) {
            policy.reset_headers.push_back({.name = header.text("name"),
                                            .format = header.text("format") == "UNIX_TIMESTAMP"
                                                          ? ResetHeader::Format::UnixTimestamp
                                                          : ResetHeader::Format::Seconds});
        });
        policy.rate_limited_max_interval =
            limited.duration("max_interval").value_or(policy.rate_limited_max_interval);
    });
    read_retry_extensions(from, policy);
    return policy;
}

std::optional<RetryPolicy> optional_retry_policy(ProtoReader& from) {
    std::optional<RetryPolicy> policy;
    from.object("retry_policy",
                [&](ProtoReader& inner) { policy = read_retry_policy_fields(inner); });
    return policy;
}

std::optional<HedgePolicy> optional_hedge_policy(ProtoReader& from) {
    std::optional<HedgePolicy> policy;
    from.object("hedge_policy", [&](ProtoReader& inner) {
        policy = HedgePolicy{.hedge_on_per_try_timeout = inner.flag("hedge_on_per_try_timeout")};
    });
    return policy;
}

void read_weighted_clusters(ProtoReader& from, RouteAction& action) {
    from.ignore({"total_weight", "runtime_key_prefix"});
    action.weighted_clusters_header_name = from.text("header_name");
    from.list("clusters", [&](ProtoReader& cluster) {
        cluster.ignore({"metadata_match", "typed_per_filter_config"});
        ClusterWeight& weight = action.weighted_clusters.emplace_back();
        weight.name = cluster.text("name");
        weight.cluster_header = cluster.text("cluster_header");
        weight.weight = cluster.integer<std::uint32_t>("weight", 0);
        weight.host_rewrite_literal = cluster.text("host_rewrite_literal");
        read_mutations(cluster, weight);
    });
}

std::uint16_t read_not_found_code(ProtoReader& from) {
    const std::string code = from.text("cluster_not_found_response_code", "SERVICE_UNAVAILABLE");
    return code == "NOT_FOUND"               ? std::uint16_t{404}
           : code == "INTERNAL_SERVER_ERROR" ? std::uint16_t{500}
                                             : std::uint16_t{503};
}

RouteAction read_action(ProtoReader& from) {
    RouteAction action;
    // What filters and statistics make of it.
    from.ignore({"metadata_match", "rate_limits", "include_vh_rate_limits", "priority"});
    action.cluster = from.text("cluster");
    action.cluster_header = from.text("cluster_header");
    from.object("weighted_clusters",
                [&](ProtoReader& weighted) { read_weighted_clusters(weighted, action); });
    action.cluster_not_found_response_code = read_not_found_code(from);
    action.prefix_rewrite = from.text("prefix_rewrite");
    action.regex_rewrite = optional_regex_rewrite(from, "regex_rewrite");
    action.path_rewrite = from.text("path_rewrite");
    action.host_rewrite_literal = from.text("host_rewrite_literal");
    action.host_rewrite_header = from.text("host_rewrite_header");
    action.host_rewrite_path_regex = optional_regex_rewrite(from, "host_rewrite_path_regex");
    action.auto_host_rewrite = from.flag("auto_host_rewrite");
    action.append_x_forwarded_host = from.flag("append_x_forwarded_host");
    action.timeout = from.duration("timeout");
    action.idle_timeout = from.duration("idle_timeout");
    action.max_grpc_timeout = from.duration("max_grpc_timeout");
    action.retry_policy = optional_retry_policy(from);
    action.hedge_policy = optional_hedge_policy(from);
    from.list("hash_policy",
              [&](ProtoReader& policy) { action.hash_policy.push_back(read_hash_policy(policy)); });
    action.request_mirror_policies = read_mirrors(from);
    return action;
}

RedirectAction read_redirect(ProtoReader& from) {
    static const std::map<std::string, std::uint16_t, std::less<>> codes{
        {"MOVED_PERMANENTLY", 301},
        {"FOUND", 302},
        {"SEE_OTHER", 303},
        {"TEMPORARY_REDIRECT", 307},
        {"PERMANENT_REDIRECT", 308}};
    RedirectAction redirect;
    if (const auto code = codes.find(from.text("response_code", "MOVED_PERMANENTLY"));
        code != codes.end()) {
        redirect.response_code = code->second;
    } else {
        from.wrong("response_code", "is not understood");
    }
    redirect.https_redirect = from.flag("https_redirect");
    redirect.scheme_redirect = from.text("scheme_redirect");
    redirect.host_redirect = from.text("host_redirect");
    redirect.port_redirect = from.integer<std::uint32_t>("port_redirect", 0);
    redirect.path_redirect = from.text("path_redirect");
    redirect.prefix_rewrite = from.text("prefix_rewrite");
    redirect.regex_rewrite = optional_regex_rewrite(from, "regex_rewrite");
    redirect.strip_query = from.flag("strip_query");
    return redirect;
}

DirectResponseAction read_direct_response(ProtoReader& from) {
    DirectResponseAction response{.status = from.integer<std::uint32_t>("status", 0)};
    from.object("body", [&](ProtoReader& body) {
        response.body = body.text("inline_string", body.text("inline_bytes"));
    });
    return response;
}

Route read_route(ProtoReader& from) {
    Route route;
    from.ignore({"metadata", "decorator", "tracing", "stat_prefix"});
    route.name = from.text("name");
    if (!from.object("match", [&](ProtoReader& match) { route.match = read_match(match); })) {
        from.wrong("match", "Required value");
    }
    const bool routes =
        from.object("route", [&](ProtoReader& action) { route.action = read_action(action); });
    const bool redirects = from.object(
        "redirect", [&](ProtoReader& redirect) { route.action = read_redirect(redirect); });
    const bool answers = from.object("direct_response", [&](ProtoReader& response) {
        route.action = read_direct_response(response);
    });
    if (!routes && !redirects && !answers) {
        from.wrong("route", "an action is expected");
    }
    read_mutations(from, route);
    route.typed_per_filter_config = from.as_it_stands("typed_per_filter_config");
    return route;
}

VirtualHost read_virtual_host(ProtoReader& from) {
    VirtualHost host;
    from.ignore({"metadata", "virtual_clusters", "rate_limits"});
    host.name = from.text("name");
    host.domains = from.texts("domains");
    from.list("routes", [&](ProtoReader& route) { host.routes.push_back(read_route(route)); });
    const std::string require_tls = from.text("require_tls", "NONE");
    host.require_tls = require_tls == "ALL" ? TlsRequirementType::All : TlsRequirementType::None;
    if (require_tls == "EXTERNAL_ONLY") {
        from.wrong("require_tls", "is not understood");
    }
    host.retry_policy = optional_retry_policy(from);
    host.hedge_policy = optional_hedge_policy(from);
    host.request_mirror_policies = read_mirrors(from);
    host.include_request_attempt_count = from.flag("include_request_attempt_count");
    from.ignore({"include_attempt_count_in_response"});
    read_mutations(from, host);
    host.typed_per_filter_config = from.as_it_stands("typed_per_filter_config");
    return host;
}

RouteConfiguration read_configuration_fields(ProtoReader& from) {
    RouteConfiguration read;
    from.ignore({"validate_clusters", "metadata", "internal_only_headers"});
    read.name = from.text("name");
    from.list("virtual_hosts",
              [&](ProtoReader& host) { read.virtual_hosts.push_back(read_virtual_host(host)); });
    read.most_specific_header_mutations_wins = from.flag("most_specific_header_mutations_wins");
    read.ignore_port_in_host_matching = from.flag("ignore_port_in_host_matching");
    read.ignore_path_parameters_in_path_matching =
        from.flag("ignore_path_parameters_in_path_matching");
    read.max_direct_response_body_size_bytes =
        from.integer<std::uint32_t>("max_direct_response_body_size_bytes", 4096);
    read.request_mirror_policies = read_mirrors(from);
    read_mutations(from, read);
    return read;
}

}  // namespace

Result<RouteConfiguration> read_route_configuration(const boost::json::object& json) {
    std::optional<Error> problem;
    ProtoReader reader{json, {}, problem};
    RouteConfiguration read = read_configuration_fields(reader);
    reader.finish();
    return problem ? Result<RouteConfiguration>{*problem}
                   : Result<RouteConfiguration>{std::move(read)};
}

Result<RetryPolicy> read_retry_policy(const boost::json::object& json) {
    std::optional<Error> problem;
    ProtoReader reader{json, {}, problem};
    RetryPolicy read = read_retry_policy_fields(reader);
    reader.finish();
    return problem ? Result<RetryPolicy>{*problem} : Result<RetryPolicy>{std::move(read)};
}

}  // namespace wavetank::mesh
