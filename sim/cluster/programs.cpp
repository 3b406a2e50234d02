#include "sim/cluster/programs.hpp"

#include <wavetank/actor/program_registry.hpp>
#include <wavetank/services/adder.hpp>
#include <wavetank/services/front_end.hpp>
#include <wavetank/services/random_number.hpp>

#include <chrono>

namespace wavetank::sim {

Distribution assumed_work() {
    return Distribution::exponential(std::chrono::milliseconds{5});
}

actor::Handler built_in_program(const std::string& image) {
    actor::ProgramRegistry programs;
    programs.add("wavetank/random-number-service", services::random_number());
    programs.add("wavetank/addition-service", services::adder());
    programs.add("wavetank/front-end", services::front_end());
    const actor::Handler* found = programs.find(image);
    return found == nullptr ? actor::Handler{} : *found;
}

}  // namespace wavetank::sim
