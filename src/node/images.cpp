// What images a node has, how it comes by them, and which of them it gives up.

#include "node/amounts.hpp"
#include "node/kubelets_state.hpp"
#include "node/node_status.hpp"
#include "node/pod_status.hpp"

#include <wavetank/node/image_name.hpp>

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace wavetank::node {
namespace {

// How often the kubelet looks anew which images there are, and how many names of one it tells.
constexpr Duration image_listing_interval = std::chrono::seconds{30};
constexpr std::size_t names_per_image_max = 5;

}  // namespace

std::string listed_name(const std::string& image) {
    const auto slash = image.rfind('/');
    const auto colon = image.rfind(':');
    const bool has_tag =
        colon != std::string::npos && (slash == std::string::npos || colon > slash);
    return has_tag ? image : image + ":latest";
}

// A name without a tag, which is found at once from its second time on, is one more of the image
// that is listed.
std::uint32_t Kubelets::State::number_of_image(const std::string& name) {
    if (const auto known = images.find(name); known != images.end()) {
        return known->second;
    }
    const std::string listed = listed_name(name);
    const auto [entry, is_new] =
        images.try_emplace(listed, static_cast<std::uint32_t>(image_sizes.size()));
    const std::uint32_t number = entry->second;
    if (is_new) {
        image_sizes.push_back(options.image_source == nullptr ? image_size_default
                                                              : options.image_source->size(name));
        image_names.push_back({listed});
        images_noted.emplace_back();
    }
    images.try_emplace(name, number);
    return number;
}

std::int64_t Kubelets::State::size_of_image(std::uint32_t number) const {
    return image_sizes[number];
}

/// Returns an image of the node; null if it has none such.
api::Shared<NodeImage>* Kubelets::State::find_image(NodeRecord& node, std::uint32_t number) {
    const auto found = std::ranges::find_if(
        node.images, [&](const api::Shared<NodeImage>& each) { return each->image == number; });
    return found == node.images.end() ? nullptr : &*found;
}

/// Notes what is to be known of an image of the node from now on.
void Kubelets::State::note_image(NodeRecord& node, const NodeImage& image) {
    api::Shared<NodeImage>& latest = images_noted[image.image];
    if (*latest != image) {
        latest = image;
    }
    if (api::Shared<NodeImage>* const known = find_image(node, image.image)) {
        *known = latest;
    } else {
        node.images.push_back(latest);
    }
}

// A node that joins may have images already. One of several names, mostly a digest and a tag, is
// one image all the same, also if another node knows it by one of them only.
void Kubelets::State::take_images(NodeRecord& node, const Node& object) {
    for (const auto& image : object.status.images) {
        if (image.names.empty()) {
            continue;
        }
        const auto known = std::ranges::find_if(image.names, [this](const std::string& name) {
            return images.contains(listed_name(name));
        });
        const std::uint32_t number =
            number_of_image(known == image.names.end() ? image.names.front() : *known);
        std::vector<std::string>& names = image_names[number];
        for (const std::string& name : image.names) {
            const std::string listed = listed_name(name);
            images.try_emplace(listed, number);
            if (std::ranges::find(names, listed) == names.end()) {
                names.push_back(listed);
            }
        }
        image_sizes[number] = image.sizeBytes;
        if (find_image(node, number) == nullptr) {
            note_image(node,
                       {.image = number, .present_at = agenda.now(), .used_at = agenda.now()});
        }
    }
}

// Lets a container wait until its image has had its turn. Containers of a node that want the same
// image wait for the same pull.
void Kubelets::State::queue_pull(Visit& visit, std::size_t index, bool is_present) {
    NodeRecord& node = nodes[visit.record.node];
    const auto& spec = container_at(*visit.pod.spec.body, index);
    const std::uint32_t number = number_of_image(spec.image);
    visit.container(index).due = TimePoint::max();
    const bool is_asked_for =
        std::ranges::find(node.pullers, number, &Puller::image) != node.pullers.end();
    node.pullers.push_back({.pod = visit.record.key, .container = index, .image = number});
    if (is_asked_for) {
        return;
    }
    if (node.pulls == nullptr) {
        node.pulls = std::make_unique<PullQueue>(*options.pulls);
    }
    const bool exists =
        options.image_source == nullptr || options.image_source->pull(spec.image).has_value();
    const bool has_layers = is_present || options.images == ImageStock::Complete;
    if (exists && !is_present) {
        note_image(node, {.image = number, .present_at = TimePoint::max(), .used_at = visit.now});
    }
    node.pulls->add(visit.now, {.image = number,
                                .latency = delay(options.image_pull, visit, index, "pull"),
                                .bytes = exists && !has_layers ? size_of_image(number) : 0});
    wake_pullers(node);
}

// Asks for a look at the node's pulls when the next one ends.
void Kubelets::State::wake_pullers(NodeRecord& node) {
    if (const auto end = node.pulls->next_end()) {
        node.pulls_due = *end;
        agenda.add(*end,
                   {.owner = Ticket::Owner::Pulls, .slot = node.number - 1, .serial = node.serial});
    }
}

void Kubelets::State::finish_pulls(NodeRecord& node) {
    for (const PullQueue::Done& done : node.pulls->take_done(agenda.now())) {
        if (const api::Shared<NodeImage>* const known = find_image(node, done.image)) {
            NodeImage image = **known;
            image.present_at = std::min(image.present_at, agenda.now());
            image.began = done.began;
            note_image(node, image);
        }
        const auto first = std::ranges::stable_partition(
            node.pullers, [&](const Puller& puller) { return puller.image != done.image; });
        const std::vector<Puller> ready(first.begin(), first.end());
        node.pullers.erase(first.begin(), first.end());
        for (const Puller& puller : ready) {
            PodRecord* const record = find(puller.pod);
            if (record == nullptr || record->node != node.number - 1 ||
                puller.container >= record->containers->size() ||
                (*record->containers)[puller.container].step != Step::FinishPull) {
                continue;  // the pod went meanwhile
            }
            record->containers.edit()[puller.container].due = agenda.now();
            arm(*record, agenda.now());
        }
    }
    wake_pullers(node);
}

std::int64_t Kubelets::State::bytes_of_images(const NodeRecord& node) const {
    std::int64_t bytes = 0;
    for (const auto& image : node.images) {
        bytes =
            add_amount(bytes, image->present_at <= agenda.now() ? size_of_image(image->image) : 0);
    }
    return bytes;
}

// Returns the numbers of the images that containers of the node have, in order.
std::vector<std::uint32_t> Kubelets::State::images_in_use(const NodeRecord& node) {
    std::vector<std::uint32_t> numbers;
    for (const PodRecord& record : pods) {
        if (!record.is_taken() || record.node != node.number - 1 ||
            record.stage == Stage::Removed || record.stage == Stage::Finished) {
            continue;
        }
        if (const auto pod = registry.store().get<Pod>(record.key)) {
            for (std::size_t i = 0; i < record.containers->size(); ++i) {
                numbers.push_back(number_of_image(container_at(*pod->spec.body, i).image));
            }
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

// Takes away images that no container uses, those first that were used longest ago, until so many
// bytes are free. Images that came later than `age_least` ago stay. Returns what became free.
std::int64_t Kubelets::State::free_images(NodeRecord& node, std::int64_t bytes,
                                          Duration age_least) {
    const TimePoint now = agenda.now();
    const std::vector<std::uint32_t> in_use = images_in_use(node);
    for (api::Shared<NodeImage>& image : node.images) {
        if (std::ranges::binary_search(in_use, image->image)) {
            image.edit().used_at = now;
        }
    }
    std::ranges::stable_sort(node.images, [](const auto& left, const auto& right) {
        return std::tuple{left->used_at, left->present_at} <
               std::tuple{right->used_at, right->present_at};
    });
    std::int64_t freed = 0;
    std::erase_if(node.images, [&](const api::Shared<NodeImage>& image) {
        const bool may_go = freed < bytes && image->present_at <= now &&
                            now - image->present_at >= age_least &&
                            !std::ranges::binary_search(in_use, image->image);
        freed = add_amount(freed, may_go ? size_of_image(image->image) : 0);
        return may_go;
    });
    if (freed > 0) {
        images_changed(node);
    }
    return freed;
}

// Asks for a look at the images of a node, by which its status then lists them.
void Kubelets::State::images_changed(NodeRecord& node) {
    if (options.image_source == nullptr || node.images_listed_at > agenda.now()) {
        return;
    }
    const auto looks = (agenda.now() - node.joined_at) / image_listing_interval;
    node.images_listed_at = node.joined_at + (looks + 1) * image_listing_interval;
    agenda.add(node.images_listed_at,
               {.owner = Ticket::Owner::Images, .slot = node.number - 1, .serial = node.serial});
}

// The kubelet's `Images`: the largest first.
void Kubelets::State::list_images(const NodeRecord& node) {
    const auto object = registry.store().get<Node>(store::Key{{}, node.name});
    if (!object) {
        return;
    }
    std::vector<api::corev1::ContainerImage> listed;
    for (const auto& image : node.images) {
        if (image->present_at <= agenda.now()) {
            listed.push_back(
                {.names = image_names[image->image], .sizeBytes = size_of_image(image->image)});
            listed.back().names.resize(std::min(listed.back().names.size(), names_per_image_max));
        }
    }
    std::ranges::sort(listed, [](const auto& left, const auto& right) {
        return std::tie(right.sizeBytes, left.names) < std::tie(left.sizeBytes, right.names);
    });
    if (options.status_images_max >= 0) {
        listed.resize(std::min(listed.size(), static_cast<std::size_t>(options.status_images_max)));
    }
    if (listed != object->status.images) {
        Node next = *object;
        next.status.images = std::move(listed);
        beat(next, api::Time{registry.clock().wall()}, health_of(node));
        static_cast<void>(registry.update_status(std::move(next)));
    }
}

std::int64_t ImageSource::size(const std::string& /*image*/) const {
    return image_size_default;
}

}  // namespace wavetank::node
