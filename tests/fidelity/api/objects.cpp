// objects.jsonl: what kube-apiserver says to new objects of every kind.
// updates.jsonl: what it says to their replacement.

#include "fidelity/api/server_case.hpp"

namespace wavetank::fidelity {
namespace {

class ObjectsReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        if (!is_modelled_path(test_case.text("path"))) {
            return skipped("kind not modelled yet");
        }
        if (test_case.at("managedFields") == boost::json::value(true)) {
            return skipped("managedFields not modelled");
        }
        ServerCase server;
        return server.compare(test_case.json,
                              server.send(test_case.json, literal_of(test_case.line, "body")));
    }
};

class UpdatesReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        const auto& steps = test_case.at("steps").as_array();
        ServerCase server;
        for (const auto& each : steps) {
            const auto& step = each.as_object();
            const std::string_view path{step.at("path").as_string()};
            if (!is_modelled_path(path)) {
                return skipped("kind not modelled yet");
            }
            const auto response = server.send(step);
            if (step.if_contains("setup") == nullptr) {
                if (Outcome outcome = server.compare(step, response);
                    outcome.verdict != Verdict::Passed) {
                    return outcome;
                }
            }
            server.remember(response);
        }
        return passed();
    }
};

}  // namespace

std::unique_ptr<Replayer> make_objects_replayer() {
    return std::make_unique<ObjectsReplayer>();
}

std::unique_ptr<Replayer> make_updates_replayer() {
    return std::make_unique<UpdatesReplayer>();
}

}  // namespace wavetank::fidelity
