#include "fidelity/envoy/case_filters.hpp"

#include "fidelity/envoy/proxy_config.hpp"

#include <utility>

namespace wavetank::fidelity {
namespace {

using boost::json::object;
using boost::json::value;
using mesh::ResponseFlag;

// A value that may change while a proxy runs; here it is its default.
double default_of(const object& from, std::string_view member, double otherwise) {
    const value* found = from.if_contains(member);
    if (found == nullptr) {
        return otherwise;
    }
    const object& runtime = found->as_object();
    const value* given = runtime.if_contains("default_value");
    return given == nullptr ? otherwise : number_of(*given);
}

// None is 0.
mesh::FractionalPercent percentage_in(const object& from) {
    const value* given = from.if_contains("percentage");
    return given == nullptr ? mesh::FractionalPercent{} : read_fraction(*given);
}

mesh::HttpFault read_fault(const object& from) {
    only_members(from, "fault",
                 {"@type", "abort", "delay", "headers", "max_active_faults",
                  "disable_downstream_cluster_stats"});
    mesh::HttpFault fault{.headers = read_header_matchers(from, "headers")};
    if (const value* given = from.if_contains("delay")) {
        const object& delay = given->as_object();
        only_members(delay, "delay", {"fixed_delay", "header_delay", "percentage"});
        fault.delay = mesh::FaultDelay{.fixed_delay = duration_in(delay, "fixed_delay"),
                                       .percentage = percentage_in(delay)};
    }
    if (const value* given = from.if_contains("abort")) {
        const object& abort = given->as_object();
        only_members(abort, "abort", {"http_status", "grpc_status", "header_abort", "percentage"});
        fault.abort = mesh::FaultAbort{.percentage = percentage_in(abort)};
        if (const value* status = abort.if_contains("http_status")) {
            fault.abort->http_status = static_cast<std::uint16_t>(number_of(*status));
        } else if (abort.contains("grpc_status")) {
            fault.abort->http_status = std::uint16_t{200};  // as gRPC answers, whatever its status
        }
    }
    if (const value* most = from.if_contains("max_active_faults")) {
        fault.max_active_faults = static_cast<std::uint64_t>(number_of(*most));
    }
    return fault;
}

mesh::LocalRateLimit read_rate_limit(const object& from) {
    only_members(
        from, "local_ratelimit",
        {"@type", "stat_prefix", "token_bucket", "filter_enabled", "filter_enforced", "status"});
    mesh::LocalRateLimit limit;
    const object& bucket = from.at("token_bucket").as_object();
    only_members(bucket, "token_bucket", {"max_tokens", "tokens_per_fill", "fill_interval"});
    limit.token_bucket = {
        .max_tokens = static_cast<std::uint32_t>(number_or(bucket, "max_tokens", 1)),
        .tokens_per_fill = static_cast<std::uint32_t>(number_or(bucket, "tokens_per_fill", 1)),
        .fill_interval = duration_in(bucket, "fill_interval", std::chrono::seconds{1})};
    for (const auto& [name, fraction] : {std::pair{"filter_enabled", &limit.filter_enabled},
                                         std::pair{"filter_enforced", &limit.filter_enforced}}) {
        if (const value* given = from.if_contains(name)) {
            *fraction = read_fraction(given->at("default_value"));
        }
    }
    const object status = object_or_empty(from, "status");
    limit.status = static_cast<std::uint16_t>(number_or(status, "code", limit.status));
    return limit;
}

mesh::GradientControllerConfig read_gradient(const object& from) {
    only_members(
        from, "adaptive_concurrency",
        {"@type", "enabled", "gradient_controller_config", "concurrency_limit_exceeded_status"});
    const object& given = from.at("gradient_controller_config").as_object();
    only_members(
        given, "gradient_controller_config",
        {"sample_aggregate_percentile", "concurrency_limit_params", "min_rtt_calc_params"});
    const object limit = object_or_empty(given, "concurrency_limit_params");
    const object rtt = object_or_empty(given, "min_rtt_calc_params");
    only_members(limit, "concurrency_limit_params",
                 {"max_concurrency_limit", "concurrency_update_interval"});
    only_members(rtt, "min_rtt_calc_params",
                 {"interval", "request_count", "jitter", "min_concurrency", "buffer"});
    mesh::GradientControllerConfig config;
    config.sample_aggregate_percentile =
        number_or(given, "sample_aggregate_percentile", config.sample_aggregate_percentile);
    config.max_concurrency_limit = static_cast<std::uint32_t>(
        number_or(limit, "max_concurrency_limit", config.max_concurrency_limit));
    config.concurrency_update_interval =
        duration_in(limit, "concurrency_update_interval", config.concurrency_update_interval);
    config.min_rtt_interval = duration_in(rtt, "interval", config.min_rtt_interval);
    config.min_rtt_request_count =
        static_cast<std::uint32_t>(number_or(rtt, "request_count", config.min_rtt_request_count));
    config.min_rtt_jitter = number_or(rtt, "jitter", config.min_rtt_jitter);
    config.min_concurrency =
        static_cast<std::uint32_t>(number_or(rtt, "min_concurrency", config.min_concurrency));
    config.min_rtt_buffer = number_or(rtt, "buffer", config.min_rtt_buffer);
    config.concurrency_limit_exceeded_status = static_cast<std::uint16_t>(
        number_or(object_or_empty(from, "concurrency_limit_exceeded_status"), "code",
                  config.concurrency_limit_exceeded_status));
    return config;
}

}  // namespace

mesh::FractionalPercent read_fraction(const value& from) {
    using Denominator = mesh::FractionalPercent::Denominator;
    const object& given = from.as_object();
    only_members(given, "percentage", {"numerator", "denominator"});
    mesh::FractionalPercent read{.numerator =
                                     static_cast<std::uint32_t>(number_or(given, "numerator", 0))};
    const value* denominator = given.if_contains("denominator");
    const std::string name =
        denominator == nullptr ? "HUNDRED" : std::string{denominator->as_string()};
    if (name == "TEN_THOUSAND") {
        read.denominator = Denominator::TenThousand;
    } else if (name == "MILLION") {
        read.denominator = Denominator::Million;
    } else if (name != "HUNDRED") {
        throw NotModelled{"denominator " + name};
    }
    return read;
}

mesh::AdmissionControl read_admission_control(const object& from) {
    only_members(from, "admission_control",
                 {"@type", "enabled", "sampling_window", "success_criteria", "sr_threshold",
                  "aggression", "rps_threshold", "max_rejection_probability"});
    mesh::AdmissionControl control;
    const object criteria = object_or_empty(from, "success_criteria");
    only_members(criteria, "success_criteria", {"http_criteria"});
    const object http = object_or_empty(criteria, "http_criteria");
    if (const value* statuses = http.if_contains("http_success_status")) {
        for (const value& each : statuses->as_array()) {
            control.http_success_status.push_back(
                {.start = static_cast<std::uint32_t>(number_of(each.at("start"))),
                 .end = static_cast<std::uint32_t>(number_of(each.at("end")))});
        }
    }
    control.sampling_window = duration_in(from, "sampling_window", control.sampling_window);
    control.aggression = std::max(default_of(from, "aggression", control.aggression), 1.0);
    control.sr_threshold = default_of(from, "sr_threshold", control.sr_threshold);
    control.rps_threshold =
        static_cast<std::uint32_t>(default_of(from, "rps_threshold", control.rps_threshold));
    control.max_rejection_probability =
        default_of(from, "max_rejection_probability", control.max_rejection_probability);
    return control;
}

CaseFilters::CaseFilters(const object& config, Random random) : random_(random) {
    if (const value* filters = config.if_contains("http_filters")) {
        for (const value& each : filters->as_array()) {
            read(each.as_object());
        }
    }
    const object manager = object_or_empty(config, "http_connection_manager");
    only_members(manager, "http_connection_manager", {"max_request_headers_kb"});
    limits_.max_request_headers_kb = static_cast<std::uint32_t>(
        number_or(manager, "max_request_headers_kb", limits_.max_request_headers_kb));
}

void CaseFilters::read(const object& filter) {
    const std::string_view name = filter.at("name").as_string();
    const object& config = filter.at("typed_config").as_object();
    if (name == "envoy.filters.http.fault") {
        fault_.emplace(read_fault(config));
    } else if (name == "envoy.filters.http.local_ratelimit") {
        if (config.contains("token_bucket")) {
            rate_limit_.emplace(read_rate_limit(config));
        }
    } else if (name == "envoy.filters.http.adaptive_concurrency") {
        concurrency_.emplace(read_gradient(config), TimePoint{});
        limits_concurrency_ =
            flag_in(object_or_empty(config, "enabled"), "default_value", limits_concurrency_);
    } else if (name == "envoy.filters.http.buffer") {
        only_members(config, "buffer", {"@type", "max_request_bytes"});
        limits_.max_request_bytes =
            static_cast<std::uint64_t>(number_of(config.at("max_request_bytes")));
    } else {
        throw NotModelled{std::string{name}};
    }
}

FilterVerdict CaseFilters::begin(std::size_t request, const mesh::Headers& headers,
                                 std::uint64_t body_bytes, TimePoint now) {
    if (const auto status = limits_.refusal(headers, body_bytes)) {
        constexpr std::uint16_t too_large_a_body = 413;
        too_large_ += *status == too_large_a_body ? 1 : 0;
        return {.answer = status, .details = "request_payload_too_large"};
    }
    if (!fault_) {
        return limits(request, now);
    }
    const auto& injected = injected_[request] = fault_->begin(headers, random_);
    if (injected.abort) {
        return {.answer = injected.abort,
                .flags = ResponseFlag::FaultInjected,
                .details = "fault_filter_abort"};
    }
    if (injected.delay) {
        return {.delay = injected.delay, .flags = ResponseFlag::DelayInjected};
    }
    return limits(request, now);
}

FilterVerdict CaseFilters::after_delay(std::size_t request, TimePoint now) {
    auto& injected = injected_.at(request);
    fault_->after_delay(injected, random_);
    if (injected.abort) {
        return {.answer = injected.abort,
                .flags = ResponseFlag::FaultInjected,
                .details = "fault_filter_abort"};
    }
    return limits(request, now);
}

FilterVerdict CaseFilters::limits(std::size_t request, TimePoint now) {
    if (rate_limit_ && !rate_limit_->lets_pass(now, random_)) {
        return {.answer = rate_limit_->refusal_status(),
                .flags = ResponseFlag::RateLimited,
                .details = "local_rate_limited"};
    }
    if (concurrency_ && limits_concurrency_) {
        if (!concurrency_->lets_pass(now)) {
            return {.answer = concurrency_->refusal_status(),
                    .details = "reached_concurrency_limit"};
        }
        passed_[request] = now;
    }
    return {};
}

void CaseFilters::end(std::size_t request, TimePoint now) {
    if (const auto found = injected_.find(request); found != injected_.end()) {
        fault_->end(found->second);
        injected_.erase(found);
    }
    if (const auto found = passed_.find(request); found != passed_.end()) {
        concurrency_->record(found->second, now, random_);
        passed_.erase(found);
    }
}

std::map<std::string, std::uint64_t> CaseFilters::stats(TimePoint now) {
    std::map<std::string, std::uint64_t> all{{"downstream_rq_too_large", too_large_}};
    if (fault_) {
        all["fault.aborts_injected"] = fault_->stats().aborts_injected;
        all["fault.delays_injected"] = fault_->stats().delays_injected;
        all["fault.faults_overflow"] = fault_->stats().faults_overflow;
    }
    if (concurrency_) {
        const auto& stats = concurrency_->stats(now);
        const std::string prefix = "adaptive_concurrency.gradient_controller.";
        all[prefix + "concurrency_limit"] = stats.concurrency_limit;
        all[prefix + "rq_blocked"] = stats.rq_blocked;
    }
    std::erase_if(all, [](const auto& pair) { return pair.second == 0; });
    return all;
}

}  // namespace wavetank::fidelity
