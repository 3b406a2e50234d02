#include <wavetank/mesh/request_timeout.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace wavetank::mesh {
namespace {

using std::chrono::milliseconds;

constexpr const char* upstream_rq_header = "x-envoy-upstream-rq-timeout-ms";
constexpr const char* expected_header = "x-envoy-expected-rq-timeout-ms";
constexpr const char* grpc_header = "grpc-timeout";
constexpr std::int64_t grpc_number_max = 99'999'999;  // of any unit

bool is_grpc(const Headers& headers) {
    const auto type = headers.find("content-type");
    return type != headers.end() && type->second.starts_with("application/grpc");
}

// Reads digits; what follows them is left.
std::optional<std::uint32_t> take_number(std::string_view& text) {
    std::uint32_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return number;
}

// A hundred years: longer than any run, and a sum of two of them is no overflow.
constexpr Duration timeout_max = std::chrono::hours{24 * 36'525};

template <class Unit>
Duration at_most_longest(std::int64_t number) {
    constexpr std::int64_t most = std::chrono::duration_cast<Unit>(timeout_max).count();
    return Unit{std::min(number, most)};
}

// At most eight digits and a unit; in whole milliseconds, rounded up, as Envoy has it.
std::optional<Duration> read_grpc_timeout(std::string_view text) {
    const auto number = take_number(text);
    if (!number || *number > grpc_number_max || text.size() != 1) {
        return std::nullopt;
    }
    switch (text.front()) {
        case 'H':
            return at_most_longest<std::chrono::hours>(*number);
        case 'M':
            return at_most_longest<std::chrono::minutes>(*number);
        case 'S':
            return std::chrono::seconds{*number};
        case 'm':
            return milliseconds{*number};
        case 'u':
            return std::chrono::ceil<milliseconds>(std::chrono::microseconds{*number});
        case 'n':
            return std::chrono::ceil<milliseconds>(std::chrono::nanoseconds{*number});
        default:
            return std::nullopt;
    }
}

// In the finest unit of which there are few enough.
std::string grpc_text(milliseconds left) {
    std::int64_t number = left.count();
    char unit = 'm';
    for (const auto& [coarser, fold] : {std::pair{'S', 1000}, {'M', 60}, {'H', 60}}) {
        if (number <= grpc_number_max) {
            break;
        }
        number /= fold;
        unit = coarser;
    }
    return std::to_string(number) + unit;
}

// Returns its value, which is gone then.
std::optional<std::string> take(Headers& headers, const char* name) {
    const auto found = headers.find(name);
    if (found == headers.end()) {
        return std::nullopt;
    }
    std::string value = std::move(found->second);
    headers.erase(found);
    return value;
}

}  // namespace

Duration RequestTimeout::over(Duration timeout) const {
    if (upstream_rq) {
        return *upstream_rq;
    }
    if (!grpc) {
        return timeout;
    }
    const bool is_too_long = *grpc == Duration::zero() || *grpc > timeout;
    return timeout > Duration::zero() && is_too_long ? timeout : *grpc;
}

RequestTimeout take_timeout(Headers& headers) {
    RequestTimeout taken;
    static_cast<void>(take(headers, expected_header));
    if (const auto value = take(headers, upstream_rq_header)) {
        std::string_view text = *value;
        const auto number = take_number(text);
        if (number && text.empty()) {
            taken.upstream_rq = milliseconds{*number};
        }
    }
    if (is_grpc(headers)) {
        if (const auto value = take(headers, grpc_header)) {
            taken.grpc = read_grpc_timeout(*value);
        }
    }
    return taken;
}

void set_expected_timeout(Headers& headers, Duration expected) {
    const auto left = std::max(std::chrono::floor<milliseconds>(expected), milliseconds{1});
    headers[expected_header] = std::to_string(left.count());
    if (is_grpc(headers)) {
        headers[grpc_header] = grpc_text(left);
    }
}

}  // namespace wavetank::mesh
