#include "scheduler/plugins/tolerations.hpp"

#include <algorithm>

namespace wavetank::scheduler::plugins {

using api::corev1::Taint;
using api::corev1::Toleration;

bool tolerates(const Toleration& toleration, const Taint& taint) {
    if (!toleration.effect.empty() && toleration.effect != taint.effect) {
        return false;
    }
    if (!toleration.key.empty() && toleration.key != taint.key) {
        return false;
    }
    if (toleration.operator_.empty() || toleration.operator_ == "Equal") {
        return toleration.value == taint.value;
    }
    return toleration.operator_ == "Exists";
}

bool tolerates(std::span<const Toleration> tolerations, const Taint& taint) {
    return std::ranges::any_of(
        tolerations, [&](const Toleration& toleration) { return tolerates(toleration, taint); });
}

bool tolerates_scheduling(std::span<const Toleration> tolerations, std::span<const Taint> taints) {
    return std::ranges::all_of(taints, [&](const Taint& taint) {
        return (taint.effect != "NoSchedule" && taint.effect != "NoExecute") ||
               tolerates(tolerations, taint);
    });
}

bool tolerates_cordon(std::span<const Toleration> tolerations) {
    const Taint cordon{.key = "node.kubernetes.io/unschedulable", .effect = "NoSchedule"};
    return tolerates(tolerations, cordon);
}

}  // namespace wavetank::scheduler::plugins
