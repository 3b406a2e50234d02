#include <wavetank/runtime/run_task.hpp>

namespace wavetank::runtime {

void run_until_idle(VirtualRuntime& runtime, Gate& gate) {
    while (gate.size() > 0 && runtime.step()) {
    }
    if (const std::exception_ptr failure = gate.take_failure(); failure != nullptr) {
        std::rethrow_exception(failure);
    }
}

bool run_task(VirtualRuntime& runtime, Task<> task) {
    Gate gate{runtime};
    gate.spawn(std::move(task));
    run_until_idle(runtime, gate);
    return gate.size() == 0;
}

}  // namespace wavetank::runtime
