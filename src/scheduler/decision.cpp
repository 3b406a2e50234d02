#include <wavetank/scheduler/decision.hpp>

#include <algorithm>
#include <map>

namespace wavetank::scheduler {

std::string Diagnosis::message() const {
    std::string text = "0/" + std::to_string(nodes_all) + " nodes are available:";
    if (!pre_filter_message.empty()) {
        text += " " + pre_filter_message + ".";
    } else {
        std::map<std::string, std::size_t> counts;
        for (const RejectedNode& node : rejected) {
            for (const std::string& reason : node.status.reasons) {
                ++counts[reason];
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
