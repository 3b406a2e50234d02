// From a pod's first sync until it is to end: images, starts, readiness, exits, restarts.

#include "node/kubelets_state.hpp"
#include "node/pod_status.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace wavetank::node {
namespace {

using namespace std::chrono_literals;

// The back-offs of kubelet.go (`initialCrashLoopBackOff`, `imageBackOffPeriod`, ...).
constexpr BackOff back_off_first{10};
constexpr BackOff back_off_most{300};
constexpr Duration back_off_memory = 2 * back_off_most;

// How soon a failed pull is looked at again and reported as a back-off. The kubelet does so at the
// next event of the pod, which tends to be that of its sandbox.
constexpr Duration pull_report_delay = 200ms;

// Grows a back-off as client-go's flowcontrol does: it doubles, and is forgotten in quiet times.
void grow_back_off(ContainerRecord& container, TimePoint now) {
    const bool forgotten = now - container.back_off_since > back_off_memory;
    container.back_off = container.back_off == BackOff::zero() || forgotten
                             ? back_off_first
                             : std::min(2 * container.back_off, back_off_most);
    container.back_off_since = now;
}

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

Duration to_milliseconds(Duration duration) {
    return std::chrono::floor<std::chrono::milliseconds>(duration);
}

std::string full_name(const api::corev1::Pod& pod) {
    return pod.metadata.name + '_' + pod.metadata.namespace_ + '(' + pod.metadata.uid.str() + ')';
}

void wait(ContainerView& view, WaitReason reason, std::string message) {
    if (view.state == RunState::Terminated) {
        view.last = std::exchange(view.current, {});
    }
    view.state = RunState::Waiting;
    view.reason = reason;
    view.message = std::move(message);
    view.ready = false;
    view.started = false;
}

bool is_done_but_for_sidecars(const api::corev1::PodSpecBody& body, const PodRecord& record) {
    for (std::size_t i = body.initContainers.size(); i < record.containers->size(); ++i) {
        const ContainerView& view = (*record.containers)[i].view;
        if (view.state != RunState::Terminated || !view.current ||
            should_restart(body, i, view.current->exit_code)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool is_at_rest(const ContainerRecord& container) {
    return container.step == Step::Nothing && container.view.state != RunState::Waiting &&
           !container.exit_reported && !container.probing;
}

// Does what is due for a pod and asks for the next visit.
void Kubelets::State::visit(PodRecord& record) {
    const auto pod = registry.store().get<Pod>(record.key);
    if (!pod || record.stage == Stage::Removed) {
        return;
    }
    Visit visit{.record = record, .pod = *pod, .now = agenda.now()};
    if (pod->metadata.deletionTimestamp) {
        end(visit);
        return;
    }
    if (record.stage == Stage::Bound) {
        begin(visit);
    }
    // Others may have set a condition that a readiness gate waits for.
    visit.changed = visit.changed || !pod->spec->readinessGates.empty() ||
                    pod->status->observedGeneration != pod->metadata.generation;
    const bool restate = record.restate;
    record.restate = false;
    if (record.stage == Stage::Active) {
        visit.changed = visit.changed || restate;
        run(visit);
    }
    if (record.stage == Stage::Completing) {
        visit.changed = visit.changed || restate;
        complete(visit);
    }
    // One that waits to be written is, whatever the pod's stage is by now.
    visit.changed = visit.changed || (restate && writes_due.contains(record.slot));
    if (visit.changed) {
        write_status(visit);
    }
    rest(record);
}

void Kubelets::State::begin(Visit& visit) {
    PodRecord& record = visit.record;
    const auto& body = *visit.pod.spec.body;
    record.start_time = api::Time{registry.clock().wall()};
    visit.changed = true;
    if (visit.pod.status.phase == "Succeeded" || visit.pod.status.phase == "Failed") {
        record.stage = Stage::Finished;
        visit.changed = false;
        return;
    }
    if (nodes[record.node].shutdown != nullptr) {
        record.stage = Stage::Finished;
        record.containers.edit().resize(body.initContainers.size() + body.containers.size());
        failures.insert_or_assign(
            record.slot,
            PodFailure{"NodeShutdown", "Pod was rejected as the node is shutting down."});
        return;
    }
    record.stage = Stage::Active;
    record.containers.edit().resize(body.initContainers.size() + body.containers.size());
    take_address(record, visit.pod);
}

void Kubelets::State::run(Visit& visit) {
    PodRecord& record = visit.record;
    bool progress = true;
    while (progress) {
        note_exits(visit);
        progress = false;
        for (std::size_t i = 0; i < record.containers->size(); ++i) {
            progress = advance(visit, i) || progress;
            progress = look(visit, i) || progress;
        }
    }
    TimePoint next = TimePoint::max();
    for (const ContainerRecord& container : *record.containers) {
        if (container.step != Step::Nothing && container.due > visit.now) {
            next = std::min(next, container.due);
        }
        next = std::min(next, next_look(container));
    }
    arm(record, next);
}

// Takes in what the runtime has told since the last visit.
void Kubelets::State::note_exits(Visit& visit) {
    for (std::size_t i = 0; i < visit.record.containers->size(); ++i) {
        ContainerRecord& container = visit.container(i);
        if (const auto code = std::exchange(container.exit_reported, {})) {
            if (container.view.state == RunState::Running) {
                ended(visit, i, *code);
            }
        }
        take_in_health(visit, i);
    }
}

// Takes the container's next step if it is due. Returns whether it did.
bool Kubelets::State::advance(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    if (container.due > visit.now) {
        return false;
    }
    switch (container.step) {
        case Step::Begin:
            if (!may_begin(visit, index)) {
                return false;
            }
            see_to_image(visit, index);
            return true;
        case Step::FinishPull:
            finish_pull(visit, index);
            return true;
        case Step::BackOffPull:
            back_off_pull(visit, index);
            return true;
        case Step::Start:
            start(visit, index);
            return true;
        case Step::Open:
            open(visit, index);
            return true;
        case Step::Finish:
            ended(visit, index, {});
            return true;
        case Step::Kill:
            kill(visit, index);
            return true;
        case Step::Nothing:
        case Step::Drain:
        case Step::Idle:
            return false;
    }
    return false;
}

// Containers start one after the other, and none before the init containers ahead have done.
bool Kubelets::State::may_begin(const Visit& visit, std::size_t index) const {
    const auto& body = *visit.pod.spec.body;
    for (std::size_t i = 0; i < index; ++i) {
        const ContainerRecord& ahead = visit.container(i);
        if (i >= body.initContainers.size()) {
            if (!ahead.tried) {
                return false;
            }
        } else if (is_sidecar(body.initContainers[i]) ? !ahead.view.started && !ahead.view.last
                                                      : !ahead.view.ready) {
            return false;
        }
    }
    return true;
}

void Kubelets::State::see_to_image(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    container.pull_began = visit.now;
    const std::uint32_t number = number_of_image(spec.image);
    NodeRecord& node = nodes[visit.record.node];
    const api::Shared<NodeImage>* const known = find_image(node, number);
    const bool present = options.images == ImageStock::Complete ||
                         (known != nullptr && (*known)->present_at <= visit.now);
    if (known != nullptr) {
        NodeImage image = **known;
        image.used_at = visit.now;
        note_image(node, image);
    }
    if (present && spec.imagePullPolicy != "Always") {
        report(visit, index, EventClass::Normal, "Pulled",
               "Container image " + quoted(spec.image) +
                   " already present on machine and can be accessed by the pod");
        container.step = Step::Start;
        container.due = visit.now + delay(options.start_up, visit, index, "start");
        return;
    }
    if (spec.imagePullPolicy == "Never") {
        const std::string message =
            "Container image " + quoted(spec.image) + " is not present with pull policy of Never";
        report(visit, index, EventClass::Warning, "ErrImageNeverPull", message);
        report(visit, index, EventClass::Warning, "Failed", "Error: ErrImageNeverPull");
        wait(container.view, WaitReason::ErrImageNeverPull, message);
        container.step = Step::Begin;
        container.due = visit.now + back_off_first;
        container.tried = true;
        visit.record.network_ready = true;
        visit.changed = true;
        return;
    }
    report(visit, index, EventClass::Normal, "Pulling", "Pulling image " + quoted(spec.image));
    container.step = Step::FinishPull;
    if (options.pulls) {
        queue_pull(visit, index, known != nullptr);
        return;
    }
    // Pods of a node that want the same image wait for the same pull.
    const bool under_way = known != nullptr && (*known)->present_at > visit.now;
    container.due = under_way ? (*known)->present_at
                              : visit.now + delay(options.image_pull, visit, index, "pull");
    const bool exists =
        options.image_source == nullptr || options.image_source->pull(spec.image).has_value();
    if (known == nullptr && exists) {
        note_image(node, {.image = number,
                          .present_at = container.due,
                          .began = visit.now,
                          .used_at = container.due});
    }
}

void Kubelets::State::finish_pull(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    const Result<void> pulled =
        options.image_source == nullptr ? Result<void>{} : options.image_source->pull(spec.image);
    if (!pulled) {
        fail_pull(visit, index, pulled.error().message);
        return;
    }
    images_changed(nodes[visit.record.node]);
    if (events.enabled()) {
        const std::uint32_t number = number_of_image(spec.image);
        const api::Shared<NodeImage>* const image = find_image(nodes[visit.record.node], number);
        const TimePoint began = image == nullptr || !options.pulls
                                    ? container.pull_began
                                    : std::max(container.pull_began, (*image)->began);
        const auto text = [](Duration took) { return wavetank::to_string(to_milliseconds(took)); };
        report(visit, index, EventClass::Normal, "Pulled",
               "Successfully pulled image " + quoted(spec.image) + " in " +
                   text(visit.now - began) + " (" + text(visit.now - container.pull_began) +
                   " including waiting). Image size: " + std::to_string(size_of_image(number)) +
                   " bytes.");
    }
    container.step = Step::Start;
    container.due = visit.now + delay(options.start_up, visit, index, "start");
}

void Kubelets::State::fail_pull(Visit& visit, std::size_t index, const std::string& message) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    report(visit, index, EventClass::Warning, "Failed",
           "Failed to pull image " + quoted(spec.image) + ": " + message);
    report(visit, index, EventClass::Warning, "Failed", "Error: ErrImagePull");
    wait(container.view, WaitReason::ErrImagePull, message);
    grow_back_off(container, visit.now);
    container.step = Step::BackOffPull;
    container.due = visit.now + pull_report_delay;
    container.tried = true;
    visit.record.network_ready = true;
    visit.changed = true;
}

void Kubelets::State::back_off_pull(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    const std::string message =
        "Back-off pulling image " + quoted(container_at(*visit.pod.spec.body, index).image);
    report(visit, index, EventClass::Normal, "BackOff", message);
    report(visit, index, EventClass::Warning, "Failed", "Error: ImagePullBackOff");
    const std::string cause = *container.view.message;
    wait(container.view, WaitReason::ImagePullBackOff, message + ": ErrImagePull: " + cause);
    container.step = Step::Begin;
    container.due = container.back_off_since + container.back_off;
    visit.changed = true;
}

void Kubelets::State::start(Visit& visit, std::size_t index) {
    PodRecord& record = visit.record;
    ContainerRecord& container = visit.container(index);
    const auto& body = *visit.pod.spec.body;
    const auto& spec = container_at(body, index);
    const bool mere_delay = index < body.initContainers.size() && !is_sidecar(spec);
    container.tried = true;
    record.network_ready = true;
    visit.changed = true;
    report(visit, index, EventClass::Normal, "Created", "Container created");
    if (!mere_delay) {
        const auto started = runtime.start(
            {.pod = visit.pod, .container = spec, .address = pod_address(record, visit.pod)});
        if (!started) {
            report(visit, index, EventClass::Warning, "Failed",
                   "Error: " + started.error().message);
            wait(container.view, WaitReason::RunContainerError, started.error().message);
            grow_back_off(container, visit.now);
            container.step = Step::Begin;
            container.due = visit.now + container.back_off;
            return;
        }
    }
    report(visit, index, EventClass::Normal, "Started", "Container started");
    ContainerView& view = container.view;
    if (view.current || view.last) {
        ++view.restarts;
    }
    if (view.current) {
        view.last = std::exchange(view.current, {});
    }
    view.state = RunState::Running;
    view.message = {};
    view.running_since = api::Time{registry.clock().wall()};
    if (mere_delay) {
        view.started = true;
        container.step = Step::Finish;
        container.due = visit.now + delay(options.init_run, visit, index, "init");
        return;
    }
    if (has_probes(spec)) {
        container.step = Step::Nothing;
        begin_probing(visit, index);
        return;
    }
    view.started = true;
    container.step = Step::Open;
    container.due = visit.now + delay(options.readiness, visit, index, "ready");
}

void Kubelets::State::open(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    container.view.started = true;
    container.view.ready = true;
    container.step = Step::Nothing;
    visit.changed = true;
}

// Takes in that a container that ran does so no more, and decides what comes next.
void Kubelets::State::ended(Visit& visit, std::size_t index, ExitOfContainer how) {
    const std::int32_t exit_code = how.code;
    PodRecord& record = visit.record;
    ContainerRecord& container = visit.container(index);
    const auto& body = *visit.pod.spec.body;
    ContainerView& view = container.view;
    view.state = RunState::Terminated;
    view.current = FinishedRun{.started = view.running_since,
                               .finished = api::Time{registry.clock().wall()},
                               .exit_code = exit_code,
                               .out_of_memory = how.out_of_memory};
    view.running_since = {};
    view.started = false;
    container.probing.reset();
    // An init container that has succeeded counts as ready.
    view.ready = index < body.initContainers.size() && !is_sidecar(body.initContainers[index]) &&
                 exit_code == 0;
    container.step = Step::Nothing;
    visit.changed = true;
    if (record.stage != Stage::Active) {
        return;
    }
    if (should_restart(body, index, exit_code)) {
        back_off_restart(visit, index);
        return;
    }
    const std::string phase = phase_of(body, view_of(record));
    if (phase == "Succeeded" || phase == "Failed") {
        finish(visit);
    } else if (is_done_but_for_sidecars(body, record)) {
        begin_completion(visit);
    }
}

// The first restart is immediate; then each waits twice as long as the one before.
void Kubelets::State::back_off_restart(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    container.step = Step::Begin;
    container.due = visit.now;
    if (container.back_off == BackOff::zero() ||
        visit.now - container.back_off_since > back_off_memory) {
        container.back_off = back_off_first;
        container.back_off_since = visit.now;
        return;
    }
    const std::string& name = container_at(*visit.pod.spec.body, index).name;
    report(visit, index, EventClass::Warning, "BackOff",
           "Back-off restarting failed container " + name + " in pod " + full_name(visit.pod));
    wait(container.view, WaitReason::CrashLoopBackOff,
         "back-off " + wavetank::to_string(container.back_off) +
             " restarting failed container=" + name + " pod=" + full_name(visit.pod));
    container.due = visit.now + container.back_off;
    container.back_off = std::min(2 * container.back_off, back_off_most);
    container.back_off_since = container.due;
}

// Ends a pod whose containers are done for good, sidecars included.
void Kubelets::State::finish(Visit& visit) {
    PodRecord& record = visit.record;
    record.stage = Stage::Finished;
    for (std::size_t i = 0; i < record.containers->size(); ++i) {
        visit.container(i).step = Step::Nothing;
        if (visit.container(i).view.state == RunState::Running) {
            runtime.stop(record.key, container_at(*visit.pod.spec.body, i).name);
            ended(visit, i, {});
        }
    }
    final_view(record);
}

void Kubelets::State::final_view(PodRecord& record) {
    record.network_ready = false;
    record.ending = true;
    for (ContainerRecord& container : record.containers.edit()) {
        ContainerView& view = container.view;
        if (view.state == RunState::Waiting && view.last) {
            view.state = RunState::Terminated;
            view.current = std::exchange(view.last, {});
            view.message = {};
        }
    }
    give_back_address(record);
}

PodView Kubelets::State::view_of(const PodRecord& record) {
    PodView view{.network_ready = record.network_ready, .ending = record.ending};
    view.containers.reserve(record.containers->size());
    for (const ContainerRecord& container : *record.containers) {
        view.containers.push_back(container.view);
    }
    return view;
}

void Kubelets::State::report(const Visit& visit, std::size_t index, EventClass type,
                             const char* reason, std::string message) {
    events.report(visit.pod, index,
                  {.type = type, .reason = reason, .message = std::move(message)});
}

// Draws from a stream of the pod, the container, its restarts and the purpose.
Duration Kubelets::State::delay(const Distribution& distribution, const Visit& visit,
                                std::size_t index, std::string_view purpose) const {
    if (distribution.kind() == Distribution::Kind::Constant) {
        return distribution.mean();
    }
    std::string name = store::to_string(visit.record.key);
    name += '/';
    name += purpose;
    name += '/';
    if (index < visit.record.containers->size()) {
        name += std::to_string(index) + '/' + std::to_string(visit.container(index).view.restarts);
    }
    Random stream = random.fork(name);
    return distribution.sample(stream);
}

void Kubelets::State::take_address(PodRecord& record, const Pod& pod) {
    if (pod.spec->hostNetwork) {
        return;
    }
    record.has_address = true;
    record.address.host = nodes[record.node].pod_addresses.take();
    if (record.address.host == 0) {
        record.address.spare = spare_addresses.take();
    }
}

void Kubelets::State::give_back_address(PodRecord& record) {
    if (!record.has_address) {
        return;
    }
    record.has_address = false;
    if (record.address.host != 0) {
        nodes[record.node].pod_addresses.give_back(record.address.host);
    } else {
        spare_addresses.give_back(record.address.spare);
    }
}

std::string Kubelets::State::pod_address(const PodRecord& record, const Pod& pod) const {
    const NodeRecord& node = nodes[record.node];
    return pod.spec->hostNetwork ? node.host->hostIP : to_string(record.address, node.number);
}

}  // namespace wavetank::node
