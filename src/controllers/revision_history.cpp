#include "controllers/revision_history.hpp"

#include "controllers/replica_sets.hpp"

#include <wavetank/codec/json.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace wavetank::controllers {

using api::appsv1::ControllerRevision;
using api::corev1::PodTemplateSpec;

boost::json::value revision_data(const PodTemplateSpec& pod_template) {
    boost::json::value encoded = codec::to_json(pod_template);
    encoded.as_object()["$patch"] = "replace";
    return {{"spec", boost::json::object{{"template", std::move(encoded)}}}};
}

std::int64_t next_revision_number(const std::vector<RevisionPointer>& revisions) {
    return revisions.empty() ? 1 : revisions.back()->revision + 1;
}

RevisionHistory::RevisionHistory(registry::Registry& registry)
    : registry_(registry),
      watch_(registry.store().watch<ControllerRevision>([this](const auto& event) {
          if (event.type == store::EventType::Deleted) {
              templates_.erase(event.object->metadata.uid);
          }
      })) {}

std::vector<RevisionPointer> RevisionHistory::list(const api::metav1::ObjectMeta& owner,
                                                   const api::Selector& selector) const {
    auto revisions = registry_.store().list<ControllerRevision>(owner.namespace_);
    std::erase_if(revisions, [&](const RevisionPointer& revision) {
        const auto* controller = controller_of(revision->metadata);
        return (controller != nullptr && controller->uid != owner.uid) ||
               !selector.matches(*revision->metadata.labels);
    });
    std::ranges::sort(revisions, [](const RevisionPointer& left, const RevisionPointer& right) {
        return std::tie(left->revision, left->metadata.creationTimestamp, left->metadata.name) <
               std::tie(right->revision, right->metadata.creationTimestamp, right->metadata.name);
    });
    return revisions;
}

Result<RevisionPointer> RevisionHistory::create(const RevisionSeed& seed,
                                                std::int32_t& collisions) {
    constexpr std::size_t prefix_length_max = 223;
    while (true) {
        const std::string hash = template_hash(seed.pod_template, collisions);
        ControllerRevision revision{.data = seed.data, .revision = seed.number};
        revision.metadata.name = seed.metadata.name.substr(0, prefix_length_max) + "-" + hash;
        revision.metadata.namespace_ = seed.metadata.namespace_;
        revision.metadata.labels = seed.pod_template.metadata.labels;
        revision.metadata.labels.edit()[seed.hash_label] = hash;
        revision.metadata.annotations = seed.metadata.annotations;
        revision.metadata.ownerReferences = std::vector{seed.owner};
        const store::Key key = store::key_of(revision);
        auto created = registry_.create(std::move(revision));
        if (created || created.error().reason != Reason::AlreadyExists) {
            return created;
        }
        auto present = registry_.store().get<ControllerRevision>(key);
        if (present != nullptr && present->data == seed.data) {
            return present;
        }
        ++collisions;
    }
}

Result<RevisionPointer> RevisionHistory::renumber(const RevisionPointer& revision,
                                                  std::int64_t number) {
    if (revision->revision == number) {
        return revision;
    }
    ControllerRevision changed = *revision;
    changed.revision = number;
    return registry_.update(std::move(changed));
}

Result<> RevisionHistory::remove(const RevisionPointer& revision) {
    const auto removed = registry_.remove<ControllerRevision>(store::key_of(*revision));
    if (removed || removed.error().reason == Reason::NotFound) {
        return {};
    }
    return removed.error();
}

const PodTemplateSpec& RevisionHistory::template_of(const ControllerRevision& revision) {
    const auto [entry, fresh] = templates_.try_emplace(revision.metadata.uid);
    if (fresh) {
        const auto* kept =
            revision.data.is_object() ? revision.data.as_object().if_contains("spec") : nullptr;
        const auto* spec = kept == nullptr ? nullptr : kept->if_object();
        const auto* encoded = spec == nullptr ? nullptr : spec->if_contains("template");
        if (encoded != nullptr && encoded->is_object()) {
            boost::json::object fields = encoded->get_object();
            fields.erase("$patch");
            auto decoded = codec::from_json<PodTemplateSpec>(boost::json::value(std::move(fields)),
                                                             codec::Mode::Lenient);
            if (decoded) {
                entry->second = std::move(*decoded);
            }
        }
    }
    return entry->second;
}

}  // namespace wavetank::controllers
