#include "sim/cluster/programs.hpp"

#include <wavetank/actor/program_registry.hpp>
#include <wavetank/services/adder.hpp>
#include <wavetank/services/front_end.hpp>
#include <wavetank/services/random_number.hpp>

#include <utility>

namespace wavetank::sim {
namespace {

Task<mesh::Response> answer_ok(actor::Context context, [[maybe_unused]] mesh::Request request,
                               Distribution work) {
    const Duration time = work.sample(context.random());
    co_await context.compute(time);
    co_return mesh::Response::text("ok");
}

}  // namespace

Distribution assumed_work() {
    return Distribution::exponential(std::chrono::milliseconds{5});
}

actor::Handler built_in_program(const std::string& image, const Distribution& work) {
    actor::ProgramRegistry programs;
    programs.add("wavetank/random-number-service", services::random_number({.work = work}));
    programs.add("wavetank/addition-service", services::adder({.work = work}));
    programs.add("wavetank/front-end", services::front_end({.work = work}));
    const actor::Handler* found = programs.find(image);
    return found == nullptr ? actor::Handler{} : *found;
}

actor::Handler model_program(const Distribution& work) {
    return [work](actor::Context context, mesh::Request request) {
        return answer_ok(std::move(context), std::move(request), work);
    };
}

}  // namespace wavetank::sim
