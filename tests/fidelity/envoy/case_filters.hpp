#pragma once

/// \file
/// The filters that a request of a recorded case meets before it is routed.

#include "fidelity/envoy/cluster_case.hpp"

#include <wavetank/mesh/adaptive_concurrency.hpp>
#include <wavetank/mesh/admission_control.hpp>
#include <wavetank/mesh/fault.hpp>
#include <wavetank/mesh/local_rate_limit.hpp>
#include <wavetank/mesh/request_limits.hpp>
#include <wavetank/mesh/response_flags.hpp>

#include <map>
#include <optional>
#include <string>

namespace wavetank::fidelity {

[[nodiscard]] mesh::FractionalPercent read_fraction(const boost::json::value& from);
[[nodiscard]] mesh::AdmissionControl read_admission_control(const boost::json::object& from);

/// What becomes of a request before it is routed.
struct FilterVerdict {
    std::optional<Duration> delay{};        ///< it goes on after that
    std::optional<std::uint16_t> answer{};  ///< it goes no further
    mesh::ResponseFlags flags{};
    std::string details{};
};

/// Envoy's filters in front of the router, one or none of each kind.
class CaseFilters {
public:
    CaseFilters(const boost::json::object& config, Random random);

    [[nodiscard]] FilterVerdict begin(std::size_t request, const mesh::Headers& headers,
                                      std::uint64_t body_bytes, TimePoint now);
    [[nodiscard]] FilterVerdict after_delay(std::size_t request, TimePoint now);
    void end(std::size_t request, TimePoint now);

    /// Returns the statistics that cases have.
    [[nodiscard]] std::map<std::string, std::uint64_t> stats(TimePoint now);

private:
    [[nodiscard]] FilterVerdict limits(std::size_t request, TimePoint now);
    void read(const boost::json::object& filter);

    Random random_;
    mesh::RequestLimits limits_;
    std::optional<mesh::FaultFilter> fault_;
    std::optional<mesh::LocalRateLimitFilter> rate_limit_;
    std::optional<mesh::GradientController> concurrency_;
    bool limits_concurrency_ = true;
    std::uint64_t too_large_ = 0;
    std::map<std::size_t, mesh::FaultFilter::Injected> injected_;
    std::map<std::size_t, TimePoint> passed_;  // requests that the concurrency limit let pass
};

}  // namespace wavetank::fidelity
