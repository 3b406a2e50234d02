// circuit_breaker.jsonl: who gets a connection, who waits for one, and who is refused.

#include "fidelity/envoy/answers.hpp"

namespace wavetank::fidelity {
namespace {

class CircuitBreakerReplayer final : public Replayer {
public:
    Outcome replay(const Case& test_case) override {
        return unless_not_modelled([&] { return replay_from_some_start(test_case); });
    }
};

}  // namespace

std::unique_ptr<Replayer> make_circuit_breaker_replayer() {
    return std::make_unique<CircuitBreakerReplayer>();
}

}  // namespace wavetank::fidelity
