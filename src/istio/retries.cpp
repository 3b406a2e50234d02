#include "istio/retries.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace wavetank::istio {
namespace {

constexpr std::string_view default_retry_on =
    "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";

json::array previous_hosts() {
    return {
        json::object{{"name", "envoy.retry_host_predicates.previous_hosts"},
                     {"typed_config",
                      {{"@type",
                        "type.googleapis.com/"
                        "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"}}}}};
}

std::string without_spaces(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\n\r");
    return start == std::string_view::npos
               ? std::string{}
               : std::string{text.substr(start, text.find_last_not_of(" \t\n\r") - start + 1)};
}

// Numbers among the conditions are statuses.
void read_conditions(const std::string& text, json::object& policy) {
    std::string conditions;
    json::array codes;
    for (const std::string& part : split(text, ',')) {
        const std::string word = without_spaces(part);
        if (word.empty()) {
            continue;
        }
        std::int64_t status = 0;
        const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), status);
        if (failure == std::errc{} && end == word.data() + word.size() &&
            is_named_http_status(status)) {
            codes.emplace_back(status);
        } else {
            conditions += (conditions.empty() ? "" : ",") + word;
        }
    }
    if (!codes.empty()) {
        if (conditions.find("retriable-status-codes") == std::string::npos) {
            conditions += ",retriable-status-codes";
        }
        policy["retriable_status_codes"] = std::move(codes);
    }
    if (conditions.empty()) {
        policy.erase("retry_on");
    } else {
        policy["retry_on"] = conditions;
    }
}

}  // namespace

bool is_named_http_status(std::int64_t status) {
    constexpr std::array<std::pair<std::int64_t, std::int64_t>, 12> ranges{{{100, 103},
                                                                            {200, 208},
                                                                            {226, 226},
                                                                            {300, 305},
                                                                            {307, 308},
                                                                            {400, 418},
                                                                            {421, 426},
                                                                            {428, 429},
                                                                            {431, 431},
                                                                            {451, 451},
                                                                            {500, 508},
                                                                            {510, 511}}};
    return std::ranges::any_of(
        ranges, [&](const auto& range) { return status >= range.first && status <= range.second; });
}

std::optional<json::object> retry_policy(const json::object* retries, bool is_consistent_hash) {
    json::object policy{{"retry_on", default_retry_on},
                        {"num_retries", 2},
                        {"host_selection_retry_max_attempts", "5"}};
    if (!is_consistent_hash) {
        policy["retry_host_predicate"] = previous_hosts();
    }
    if (retries == nullptr) {
        return policy;
    }
    const std::int64_t attempts = integer_in(retries, "attempts");
    if (attempts <= 0) {
        return std::nullopt;
    }
    policy["num_retries"] = attempts;
    if (const std::string text = text_in(retries, "retryOn"); !text.empty()) {
        read_conditions(text, policy);
    }
    copy_duration(retries, "perTryTimeout", policy, "per_try_timeout");
    if (field(retries, "retryIgnorePreviousHosts") != nullptr) {
        policy.erase("retry_host_predicate");
        if (flag_in(retries, "retryIgnorePreviousHosts")) {
            policy["retry_host_predicate"] = previous_hosts();
        }
    }
    if (flag_in(retries, "retryRemoteLocalities")) {
        policy["retry_priority"] = {
            {"name", "envoy.retry_priorities.previous_priorities"},
            {"typed_config",
             {{"@type",
               "type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3."
               "PreviousPrioritiesConfig"},
              {"update_frequency", 2}}}};
    }
    if (field(retries, "backoff") != nullptr) {
        json::object back_off;
        copy_duration(retries, "backoff", back_off, "base_interval");
        policy["retry_back_off"] = std::move(back_off);
    }
    return policy;
}

}  // namespace wavetank::istio
