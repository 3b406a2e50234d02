#include "scheduler/plugins/resource_usage.hpp"

#include <algorithm>

namespace wavetank::scheduler::plugins {

Result<std::vector<WeightedResource>> weighted_resources(const boost::json::object& args) {
    const auto* list = args.if_contains("resources");
    if (list == nullptr || !list->is_array() || list->get_array().empty()) {
        return std::vector<WeightedResource>{{"cpu", 1}, {"memory", 1}};
    }
    std::vector<WeightedResource> resources;
    for (const auto& entry : list->get_array()) {
        const auto* fields = entry.if_object();
        const auto* name = fields == nullptr ? nullptr : fields->if_contains("name");
        if (name == nullptr || !name->is_string()) {
            return Error{.reason = Reason::Invalid, .message = "resources: a name is required"};
        }
        const auto* weight = fields->if_contains("weight");
        const std::int64_t value =
            weight != nullptr && weight->is_number() ? weight->to_number<std::int64_t>() : 0;
        resources.push_back({std::string{name->get_string()}, value == 0 ? 1 : value});
    }
    return resources;
}

PodUsage::PodUsage(const api::ResourceList& requests,
                   const std::vector<WeightedResource>& resources) {
    for (const WeightedResource& resource : resources) {
        Entry entry{.name = resource.name, .weight = resource.weight};
        const auto request = requests.find(resource.name);
        if (resource.name == "cpu") {
            entry.kind = Kind::Cpu;
        } else if (resource.name == "memory") {
            entry.kind = Kind::Memory;
        } else if (resource.name == "ephemeral-storage") {
            entry.kind = Kind::EphemeralStorage;
        } else if (is_scalar_resource(resource.name)) {
            entry.kind = Kind::Scalar;
        }
        if (request != requests.end()) {
            entry.amount =
                entry.kind == Kind::Cpu ? request->second.milli_value() : request->second.value();
        }
        entries_.push_back(std::move(entry));
    }
}

bool PodUsage::empty() const {
    return std::ranges::all_of(entries_, [](const Entry& entry) { return entry.amount == 0; });
}

std::optional<CpuAndMemory> PodUsage::cpu_and_memory() const {
    const auto cpu = std::ranges::find(entries_, Kind::Cpu, &Entry::kind);
    const auto memory = std::ranges::find(entries_, Kind::Memory, &Entry::kind);
    if (entries_.size() != 2 || cpu == entries_.end() || memory == entries_.end()) {
        return std::nullopt;
    }
    return CpuAndMemory{cpu->amount, memory->amount, cpu->weight, memory->weight};
}

Usages PodUsage::on(const NodeInfo& node, Counted counted) const {
    const bool real = counted == Counted::Requested;
    Usages usages;
    for (const Entry& entry : entries_) {
        Usage usage{.weight = entry.weight};
        switch (entry.kind) {
            case Kind::Cpu:
                usage.capacity = node.allocatable().milli_cpu;
                usage.before = real ? node.requested().milli_cpu : node.milli_cpu_nonzero();
                break;
            case Kind::Memory:
                usage.capacity = node.allocatable().memory;
                usage.before = real ? node.requested().memory : node.memory_nonzero();
                break;
            case Kind::EphemeralStorage:
                usage.capacity = node.allocatable().ephemeral_storage;
                usage.before = node.requested().ephemeral_storage;
                break;
            case Kind::Scalar:
                if (entry.amount != 0) {
                    usage.capacity = node.allocatable().of(entry.name).value_or(0);
                    usage.before = node.requested().of(entry.name).value_or(0);
                }
                break;
            case Kind::Unknown:
                break;
        }
        if (usage.capacity != 0) {
            usage.after = usage.before + entry.amount;
            usages.push_back(usage);
        }
    }
    return usages;
}

}  // namespace wavetank::scheduler::plugins
