// hpa_behavior.jsonl: how fast a replica count may follow its metrics.

#include "controllers/scaling_behavior.hpp"
#include "fidelity/controllers/json_fields.hpp"
#include "fidelity/fidelity.hpp"

#include <wavetank/codec/json.hpp>

#include <chrono>
#include <vector>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::autoscalingv2::HorizontalPodAutoscalerBehavior;
using controllers::ConditionText;
using controllers::ScalingHistory;

std::optional<HorizontalPodAutoscalerBehavior> behavior_of(const json::object& in) {
    const json::value& given = in.at("behavior");
    if (given.is_null()) {
        return std::nullopt;
    }
    return codec::from_json<HorizontalPodAutoscalerBehavior>(given).value();
}

std::int32_t count_of(const json::object& source, std::string_view member) {
    return static_cast<std::int32_t>(number_of(source, member).value_or(0));
}

WallTime past(const json::object& entry) {
    return wall_of(-number_of(entry, "ageMs").value_or(0));
}

ScalingHistory history_of(const json::object& in) {
    std::vector<ScalingHistory::Recommendation> recommendations;
    for (const json::object& each : objects_of(in, "recommendations")) {
        recommendations.push_back({count_of(each, "value"), past(each)});
    }
    const auto events = [&](std::string_view member) {
        std::vector<ScalingHistory::ScaleEvent> result;
        for (const json::object& each : objects_of(in, member)) {
            result.push_back({.change = count_of(each, "value"), .time = past(each)});
        }
        return result;
    };
    return {std::move(recommendations), events("scaleUpEvents"), events("scaleDownEvents")};
}

json::object shown(const ConditionText& condition) {
    return {{"status", condition.status ? "True" : "False"},
            {"reason", condition.reason},
            {"message", condition.message}};
}

class HpaBehaviorReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const json::object& in = test_case.at("in").as_object();
        const auto behavior = behavior_of(in);
        ScalingHistory history = history_of(in);
        json::array out;
        std::int64_t now = 0;
        std::int32_t desired_before = 0;
        for (const json::object& step : objects_of(in, "steps")) {
            now += number_of(step, "advanceMs").value_or(0);
            std::int32_t current = count_of(step, "current");
            current = current == -1 ? desired_before : current;
            history.begin(current, wall_of(now));
            const auto result = history.normalize(
                {.current = current,
                 .proposed = count_of(step, "proposed"),
                 .replicas_min = count_of(in, "minReplicas"),
                 .replicas_max = count_of(in, "maxReplicas"),
                 .behavior = behavior ? &*behavior : nullptr,
                 .downscale_stabilization =
                     std::chrono::seconds{count_of(in, "downscaleStabilizationSeconds")},
                 .now = wall_of(now)});
            if (result.desired != current) {
                history.record_scale(behavior ? &*behavior : nullptr, current, result.desired,
                                     wall_of(now));
            }
            desired_before = result.desired;
            out.push_back(json::object{{"stabilized", result.stabilized},
                                       {"desired", result.desired},
                                       {"ableToScale", shown(result.able_to_scale)},
                                       {"scalingLimited", shown(result.scaling_limited)}});
        }
        return compared(test_case.at("out"), out);
    }
};

}  // namespace

std::unique_ptr<Replayer> make_hpa_behavior_replayer() {
    return std::make_unique<HpaBehaviorReplayer>();
}

}  // namespace wavetank::fidelity
