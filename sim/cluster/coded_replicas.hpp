#pragma once

/// \file
/// Programs that are code, in the replicas of a data plane.

#include "sim/cluster/paced_plane.hpp"

#include <wavetank/actor/replica.hpp>
#include <wavetank/mesh/route_table.hpp>
#include <wavetank/runtime/task.hpp>
#include <wavetank/runtime/waiter.hpp>

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

    /// Whether replicas have proxies, which take headers that are meant for them.
    enum class Proxies : std::uint8_t { Absent, Present };

    /// Lifetime: the references outlive it; `plane` need not live yet.
    CodedReplicas(runtime::Executor& executor, PacedPlane& plane, ServiceOf service_of,
                  Proxies proxies = Proxies::Present);
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
    void hold(std::uint32_t message) override;
    void release(std::uint32_t message) override;
    void comes_from(std::uint32_t message, std::optional<RequestId> of) override;

private:
    class Running;

    // How far something has come that code asks of the data plane, and who waits for it.
    struct Wait {
        std::optional<runtime::Waiter> waiter{};
        bool is_begun = false;
        bool is_over = false;
        bool is_dropped = false;  // nobody awaits it

        [[nodiscard]] bool begin(runtime::Executor& executor, std::coroutine_handle<> awaiting,
                                 runtime::StopToken token);
        void end() const;
        void drop();
        void set_over();
        // Nobody will ask for it any more.
        [[nodiscard]] bool is_done() const {
            return is_dropped && is_begun == is_over;
        }
    };

    // As a view, so that nobody counts its letters.
    static constexpr std::string_view get = "GET";

    // Who sends what to whom, and what comes back. It stays where it is from the call to its end.
    struct Message final : runtime::Operation<mesh::Response> {
        Message(std::uint32_t place, CodedReplicas& owner, CallerId from, ServiceId to,
                mesh::Request&& said)
            : all(owner), number(place), caller(from), service(to), request(std::move(said)) {}
        // A plain GET, made where it stays.
        Message(std::uint32_t place, CodedReplicas& owner, CallerId from, ServiceId to,
                const std::string& path, const DrawKey& draws)
            : all(owner),
              number(place),
              caller(from),
              service(to),
              request{.method = std::string{get}, .path = path, .draws = draws} {}
        Message(std::uint32_t place, CodedReplicas& owner, mesh::Request&& said)
            : all(owner), number(place), is_kept(true), request(std::move(said)) {}

        bool begin(std::coroutine_handle<> awaiting, runtime::StopToken token) override;
        mesh::Response& end() override;
        void drop() noexcept override;
        void note_answer(RequestId of, mesh::Response&& answer);

        CodedReplicas& all;
        std::uint32_t number;
        CallerId caller{};
        ServiceId service{};
        std::uint32_t holds = 0;  // requests that may still come, besides
        bool is_kept = false;     // no call: any number of requests bring it
        Wait wait;
        mesh::RequestTimeout timeout{};  // as the request itself said
        mesh::Request request;
        std::optional<mesh::Response> response{};
        // Of attempts, by request: only the client's proxy knows whose will be the response.
        std::vector<std::pair<RequestId, mesh::Response>> answers{};
        std::optional<mesh::ResponseChanges> changes{};  // of answers, if it is kept
        std::optional<std::uint32_t> comes_by{};         // the message with those, or that answer
    };

    struct Computation final : runtime::Operation<void> {
        Computation(std::uint32_t place, CodedReplicas& owner, ReplicaId on, Duration work,
                    const DrawKey& key)
            : all(owner), number(place), replica(on), time(work), draws(key) {}

        bool begin(std::coroutine_handle<> awaiting, runtime::StopToken token) override;
        void end() override;
        void drop() noexcept override;

        CodedReplicas& all;
        std::uint32_t number;
        ReplicaId replica;
        Duration time;
        DrawKey draws;
        Wait wait;
    };

    // Values that stay where they are, by numbers that are used again.
    template <class Value>
    class Numbered {
    public:
        // The first of its parts is its number.
        template <class... Parts>
        Value& put(Parts&&... parts);
        void erase(std::uint32_t number);
        Value& operator[](std::uint32_t number) {
            return **values_[number];
        }
        // Returns null if there is none.
        [[nodiscard]] Value* find(std::uint32_t number) {
            const bool is_there = number < values_.size() && values_[number]->has_value();
            return is_there ? &**values_[number] : nullptr;
        }

    private:
        std::vector<std::unique_ptr<std::optional<Value>>> values_;
        std::vector<std::uint32_t> free_;
    };

    [[nodiscard]] mesh::RequestTimeout timeout_of(mesh::Headers& headers) const;
    void erase_if_done(const Message& message);
    void erase_if_done(const Computation& computation);

    runtime::Executor& executor_;
    PacedPlane& plane_;
    ServiceOf service_of_;
    Proxies proxies_;
    Numbered<Message> messages_;
    Numbered<Computation> computations_;
    std::vector<std::unique_ptr<Running>> replicas_;  // by number; null: it is no code, or gone
};

}  // namespace wavetank::sim
