#include <wavetank/mesh/retry_policy.hpp>

#include <wavetank/base/ascii.hpp>
#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wavetank::mesh {
namespace {

enum RetryCondition : std::uint32_t {
    retry_on_5xx = 1U << 0,
    retry_on_gateway_error = 1U << 1,
    retry_on_reset = 1U << 2,
    retry_on_reset_before_request = 1U << 3,
    retry_on_connect_failure = 1U << 4,
    retry_on_refused_stream = 1U << 5,
    retry_on_retriable_4xx = 1U << 6,
    retry_on_status_codes = 1U << 7,
    retry_on_headers = 1U << 8,
    retry_on_envoy_ratelimited = 1U << 9,
    retry_on_cancelled = 1U << 10,
    retry_on_deadline_exceeded = 1U << 11,
    retry_on_internal = 1U << 12,
    retry_on_resource_exhausted = 1U << 13,
    retry_on_unavailable = 1U << 14,
    retry_on_http3_post_connect_failure = 1U << 15,  // HTTP/3 is not modelled
};

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 16> retry_condition_names{{
    {"5xx", retry_on_5xx},
    {"gateway-error", retry_on_gateway_error},
    {"reset", retry_on_reset},
    {"reset-before-request", retry_on_reset_before_request},
    {"connect-failure", retry_on_connect_failure},
    {"refused-stream", retry_on_refused_stream},
    {"retriable-4xx", retry_on_retriable_4xx},
    {"retriable-status-codes", retry_on_status_codes},
    {"retriable-headers", retry_on_headers},
    {"envoy-ratelimited", retry_on_envoy_ratelimited},
    {"cancelled", retry_on_cancelled},
    {"deadline-exceeded", retry_on_deadline_exceeded},
    {"internal", retry_on_internal},
    {"resource-exhausted", retry_on_resource_exhausted},
    {"unavailable", retry_on_unavailable},
    {"http3-post-connect-failure", retry_on_http3_post_connect_failure},
}};

// gRPC's status codes.
constexpr std::array<std::pair<int, std::uint32_t>, 5> retry_conditions_of_grpc{{
    {1, retry_on_cancelled},
    {4, retry_on_deadline_exceeded},
    {8, retry_on_resource_exhausted},
    {13, retry_on_internal},
    {14, retry_on_unavailable},
}};

const std::string* header_of(const Headers& headers, std::string_view name) {
    const auto found = headers.find(to_lower(name));
    return found == headers.end() ? nullptr : &found->second;
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
    Number number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                      : std::nullopt;
}

std::vector<std::string_view> comma_separated(std::string_view text) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        std::string_view part = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
        part = part.substr(0, part.find_last_not_of(" \t") + 1);
        parts.push_back(part);
    }
    return parts;
}

std::uint32_t retry_conditions_in(std::string_view text) {
    std::uint32_t conditions = 0;
    for (const std::string_view part : comma_separated(text)) {
        for (const auto& [name, condition] : retry_condition_names) {
            conditions |= part == name ? condition : 0;
        }
    }
    return conditions;
}

std::int64_t whole_milliseconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

bool RetryHeader::matches(const Headers& headers) const {
    const std::string* value = header_of(headers, name);
    if (value == nullptr) {
        return invert_match && !exact;  // one that is absent has no value, neither this nor another
    }
    return (!exact || *value == *exact) != invert_match;
}

RetryState::RetryState(const RetryPolicy& policy, const Headers& headers, RetryStats& stats)
    : policy_(policy),
      stats_(stats),
      retry_on_(retry_conditions_in(policy.retry_on)),
      retries_left_(policy.num_retries),
      retriable_status_codes_(policy.retriable_status_codes),
      retriable_headers_(policy.retriable_headers),
      next_interval_(std::max<std::int64_t>(whole_milliseconds(policy.base_interval), 1)),
      max_interval_(policy.max_interval
                        ? std::max<std::int64_t>(whole_milliseconds(*policy.max_interval), 1)
                        : next_interval_ * 10) {
    read_headers(headers);
}

void RetryState::read_headers(const Headers& headers) {
    is_asked_for_ = retry_on_ != 0;
    for (const std::string_view name : {"x-envoy-retry-on", "x-envoy-retry-grpc-on"}) {
        if (const std::string* conditions = header_of(headers, name)) {
            is_asked_for_ = true;
            retry_on_ |= retry_conditions_in(*conditions);
        }
    }
    const auto& wanted = policy_.retriable_request_headers;
    if (!wanted.empty() && std::ranges::none_of(wanted, [&](const RetryHeader& header) {
            return header.matches(headers);
        })) {
        retry_on_ = 0;
    }
    if (const std::string* count = header_of(headers, "x-envoy-max-retries")) {
        retries_left_ = whole_number<std::uint32_t>(*count).value_or(retries_left_);
    }
    if (const std::string* codes = header_of(headers, "x-envoy-retriable-status-codes")) {
        for (const std::string_view code : comma_separated(*codes)) {
            if (const auto number = whole_number<std::uint16_t>(code)) {
                retriable_status_codes_.push_back(*number);
            }
        }
    }
    if (const std::string* names = header_of(headers, "x-envoy-retriable-header-names")) {
        for (const std::string_view name : comma_separated(*names)) {
            retriable_headers_.push_back({.name = std::string{name}});
        }
    }
}

RetryStatus RetryState::on_answer(std::uint16_t status, const Headers& headers,
                                  const RetrySituation& situation) {
    const bool again = is_retriable(status, headers);
    if (again) {
        reset_after_ = reset_interval(headers, situation.unix_seconds);
    }
    return decide(again, situation);
}

RetryStatus RetryState::on_reset(ResetReason reason, const RetrySituation& situation) {
    request_started_ = request_started_ || situation.request_started;
    return decide(is_retriable(reason), situation);
}

RetryStatus RetryState::on_hedge(const RetrySituation& situation) {
    return decide(is_asked_for_, situation);
}

// An answer that another proxy's rate limit gave is tried again only where that is asked for.
bool RetryState::is_retriable(std::uint16_t status, const Headers& headers) const {
    if (header_of(headers, "x-envoy-ratelimited") != nullptr) {
        return has(retry_on_envoy_ratelimited);
    }
    const bool by_status =
        (has(retry_on_5xx) && status >= 500 && status < 600) ||
        (has(retry_on_gateway_error) && status >= 502 && status <= 504) ||
        (has(retry_on_retriable_4xx) && status == 409) ||
        (has(retry_on_status_codes) &&
         std::ranges::find(retriable_status_codes_, status) != retriable_status_codes_.end());
    const bool by_header =
        has(retry_on_headers) && std::ranges::any_of(retriable_headers_, [&](const auto& header) {
            return header.matches(headers);
        });
    if (by_status || by_header) {
        return true;
    }
    const std::string* grpc = header_of(headers, "grpc-status");
    const auto code = grpc == nullptr ? std::nullopt : whole_number<int>(*grpc);
    return code && std::ranges::any_of(retry_conditions_of_grpc, [&](const auto& pair) {
               return pair.first == *code && has(pair.second);
           });
}

// A reset counts as the 5xx answer that the client would get.
bool RetryState::is_retriable(ResetReason reason) const {
    if (reason == ResetReason::Overflow) {
        return false;
    }
    const bool no_connection =
        reason == ResetReason::ConnectionFailure || reason == ResetReason::ConnectionTimeout;
    return has(retry_on_reset | retry_on_5xx | retry_on_gateway_error) ||
           (has(retry_on_connect_failure) && no_connection) ||
           (has(retry_on_reset_before_request) && !request_started_) ||
           (has(retry_on_refused_stream) && reason == ResetReason::RemoteRefusedStreamReset);
}

RetryStatus RetryState::decide(bool is_retriable, const RetrySituation& situation) {
    if (!is_retriable) {
        stats_.upstream_rq_retry_success += std::exchange(is_retry_, false) ? 1 : 0;
        return RetryStatus::No;
    }
    is_retry_ = false;
    if (retries_left_ == 0) {
        ++stats_.upstream_rq_retry_limit_exceeded;
        return RetryStatus::NoRetryLimitExceeded;
    }
    --retries_left_;
    if (!situation.has_room) {
        ++stats_.upstream_rq_retry_overflow;
        return RetryStatus::NoOverflow;
    }
    is_retry_ = true;
    ++stats_.upstream_rq_retry;
    return RetryStatus::Yes;
}

RetryState::BackOff RetryState::next_back_off() {
    if (reset_after_) {
        ++stats_.upstream_rq_retry_backoff_ratelimited;
        const std::int64_t least = whole_milliseconds(*std::exchange(reset_after_, std::nullopt));
        return {.least = least, .width = std::max<std::int64_t>(least / 2, 1)};
    }
    ++stats_.upstream_rq_retry_backoff_exponential;
    const std::int64_t ceiling = next_interval_;
    next_interval_ = ceiling < max_interval_ / 2 ? ceiling * 2 : max_interval_;
    return {.width = ceiling};
}

// The first header that says something to be believed counts.
std::optional<Duration> RetryState::reset_interval(const Headers& headers,
                                                   std::int64_t unix_seconds) const {
    for (const ResetHeader& reset : policy_.reset_headers) {
        const std::string* text = header_of(headers, reset.name);
        const auto number = text == nullptr ? std::nullopt : whole_number<std::int64_t>(*text);
        if (!number) {
            continue;
        }
        const std::int64_t seconds =
            reset.format == ResetHeader::Format::Seconds ? *number : *number - unix_seconds;
        const std::int64_t most =
            std::chrono::duration_cast<std::chrono::seconds>(policy_.rate_limited_max_interval)
                .count();
        if (seconds > 0 && seconds <= most) {
            return std::chrono::seconds{seconds};
        }
    }
    return std::nullopt;
}

}  // namespace wavetank::mesh
