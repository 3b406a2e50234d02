#include <wavetank/mesh/fault.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace wavetank::mesh {
namespace {

std::optional<std::uint64_t> number_in_header(const Headers& headers, const std::string& name) {
    const auto found = headers.find(name);
    if (found == headers.end()) {
        return std::nullopt;
    }
    const std::string& text = found->second;
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                      : std::nullopt;
}

// A header may lower a percentage.
FractionalPercent lowered_by(const Headers& headers, const std::string& name,
                             FractionalPercent percentage) {
    if (const auto number = number_in_header(headers, name)) {
        percentage.numerator =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(percentage.numerator, *number));
    }
    return percentage;
}

}  // namespace

FaultFilter::Injected FaultFilter::begin(const Headers& headers, Random& random) {
    Injected injected{.is_matched = std::ranges::all_of(fault_.headers, [&](const auto& header) {
                          return header.matches(headers);
                      })};
    if (!injected.is_matched) {
        return injected;
    }
    if (fault_.abort) {
        const bool is_fixed = fault_.abort->http_status.has_value();
        injected.abort_with = fault_.abort->http_status;
        injected.abort_percentage = fault_.abort->percentage;
        if (const auto status = number_in_header(headers, "x-envoy-fault-abort-request");
            !is_fixed && status && *status >= 200 && *status < 600) {
            injected.abort_with = static_cast<std::uint16_t>(*status);
        } else if (!is_fixed && number_in_header(headers, "x-envoy-fault-abort-grpc-request")) {
            injected.abort_with = std::uint16_t{200};  // gRPC's own status comes beside it
        }
        if (!is_fixed) {
            injected.abort_percentage = lowered_by(
                headers, "x-envoy-fault-abort-request-percentage", injected.abort_percentage);
        }
    }
    if (fault_.delay) {
        const bool is_fixed = fault_.delay->fixed_delay.has_value();
        const FractionalPercent percentage =
            is_fixed ? fault_.delay->percentage
                     : lowered_by(headers, "x-envoy-fault-delay-request-percentage",
                                  fault_.delay->percentage);
        const auto asked = number_in_header(headers, "x-envoy-fault-delay-request");
        const Duration delay =
            is_fixed ? *fault_.delay->fixed_delay
                     : std::chrono::milliseconds{static_cast<std::int64_t>(asked.value_or(0))};
        if (percentage.draw(random) && delay > Duration::zero() && activate(injected)) {
            ++stats_.delays_injected;
            injected.delay = delay;
            return injected;
        }
    }
    abort(injected, random);
    return injected;
}

void FaultFilter::after_delay(Injected& injected, Random& random) {
    abort(injected, random);
}

void FaultFilter::abort(Injected& injected, Random& random) {
    if (fault_.abort && injected.abort_percentage.draw(random) && injected.abort_with &&
        activate(injected)) {
        ++stats_.aborts_injected;
        injected.abort = injected.abort_with;
    }
}

// A request counts once, however much is done to it.
bool FaultFilter::activate(Injected& injected) {
    if (injected.is_active) {
        return true;
    }
    if (fault_.max_active_faults && stats_.active_faults >= *fault_.max_active_faults) {
        ++stats_.faults_overflow;
        return false;
    }
    ++stats_.active_faults;
    injected.is_active = true;
    return true;
}

void FaultFilter::end(const Injected& injected) {
    stats_.active_faults -= injected.is_active ? 1 : 0;
}

}  // namespace wavetank::mesh
