#include <wavetank/scheduler/scheduler.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Event;
using api::corev1::Pod;

// An event's name ends in the nanosecond it is of. Two that tell of one pod at one instant, whose
// clock would have moved on in between, take one after the other.
std::string next_name(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    const std::uint64_t time = std::stoull(name.substr(dot + 1), nullptr, 16);
    return fmt::format("{}.{:x}", name.substr(0, dot), time + 1);
}

class RegistryWriter final : public ClusterWriter {
public:
    explicit RegistryWriter(registry::Registry& registry) : registry_(registry) {}

    [[nodiscard]] Result<void> bind(const Pod& pod, const std::string& node) override {
        const auto bound = registry_.bind(store::key_of(pod), node);
        return bound ? Result<void>{} : Result<void>{bound.error()};
    }

    [[nodiscard]] Result<void> update_status(Pod pod) override {
        const auto updated = registry_.update_status(std::move(pod));
        return updated ? Result<void>{} : Result<void>{updated.error()};
    }

    [[nodiscard]] Result<void> remove(const Pod& pod) override {
        const auto removed = registry_.remove<Pod>(store::key_of(pod));
        return removed ? Result<void>{} : Result<void>{removed.error()};
    }

    void record(Event event) override {
        constexpr int tries_max = 16;
        for (int tries = 0; tries < tries_max; ++tries) {
            const auto created = registry_.create(event);
            if (created || created.error().reason != Reason::AlreadyExists) {
                return;
            }
            event.metadata.name = next_name(event.metadata.name);
        }
    }

private:
    registry::Registry& registry_;
};

}  // namespace

std::unique_ptr<ClusterWriter> make_registry_writer(registry::Registry& registry) {
    return std::make_unique<RegistryWriter>(registry);
}

}  // namespace wavetank::scheduler
