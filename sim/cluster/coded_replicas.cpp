#include "sim/cluster/coded_replicas.hpp"

#include <wavetank/base/ascii.hpp>
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

// The number of a message that a coroutine will send; if it never does, it is not kept.
class CodedReplicas::Unsent {
public:
    Unsent(CodedReplicas& all, mesh::Request&& request)
        : all_(&all), number_(all.messages_.put(std::move(request))) {}
    Unsent(Unsent&& other) noexcept
        : all_(std::exchange(other.all_, nullptr)), number_(other.number_) {}
    Unsent& operator=(Unsent&&) = delete;
    ~Unsent() {
        if (all_ != nullptr) {
            all_->messages_.erase(number_);
        }
    }

    // Returns the number, which is the caller's from now on.
    [[nodiscard]] std::uint32_t send() {
        all_ = nullptr;
        return number_;
    }

private:
    CodedReplicas* all_;
    std::uint32_t number_;
};

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
            request.headers.empty() ? mesh::RequestTimeout{} : mesh::take_timeout(request.headers);
        const Target& target = target_of(url, request);
        request.path = target.path;
        return all_.call(caller_, target.service, Unsent{all_, std::move(request)}, timeout);
    }
    Task<> compute(Duration time, DrawKey draws) override {
        return all_.compute(replica_, time, draws);
    }
    [[nodiscard]] actor::Replica& code() {
        return code_;
    }
    // Its requests.
    [[nodiscard]] runtime::Gate& gate() {
        return gate_;
    }

private:
    // What a URL means, which does not change for requests that say the same.
    struct Target {
        ServiceId service{};
        std::string path;
    };

    // Some programs write numbers into their URLs, so not all that ever were are kept.
    static constexpr std::size_t targets_max = 256;

    // By what a request says; to look one up copies nothing.
    struct Asked {
        std::string method;
        std::string url;
        mesh::Headers headers;
    };
    struct AskedView {
        AskedView(const std::string& to, const mesh::Request& request)
            : method(request.method), url(to), headers(request.headers) {}
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
            return left.method == right.method && left.url == right.url &&
                   left.headers == right.headers;
        }
    };

    const Target& target_of(const std::string& url, const mesh::Request& request) {
        if (const auto known = targets_.find(AskedView{url, request}); known != targets_.end()) {
            return known->second;
        }
        if (targets_.size() == targets_max) {
            targets_.clear();
        }
        Target target{.service = all_.service_of_(url, namespace_, request)};
        static_cast<void>(mesh::parse_authority(url, target.path));
        return targets_.emplace(Asked{request.method, url, request.headers}, std::move(target))
            .first->second;
    }

    CodedReplicas& all_;
    ReplicaId replica_;
    CallerId caller_;
    std::string namespace_;
    std::unordered_map<Asked, Target, AskedHash, AskedEqual> targets_;
    actor::Replica code_;
    runtime::Gate gate_;
};

template <class Value>
template <class... Parts>
std::uint32_t CodedReplicas::Numbered<Value>::put(Parts&&... parts) {
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(values_.size()));
        values_.emplace_back();
    }
    const std::uint32_t number = free_.back();
    free_.pop_back();
    values_[number].emplace(std::forward<Parts>(parts)...);
    return number;
}

template <class Value>
void CodedReplicas::Numbered<Value>::erase(std::uint32_t number) {
    values_[number].reset();
    free_.push_back(number);
}

CodedReplicas::CodedReplicas(runtime::Executor& executor, PacedPlane& plane, ServiceOf service_of)
    : executor_(executor), plane_(plane), service_of_(std::move(service_of)) {}

CodedReplicas::~CodedReplicas() = default;

std::uint32_t CodedReplicas::keep(mesh::Request request,
                                  std::optional<mesh::ResponseChanges> changes) {
    const std::uint32_t number = messages_.put(std::move(request));
    messages_[number].changes = std::move(changes);
    return number;
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
    replicas_.emplace(replica, std::make_unique<Running>(*this, replica, caller, in_namespace,
                                                         std::move(handler)));
}

void CodedReplicas::stop(ReplicaId replica) {
    replicas_.erase(replica);
}

// A replica's number is never used again, so what is found is what took the request.
void CodedReplicas::serve(const CodeRequest& request) {
    if (const auto running = replicas_.find(request.replica); running != replicas_.end()) {
        running->second->gate().spawn(serve_one(*running->second, request));
    }
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
    if (taken.expected) {
        mesh::set_expected_timeout(request.headers, *taken.expected);
    }
    request.draws = taken.draws;
    return request;
}

// When the replica goes, this goes with it; the data plane answers in its place.
Task<> CodedReplicas::serve_one(Running& replica, CodeRequest taken) {
    mesh::Request request = take_request(taken);
    mesh::Response response;
    try {
        response = co_await replica.code().begin(std::move(request));
    } catch (const runtime::Cancelled&) {
        throw;
    } catch (...) {
        response = actor::Replica::answer_to_exception();
    }
    const auto status = static_cast<std::uint16_t>(response.status);
    if (Message& answered = messages_[taken.message]; answered.answer) {
        answered.response = std::move(response);
    }
    plane_.act([&](DataPlane& plane) { plane.answer(taken.id, status); });
}

Task<mesh::Response> CodedReplicas::call(CallerId caller, ServiceId service, Unsent unsent,
                                         mesh::RequestTimeout timeout) {
    runtime::Future<mesh::Response> answer{executor_};
    const std::uint32_t number = unsent.send();
    Message& message = messages_[number];
    message.answer.emplace(answer.promise());
    plane_.act([&, draws = message.request.draws](DataPlane& plane) {
        plane.call(caller, service, draws, number, timeout);
    });
    co_return co_await answer;
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
    mesh::Response response = has_response ? std::move(*ended.response) : response_of(status);
    if (ended.comes_by) {
        const Message& way = messages_[*ended.comes_by];
        if (way.response && way.response->status == status) {
            response = *way.response;
        }
        if (way.changes) {
            change(response.headers, *way.changes);
        }
    }
    ended.answer->set(std::move(response));
    messages_.erase(message);
}

void CodedReplicas::comes_by(std::uint32_t message, std::uint32_t of_share) {
    messages_[message].comes_by = of_share;
}

}  // namespace wavetank::sim
