// hpa_runs.jsonl: the whole autoscaler, for hours, over a small world of its own.

#include "fidelity/controllers/hpa_world.hpp"
#include "fidelity/fidelity.hpp"

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;

/// Texts for help alone are compared but for the difference of null and nothing.
void normalize_metrics(json::array& statuses) {
    for (json::value& status : statuses) {
        json::value& metrics = status.as_object()["currentMetrics"];
        if (metrics.is_null()) {
            metrics = json::array{};
        }
    }
}

class HpaRunsReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        HpaWorld world{test_case.at("in").as_object()};
        json::object expected = test_case.at("out").as_object();
        normalize_metrics(expected["status"].as_array());
        return compared(expected, world.run());
    }
};

}  // namespace

std::unique_ptr<Replayer> make_hpa_runs_replayer() {
    return std::make_unique<HpaRunsReplayer>();
}

}  // namespace wavetank::fidelity
