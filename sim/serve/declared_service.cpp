#include <wavetank/sim/declared_service.hpp>

#include "sim/cluster/plan.hpp"

#include <wavetank/actor/program_registry.hpp>
#include <wavetank/base/assert.hpp>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

namespace wavetank::sim {
namespace {

// Counts one more for as long as it lives, however the coroutine that holds it ends.
class Count {
public:
    explicit Count(std::size_t& counter) : counter_{counter} {
        ++counter_;
    }
    ~Count() {
        --counter_;
    }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;

private:
    std::size_t& counter_;
};

// What browsers and their tools know as Server-Timing: milliseconds by name.
std::string timing(Duration work, Duration wait) {
    char text[80];
    std::snprintf(text, sizeof text, "work;dur=%.6f, wait;dur=%.6f",
                  static_cast<double>(work.count()) * 1e-6,
                  static_cast<double>(wait.count()) * 1e-6);
    return text;
}

mesh::Response queue_full() {
    return mesh::Response::error(503, "the queue is full");
}

const PlannedModel* find_model(const std::vector<PlannedModel>& models, const std::string& image) {
    const auto last_of = [&](std::string_view name) -> const PlannedModel* {
        const auto found = std::find_if(models.rbegin(), models.rend(),
                                        [&](const auto& model) { return model.image == name; });
        return found == models.rend() ? nullptr : &*found;
    };
    const PlannedModel* exact = last_of(image);
    return exact != nullptr ? exact : last_of(actor::image_repository(image));
}

Result<DeclaredProgram> servable(const PlannedModel& model) {
    const auto refuse = [&](const std::string& what) {
        return Error{.reason = Reason::Invalid,
                     .message = "the ServiceModel of " + model.image + ' ' + what +
                                ", which cannot be served for real yet"};
    };
    if (!model.calls.empty()) {
        return refuse("calls other services");
    }
    if (model.program.discipline != Discipline::Fifo) {
        return refuse("has another discipline than FIFO");
    }
    return model.program;
}

}  // namespace

Result<DeclaredProgram> read_declared_program(const std::vector<std::string>& paths,
                                              const std::string& image,
                                              codec::Recursion recursion) {
    const codec::Manifest manifest = read_manifests(paths, recursion);
    std::vector<Error> errors = manifest.errors;
    const Plan plan = make_plan(manifest, errors);
    if (!errors.empty()) {
        return combined(errors);
    }
    std::set<std::string> images;
    for (const PlannedModel& model : plan.models) {
        images.insert(model.image);
    }
    const std::string& wanted = image.empty() && images.size() == 1 ? *images.begin() : image;
    if (const PlannedModel* model = find_model(plan.models, wanted)) {
        return servable(*model);
    }
    std::string known;
    for (const std::string& name : images) {
        known += (known.empty() ? "" : ", ") + name;
    }
    return Error{
        .reason = Reason::NotFound,
        .message =
            (image.empty() ? "which image?" : "no ServiceModel describes " + image) +
            (known.empty() ? "; the manifests have no ServiceModel" : "; there are " + known)};
}

// What a request holds from its beginning to its answer. Whoever leaves hands it to the one who has
// waited longest, so that a newcomer cannot slip in.
class DeclaredService::Place {
public:
    explicit Place(DeclaredService& service) : service_{service} {}
    ~Place() {
        if (!service_.place_free_.notify_one()) {
            --service_.in_hand_;
        }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    DeclaredService& service_;
};

DeclaredService::DeclaredService(runtime::Executor& executor, DeclaredProgram program,
                                 std::uint32_t cpus)
    : program_{std::move(program)}, place_free_{executor} {
    WAVETANK_ASSERT(cpus > 0);
    WAVETANK_ASSERT(program_.calls.empty());
    WAVETANK_ASSERT(program_.discipline == Discipline::Fifo);
    if (!program_.concurrency && program_.queue_limit) {
        at_cpus_most_ = std::size_t{cpus} + *program_.queue_limit;
    }
}

actor::Handler DeclaredService::handler() {
    return [this](actor::Context context, mesh::Request /*request*/) {
        return answer(std::move(context));
    };
}

Task<mesh::Response> DeclaredService::answer(actor::Context context) {
    std::optional<Place> place;
    if (program_.concurrency) {
        if (in_hand_ < *program_.concurrency) {
            ++in_hand_;
        } else if (program_.queue_limit && waiting_ >= *program_.queue_limit) {
            co_return queue_full();
        } else {
            const Count waits{waiting_};
            co_await place_free_.wait();
        }
        place.emplace(*this);
    }
    if (at_cpus_ >= at_cpus_most_) {
        co_return queue_full();
    }
    const Duration work = program_.work.sample(context.random());
    const bool fails = program_.error_rate > 0 && context.random().uniform() < program_.error_rate;
    co_await compute(context, work);
    if (fails) {
        co_return mesh::Response::error(500, "one of those that fail");
    }
    const Duration wait = program_.wait.sample(context.random());
    co_await context.sleep(wait);
    mesh::Response response = mesh::Response::text("ok");
    response.headers["server-timing"] = timing(work, wait);
    co_return response;
}

Task<> DeclaredService::compute(actor::Context context, Duration work) {
    const Count counted{at_cpus_};
    co_await context.compute(work);
}

}  // namespace wavetank::sim
