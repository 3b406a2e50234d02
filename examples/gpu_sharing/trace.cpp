#include "gpu_sharing/trace.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

namespace gpu_sharing {
namespace {

using wavetank::Error;
using wavetank::Reason;
using wavetank::Result;

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = line.find(',', begin);
        fields.push_back(line.substr(begin, end - begin));
        if (end == std::string::npos) {
            break;
        }
        begin = end + 1;
    }
    if (!fields.back().empty() && fields.back().back() == '\r') {
        fields.back().pop_back();
    }
    return fields;
}

// An empty field counts as 0.
template <class Number>
bool read_number(const std::string& text, Number& number) {
    number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    return text.empty() || (failure == std::errc{} && rest == end);
}

bool read_node(const std::vector<std::string>& fields, TraceNode& node) {
    if (fields.size() < 5) {
        return false;
    }
    node.name = fields[0];
    node.model = fields[4];
    return read_number(fields[1], node.milli_cpu) && read_number(fields[2], node.memory_mib) &&
           read_number(fields[3], node.gpus);
}

bool read_pod(const std::vector<std::string>& fields, TracePod& pod) {
    if (fields.size() < 5) {
        return false;
    }
    pod.name = fields[0];
    pod.shape.models = fields.size() > 5 ? fields[5] : "";
    return read_number(fields[1], pod.shape.milli_cpu) &&
           read_number(fields[2], pod.shape.memory_mib) && read_number(fields[3], pod.shape.gpus) &&
           read_number(fields[4], pod.shape.milli_gpu);
}

template <class Row>
Result<std::vector<Row>> read_rows(const std::string& path,
                                   bool (*read)(const std::vector<std::string>&, Row&)) {
    std::ifstream file{path};
    if (!file) {
        return Error{.reason = Reason::NotFound, .message = path + ": cannot be read"};
    }
    std::vector<Row> rows;
    std::string line;
    std::getline(file, line);  // names of the columns
    for (int number = 2; std::getline(file, line); ++number) {
        if (!line.empty() && !read(fields_of(line), rows.emplace_back())) {
            return Error{.reason = Reason::Invalid,
                         .message = "is no line of the trace: " + line,
                         .where = {.file = path, .line = number}};
        }
    }
    return rows;
}

}  // namespace

bool accepts(const std::string& models, const std::string& model) {
    std::size_t begin = 0;
    while (begin <= models.size() && !models.empty()) {
        const std::size_t end = std::min(models.find('|', begin), models.size());
        if (models.compare(begin, end - begin, model) == 0) {
            return true;
        }
        begin = end + 1;
    }
    return models.empty();
}

std::int64_t Trace::gpus() const {
    std::int64_t sum = 0;
    for (const TraceNode& node : nodes) {
        sum += node.gpus;
    }
    return sum;
}

Result<Trace> read_trace(const std::string& nodes_path, const std::string& pods_path) {
    auto nodes = read_rows<TraceNode>(nodes_path, &read_node);
    if (!nodes) {
        return nodes.error();
    }
    auto pods = read_rows<TracePod>(pods_path, &read_pod);
    if (!pods) {
        return pods.error();
    }
    std::ranges::sort(*pods, {}, &TracePod::name);
    return Trace{.nodes = std::move(*nodes), .pods = std::move(*pods)};
}

Trace made_up_trace(wavetank::Random& random) {
    struct NodeGroup {
        const char* model;
        std::int32_t gpus;
        int nodes;
        std::int64_t milli_cpu;
    };
    // As many nodes of each make as openb has.
    const std::vector<NodeGroup> groups{
        {"G2", 8, 549, 96'000},     {"G3", 8, 39, 128'000},     {"T4", 2, 387, 96'000},
        {"T4", 4, 17, 96'000},      {"P100", 2, 131, 64'000},   {"P100", 1, 3, 64'000},
        {"V100M16", 4, 28, 64'000}, {"V100M16", 1, 19, 32'000}, {"V100M16", 8, 8, 96'000},
        {"V100M32", 8, 21, 96'000}, {"V100M32", 4, 9, 96'000},  {"A10", 1, 2, 128'000}};
    struct PodGroup {
        std::int32_t gpus;
        int pods;
    };
    const std::vector<PodGroup> pod_groups{{0, 1088}, {1, 6989}, {2, 16}, {4, 15}, {8, 44}};
    constexpr std::uint64_t shared_pods = 3078;
    constexpr std::uint64_t single_pods = 6989;
    constexpr std::int64_t mebibytes_a_cpu = 4096;

    Trace trace;
    const auto name_of = [](const char* kind, std::size_t number) {
        const std::string digits = std::to_string(number);
        return std::string{"openb-"} + kind + "-" +
               std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
    };
    for (const auto& [model, gpus, nodes, milli_cpu] : groups) {
        for (int i = 0; i < nodes; ++i) {
            trace.nodes.push_back({name_of("node", trace.nodes.size()), milli_cpu,
                                   milli_cpu * mebibytes_a_cpu / 1000, gpus, model});
        }
    }
    for (const auto& [gpus, pods] : pod_groups) {
        for (int i = 0; i < pods; ++i) {
            Shape shape{.gpus = gpus, .milli_gpu = gpus > 0 ? whole_gpu : 0, .models = {}};
            if (gpus == 1 && random.below(single_pods) < shared_pods) {
                shape.milli_gpu = static_cast<std::int32_t>(100 * (1 + random.below(9)));
            }
            const auto size = static_cast<std::int64_t>(1 + random.below(5));
            shape.milli_cpu = 2000 * size * std::max(gpus, 1);
            shape.memory_mib = shape.milli_cpu * mebibytes_a_cpu / 1000 / 2;
            trace.pods.push_back({name_of("pod", trace.pods.size()), shape});
        }
    }
    return trace;
}

std::vector<const TracePod*> arrivals(const Trace& trace, double load, wavetank::Random& random) {
    const double capacity = load * static_cast<double>(trace.gpus() * whole_gpu);
    std::vector<const TracePod*> pods;
    std::int64_t asked = 0;
    for (const TracePod& pod : trace.pods) {
        pods.push_back(&pod);
        asked += pod.shape.milli_gpu_all();
    }
    const auto draw_index = [&](std::size_t size) {
        return static_cast<std::size_t>(random.below(size));
    };
    for (std::size_t i = pods.size(); i > 1; --i) {
        std::swap(pods[i - 1], pods[draw_index(i)]);
    }
    while (static_cast<double>(asked) > capacity) {
        const std::size_t leaving = draw_index(pods.size());
        asked -= pods[leaving]->shape.milli_gpu_all();
        pods.erase(pods.begin() + static_cast<std::ptrdiff_t>(leaving));
    }
    while (true) {
        const TracePod& pod = trace.pods[draw_index(trace.pods.size())];
        // As in the experiment, what is looked at is one GPU of the pod that is drawn.
        if (static_cast<double>(asked + pod.shape.milli_gpu) > capacity) {
            return pods;
        }
        asked += pod.shape.milli_gpu_all();
        pods.push_back(&pod);
    }
}

std::vector<TypicalShape> typical_shapes(const Trace& trace) {
    constexpr double popular = 0.95;
    std::map<Shape, std::size_t> counts;
    for (const TracePod& pod : trace.pods) {
        Shape shape = pod.shape;
        shape.memory_mib = 0;
        ++counts[shape];
    }
    std::vector<std::pair<Shape, std::size_t>> sorted(counts.begin(), counts.end());
    std::ranges::stable_sort(
        sorted, [](const auto& left, const auto& right) { return left.second > right.second; });
    std::vector<TypicalShape> typical;
    std::size_t covered = 0;
    for (const auto& [shape, count] : sorted) {
        if (static_cast<double>(covered) >= popular * static_cast<double>(trace.pods.size())) {
            break;
        }
        covered += count;
        typical.push_back({shape, static_cast<double>(count)});
    }
    for (TypicalShape& entry : typical) {
        entry.share /= static_cast<double>(covered);
    }
    return typical;
}

}  // namespace gpu_sharing
