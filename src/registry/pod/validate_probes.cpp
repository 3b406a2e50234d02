#include "registry/pod/probes.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace wavetank::registry {
namespace {

using namespace api::corev1;
using GracePeriod = std::optional<std::int64_t>;

FieldErrors validate_port(const api::IntOrString& port, const Path& path) {
    FieldErrors errors;
    if (port.is_string()) {
        append_problems(errors, path, port.string_value(),
                        api::check_port_name(port.string_value()));
        return errors;
    }
    for (const std::string& problem : api::check_port_number(port.int_value())) {
        errors.push_back(api::invalid_value(path, port.int_value(), problem));
    }
    return errors;
}

FieldErrors validate_exec(const ExecAction& exec, const Path& path) {
    if (exec.command.empty()) {
        return {api::required_value(path / "command", "")};
    }
    return {};
}

FieldErrors validate_http_protocol(const HTTPGetAction& http, const Path& path) {
    if (!http.protocol || *http.protocol == "HTTP1") {
        return {};
    }
    if (*http.protocol != "HTTP2") {
        return {api::unsupported_value(path / "protocol", *http.protocol, {"HTTP1", "HTTP2"})};
    }
    if (http.scheme != "HTTP") {
        return {api::invalid_value(path / "protocol", *http.protocol,
                                   "is only supported with HTTP (H2C)")};
    }
    if (!http.host.empty()) {
        return {api::invalid_value(path / "host", http.host,
                                   "must be empty when `protocol` is \"HTTP2\"")};
    }
    return {};
}

FieldErrors validate_http(const HTTPGetAction& http, const Path& path) {
    FieldErrors errors;
    if (http.path.empty()) {
        errors.push_back(api::required_value(path / "path", ""));
    }
    append(errors, validate_port(http.port, path / "port"));
    if (http.scheme != "HTTP" && http.scheme != "HTTPS") {
        errors.push_back(api::unsupported_value(path / "scheme", http.scheme, {"HTTP", "HTTPS"}));
    }
    for (const HTTPHeader& header : http.httpHeaders) {
        append_problems(errors, path / "httpHeaders", header.name,
                        api::check_http_header_name(header.name));
    }
    append(errors, validate_http_protocol(http, path));
    return errors;
}

FieldErrors validate_grpc(const GRPCAction& grpc, const Path& path) {
    FieldErrors errors = validate_port(grpc.port, path / "port");
    if (grpc.mode && *grpc.mode != "Plaintext" && *grpc.mode != "TLS") {
        errors.push_back(api::unsupported_value(path / "mode", *grpc.mode, {"Plaintext", "TLS"}));
    }
    return errors;
}

FieldErrors validate_sleep(const SleepAction& sleep, const Path& path, const GracePeriod& grace) {
    if (grace && (sleep.seconds < 0 || sleep.seconds > *grace)) {
        return {api::invalid_value(
            path, sleep.seconds,
            "must be non-negative and less than terminationGracePeriodSeconds (" +
                std::to_string(*grace) + ")")};
    }
    return {};
}

// Checks the first of several handlers and reports the others.
class Handlers {
public:
    explicit Handlers(const Path& path) : path_{path} {}

    template <class A, class Check>
    Handlers& handler(std::string_view name, const api::Boxed<A>& action, const Check& check) {
        if (action && found_) {
            errors_.push_back(
                api::forbidden_value(path_ / name, "may not specify more than 1 handler type"));
        } else if (action) {
            found_ = true;
            append(errors_, check(*action, path_ / name));
        }
        return *this;
    }

    [[nodiscard]] FieldErrors errors() const {
        if (!found_) {
            return {api::required_value(path_, "must specify a handler type")};
        }
        return errors_;
    }

private:
    Path path_;
    FieldErrors errors_{};
    bool found_ = false;
};

FieldErrors validate_tcp(const TCPSocketAction& tcp, const Path& path) {
    return validate_port(tcp.port, path / "port");
}

FieldErrors validate_hook(const LifecycleHandler& hook, const Path& path,
                          const GracePeriod& grace) {
    return Handlers{path}
        .handler("exec", hook.exec, validate_exec)
        .handler("httpGet", hook.httpGet, validate_http)
        .handler("tcpSocket", hook.tcpSocket, validate_tcp)
        .handler("sleep", hook.sleep,
                 [&](const SleepAction& sleep, const Path& at) {
                     return validate_sleep(sleep, at, grace);
                 })
        .errors();
}

FieldErrors validate_nonnegative(std::int64_t value, const Path& path) {
    if (value < 0) {
        return {api::invalid_value(path, value, "must be greater than or equal to 0")};
    }
    return {};
}

FieldErrors validate_probe(const Probe& probe, const Path& path) {
    FieldErrors errors = Handlers{path}
                             .handler("exec", probe.exec, validate_exec)
                             .handler("httpGet", probe.httpGet, validate_http)
                             .handler("tcpSocket", probe.tcpSocket, validate_tcp)
                             .handler("grpc", probe.grpc, validate_grpc)
                             .errors();
    append(errors, validate_nonnegative(probe.initialDelaySeconds, path / "initialDelaySeconds"));
    append(errors, validate_nonnegative(probe.timeoutSeconds, path / "timeoutSeconds"));
    append(errors, validate_nonnegative(probe.periodSeconds, path / "periodSeconds"));
    append(errors, validate_nonnegative(probe.successThreshold, path / "successThreshold"));
    append(errors, validate_nonnegative(probe.failureThreshold, path / "failureThreshold"));
    if (const auto& grace = probe.terminationGracePeriodSeconds; grace && *grace <= 0) {
        errors.push_back(api::invalid_value(path / "terminationGracePeriodSeconds", *grace,
                                            "must be greater than 0"));
    }
    return errors;
}

// A probe that ends a container: one success says that it lives.
FieldErrors validate_deciding_probe(const api::Boxed<Probe>& probe, const Path& path) {
    if (!probe) {
        return {};
    }
    FieldErrors errors = validate_probe(*probe, path);
    if (probe->successThreshold != 1) {
        errors.push_back(
            api::invalid_value(path / "successThreshold", probe->successThreshold, "must be 1"));
    }
    return errors;
}

FieldErrors validate_readiness_probe(const api::Boxed<Probe>& probe, const Path& path) {
    if (!probe) {
        return {};
    }
    FieldErrors errors = validate_probe(*probe, path);
    if (const auto& grace = probe->terminationGracePeriodSeconds) {
        errors.push_back(api::invalid_value(path / "terminationGracePeriodSeconds", *grace,
                                            "must not be set for readinessProbes"));
    }
    return errors;
}

// In the order in which upstream lists them: sorted by name.
std::vector<std::string> linux_signals() {
    std::vector<std::string> signals{
        "SIGABRT",   "SIGALRM",  "SIGBUS",    "SIGCHLD", "SIGCLD",   "SIGCONT",
        "SIGFPE",    "SIGHUP",   "SIGILL",    "SIGINT",  "SIGIO",    "SIGIOT",
        "SIGKILL",   "SIGPIPE",  "SIGPOLL",   "SIGPROF", "SIGPWR",   "SIGQUIT",
        "SIGSEGV",   "SIGSTOP",  "SIGSTKFLT", "SIGSYS",  "SIGTERM",  "SIGTRAP",
        "SIGTSTP",   "SIGTTIN",  "SIGTTOU",   "SIGURG",  "SIGUSR1",  "SIGUSR2",
        "SIGVTALRM", "SIGWINCH", "SIGXCPU",   "SIGXFSZ", "SIGRTMIN", "SIGRTMAX"};
    constexpr int real_time_half = 15;
    for (int i = 1; i <= real_time_half; ++i) {
        signals.push_back("SIGRTMIN+" + std::to_string(i));
        if (i < real_time_half) {
            signals.push_back("SIGRTMAX-" + std::to_string(i));
        }
    }
    std::sort(signals.begin(), signals.end());
    return signals;
}

FieldErrors validate_stop_signal(const std::string& signal, const Path& path,
                                 const api::Boxed<PodOS>& os) {
    if (!os) {
        return {
            api::forbidden_value(path, "may not be set for containers with empty `spec.os.name`")};
    }
    std::vector<std::string> supported;
    if (os->name == "windows") {
        supported = {"SIGKILL", "SIGTERM"};
    } else if (os->name == "linux") {
        supported = linux_signals();
    }
    if (supported.empty() ||
        std::find(supported.begin(), supported.end(), signal) != supported.end()) {
        return {};
    }
    return {api::unsupported_value(path, signal, supported)};
}

FieldErrors validate_lifecycle(const Lifecycle& lifecycle, const Path& path,
                               const GracePeriod& grace, const api::Boxed<PodOS>& os) {
    FieldErrors errors;
    if (lifecycle.postStart) {
        append(errors, validate_hook(*lifecycle.postStart, path / "postStart", grace));
    }
    if (lifecycle.preStop) {
        append(errors, validate_hook(*lifecycle.preStop, path / "preStop", grace));
    }
    if (lifecycle.stopSignal) {
        append(errors, validate_stop_signal(*lifecycle.stopSignal, path / "stopSignal", os));
    }
    return errors;
}

}  // namespace

FieldErrors validate_hooks_and_probes(const Container& container, const Path& path,
                                      const GracePeriod& grace_period,
                                      const api::Boxed<PodOS>& os) {
    FieldErrors errors;
    if (container.lifecycle) {
        append(errors,
               validate_lifecycle(*container.lifecycle, path / "lifecycle", grace_period, os));
    }
    append(errors, validate_deciding_probe(container.livenessProbe, path / "livenessProbe"));
    append(errors, validate_readiness_probe(container.readinessProbe, path / "readinessProbe"));
    append(errors, validate_deciding_probe(container.startupProbe, path / "startupProbe"));
    return errors;
}

FieldErrors forbid_hooks_and_probes(const Container& container, const Path& path) {
    FieldErrors errors;
    const auto forbid = [&](std::string_view name, const auto& member) {
        if (member) {
            errors.push_back(api::forbidden_value(
                path / name, "may not be set for init containers without restartPolicy=Always"));
        }
    };
    forbid("lifecycle", container.lifecycle);
    forbid("livenessProbe", container.livenessProbe);
    forbid("readinessProbe", container.readinessProbe);
    forbid("startupProbe", container.startupProbe);
    return errors;
}

}  // namespace wavetank::registry
