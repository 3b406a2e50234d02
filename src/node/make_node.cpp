#include <wavetank/node/make_node.hpp>

namespace wavetank::node {

api::corev1::Node make_node(const std::string& name, const NodeShape& shape) {
    api::corev1::Node node;
    node.metadata.name = name;
    api::StringMap labels = shape.labels;
    const auto label = [&labels](const char* key, const std::string& value) {
        if (!value.empty()) {
            labels.emplace(key, value);
        }
    };
    label("beta.kubernetes.io/arch", "amd64");
    label("beta.kubernetes.io/os", "linux");
    label("kubernetes.io/arch", "amd64");
    label("kubernetes.io/hostname", name);
    label("kubernetes.io/os", "linux");
    label("node.kubernetes.io/instance-type", shape.instance_type);
    label("topology.kubernetes.io/region", shape.region);
    label("topology.kubernetes.io/zone", shape.zone);
    node.metadata.labels = labels;
    node.metadata.annotations =
        api::StringMap{{"node.alpha.kubernetes.io/ttl", "0"},
                       {"volumes.kubernetes.io/controller-managed-attach-detach", "true"}};
    node.status.capacity = {
        {"cpu", shape.cpu},
        {"ephemeral-storage",
         api::Quantity::of(std::int64_t{100} << 30, api::QuantityFormat::BinarySI)},
        {"memory", shape.memory},
        {"pods", api::Quantity::of(shape.pods)},
    };
    node.status.allocatable = node.status.capacity;
    return node;
}

}  // namespace wavetank::node
