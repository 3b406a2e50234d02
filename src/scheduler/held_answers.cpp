#include <wavetank/scheduler/held_answers.hpp>

namespace wavetank::scheduler {

using api::corev1::Pod;

bool HeldAnswers::outlasts_nodes() const {
    return false;
}

bool HeldAnswers::allows() const {
    return true;
}

bool HeldAnswers::filters() const {
    return false;
}

bool HeldAnswers::scores() const {
    return false;
}

void HeldAnswers::recount(const Snapshot& /*snapshot*/) {}

bool HeldAnswers::follow(const PodChange& /*change*/) {
    return false;
}

std::size_t HeldAnswers::features() const {
    return 0;
}

void HeldAnswers::describe(std::size_t /*position*/, std::span<std::int32_t> /*features*/) const {}

void HeldAnswers::prepare() {}

bool HeldAnswers::passes(std::span<const std::int32_t> /*features*/) const {
    return true;
}

void HeldAnswers::score(std::span<const NodeKind> /*kinds*/, std::span<std::int64_t> /*scores*/) {}

void FigureAnswers::filter(const NodeTotals& /*nodes*/) const {}

void FigureAnswers::score(const NodeTotals& /*nodes*/, std::int32_t /*weight*/) const {}

bool FigureAnswers::same_as(const FigureAnswers& /*other*/) const {
    return false;
}

bool CacheablePlugin::finds_nodes_alike(const Pod& /*pod*/, const Snapshot& /*snapshot*/) const {
    return false;
}

std::unique_ptr<HeldAnswers> CacheablePlugin::hold(const Pod& /*pod*/,
                                                   const Snapshot& /*snapshot*/) const {
    return nullptr;
}

std::shared_ptr<const FigureAnswers> CacheablePlugin::answers_by_figures(const Pod& /*pod*/) const {
    return nullptr;
}

}  // namespace wavetank::scheduler
