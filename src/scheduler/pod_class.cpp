#include "scheduler/pod_class.hpp"

#include <wavetank/base/assert.hpp>
#include <wavetank/scheduler/filter_run.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace wavetank::scheduler {
namespace {

using api::corev1::Pod;

const CacheablePlugin* cacheable(const Plugin& plugin) {
    return dynamic_cast<const CacheablePlugin*>(&plugin);
}

// Ten thousands of nodes are in no cache: asks ahead for what plugins look at most, in two steps,
// for where a node's object is stands in its NodeInfo.
void prefetch_node(std::span<const NodeInfo* const> nodes, std::size_t position) {
    constexpr std::size_t infos_ahead = 24;
    constexpr std::size_t objects_ahead = 12;
    if (position + infos_ahead < nodes.size()) {
        const NodeInfo& info = *nodes[position + infos_ahead];
        __builtin_prefetch(&info);
        __builtin_prefetch(&info.images());
    }
    if (position + objects_ahead < nodes.size()) {
        const api::corev1::NodeSpec& spec = nodes[position + objects_ahead]->node().spec;
        __builtin_prefetch(&spec.taints);
        __builtin_prefetch(&spec.unschedulable);
    }
}

}  // namespace

PodClass::PodClass(const Profile& profile, const Pod& pod, const Snapshot& snapshot,
                   std::uint64_t serial)
    : pod_(pod), demand_(demand_of(pod)), serial_(serial), version_(snapshot.version()) {
    pod_.metadata.name.clear();
    pod_.metadata.uid.clear();
    keep(profile, snapshot);
    const bool allowed =
        std::ranges::all_of(held_, [](const auto& entry) { return entry.second->allows(); });
    holds_ = allowed && prepare_filters(profile, snapshot) && prepare_scores(profile, snapshot);
    if (!holds_) {
        return;
    }
    totals_->set_fixed(fixed_totals(snapshot), snapshot);
    totals_->is_common = !wants_own_totals(snapshot);
}

std::shared_ptr<const void> PodClass::layout_identity() const {
    return holds_ && relative_.size() == 1 && relative_.front().laid_out != nullptr
               ? relative_.front().laid_out->layout()
               : nullptr;
}

std::shared_ptr<const KindLayout> PodClass::find_layout(const Snapshot& snapshot) {
    const std::size_t nodes = snapshot.nodes().size();
    kinds_.reset(nodes, features_.size());
    for (std::size_t i = 0; i < nodes && !kinds_.is_overgrown(); ++i) {
        describe(i);
    }
    return kinds_.is_overgrown() ? nullptr : std::make_shared<const KindLayout>(kinds_.layout());
}

void PodClass::begin(const Snapshot& snapshot, std::shared_ptr<const KindLayout> layout) {
    layout_ = std::move(layout);
    if (holds_) {
        recount(snapshot);
    }
}

bool PodClass::covers(const Pod& pod) const {
    return pod.spec.body.same_as(pod_.spec.body) &&
           pod.metadata.namespace_ == pod_.metadata.namespace_ &&
           pod.metadata.labels == pod_.metadata.labels;
}

bool PodClass::still_right(const Pod& pod, const Snapshot& snapshot) const {
    return version_ == snapshot.version() && (!holds_ || !kinds_.is_overgrown()) &&
           std::ranges::all_of(
               held_, [&](const auto& entry) { return entry.second->still_right(pod, snapshot); });
}

void PodClass::keep(const Profile& profile, const Snapshot& snapshot) {
    for (const auto& plugin : profile.plugins) {
        const CacheablePlugin* const keeper = cacheable(*plugin);
        if (keeper == nullptr) {
            continue;
        }
        if (auto held = keeper->hold(pod_, snapshot)) {
            held_.emplace_back(plugin.get(), std::move(held));
        }
        if (auto figures = keeper->answers_by_figures(pod_)) {
            figures_.emplace_back(plugin.get(), std::move(figures));
        }
    }
}

HeldAnswers* PodClass::held_by(const Plugin& plugin) const {
    const auto found =
        std::ranges::find_if(held_, [&](const auto& entry) { return entry.first == &plugin; });
    return found == held_.end() ? nullptr : found->second.get();
}

std::shared_ptr<const FigureAnswers> PodClass::figures_of(const Plugin& plugin) const {
    const auto found =
        std::ranges::find_if(figures_, [&](const auto& entry) { return entry.first == &plugin; });
    return found == figures_.end() ? nullptr : found->second;
}

void PodClass::add_relative(HeldAnswers& held, std::int64_t weight) {
    const auto known = std::ranges::find(relative_, &held, &Relative::held);
    if (known != relative_.end()) {
        known->weight += weight;
        return;
    }
    relative_.push_back({.held = &held,
                         .laid_out = dynamic_cast<const LaidOutAnswers*>(&held),
                         .first_feature = features_.size(),
                         .weight = weight});
    features_.resize(features_.size() + held.features());
}

bool PodClass::prepare_filters(const Profile& profile, const Snapshot& snapshot) {
    std::vector<const Plugin*> skipped;
    for (const auto& [plugin, point] : profile.pre_filter) {
        const PreFilterAnswer answer = point->pre_filter(state_, pod_, snapshot);
        if (answer.status.skipped()) {
            skipped.push_back(plugin);
        } else if (!answer.status.ok() || answer.node_names) {
            return false;
        } else {
            plugins_.pre_filter.push_back({plugin, point});
        }
    }
    for (const auto& [plugin, point] : profile.filter) {
        if (HeldAnswers* const held = held_by(*plugin); held != nullptr && held->filters()) {
            add_relative(*held, 0);
            continue;
        }
        if (std::ranges::find(skipped, plugin) != skipped.end()) {
            continue;
        }
        plugins_.filter.push_back({plugin, point});
        if (auto figures = figures_of(*plugin)) {
            totals_->add_filter(std::move(figures));
            continue;
        }
        const Dependence dependence = dependence_of(*plugin, snapshot);
        if (dependence == Dependence::Anything) {
            return false;
        }
        (dependence == Dependence::NodePods ? pod_filters_
                                            : node_answers(*plugin, snapshot).filters)
            .push_back(point);
    }
    return true;
}

bool PodClass::prepare_scores(const Profile& profile, const Snapshot& snapshot) {
    for (const ScorePluginAt& entry : profile.score) {
        HeldAnswers* const held = held_by(*entry.plugin);
        if (held != nullptr && held->scores() && entry.pre_score != nullptr) {
            add_relative(*held, entry.weight);
            continue;
        }
        const Status status =
            entry.pre_score == nullptr ? Status{} : entry.pre_score->pre_score(state_, pod_, {});
        if (status.skipped()) {
            continue;
        }
        auto figures = figures_of(*entry.plugin);
        if (status.ok() && figures != nullptr && entry.pre_score != nullptr) {
            totals_->add_scorer(std::move(figures), entry.weight);
            continue;
        }
        const Dependence dependence = dependence_of(*entry.plugin, snapshot);
        if (!status.ok() || dependence == Dependence::Anything) {
            return false;
        }
        (dependence == Dependence::NodePods ? pod_scorers_
                                            : node_answers(*entry.plugin, snapshot).scorers)
            .push_back({entry.point, entry.weight});
    }
    return true;
}

Dependence PodClass::dependence_of(const Plugin& plugin, const Snapshot& snapshot) {
    const CacheablePlugin* const keeper = cacheable(plugin);
    return dependences_.emplace_back(keeper, keeper->dependence(pod_, snapshot)).second;
}

PodClass::NodeAnswers& PodClass::node_answers(const Plugin& plugin, const Snapshot& snapshot) {
    return cacheable(plugin)->finds_nodes_alike(pod_, snapshot) ? alike_ : apart_;
}

bool PodClass::has_relative_filters() const {
    return std::ranges::any_of(relative_,
                               [](const Relative& entry) { return entry.held->filters(); });
}

std::int64_t PodClass::score_on(const NodeInfo& node, std::span<const Scorer> scorers) const {
    std::int64_t sum = 0;
    for (const auto& [point, weight] : scorers) {
        std::array<std::int64_t, 1> score{point->score(state_, pod_, node)};
        point->normalize(state_, pod_, score);
        sum += score.front() * weight;
    }
    return sum;
}

// Where pods are nominated the filters may have to pass twice.
bool PodClass::fits(const NodeInfo& node, const Snapshot& snapshot) const {
    if (snapshot.has_nominations() && !snapshot.nominated(node.name()).empty()) {
        return FilterRun{plugins_, pod_, snapshot}.filter(state_, node).ok();
    }
    return std::ranges::all_of(pod_filters_, [&](const FilterPlugin* filter) {
        return filter->filter(state_, pod_, node).ok();
    });
}

std::vector<std::int16_t> PodClass::fixed_totals(const Snapshot& snapshot) const {
    const auto nodes = snapshot.nodes();
    const std::int64_t common = total_on(*nodes.front(), alike_);
    WAVETANK_ASSERT(common <= FigureTotals::total_max);
    std::vector<std::int16_t> totals(nodes.size(), static_cast<std::int16_t>(common));
    if (common < 0 || (apart_.filters.empty() && apart_.scorers.empty())) {
        return totals;
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        prefetch_node(nodes, i);
        const std::int64_t own = total_on(*nodes[i], apart_);
        WAVETANK_ASSERT(common + own <= FigureTotals::total_max);
        totals[i] = static_cast<std::int16_t>(own < 0 ? -1 : common + own);
    }
    return totals;
}

std::int64_t PodClass::total_on(const NodeInfo& node, const NodeAnswers& answers) const {
    const bool fits = std::ranges::all_of(answers.filters, [&](const FilterPlugin* filter) {
        return filter->filter(state_, pod_, node).ok();
    });
    return fits ? score_on(node, answers.scorers) : -1;
}

std::int16_t PodClass::fixed_total(const NodeInfo& node) const {
    const std::int64_t common = total_on(node, alike_);
    const std::int64_t own = common < 0 ? -1 : total_on(node, apart_);
    WAVETANK_ASSERT(common + own <= FigureTotals::total_max);
    return static_cast<std::int16_t>(own < 0 ? -1 : common + own);
}

// Tells whether what was found for all nodes together is right for those that have changed, too.
bool PodClass::outlasts_nodes(const Snapshot& snapshot) const {
    return std::ranges::all_of(held_, [](const auto& e) { return e.second->outlasts_nodes(); }) &&
           std::ranges::all_of(dependences_, [&](const auto& entry) {
               return entry.first->dependence(pod_, snapshot) == entry.second;
           });
}

PodClass::NodesSeen PodClass::follow_nodes(const Snapshot& snapshot) {
    // Beyond so many, filters are better asked for all nodes in turn.
    constexpr std::size_t changes_max = 512;
    if (version_ == snapshot.version()) {
        return NodesSeen::AsBefore;
    }
    if (!holds_ || !snapshot.keeps_node_changes(version_)) {
        return NodesSeen::Lost;
    }
    const auto changes = snapshot.nodes_changed_since(version_);
    if (changes.size() > changes_max || !outlasts_nodes(snapshot)) {
        return NodesSeen::Lost;
    }
    changed_.assign(changes.begin(), changes.end());
    std::ranges::sort(changed_);
    const auto [first, last] = std::ranges::unique(changed_);
    changed_.erase(first, last);
    const auto nodes = snapshot.nodes();
    std::vector<std::int16_t> fixed;
    for (const std::uint32_t position : changed_) {
        fixed.push_back(fixed_total(*nodes[position]));
    }
    if (totals_.use_count() > 1) {
        totals_ = std::make_shared<FigureTotals>(*totals_);
    }
    totals_->patch_fixed(changed_, fixed, snapshot);
    if (totals_->is_common && !totals_->is_new()) {
        totals_->refresh(snapshot, changed_);
    }
    if (!is_plain()) {
        refresh(snapshot, changed_);
    }
    if (!rejections_.empty()) {
        for (const std::uint32_t position : changed_) {
            find_rejection(*nodes[position], snapshot);
        }
    }
    version_ = snapshot.version();
    return NodesSeen::Changed;
}

void PodClass::describe(std::size_t position) {
    for (const Relative& entry : relative_) {
        entry.held->describe(
            position, std::span{features_}.subspan(entry.first_feature, entry.held->features()));
    }
    kinds_.set_kind(position, features_);
}

void PodClass::describe_all(const Snapshot& snapshot) {
    for (const Relative& entry : relative_) {
        entry.held->recount(snapshot);
    }
    if (layout_ != nullptr) {
        kinds_.reset(*layout_);
        for (const std::uint32_t position : relative_.front().laid_out->occupied()) {
            describe(position);
        }
        return;
    }
    const std::size_t nodes = snapshot.nodes().size();
    kinds_.reset(nodes, features_.size());
    for (std::size_t i = 0; i < nodes && !kinds_.is_overgrown(); ++i) {
        describe(i);
    }
}

void PodClass::recount(const Snapshot& snapshot) {
    if (is_plain()) {
        totals_->catch_up(snapshot);
        return;
    }
    known_ = snapshot.pod_changes();
    if (is_relative()) {
        describe_all(snapshot);
    } else {
        totals_->index().reset(snapshot.nodes().size());
    }
    holds_ = !kinds_.is_overgrown();
    if (holds_ && totals_->is_common) {
        totals_->catch_up(snapshot);
        kinds_.set_totals(totals_->index().totals());
    } else if (holds_) {
        std::vector<std::uint32_t> all(snapshot.nodes().size());
        std::iota(all.begin(), all.end(), 0U);
        refresh(snapshot, all);
    }
}

void PodClass::catch_up(const Snapshot& snapshot) {
    if (totals_->is_common && snapshot.has_nominations()) {
        known_ = is_relative() ? known_ : totals_->known();
        totals_ = std::make_shared<FigureTotals>(*totals_);
        totals_->is_common = false;
    }
    if (is_plain()) {
        totals_->catch_up(snapshot);
        return;
    }
    const auto changes = snapshot.changed_since(known_);
    if (!snapshot.keeps_changes(known_) || changes.size() > KindTable::changes_max) {
        recount(snapshot);
        return;
    }
    changed_.clear();
    for (const PodChange& change : changes) {
        totals_->prefetch(change.position);
        changed_.push_back(change.position);
        bool described = true;
        for (const Relative& entry : relative_) {
            described = !entry.held->follow(change) && described;
        }
        if (!described) {
            describe(change.position);
        }
    }
    refresh(snapshot, changed_);
    known_ = snapshot.pod_changes();
}

// What figures do not tell.
void PodClass::refine(const Snapshot& snapshot, std::span<const std::uint32_t> positions,
                      std::span<std::int32_t> sums) const {
    const auto nodes = snapshot.nodes();
    for (std::size_t i = 0; i < positions.size(); ++i) {
        if (sums[i] < 0) {
            continue;
        }
        const NodeInfo& node = *nodes[positions[i]];
        sums[i] = fits(node, snapshot)
                      ? sums[i] + static_cast<std::int32_t>(score_on(node, pod_scorers_))
                      : NodeTotals::rejected;
    }
}

void PodClass::refresh(const Snapshot& snapshot, std::span<const std::uint32_t> positions) {
    while (!positions.empty()) {
        const auto some = positions.first(std::min(positions.size(), FigureTotals::positions_max));
        refresh_some(snapshot, some);
        positions = positions.subspan(some.size());
    }
}

void PodClass::refresh_some(const Snapshot& snapshot, std::span<const std::uint32_t> positions) {
    const std::span<std::int32_t> sums = totals_->sums(snapshot, positions);
    if (!pod_filters_.empty() || !pod_scorers_.empty() || snapshot.has_nominations()) {
        refine(snapshot, positions, sums);
    }
    if (!is_relative()) {
        totals_->note(positions, sums);
        return;
    }
    for (std::size_t i = 0; i < positions.size(); ++i) {
        kinds_.set_total(positions[i], FigureTotals::packed(sums[i]));
    }
}

void PodClass::find_rejection(const NodeInfo& node, const Snapshot& snapshot) {
    const Status status = FilterRun{plugins_, pod_, snapshot}.filter(state_, node);
    const auto known =
        std::ranges::find_if(statuses_, [&](const auto& other) { return *other == status; });
    const auto index = static_cast<std::size_t>(known - statuses_.begin());
    if (known == statuses_.end()) {
        statuses_.push_back(std::make_shared<const Status>(status));
        status_counts_.push_back(0);
    }
    const Status*& slot = rejections_[node.position()];
    if (slot != nullptr) {
        const auto before =
            std::ranges::find(statuses_, slot, [](const auto& s) { return s.get(); });
        --status_counts_[static_cast<std::size_t>(before - statuses_.begin())];
    }
    slot = statuses_[index].get();
    ++status_counts_[index];
}

std::span<const Status* const> PodClass::rejections(const Snapshot& snapshot) {
    constexpr std::size_t statuses_max = 64;
    const auto nodes = snapshot.nodes();
    if (rejections_.empty() || !snapshot.keeps_changes(rejections_known_) ||
        statuses_.size() > statuses_max) {
        rejections_.assign(nodes.size(), nullptr);
        statuses_.clear();
        status_counts_.clear();
        for (const NodeInfo* node : nodes) {
            find_rejection(*node, snapshot);
        }
    } else {
        for (const PodChange& change : snapshot.changed_since(rejections_known_)) {
            find_rejection(*nodes[change.position], snapshot);
        }
    }
    rejections_known_ = snapshot.pod_changes();
    return rejections_;
}

std::set<std::string> PodClass::rejecting_plugins() const {
    std::set<std::string> plugins;
    for (std::size_t i = 0; i < statuses_.size(); ++i) {
        if (status_counts_[i] > 0) {
            plugins.insert(statuses_[i]->plugin);
        }
    }
    return plugins;
}

void PodClass::judge_kinds() {
    const std::size_t kinds = kinds_.kinds();
    passes_.assign(kinds, 1);
    for (const auto& [held, laid_out, first, weight] : relative_) {
        held->prepare();
        for (std::size_t kind = 0; held->filters() && kind < kinds; ++kind) {
            const auto features = kinds_.features_of(kind).subspan(first, held->features());
            passes_[kind] = passes_[kind] != 0 && held->passes(features) ? 1 : 0;
        }
    }
}

void PodClass::score_kinds() {
    const std::size_t kinds = kinds_.kinds();
    bonuses_.assign(kinds, 0);
    for (const auto& [held, laid_out, first, weight] : relative_) {
        if (weight == 0) {
            continue;
        }
        scored_.clear();
        for (std::size_t kind = 0; kind < kinds; ++kind) {
            if (feasible_[kind] > 0) {
                scored_.push_back(
                    {kinds_.features_of(kind).subspan(first, held->features()), feasible_[kind]});
            }
        }
        scores_.assign(scored_.size(), 0);
        held->score(scored_, scores_);
        for (std::size_t kind = 0, i = 0; kind < kinds; ++kind) {
            if (feasible_[kind] > 0) {
                bonuses_[kind] += static_cast<std::int32_t>(scores_[i++] * weight);
            }
        }
    }
}

ClassChoice PodClass::choose(const Snapshot& snapshot, const SearchRange& range) {
    catch_up(snapshot);
    if (!is_relative()) {
        return totals_->index().choose(range);
    }
    judge_kinds();
    feasible_.resize(kinds_.kinds());
    const KindTable::Search filtering{.range = range, .passes = passes_, .bonuses = {}};
    const ClassChoice counted = kinds_.count(filtering, feasible_);
    score_kinds();
    return kinds_.choose({.range = range, .passes = passes_, .bonuses = bonuses_}, counted);
}

std::size_t PodClass::tie_at(const SearchRange& range, const ClassChoice& choice,
                             std::size_t index) const {
    if (is_relative()) {
        return kinds_.tie_at({.range = range, .passes = passes_, .bonuses = bonuses_}, choice,
                             index);
    }
    const TotalIndex& totals = totals_->index();
    return choice.processed == totals.totals().size()
               ? totals.tie_at(range.start, choice.best, index)
               : scheduler::tie_at(totals.totals(), range.start, choice.best, index);
}

bool PodClass::is_best(std::size_t position, const ClassChoice& choice) const {
    return is_relative() ? kinds_.wins(position)
                         : totals_->index().totals()[position] == choice.best;
}

bool PodClass::serves(const Snapshot& snapshot) {
    if (!holds_ || (snapshot.has_nominations() && has_relative_filters())) {
        return false;
    }
    catch_up(snapshot);
    return holds_;
}

}  // namespace wavetank::scheduler
