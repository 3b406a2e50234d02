#include <wavetank/scheduler/scheduler.hpp>

#include <utility>

namespace wavetank::scheduler {
namespace {

using api::corev1::Event;
using api::corev1::Pod;

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

    void record(Event event) override {
        static_cast<void>(registry_.create(std::move(event)));
    }

private:
    registry::Registry& registry_;
};

}  // namespace

std::unique_ptr<ClusterWriter> make_registry_writer(registry::Registry& registry) {
    return std::make_unique<RegistryWriter>(registry);
}

}  // namespace wavetank::scheduler
