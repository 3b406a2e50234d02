#pragma once

/// \file
/// Runs of small manifests, made of few words.

#include <wavetank/sim/simulation.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace wavetank::test {

/// Returns a Deployment and a Service of one name.
inline std::string service(const std::string& name, int replicas) {
    return R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: )" +
           name + R"(}
spec:
  replicas: )" +
           std::to_string(replicas) + R"(
  selector: {matchLabels: {app: )" +
           name + R"(}}
  template:
    metadata: {labels: {app: )" +
           name + R"(}}
    spec: {containers: [{name: main, image: )" +
           name + R"(}]}
---
apiVersion: v1
kind: Service
metadata: {name: )" +
           name + R"(}
spec: {selector: {app: )" +
           name + R"(}, ports: [{port: 80}]}
---
)";
}

/// Returns a manifest of one of Wavetank's own kinds.
inline std::string own(const std::string& kind, const std::string& name, const std::string& spec) {
    return "{apiVersion: wavetank.dev/v1, kind: " + kind + ", metadata: {name: " + name +
           "}, spec: {" + spec + "}}\n---\n";
}

/// Returns a ServiceModel of an image.
inline std::string model(const std::string& image, const std::string& spec) {
    return own("ServiceModel", image, "image: " + image + ", " + spec);
}

/// Returns a Workload for the Service "web".
inline std::string load(const std::string& spec) {
    return own("Workload", "visitors", "target: 'http://web', start: 10s, " + spec);
}

/// Returns a Fault of the pods of "web".
inline std::string fault(const std::string& spec) {
    return own("Fault", "trouble", "selector: {matchLabels: {app: web}}, " + spec);
}

/// Runs manifests for 70 seconds, without a network.
class ManifestRun : public testing::Test {
protected:
    static sim::Report run(const std::string& manifests) {
        sim::Simulation simulation{
            {.duration = std::chrono::seconds{70}, .network = Distribution{}}};
        const auto applied = simulation.apply_text(manifests, "test.yaml");
        EXPECT_TRUE(applied) << applied.error();
        return simulation.run();
    }

    static const sim::ServiceReport& figures(const sim::Report& report, const std::string& name) {
        const auto found = std::ranges::find(report.services, name, &sim::ServiceReport::name);
        EXPECT_NE(found, report.services.end()) << name;
        return *found;
    }

    static const sim::ServiceReport& load_figures(const sim::Report& report,
                                                  const std::string& name) {
        const auto found = std::ranges::find(report.loads, name, &sim::ServiceReport::name);
        EXPECT_NE(found, report.loads.end()) << name;
        return *found;
    }
};

}  // namespace wavetank::test
