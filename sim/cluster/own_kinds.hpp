#pragma once

/// \file
/// What our own kinds of manifests mean for a run, and what is wrong with them.

#include "sim/cluster/plan.hpp"

#include <wavetank/api/quantity.hpp>
#include <wavetank/api/wavetankv1/fault.hpp>
#include <wavetank/api/wavetankv1/scenario.hpp>
#include <wavetank/api/wavetankv1/service_model.hpp>
#include <wavetank/api/wavetankv1/workload.hpp>
#include <wavetank/base/distribution.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// With that, nothing gets done: a millisecond takes three hours.
inline constexpr double slow_down_max = 1e7;

/// Collects what is wrong with one object.
class Checker {
public:
    /// Lifetime: both outlive it.
    Checker(const codec::ManifestObject& object, std::vector<Error>& errors)
        : object_(object), errors_(errors) {}

    void invalid(const std::string& field, const std::string& message);
    /// Adds what is wrong with a file that the object names.
    void add(Error error);
    /// Returns a path that is relative to the folder of the object's own file.
    [[nodiscard]] std::string beside(const std::string& path) const;

    // Each reads one field; what is wrong becomes an error, and a harmless value.
    Duration duration(const std::string& field, const std::string& text);
    std::optional<Duration> duration(const std::string& field,
                                     const std::optional<std::string>& text);
    std::optional<Distribution> distribution(const std::string& field,
                                             const std::optional<std::string>& text);
    double rate(const std::string& field, const api::Quantity& quantity);
    /// Above 1, up to `slow_down_max`.
    double slow_down(const std::string& field, const api::Quantity& quantity);
    std::int64_t bytes(const std::string& field, const api::Quantity& quantity);
    /// Above 0.
    double factor(const std::string& field, const std::optional<api::Quantity>& quantity,
                  double by_default);
    /// From 0 to 1.
    double part(const std::string& field, const std::optional<api::Quantity>& quantity,
                double by_default);
    std::optional<std::uint32_t> count(const std::string& field,
                                       const std::optional<std::int32_t>& number,
                                       std::int32_t lowest);

private:
    const codec::ManifestObject& object_;
    std::vector<Error>& errors_;
};

/// Reads what a Scenario says of images and kubelets, over what others said before it.
void read_node_settings(SimulationOptions& options, PlannedNodeSettings& settings,
                        const api::wavetankv1::ScenarioSpec& spec, Checker& check);

void add_scenario(Plan& plan, const api::wavetankv1::Scenario& scenario, Checker check);
void add_workload(Plan& plan, const api::wavetankv1::Workload& workload, Checker check);
void add_model(Plan& plan, const api::wavetankv1::ServiceModel& model, Checker check);
void add_fault(Plan& plan, const api::wavetankv1::Fault& fault, Checker check);

}  // namespace wavetank::sim
