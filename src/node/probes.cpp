// What probes find, and what the kubelet makes of it: pkg/kubelet/prober (worker.go, prober.go).
//
// A look costs an event only while it can change something: once a probe has succeeded as often as
// it must, it succeeds until the program's health changes, and is not asked for till then.

#include "node/kubelets_state.hpp"
#include "node/pod_status.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace wavetank::node {
namespace {

using api::corev1::Probe;

constexpr std::array probe_kinds{ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness};

// A program that has no handler of its own for the TERM signal ends of it.
constexpr std::int32_t exit_code_terminated = 143;
constexpr std::int32_t exit_code_hung = 137;

const api::Boxed<Probe>& probe_of(const api::corev1::Container& container, ProbeKind kind) {
    return kind == ProbeKind::Startup    ? container.startupProbe
           : kind == ProbeKind::Liveness ? container.livenessProbe
                                         : container.readinessProbe;
}

const char* name_of(ProbeKind kind) {
    return kind == ProbeKind::Startup    ? "Startup"
           : kind == ProbeKind::Liveness ? "Liveness"
                                         : "Readiness";
}

// Whether the program must run to answer: a connection is accepted by the system, and a command
// runs beside the program.
bool needs_the_program(const Probe& probe) {
    return probe.httpGet.has_value() || probe.grpc.has_value();
}

// The number of a port that may be given by its name.
std::string port_of(const Probe& probe, const api::corev1::Container& container) {
    if (probe.grpc) {
        return std::to_string(probe.grpc->port);
    }
    const api::IntOrString port = probe.httpGet     ? probe.httpGet->port
                                  : probe.tcpSocket ? probe.tcpSocket->port
                                                    : api::IntOrString{};
    const auto named = std::ranges::find_if(container.ports, [&](const auto& each) {
        return port.is_string() && each.name == port.string_value();
    });
    return named == container.ports.end() ? port.to_string() : std::to_string(named->containerPort);
}

// What the HTTP client says it was doing.
std::string http_get(const api::corev1::HTTPGetAction& get, const std::string& host) {
    return std::string{"Get \""} + (get.scheme == "HTTPS" ? "https" : "http") + "://" + host +
           get.path + "\": ";
}

// The first tick of a clock that began at `base` which is not before `time`.
TimePoint tick_from(TimePoint base, Duration period, TimePoint time) {
    const auto ticks = std::max<Duration::rep>(0, (time - base + period - Duration{1}) / period);
    return base + ticks * period;
}

Duration seconds_of(std::int32_t count, std::int32_t least) {
    return std::chrono::seconds{std::max(count, least)};
}

}  // namespace

bool Kubelets::State::has_probes(const api::corev1::Container& container) {
    return std::ranges::any_of(
        probe_kinds, [&](ProbeKind kind) { return probe_of(container, kind).has_value(); });
}

// Begins to look at a container that has just started.
void Kubelets::State::begin_probing(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    Probing& probing = container.probing.emplace();
    probing.started = visit.now;
    probing.base = registry.clock().time_at(visit.record.start_time.value);
    probing.answers_from = visit.now + delay(options.readiness, visit, index, "ready");
    if (spec.startupProbe) {
        look_later(visit, index, ProbeKind::Startup, visit.now);
    } else {
        on_started(visit, index);
    }
}

// The container counts as started: the other probes begin.
void Kubelets::State::on_started(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    container.view.started = true;
    visit.changed = true;
    if (spec.livenessProbe) {
        look_later(visit, index, ProbeKind::Liveness, visit.now);
    }
    if (spec.readinessProbe) {
        // The first look comes with the news, and the next ones keep time from there.
        container.probing->readiness_base = visit.now;
        look_later(visit, index, ProbeKind::Readiness, visit.now);
    } else {
        container.step = Step::Open;
        container.due = std::max(visit.now, container.probing->answers_from);
    }
}

// Asks for the next look, not before `from`.
void Kubelets::State::look_later(const Visit& visit, std::size_t index, ProbeKind kind,
                                 TimePoint from) {
    Probing& probing = *visit.container(index).probing;
    const Probe& probe = *probe_of(container_at(*visit.pod.spec.body, index), kind);
    const bool is_readiness = kind == ProbeKind::Readiness;
    const TimePoint base = is_readiness ? probing.readiness_base : probing.base;
    // At the first tick of the others there is no container yet.
    from = is_readiness ? from : std::max(from, base + Duration{1});
    const TimePoint enabled = probing.started + seconds_of(probe.initialDelaySeconds, 0);
    probing.of(kind).due =
        tick_from(base, seconds_of(probe.periodSeconds, 1), std::max(from, enabled));
}

// Makes the looks that are due. Returns whether there were any.
bool Kubelets::State::look(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    bool has_looked = false;
    for (const ProbeKind kind : probe_kinds) {
        if (!container.probing || container.view.state != RunState::Running ||
            container.step == Step::Kill) {
            return has_looked;
        }
        Probing& probing = *container.probing;
        ProbeState& state = probing.of(kind);
        const auto& probe = probe_of(container_at(*visit.pod.spec.body, index), kind);
        if (state.verdict <= visit.now) {
            state.verdict = TimePoint::max();
            note_result(visit, index, kind, false);
            has_looked = true;
        } else if (state.due <= visit.now) {
            state.due = TimePoint::max();
            if (probing.health == ContainerHealth::Hanging && needs_the_program(*probe)) {
                state.verdict = visit.now + seconds_of(probe->timeoutSeconds, 1);
            } else {
                note_result(visit, index, kind,
                            probing.health != ContainerHealth::Failing &&
                                visit.now >= probing.answers_from);
            }
            has_looked = true;
        }
    }
    return has_looked;
}

void Kubelets::State::note_result(Visit& visit, std::size_t index, ProbeKind kind, bool success) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    const Probe& probe = *probe_of(spec, kind);
    ProbeState& state = container.probing->of(kind);
    if (!success) {
        report(visit, index, EventClass::Warning, "Unhealthy",
               std::string{name_of(kind)} + " probe failed: " + why_it_fails(visit, index, probe));
    }
    state.run = state.last_success == success ? state.run + 1 : 1;
    state.last_success = success;
    const std::int32_t threshold =
        std::max(1, success ? probe.successThreshold : probe.failureThreshold);
    if (state.run < threshold) {
        look_later(visit, index, kind, visit.now + Duration{1});
        return;
    }
    if (kind == ProbeKind::Readiness) {
        visit.changed = visit.changed || container.view.ready != success;
        container.view.ready = success;
    } else if (kind == ProbeKind::Startup && success) {
        on_started(visit, index);
    } else if (!success) {
        kill_unhealthy(visit, index, kind);
        return;
    }
    if (!success) {
        look_later(visit, index, kind, visit.now + Duration{1});
    }
}

std::string Kubelets::State::why_it_fails(const Visit& visit, std::size_t index,
                                          const Probe& probe) const {
    const std::string own = pod_address(visit.record, visit.pod);
    const std::string address =
        (probe.httpGet && !probe.httpGet->host.empty() ? probe.httpGet->host : own) + ":" +
        port_of(probe, container_at(*visit.pod.spec.body, index));
    const std::string doing = probe.httpGet ? http_get(*probe.httpGet, address) : "";
    const ContainerHealth health = visit.container(index).probing->health;
    if (health == ContainerHealth::Failing) {
        return "HTTP probe failed with statuscode: 503";
    }
    if (health == ContainerHealth::Healthy) {
        return doing + "dial tcp " + address + ": connect: connection refused";
    }
    return probe.httpGet ? doing +
                               "context deadline exceeded (Client.Timeout exceeded while "
                               "awaiting headers)"
                         : "timeout: health rpc did not complete within " +
                               wavetank::to_string(seconds_of(probe.timeoutSeconds, 1));
}

// Ends a container that does not start, or is no longer alive. One that hangs does not hear the
// TERM signal.
void Kubelets::State::kill_unhealthy(Visit& visit, std::size_t index, ProbeKind kind) {
    ContainerRecord& container = visit.container(index);
    const auto& spec = container_at(*visit.pod.spec.body, index);
    report(visit, index, EventClass::Normal, "Killing",
           "Container " + spec.name + " failed " +
               (kind == ProbeKind::Startup ? "startup" : "liveness") + " probe, will be restarted");
    const bool hangs = container.probing->health == ContainerHealth::Hanging;
    const std::int64_t grace = probe_of(spec, kind)
                                   ->terminationGracePeriodSeconds.value_or(
                                       visit.pod.spec->terminationGracePeriodSeconds.value_or(30));
    container.step = Step::Kill;
    container.due = visit.now + (hangs ? std::chrono::seconds{grace} : std::chrono::seconds{0});
    for (const ProbeKind each : probe_kinds) {
        container.probing->of(each) = {};
    }
}

// Ends it, its patience over.
void Kubelets::State::kill(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    const bool hangs = container.probing->health == ContainerHealth::Hanging;
    runtime.stop(visit.record.key, container_at(*visit.pod.spec.body, index).name);
    ended(visit, index, {.code = hangs ? exit_code_hung : exit_code_terminated});
}

// Looks again from the next tick on, whatever was settled.
void Kubelets::State::take_in_health(Visit& visit, std::size_t index) {
    ContainerRecord& container = visit.container(index);
    if (!container.probing || container.view.state != RunState::Running ||
        container.probing->health_told == container.probing->health) {
        return;
    }
    Probing& probing = *container.probing;
    probing.health = probing.health_told;
    if (container.step == Step::Kill) {
        return;
    }
    const auto& spec = container_at(*visit.pod.spec.body, index);
    for (const ProbeKind kind : probe_kinds) {
        const bool is_on =
            kind == ProbeKind::Startup ? !container.view.started : container.view.started;
        if (probe_of(spec, kind) && is_on && probing.of(kind).verdict == TimePoint::max()) {
            look_later(visit, index, kind, visit.now);
        }
    }
}

TimePoint Kubelets::State::next_look(const ContainerRecord& container) {
    TimePoint next = TimePoint::max();
    if (container.probing && container.view.state == RunState::Running) {
        for (const ProbeState& state : container.probing->states) {
            next = std::min({next, state.due, state.verdict});
        }
    }
    return next;
}

}  // namespace wavetank::node
