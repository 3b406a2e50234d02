#include <wavetank/scheduler/decision.hpp>

#include <algorithm>
#include <map>
#include <span>
#include <unordered_map>
#include <utility>

namespace wavetank::scheduler {
namespace {

// In no order that matters: what is made of it are sums. Neighbours mostly say the same.
std::unordered_map<const Status*, std::size_t> nodes_by_status(
    std::span<const RejectedNode> rejected) {
    std::unordered_map<const Status*, std::size_t> counts;
    for (std::size_t i = 0; i < rejected.size();) {
        const Status* const status = rejected[i].status;
        const std::size_t first = i;
        while (i < rejected.size() && rejected[i].status == status) {
            ++i;
        }
        counts[status] += i - first;
    }
    return counts;
}

}  // namespace

// Few different statuses are many nodes' own, and the latest is the likeliest.
void Diagnosis::reject(const NodeInfo* node, Status status) {
    constexpr std::ptrdiff_t compared_max = 8;
    const auto first =
        statuses.size() > compared_max ? statuses.end() - compared_max : statuses.begin();
    const auto known =
        std::find_if(first, statuses.end(), [&](const auto& other) { return *other == status; });
    if (known != statuses.end()) {
        rejected.push_back({node, known->get()});
        return;
    }
    if (!status.plugin.empty()) {
        unschedulable_plugins.insert(status.plugin);
    }
    statuses.push_back(std::make_shared<const Status>(std::move(status)));
    rejected.push_back({node, statuses.back().get()});
}

std::string Diagnosis::message() const {
    std::string text = "0/" + std::to_string(nodes_all) + " nodes are available:";
    if (!pre_filter_message.empty()) {
        text += " " + pre_filter_message + ".";
    } else {
        std::map<std::string, std::size_t> counts;
        for (const auto& [status, count] : nodes_by_status(rejected)) {
            for (const std::string& reason : status->reasons) {
                counts[reason] += count;
            }
        }
        if (rejected.size() < nodes_all) {
            for (const std::string& reason : absent.reasons) {
                counts[reason] += nodes_all - rejected.size();
            }
        }
        std::vector<std::string> entries;
        for (const auto& [reason, count] : counts) {
            entries.push_back(std::to_string(count) + " " + reason);
        }
        std::ranges::sort(entries);  // as texts: "10 x" before "2 y"
        for (std::size_t i = 0; i < entries.size(); ++i) {
            text += (i == 0 ? " " : ", ") + entries[i];
        }
        text += entries.empty() ? "" : ".";
    }
    return post_filter_message.empty() ? text : text + " " + post_filter_message;
}

}  // namespace wavetank::scheduler
