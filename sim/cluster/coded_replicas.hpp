#pragma once

/// \file
/// Programs that are code, in the replicas of a data plane.

#include "sim/cluster/paced_plane.hpp"

#include <wavetank/actor/replica.hpp>
#include <wavetank/mesh/route_table.hpp>
#include <wavetank/runtime/future.hpp>
#include <wavetank/runtime/gate.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wavetank::sim {

/// Keeps what the data plane does not need to know: what requests and responses say, and the
/// coroutines that make them.
class CodedReplicas final : public CodeHost {
public:
    /// Finds the service that gets a request to a URL, seen from a namespace. Of the request, the
    /// path is not set yet.
    using ServiceOf = std::function<ServiceId(
        const std::string& url, const std::string& in_namespace, const mesh::Request& request)>;

    /// Lifetime: the references outlive it; `plane` need not live yet.
    CodedReplicas(runtime::Executor& executor, PacedPlane& plane, ServiceOf service_of);
    ~CodedReplicas() override;

    /// Returns the number of a message that any number of requests bring, and what is done to the
    /// answers to them.
    [[nodiscard]] std::uint32_t keep(mesh::Request request,
                                     std::optional<mesh::ResponseChanges> changes = std::nullopt);

    /// Returns the same of an answer that clients' proxies give to any number of requests.
    [[nodiscard]] std::uint32_t keep_answer(mesh::Response answer,
                                            std::optional<mesh::ResponseChanges> changes);

    /// Starts the code of a replica.
    void start(ReplicaId replica, const std::string& name, const std::string& in_namespace,
               actor::Handler handler);
    /// Stops it, if it is code. Requires: the replica has ended in the data plane.
    void stop(ReplicaId replica);

    void serve(const CodeRequest& request) override;
    void done(std::uint32_t message, std::uint16_t status) override;
    void comes_by(std::uint32_t message, std::uint32_t of_share) override;

private:
    class Running;
    class Unsent;

    // What a request says, and what the answer to it does. Without a promise it is kept.
    struct Message {
        explicit Message(mesh::Request&& said) : request(std::move(said)) {}

        mesh::Request request;
        std::optional<mesh::Response> response{};
        std::optional<runtime::Promise<mesh::Response>> answer{};
        std::optional<mesh::ResponseChanges> changes{};  // of answers, if it is kept
        std::optional<std::uint32_t> comes_by{};         // the message with those, or that answer
    };

    // Values by numbers that are used again.
    template <class Value>
    class Numbered {
    public:
        template <class... Parts>
        std::uint32_t put(Parts&&... parts);
        void erase(std::uint32_t number);
        Value& operator[](std::uint32_t number) {
            return *values_[number];
        }

    private:
        std::vector<std::optional<Value>> values_;
        std::vector<std::uint32_t> free_;
    };

    [[nodiscard]] mesh::Request take_request(const CodeRequest& taken);
    Task<> serve_one(Running& replica, CodeRequest taken);
    Task<mesh::Response> call(CallerId caller, ServiceId service, Unsent unsent,
                              mesh::RequestTimeout timeout);
    Task<> compute(ReplicaId replica, Duration time, DrawKey draws);

    runtime::Executor& executor_;
    PacedPlane& plane_;
    ServiceOf service_of_;
    Numbered<Message> messages_;
    Numbered<runtime::Promise<bool>> computations_;
    std::map<ReplicaId, std::unique_ptr<Running>> replicas_;
};

}  // namespace wavetank::sim
