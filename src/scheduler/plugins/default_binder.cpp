#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

/// Binds through the `binding` subresource (kube-scheduler's `defaultbinder`).
class DefaultBinder final : public Plugin, public BindPlugin {
public:
    explicit DefaultBinder(PodBinder* binder) : binder_(binder) {}

    [[nodiscard]] std::string_view name() const override {
        return "DefaultBinder";
    }

    [[nodiscard]] Status bind(CycleState& /*state*/, const api::corev1::Pod& pod,
                              const std::string& node) override {
        if (binder_ == nullptr) {
            return Status::skip();
        }
        const Result<void> bound = binder_->bind(pod, node);
        return bound ? Status{} : Status::error(bound.error().message);
    }

private:
    PodBinder* binder_;
};

}  // namespace

Made make_default_binder(const boost::json::object& /*args*/, const PluginContext& context) {
    return std::unique_ptr<Plugin>(std::make_unique<DefaultBinder>(context.binder));
}

}  // namespace wavetank::scheduler::plugins
