#include "fidelity/controllers/hpa_world.hpp"

#include "fidelity/controllers/json_fields.hpp"

#include <wavetank/codec/json.hpp>
#include <wavetank/controllers/horizontal_pod_autoscaler.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace wavetank::fidelity {
namespace {

namespace json = boost::json;
using api::Quantity;
using api::Time;
using api::appsv1::Deployment;
using api::autoscalingv2::HorizontalPodAutoscaler;
using api::autoscalingv2::HorizontalPodAutoscalerBehavior;
using api::autoscalingv2::HPAScalingRules;
using api::autoscalingv2::MetricSpec;
using api::autoscalingv2::MetricStatus;
using api::autoscalingv2::MetricTarget;
using api::autoscalingv2::MetricValueStatus;

const store::Key deployment_key{"ns", "d"};
const store::Key autoscaler_key{"ns", "h"};
const api::StringMap pod_labels{{"app", "x"}};

std::int32_t count_of(const json::object& source, std::string_view member) {
    return static_cast<std::int32_t>(number_of(source, member).value_or(0));
}

Time whole_second(std::int64_t milliseconds) {
    return Time{wall_of(milliseconds)};
}

std::string value_text(const MetricValueStatus& current) {
    std::string text;
    if (current.value) {
        text += " value=" + current.value->to_string();
    }
    if (current.averageUtilization) {
        text += " util=" + std::to_string(*current.averageUtilization) + "%";
    }
    if (current.averageValue) {
        text += " avg=" + current.averageValue->to_string();
    }
    return text;
}

std::string metric_text(const MetricStatus& status) {
    if (status.resource) {
        return "Resource/" + status.resource->name + value_text(status.resource->current);
    }
    if (status.pods) {
        return "Pods/" + status.pods->metric.name + value_text(status.pods->current);
    }
    if (status.object) {
        return "Object/" + status.object->metric.name + value_text(status.object->current);
    }
    if (status.external) {
        return "External/" + status.external->metric.name + value_text(status.external->current);
    }
    return "";
}

void set_tolerance(api::Boxed<HPAScalingRules>& rules, const std::string& text) {
    if (!text.empty()) {
        if (!rules) {
            rules.emplace();
        }
        rules->tolerance = Quantity::parse(text).value();
    }
}

}  // namespace

HpaMetric::HpaMetric(const json::object& from)
    : source{text_of(from, "source")},
      name{text_of(from, "name")},
      limit{number_of(from, "limitMilli").value_or(0)},
      at_start{number_of(from, "startupMilli").value_or(0)},
      target_type_{text_of(from, "targetType")},
      target_{number_of(from, "target").value_or(0)} {
    for (const json::object& each : objects_of(from, "demand")) {
        points_.push_back({number_of(each, "t").value_or(0), number_of(each, "v").value_or(0)});
    }
    for (const json::object& each : objects_of(from, "windows")) {
        windows_.push_back({.from = number_of(each, "from").value_or(0),
                            .to = number_of(each, "to").value_or(0),
                            .kind = text_of(each, "kind"),
                            .modulus = number_of(each, "mod").value_or(1)});
    }
}

std::int64_t HpaMetric::demand(std::int64_t milliseconds) const {
    if (milliseconds <= points_.front().seconds * 1000) {
        return points_.front().value;
    }
    for (std::size_t i = 1; i < points_.size(); ++i) {
        const Point& a = points_[i - 1];
        const Point& b = points_[i];
        if (milliseconds <= b.seconds * 1000) {
            return a.value + (b.value - a.value) * (milliseconds - a.seconds * 1000) /
                                 ((b.seconds - a.seconds) * 1000);
        }
    }
    return points_.back().value;
}

bool HpaMetric::within(const Window& window, std::int64_t milliseconds) const {
    return milliseconds >= window.from * 1000 && milliseconds < window.to * 1000;
}

bool HpaMetric::has_outage(std::int64_t milliseconds) const {
    return std::ranges::any_of(windows_, [&](const Window& window) {
        return window.kind == "outage" && within(window, milliseconds);
    });
}

bool HpaMetric::skips(std::int64_t milliseconds, std::int64_t pod) const {
    return std::ranges::any_of(windows_, [&](const Window& window) {
        return window.kind == "skip" && within(window, milliseconds) && pod % window.modulus == 0;
    });
}

MetricSpec HpaMetric::spec() const {
    MetricTarget target{.type = target_type_};
    if (target_type_ == "Utilization") {
        target.averageUtilization = static_cast<std::int32_t>(target_);
    } else if (target_type_ == "Value") {
        target.value = Quantity::of_milli(target_);
    } else {
        target.averageValue = Quantity::of_milli(target_);
    }
    MetricSpec spec{.type = source};
    if (source == "Resource") {
        spec.resource = api::autoscalingv2::ResourceMetricSource{.name = name, .target = target};
    } else if (source == "Pods") {
        spec.pods =
            api::autoscalingv2::PodsMetricSource{.metric = {.name = name}, .target = target};
    } else if (source == "Object") {
        spec.object = api::autoscalingv2::ObjectMetricSource{
            .describedObject = {.kind = "Service", .name = "svc", .apiVersion = "v1"},
            .target = target,
            .metric = {.name = name}};
    } else {
        spec.external =
            api::autoscalingv2::ExternalMetricSource{.metric = {.name = name}, .target = target};
    }
    return spec;
}

HpaWorld::HpaWorld(const json::object& in) : in_{in}, registry_{store_, runtime_, Random{1}} {
    for (const json::object& each : objects_of(in, "metrics")) {
        metrics_.emplace_back(each);
    }
    for (const json::object& each : objects_of(in, "events")) {
        changes_.push_back({.seconds = number_of(each, "t").value_or(0),
                            .kind = text_of(each, "kind"),
                            .first = count_of(each, "a"),
                            .second = count_of(each, "b")});
    }
    end_ = number_of(in, "durationSeconds").value_or(0) * 1000;
    api::corev1::Namespace home{.metadata = {.name = "ns"}};
    static_cast<void>(registry_.create(std::move(home)).value());
    Deployment deployment{.metadata = {.name = "d", .namespace_ = "ns"}};
    deployment.spec.replicas = count_of(in, "initialReplicas");
    deployment.spec.selector = api::metav1::LabelSelector{.matchLabels = pod_labels};
    deployment.spec.template_.metadata.labels = pod_labels;
    deployment.spec.template_.spec.edit().containers.push_back({.name = "main", .image = "x"});
    static_cast<void>(registry_.create(std::move(deployment)).value());
    constexpr std::int64_t hour = 3'600'000;
    for (std::int32_t i = 0; i < count_of(in, "initialReplicas"); ++i) {
        pods_.push_back({.number = next_number_++,
                         .created = -hour,
                         .running = -hour,
                         .state = Pod::State::Ready});
        write(pods_.back());
    }
    write_replicas(count_of(in, "initialReplicas"));
    autoscaler_watch_ = store_.watch<HorizontalPodAutoscaler>([this](const auto& event) {
        if (event.type == store::EventType::Modified &&
            event.object->status != event.previous->status) {
            note_status(*event.object);
        }
    });
    event_watch_ =
        store_.watch<api::corev1::Event>([this](const auto& event) { note_event(*event.object); });
    deployment_watch_ = store_.watch<Deployment>([this](const auto& event) {
        if (!within_tick_ && event.previous->spec.replicas != event.object->spec.replicas) {
            scales_.push_back(
                json::object{{"tMs", now()}, {"to", event.object->spec.replicas.value_or(0)}});
        }
    });
}

std::int64_t HpaWorld::now() const {
    return std::chrono::floor<std::chrono::milliseconds>(runtime_.now().time_since_epoch()).count();
}

void HpaWorld::schedule(std::int64_t milliseconds, void (HpaWorld::*what)()) {
    runtime_.schedule(TimePoint{std::chrono::milliseconds{milliseconds}},
                      [this, what] { (this->*what)(); });
}

json::object HpaWorld::run() {
    controllers::ControllerRegistry only;
    only.add(controllers::horizontal_pod_autoscaler({.metrics = this}));
    manager_ = std::make_unique<controllers::ControllerManager>(
        registry_, runtime_,
        controllers::ControllerManagerOptions{.controllers = std::move(only),
                                              .events = controllers::EventPolicy::All});
    schedule(0, &HpaWorld::scrape);
    schedule(number_of(in_, "scrapePhaseMs").value_or(0), &HpaWorld::next_scrape);
    schedule(100, &HpaWorld::create_autoscaler);
    schedule(500, &HpaWorld::next_tick);
    while (!ended_ && runtime_.step()) {
    }
    runtime_.run_until(runtime_.now());  // what the last tick gave rise to
    return {{"status", std::move(statuses_)},
            {"scales", std::move(scales_)},
            {"events", std::move(events_)},
            {"pods", std::move(counts_)}};
}

void HpaWorld::create_autoscaler() {
    HorizontalPodAutoscaler object{.metadata = {.name = "h", .namespace_ = "ns"}};
    object.spec.scaleTargetRef = {.kind = "Deployment", .name = "d", .apiVersion = "apps/v1"};
    if (number_of(in_, "minReplicas")) {
        object.spec.minReplicas = count_of(in_, "minReplicas");
    }
    object.spec.maxReplicas = count_of(in_, "maxReplicas");
    for (const HpaMetric& each : metrics_) {
        object.spec.metrics.push_back(each.spec());
    }
    if (const json::value& behavior = in_.at("behavior"); !behavior.is_null()) {
        object.spec.behavior = codec::from_json<HorizontalPodAutoscalerBehavior>(behavior).value();
        set_tolerance(object.spec.behavior->scaleUp, text_of(in_, "toleranceUp"));
        set_tolerance(object.spec.behavior->scaleDown, text_of(in_, "toleranceDown"));
    }
    object.metadata.generation = 1;
    // Some recorded objects are such that an API server would refuse them.
    static_cast<void>(store_.create(std::move(object)).value());
}

void HpaWorld::next_scrape() {
    scrape();
    schedule(now() + number_of(in_, "scrapeSeconds").value_or(1) * 1000, &HpaWorld::next_scrape);
}

void HpaWorld::scrape() {
    const auto is_ready = [](const Pod& pod) {
        return !pod.is_deleted && pod.state == Pod::State::Ready;
    };
    const std::int64_t ready = std::ranges::count_if(pods_, is_ready);
    for (HpaMetric& each : metrics_) {
        each.samples.clear();
        for (const Pod& pod : pods_) {
            if (pod.is_deleted || pod.state == Pod::State::Pending ||
                each.skips(now(), pod.number)) {
                continue;
            }
            std::int64_t value = each.at_start;
            if (pod.state == Pod::State::Ready) {
                value = each.demand(now()) / ready;
                value = each.limit > 0 ? std::min(value, each.limit) : value;
            }
            each.samples["d-" + std::to_string(pod.number)] = {
                .timestamp = whole_second(now()).value,
                .window = std::chrono::seconds{number_of(in_, "scrapeSeconds").value_or(0)},
                .value = value};
        }
    }
}

void HpaWorld::next_tick() {
    within_tick_ = true;
    tick();
    within_tick_ = false;
    ended_ = now() > end_;
    if (!ended_) {
        schedule(now() + 1000, &HpaWorld::next_tick);
    }
}

void HpaWorld::tick() {
    const std::int64_t lasting = number_of(in_, "terminationSeconds").value_or(0) * 1000;
    std::erase_if(pods_, [&](const Pod& pod) {
        const bool gone = pod.is_deleted && now() - pod.deleted >= lasting;
        if (gone) {
            static_cast<void>(
                store_.remove<api::corev1::Pod>({"ns", "d-" + std::to_string(pod.number)}).value());
        }
        return gone;
    });
    for (Pod& pod : pods_) {
        age(pod);
    }
    for (const Change& change : changes_) {
        if (change.kind == "scale" && change.seconds * 1000 + 500 == now()) {
            apply(change);
        }
    }
    bring_to_size(wanted());
    const auto is_live = [](const Pod& pod) { return !pod.is_deleted; };
    const std::int64_t live = std::ranges::count_if(pods_, is_live);
    write_replicas(static_cast<std::int32_t>(live));
    for (const Change& change : changes_) {
        if (change.kind == "bounds" && change.seconds * 1000 + 500 == now()) {
            apply(change);
        }
    }
    if (now() % 60'000 == 30'500) {
        const std::int64_t ready = std::ranges::count_if(
            pods_, [&](const Pod& pod) { return is_live(pod) && pod.state == Pod::State::Ready; });
        counts_.push_back(
            json::array{now(), live, ready, static_cast<std::int64_t>(pods_.size()) - live});
    }
}

void HpaWorld::age(Pod& pod) {
    if (pod.is_deleted) {
        return;
    }
    const std::int64_t pending = number_of(in_, "pendingSeconds").value_or(0) * 1000;
    const std::int64_t starting = number_of(in_, "startupSeconds").value_or(0) * 1000;
    if (pod.state == Pod::State::Pending && now() - pod.created >= pending) {
        pod.state = Pod::State::Running;
        pod.running = now();
        write(pod);
    } else if (pod.state == Pod::State::Running && now() - pod.running >= starting) {
        pod.state = Pod::State::Ready;
        write(pod);
    }
}

void HpaWorld::bring_to_size(std::int32_t wanted) {
    std::vector<Pod*> live;
    for (Pod& pod : pods_) {
        if (!pod.is_deleted) {
            live.push_back(&pod);
        }
    }
    std::ranges::stable_sort(live, [](const Pod* left, const Pod* right) {
        return left->state != right->state ? left->state < right->state
                                           : left->number > right->number;
    });
    const auto count = static_cast<std::int32_t>(live.size());
    for (std::int32_t i = 0; i < count - wanted; ++i) {
        live[static_cast<std::size_t>(i)]->is_deleted = true;
        live[static_cast<std::size_t>(i)]->deleted = now();
        write(*live[static_cast<std::size_t>(i)]);
    }
    for (std::int32_t i = count; i < wanted; ++i) {
        pods_.push_back({.number = next_number_++, .created = now()});
        write(pods_.back());
    }
}

/// Writes a pod as the controller is to see it, with whole seconds.
void HpaWorld::write(const Pod& pod) {
    const store::Key key{"ns", "d-" + std::to_string(pod.number)};
    const auto stored = store_.get<api::corev1::Pod>(key);
    api::corev1::Pod object = stored == nullptr ? api::corev1::Pod{} : *stored;
    object.metadata.name = key.name;
    object.metadata.namespace_ = key.namespace_;
    object.metadata.labels = pod_labels;
    if (pod.is_deleted) {
        object.metadata.deletionTimestamp = whole_second(pod.deleted);
    }
    if (stored == nullptr) {
        api::corev1::Container main{.name = "main"};
        main.resources.requests["cpu"] =
            Quantity::of_milli(number_of(in_, "podRequestMilli").value_or(0));
        object.spec.edit().containers.push_back(std::move(main));
    }
    object.status.phase = pod.state == Pod::State::Pending ? "Pending" : "Running";
    if (pod.state != Pod::State::Pending && !pod.is_deleted) {
        object.status.edit().startTime = whole_second(pod.running);
        const bool ready = pod.state == Pod::State::Ready;
        const std::int64_t changed = ready && pod.created >= 0 ? now() : pod.running;
        object.status.conditions.edit() = {{.type = "Ready",
                                            .status = ready ? "True" : "False",
                                            .lastTransitionTime = whole_second(changed)}};
    }
    if (stored == nullptr) {
        static_cast<void>(store_.create(std::move(object)).value());
    } else {
        static_cast<void>(store_.update(std::move(object)).value());
    }
}

void HpaWorld::write_replicas(std::int32_t live) {
    Deployment deployment = *store_.get<Deployment>(deployment_key);
    deployment.status.replicas = live;
    static_cast<void>(registry_.update_status(std::move(deployment)).value());
}

std::int32_t HpaWorld::wanted() const {
    return store_.get<Deployment>(deployment_key)->spec.replicas.value_or(0);
}

void HpaWorld::apply(const Change& change) {
    if (change.kind == "scale") {
        Deployment deployment = *store_.get<Deployment>(deployment_key);
        deployment.spec.replicas = change.first;
        static_cast<void>(registry_.update(std::move(deployment)).value());
        return;
    }
    HorizontalPodAutoscaler object = *store_.get<HorizontalPodAutoscaler>(autoscaler_key);
    object.spec.minReplicas = change.first;
    object.spec.maxReplicas = change.second;
    ++object.metadata.generation;  // even if the bounds are the same
    static_cast<void>(store_.update(std::move(object)).value());
}

HpaMetric& HpaWorld::metric(std::string_view source, std::string_view name) {
    return *std::ranges::find_if(metrics_, [&](const HpaMetric& each) {
        return each.source == source && each.name == name;
    });
}

Result<metrics::PodMetrics> HpaWorld::samples_of(HpaMetric& metric,
                                                 std::span<const std::string_view> names) {
    std::map<std::string, metrics::PodMetric> sampled;
    for (const Pod& pod : pods_) {
        const auto found = metric.samples.find("d-" + std::to_string(pod.number));
        if (!pod.is_deleted && found != metric.samples.end()) {
            sampled.insert(*found);
        }
    }
    if (sampled.empty() || metric.has_outage(now())) {
        return Error{.message = "no metrics returned from resource metrics API"};
    }
    metrics::PodMetrics samples;
    for (const std::string_view name : names) {
        const auto found = sampled.extract(std::string{name});
        samples.of_pods.push_back(found ? std::optional{found.mapped()} : std::nullopt);
    }
    for (const auto& [name, sample] : sampled) {
        samples.of_others.push_back(sample);
    }
    return samples;
}

Result<metrics::PodMetrics> HpaWorld::resource_metric(const metrics::ResourceMetricQuery& query) {
    return samples_of(metric("Resource", query.resource), query.pods);
}

Result<metrics::PodMetrics> HpaWorld::pods_metric(const metrics::PodsMetricQuery& query) {
    return samples_of(metric("Pods", query.metric), query.pods);
}

Result<std::int64_t> HpaWorld::object_metric(const metrics::ObjectMetricQuery& query) {
    const HpaMetric& asked = metric("Object", query.metric);
    if (asked.has_outage(now())) {
        return Error{.message = "no metrics returned from custom metrics API"};
    }
    return asked.demand(now());
}

Result<std::vector<std::int64_t>> HpaWorld::external_metric(
    const metrics::ExternalMetricQuery& query) {
    const HpaMetric& asked = metric("External", query.metric);
    if (asked.has_outage(now())) {
        return Error{.message = "no metrics returned from external metrics API"};
    }
    return std::vector{asked.demand(now())};
}

/// The recorded times of transitions are not cut to seconds; the object's are, and must agree.
void HpaWorld::note_status(const HorizontalPodAutoscaler& object) {
    json::array conditions;
    for (const auto& condition : object.status.conditions) {
        auto& [status, since] = transitions_[condition.type];
        if (status != condition.status) {
            status = condition.status;
            since = now();
        }
        const bool agrees = condition.lastTransitionTime == whole_second(since);
        conditions.push_back(json::object{{"type", condition.type},
                                          {"status", condition.status},
                                          {"reason", condition.reason},
                                          {"message", condition.message},
                                          {"sinceMs", agrees ? since : -1}});
    }
    json::array metrics;
    for (const MetricStatus& status : object.status.currentMetrics) {
        metrics.emplace_back(metric_text(status));
    }
    json::object line{{"tMs", now()},
                      {"current", object.status.currentReplicas},
                      {"desired", object.status.desiredReplicas},
                      {"currentMetrics", std::move(metrics)},
                      {"observedGeneration", object.status.observedGeneration.value_or(0)},
                      {"conditions", std::move(conditions)}};
    if (!statuses_.empty()) {
        const json::object& last = statuses_.back().as_object();
        if (std::ranges::all_of(
                std::array{"current", "desired", "observedGeneration", "conditions"},
                [&](const char* member) { return last.at(member) == line.at(member); })) {
            return;
        }
    }
    statuses_.push_back(std::move(line));
}

/// A text equal to one of the last two lines adds to that line's count.
void HpaWorld::note_event(const api::corev1::Event& event) {
    for (std::size_t back = 1; back <= 2 && back <= events_.size(); ++back) {
        json::object& line = events_[events_.size() - back].as_object();
        if (line.at("reason").as_string() == event.reason &&
            line.at("message").as_string() == event.message) {
            line["count"] = line.at("count").as_int64() + 1;
            return;
        }
    }
    events_.push_back(json::object{{"firstMs", now()},
                                   {"type", event.type},
                                   {"reason", event.reason},
                                   {"message", event.message},
                                   {"count", 1}});
}

}  // namespace wavetank::fidelity
