#include "sim/cluster/coded_replicas.hpp"

#include <wavetank/base/ascii.hpp>
#include <wavetank/mesh/service_directory.hpp>
#include <wavetank/runtime/gate.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
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

// Values of one name are one text, as HTTP allows to join them.
void change(mesh::Headers& headers, const mesh::ResponseChanges& changes) {
    mesh::HeaderList list(headers.begin(), headers.end());
    changes.apply(list);
    headers.clear();
    for (auto& [name, value] : list) {
        const auto [place, is_new] = headers.try_emplace(to_lower(name), value);
        if (!is_new) {
            place->second += "," + value;
        }
    }
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
          code_(all.executor_, *this, std::move(handler)),
          gate_(all.executor_) {}

    Task<mesh::Response> call(const std::string& url, mesh::Request&& request) override {
        const mesh::RequestTimeout timeout =
            request.headers.empty() ? mesh::RequestTimeout{} : all_.timeout_of(request.headers);
        const Target& target =
            target_of({request.method, url, request.headers}, request.draws.call_site);
        request.path = target.path;
        Message& message = all_.messages_.put(all_, caller_, target.service, std::move(request));
        message.timeout = timeout;
        return Task<mesh::Response>{message};
    }
    Task<mesh::Response> get(const std::string& url, const DrawKey& draws) override {
        const Target& target = target_of({CodedReplicas::get, url, no_headers_}, draws.call_site);
        return Task<mesh::Response>{
            all_.messages_.put(all_, caller_, target.service, target.path, draws)};
    }
    Task<> compute(Duration time, DrawKey draws) override {
        return Task<>{all_.computations_.put(all_, replica_, time, draws)};
    }

    // Serves a request, later: mostly in a coroutine that has served others.
    void serve(const CodeRequest& request) {
        if (idle_.empty()) {
            gate_.spawn(work(request));
            return;
        }
        Worker& worker = *idle_.back();
        idle_.pop_back();
        worker.taken = request;
        worker.waiter.wake();
    }

private:
    // What a URL means, which does not change for requests that say the same.
    struct Target {
        ServiceId service{};
        std::string path;
    };

    // Some programs write numbers into their URLs, so not all that ever were are kept.
    static constexpr std::size_t targets_max = 256;

    // Of what a call site asked for last; mostly it asks for the same again.
    static constexpr std::size_t latest_count = 16;

    // By what a request says; to look one up copies nothing.
    struct Asked {
        std::string method;
        std::string url;
        mesh::Headers headers;
    };
    struct AskedView {
        AskedView(std::string_view with, std::string_view to, const mesh::Headers& saying)
            : method(with), url(to), headers(saying) {}
        AskedView(const Asked& asked)  // NOLINT(google-explicit-constructor): a key as it is seen
            : method(asked.method), url(asked.url), headers(asked.headers) {}

        std::string_view method;
        std::string_view url;
        const mesh::Headers& headers;
    };
    struct AskedHash {
        using is_transparent = void;
        std::size_t operator()(const AskedView& asked) const {
            std::uint64_t hash = mix_bits(text_hash(asked.method)) ^ text_hash(asked.url);
            for (const auto& [name, value] : asked.headers) {
                hash = mix_bits(mix_bits(hash ^ text_hash(name)) ^ text_hash(value));
            }
            return hash;
        }
        static std::size_t text_hash(std::string_view text) {
            return std::hash<std::string_view>{}(text);
        }
    };
    struct AskedEqual {
        using is_transparent = void;
        bool operator()(const AskedView& left, const AskedView& right) const {
            return is_equal(left.url, right.url) && is_equal(left.method, right.method) &&
                   left.headers == right.headers;
        }
        // Less than a comparison that also says which is the lesser.
        static bool is_equal(std::string_view left, std::string_view right) {
            return left.size() == right.size() &&
                   std::memcmp(left.data(), right.data(), left.size()) == 0;
        }
    };

    using Targets = std::unordered_map<Asked, Target, AskedHash, AskedEqual>;

    // One of the coroutines that serve requests, and what it is at.
    struct Worker {
        CodeRequest taken;
        runtime::Waiter waiter;      // for the next
        Message* message = nullptr;  // stays as long as its request is here; null: it has none
    };

    // Waits for the next request.
    struct Idle {
        Running& running;
        Worker& worker;

        [[nodiscard]] bool await_ready() const noexcept {
            return false;
        }
        template <class Promise>
        bool await_suspend(std::coroutine_handle<Promise> coroutine) {
            running.idle_.push_back(&worker);
            coroutine.promise().set_stop_token({});  // nobody stops the gate
            return worker.waiter.suspend(coroutine);
        }
        void await_resume() const {
            worker.waiter.finish();
        }
    };

    const Target& target_of(const AskedView& asked, std::uint32_t call_site) {
        const Targets::value_type*& latest = latest_[call_site % latest_count];
        if (latest == nullptr || !AskedEqual{}(latest->first, asked)) {
            latest = &find_target(asked);
        }
        return latest->second;
    }

    const Targets::value_type& find_target(const AskedView& asked) {
        if (const auto known = targets_.find(asked); known != targets_.end()) {
            return *known;
        }
        if (targets_.size() == targets_max) {
            targets_.clear();
            latest_.fill(nullptr);
        }
        const std::string url{asked.url};
        const mesh::Request request{.method = std::string{asked.method}, .headers = asked.headers};
        Target target{.service = all_.service_of_(url, namespace_, request)};
        static_cast<void>(mesh::parse_authority(url, target.path));
        return *targets_.emplace(Asked{request.method, url, request.headers}, std::move(target))
                    .first;
    }

    // When the replica goes, this goes with it; the data plane answers in its place.
    Task<> work(CodeRequest first) {
        Worker worker{.taken = first, .waiter = runtime::Waiter{all_.executor_}};
        for (;;) {
            std::optional<std::uint16_t> status;
            try {
                worker.message = all_.messages_.find(worker.taken.message);
                Task<mesh::Response> handling = begin(worker);
                mesh::Response& response = co_await handling.in_place();
                status = note_response(worker, std::move(response));
            } catch (const runtime::Cancelled&) {  // it does not answer
            } catch (...) {
                status = note_response(worker, actor::Replica::answer_to_exception());
            }
            if (status) {
                all_.plane_.act([&](DataPlane& plane) { plane.answer(worker.taken.id, *status); });
            }
            co_await Idle{*this, worker};
        }
    }

    // The request of a call that is made once need not stay; others are served again and again.
    Task<mesh::Response> begin(const Worker& worker) {
        const CodeRequest& taken = worker.taken;
        Message* const message = worker.message;
        if (message != nullptr && taken.is_only && !message->is_kept) {
            message->request.draws = taken.draws;
            return code_.begin(std::move(message->request));
        }
        mesh::Request request = message != nullptr ? message->request : mesh::Request{};
        if (taken.as_changed) {
            const mesh::Request& changed = all_.messages_[*taken.as_changed].request;
            request.path = changed.path;
            request.headers = changed.headers;
        }
        if (taken.expected) {
            mesh::set_expected_timeout(request.headers, *taken.expected);
        }
        request.draws = taken.draws;
        return code_.begin(std::move(request));
    }

    // Keeps it for the caller, if that is code. Returns its status.
    static std::uint16_t note_response(const Worker& worker, mesh::Response&& response) {
        const auto status = static_cast<std::uint16_t>(response.status);
        Message* const message = worker.message;
        if (message == nullptr || message->is_kept || message->wait.is_over) {
            return status;
        }
        if (worker.taken.is_only) {
            message->response = std::move(response);
        } else {
            message->note_answer(worker.taken.id, std::move(response));
        }
        return status;
    }

    CodedReplicas& all_;
    ReplicaId replica_;
    CallerId caller_;
    std::string namespace_;
    const mesh::Headers no_headers_{};
    Targets targets_;
    std::array<const Targets::value_type*, latest_count> latest_{};
    actor::Replica code_;
    std::vector<Worker*> idle_;
    runtime::Gate gate_;
};

template <class Value>
template <class... Parts>
Value& CodedReplicas::Numbered<Value>::put(Parts&&... parts) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(values_.size()));
        values_.push_back(std::make_unique<std::optional<Value>>());
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return values_[number]->emplace(number, std::forward<Parts>(parts)...);
}

template <class Value>
void CodedReplicas::Numbered<Value>::erase(std::uint32_t number) {
    values_[number]->reset();
    free_.push_back(number);
}

// Returns whether there is something to wait for.
bool CodedReplicas::Wait::begin(runtime::Executor& executor, std::coroutine_handle<> awaiting,
                                runtime::StopToken token) {
    return !is_over && waiter.emplace(executor).suspend(awaiting, token);
}

void CodedReplicas::Wait::end() const {
    if (waiter) {
        waiter->finish();
    }
}

void CodedReplicas::Wait::drop() {
    waiter.reset();
    is_dropped = true;
}

void CodedReplicas::Wait::set_over() {
    is_over = true;
    if (waiter) {
        waiter->wake();
    }
}

bool CodedReplicas::Message::begin(std::coroutine_handle<> awaiting, runtime::StopToken token) {
    wait.is_begun = true;
    all.plane_.act(
        [&](DataPlane& plane) { plane.call(caller, service, request.draws, number, timeout); });
    return wait.begin(all.executor_, awaiting, token);
}

mesh::Response& CodedReplicas::Message::end() {
    wait.end();
    return *response;
}

// Ids are used again; by then, nobody waits for the answer of the one before.
void CodedReplicas::Message::note_answer(RequestId of, mesh::Response&& answer) {
    std::erase_if(answers, [&](const auto& noted) { return noted.first == of; });
    answers.emplace_back(of, std::move(answer));
}

void CodedReplicas::Message::drop() noexcept {
    wait.drop();
    all.erase_if_done(*this);
}

bool CodedReplicas::Computation::begin(std::coroutine_handle<> awaiting, runtime::StopToken token) {
    wait.is_begun = true;
    all.plane_.act(
        [&](DataPlane& plane) { plane.compute(replica, time, draws, number | computation_bit); });
    return wait.begin(all.executor_, awaiting, token);
}

void CodedReplicas::Computation::end() {
    wait.end();
}

void CodedReplicas::Computation::drop() noexcept {
    wait.drop();
    all.erase_if_done(*this);
}

CodedReplicas::CodedReplicas(runtime::Executor& executor, PacedPlane& plane, ServiceOf service_of,
                             Proxies proxies)
    : executor_(executor), plane_(plane), service_of_(std::move(service_of)), proxies_(proxies) {}

CodedReplicas::~CodedReplicas() = default;

// Without a proxy, only the client's library of gRPC gives up in time; it lets the server know.
mesh::RequestTimeout CodedReplicas::timeout_of(mesh::Headers& headers) const {
    if (proxies_ == Proxies::Present) {
        return mesh::take_timeout(headers);
    }
    mesh::Headers seen = headers;
    return {.grpc = mesh::take_timeout(seen).grpc};
}

std::uint32_t CodedReplicas::keep(mesh::Request request,
                                  std::optional<mesh::ResponseChanges> changes) {
    Message& message = messages_.put(*this, std::move(request));
    message.changes = std::move(changes);
    return message.number;
}

std::uint32_t CodedReplicas::keep_answer(mesh::Response answer,
                                         std::optional<mesh::ResponseChanges> changes) {
    const std::uint32_t number = keep({}, std::move(changes));
    messages_[number].response = std::move(answer);
    return number;
}

void CodedReplicas::start(ReplicaId replica, const std::string& name,
                          const std::string& in_namespace, actor::Handler handler) {
    const CallerId caller =
        plane_.act([&](DataPlane& plane) { return plane.add_caller(replica, "code/" + name); });
    plane_.keep_pace();
    const auto number = static_cast<std::uint32_t>(replica);
    replicas_.resize(std::max<std::size_t>(replicas_.size(), number + std::size_t{1}));
    replicas_[number] =
        std::make_unique<Running>(*this, replica, caller, in_namespace, std::move(handler));
}

void CodedReplicas::stop(ReplicaId replica) {
    if (const auto number = static_cast<std::uint32_t>(replica); number < replicas_.size()) {
        replicas_[number].reset();
    }
}

// A replica's number is never used again, so what is found is what took the request.
void CodedReplicas::serve(const CodeRequest& request) {
    const auto number = static_cast<std::uint32_t>(request.replica);
    if (number < replicas_.size() && replicas_[number] != nullptr) {
        replicas_[number]->serve(request);
    }
}

void CodedReplicas::done(std::uint32_t message, std::uint16_t status) {
    if ((message & computation_bit) != 0) {
        Computation& computation = computations_[message & ~computation_bit];
        computation.wait.set_over();
        erase_if_done(computation);
        return;
    }
    Message& ended = messages_[message];
    if (!ended.response || ended.response->status != status) {
        ended.response = response_of(status);
    }
    if (ended.comes_by) {
        const Message& way = messages_[*ended.comes_by];
        if (way.response && way.response->status == status) {
            ended.response = *way.response;
        }
        if (way.changes) {
            change(ended.response->headers, *way.changes);
        }
    }
    ended.wait.set_over();
    erase_if_done(ended);
}

void CodedReplicas::comes_by(std::uint32_t message, std::uint32_t of_share) {
    messages_[message].comes_by = of_share;
}

void CodedReplicas::hold(std::uint32_t message) {
    if (Message* const held = messages_.find(message); held != nullptr) {
        ++held->holds;
    }
}

void CodedReplicas::release(std::uint32_t message) {
    if (Message* const held = messages_.find(message); held != nullptr) {
        --held->holds;
        erase_if_done(*held);
    }
}

void CodedReplicas::comes_from(std::uint32_t message, std::optional<RequestId> of) {
    Message& called = messages_[message];
    called.response.reset();
    const auto found =
        std::ranges::find(called.answers, of, &decltype(Message::answers)::value_type::first);
    if (found != called.answers.end()) {
        called.response = std::move(found->second);
        called.answers.erase(found);
    }
}

void CodedReplicas::erase_if_done(const Message& message) {
    if (message.wait.is_done() && message.holds == 0) {
        messages_.erase(message.number);
    }
}

void CodedReplicas::erase_if_done(const Computation& computation) {
    if (computation.wait.is_done()) {
        computations_.erase(computation.number);
    }
}

}  // namespace wavetank::sim
