#include "scheduler/plugins/plugins.hpp"

namespace wavetank::scheduler::plugins {
namespace {

/// Higher priority first, then whoever waits longer (kube-scheduler's `queuesort`).
class PrioritySort final : public Plugin, public QueueSortPlugin {
public:
    [[nodiscard]] std::string_view name() const override {
        return "PrioritySort";
    }

    [[nodiscard]] bool less(const QueuedPod& left, const QueuedPod& right) const override {
        const std::int32_t left_priority = pod_priority(*left.pod);
        const std::int32_t right_priority = pod_priority(*right.pod);
        return left_priority != right_priority ? left_priority > right_priority
                                               : left.entered < right.entered;
    }
};

}  // namespace

Made make_priority_sort(const boost::json::object& /*args*/, const PluginContext& /*context*/) {
    return make_plain<PrioritySort>();
}

}  // namespace wavetank::scheduler::plugins
