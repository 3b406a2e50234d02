#include "sim/cluster/coded_replicas.hpp"

#include <wavetank/mesh/service_directory.hpp>

#include <cstddef>
#include <unordered_map>
#include <utility>

namespace wavetank::sim {
namespace {

// Tells the numbers of computations from those of messages.
constexpr std::uint32_t computation_bit = 0x80000000;

mesh::Response response_of(std::uint16_t status) {
    return status == 200 ? mesh::Response::text("ok")
                         : mesh::Response::error(status, status == 503 ? "no healthy upstream"
                                                                       : "the service failed");
}

}  // namespace

// One replica's code, and what is around it.
class CodedReplicas::Running final : public actor::Host {
public:
    Running(CodedReplicas& all, ReplicaId replica, CallerId caller, std::string in_namespace,
            actor::Handler handler)
        : all_(all),
          replica_(replica),
          caller_(caller),
          namespace_(std::move(in_namespace)),
          code_(all.executor_, *this, std::move(handler)) {}

    Task<mesh::Response> call(std::string url, mesh::Request request) override {
        const Target& target = target_of(url, request);
        request.path = target.path;
        return all_.call(caller_, target.service, std::move(request));
    }
    Task<> compute(Duration time, DrawKey draws) override {
        return all_.compute(replica_, time, draws);
    }
    [[nodiscard]] actor::Replica& code() {
        return code_;
    }

private:
    // What a URL means, which does not change for requests that say the same.
    struct Target {
        ServiceId service{};
        std::string path;
    };

    // Some programs write numbers into their URLs, so not all that ever were are kept.
    static constexpr std::size_t targets_max = 256;

    const Target& target_of(const std::string& url, const mesh::Request& request) {
        std::string what = request.method + " " + url;
        for (const auto& [name, value] : request.headers) {
            what += "\n" + name + ": " + value;
        }
        if (targets_.size() == targets_max) {
            targets_.clear();
        }
        const auto [place, is_new] = targets_.try_emplace(std::move(what));
        if (is_new) {
            place->second.service = all_.service_of_(url, namespace_, request);
            static_cast<void>(mesh::parse_authority(url, place->second.path));
        }
        return place->second;
    }

    CodedReplicas& all_;
    ReplicaId replica_;
    CallerId caller_;
    std::string namespace_;
    std::unordered_map<std::string, Target> targets_;  // by method, URL and headers
    actor::Replica code_;
};

template <class Value>
std::uint32_t CodedReplicas::Numbered<Value>::put(Value&& value) {
    if (free_.empty()) {
        values_.emplace_back(std::move(value));
        return static_cast<std::uint32_t>(values_.size() - 1);
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    values_[number].emplace(std::move(value));
    return number;
}

template <class Value>
void CodedReplicas::Numbered<Value>::erase(std::uint32_t number) {
    values_[number].reset();
    free_.push_back(number);
}

CodedReplicas::CodedReplicas(runtime::Executor& executor, PacedPlane& plane, ServiceOf service_of)
    : executor_(executor), plane_(plane), service_of_(std::move(service_of)), gate_(executor) {}

CodedReplicas::~CodedReplicas() = default;

std::uint32_t CodedReplicas::keep(mesh::Request request) {
    return messages_.put({.request = std::move(request)});
}

void CodedReplicas::start(ReplicaId replica, const std::string& name,
                          const std::string& in_namespace, actor::Handler handler) {
    const CallerId caller =
        plane_.act([&](DataPlane& plane) { return plane.add_caller(replica, "code/" + name); });
    plane_.keep_pace();
    replicas_.emplace(replica, std::make_unique<Running>(*this, replica, caller, in_namespace,
                                                         std::move(handler)));
}

void CodedReplicas::stop(ReplicaId replica) {
    replicas_.erase(replica);
}

void CodedReplicas::serve(const CodeRequest& request) {
    gate_.spawn(serve_one(request));
}

// A call is served once at most; what is kept is served again and again.
mesh::Request CodedReplicas::take_request(const CodeRequest& taken) {
    Message& message = messages_[taken.message];
    mesh::Request request = message.answer ? std::move(message.request) : message.request;
    if (taken.as_changed) {
        const mesh::Request& changed = messages_[*taken.as_changed].request;
        request.path = changed.path;
        request.headers = changed.headers;
    }
    request.draws = taken.draws;
    return request;
}

// A replica's number is never used again, so what is found is what took the request.
Task<> CodedReplicas::serve_one(CodeRequest taken) {
    if (!replicas_.contains(taken.replica)) {
        co_return;
    }
    mesh::Request request = take_request(taken);
    runtime::Future<mesh::Response> answer{executor_};
    replicas_.at(taken.replica)->code().serve(std::move(request), answer.promise());
    mesh::Response response = co_await answer;
    if (!replicas_.contains(taken.replica)) {
        co_return;
    }
    const auto status = static_cast<std::uint16_t>(response.status);
    if (Message& answered = messages_[taken.message]; answered.answer) {
        answered.response = std::move(response);
    }
    plane_.act([&](DataPlane& plane) { plane.answer(taken.id, status); });
}

Task<mesh::Response> CodedReplicas::call(CallerId caller, ServiceId service,
                                         mesh::Request request) {
    const DrawKey draws = request.draws;
    runtime::Future<mesh::Response> answer{executor_};
    const std::uint32_t message =
        messages_.put({.request = std::move(request), .answer = answer.promise()});
    plane_.act([&](DataPlane& plane) { plane.call(caller, service, draws, message); });
    mesh::Response response = co_await answer;
    co_return response;
}

Task<> CodedReplicas::compute(ReplicaId replica, Duration time, DrawKey draws) {
    runtime::Future<bool> end{executor_};
    const std::uint32_t number = computations_.put(end.promise()) | computation_bit;
    plane_.act([&](DataPlane& plane) { plane.compute(replica, time, draws, number); });
    co_await end;
}

void CodedReplicas::done(std::uint32_t message, std::uint16_t status) {
    if ((message & computation_bit) != 0) {
        const std::uint32_t number = message & ~computation_bit;
        computations_[number].set(true);
        computations_.erase(number);
        return;
    }
    Message& ended = messages_[message];
    const bool has_response = ended.response && ended.response->status == status;
    ended.answer->set(has_response ? std::move(*ended.response) : response_of(status));
    messages_.erase(message);
}

}  // namespace wavetank::sim
