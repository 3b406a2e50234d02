#include <wavetank/sim/service_server.hpp>

#include "sim/serve/service_metrics.hpp"

#include <wavetank/actor/replica.hpp>
#include <wavetank/runtime/gate.hpp>

#include <string_view>
#include <utility>

namespace wavetank::sim {
namespace {

// A service that stands alone: there is nobody to call.
class LoneHost final : public actor::Host {
public:
    LoneHost(runtime::Executor& executor, std::uint32_t cpus) : cpus_(executor, cpus) {}

    Task<mesh::Response> call(const std::string& /*url*/, mesh::Request&& /*request*/) override {
        co_return mesh::Response::error(503, "there is no way out");
    }
    Task<> compute(Duration time, DrawKey /*draws*/) override {
        return cpus_.compute(time);
    }

private:
    actor::OwnCpus cpus_;
};

}  // namespace

struct ServiceServer::State {
    State(runtime::AsioRuntime& on, actor::Handler handler, const ServiceServerOptions& options)
        : runtime{on},
          random{options.seed},
          host{runtime, options.cpus},
          replica{runtime, host, std::move(handler)},
          gate{runtime} {}

    void take(mesh::Request request, runtime::Promise<mesh::Response> answer);
    Task<> serve(mesh::Request request, std::shared_ptr<runtime::Promise<mesh::Response>> to);
    [[nodiscard]] mesh::Response tell(std::string_view path) const;

    runtime::AsioRuntime& runtime;
    Random random;
    LoneHost host;
    ServiceMetrics metrics;
    actor::Replica replica;
    runtime::Gate gate;
    std::uint64_t requests_taken = 0;
    bool draining = false;
    std::unique_ptr<mesh::HttpServer> http;
};

mesh::Response ServiceServer::State::tell(std::string_view path) const {
    if (path == "/healthz") {
        return mesh::Response::text("ok");
    }
    if (path == "/readyz") {
        return draining ? mesh::Response::error(503, "draining") : mesh::Response::text("ok");
    }
    return {.headers = {{"content-type", "text/plain; version=0.0.4; charset=utf-8"}},
            .body = metrics.to_prometheus()};
}

void ServiceServer::State::take(mesh::Request request, runtime::Promise<mesh::Response> answer) {
    const std::string path = request.path.substr(0, request.path.find('?'));
    const bool is_of_operation = path == "/healthz" || path == "/readyz" || path == "/metrics";
    if (is_of_operation) {
        answer.set(request.method == "GET" ? tell(path) : mesh::Response::error(405, "use GET"));
        return;
    }
    request.draws = {.workload = random.key(), .request = ++requests_taken};
    gate.spawn(serve(std::move(request),
                     std::make_shared<runtime::Promise<mesh::Response>>(std::move(answer))));
}

Task<> ServiceServer::State::serve(mesh::Request request,
                                   std::shared_ptr<runtime::Promise<mesh::Response>> to) {
    const TimePoint start = runtime.now();
    metrics.begin();
    runtime::Future<mesh::Response> answer{runtime};
    replica.serve(std::move(request), answer.promise());
    mesh::Response response = co_await answer;

    metrics.end(response.status, runtime.now() - start);
    to->set(std::move(response));
}

ServiceServer::ServiceServer(std::unique_ptr<State> state) : state_{std::move(state)} {}

ServiceServer::~ServiceServer() = default;

Result<std::unique_ptr<ServiceServer>> ServiceServer::listen(runtime::AsioRuntime& runtime,
                                                             actor::Handler handler,
                                                             ServiceServerOptions options) {
    auto state = std::make_unique<State>(runtime, std::move(handler), options);
    auto http = mesh::HttpServer::listen(
        runtime, std::move(options.http),
        [taker = state.get()](mesh::Request request, runtime::Promise<mesh::Response> answer) {
            taker->take(std::move(request), std::move(answer));
        });
    if (!http) {
        return http.error();
    }
    state->http = std::move(*http);
    return std::unique_ptr<ServiceServer>{new ServiceServer{std::move(state)}};
}

std::string ServiceServer::address() const {
    return state_->http->address();
}

std::uint16_t ServiceServer::port() const {
    return state_->http->port();
}

void ServiceServer::drain(Duration limit) {
    state_->draining = true;
    state_->http->drain(limit);
}

std::uint64_t ServiceServer::requests_answered() const {
    return state_->metrics.requests();
}

}  // namespace wavetank::sim
