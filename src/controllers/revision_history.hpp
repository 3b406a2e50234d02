#pragma once

/// \file
/// The templates that StatefulSets and DaemonSets had: upstream's `pkg/controller/history`.
///
/// The name of a revision ends in Wavetank's own stable hash of the template (template_hash.cpp),
/// where upstream's ends in one of its JSON text.

#include "controllers/owners.hpp"

#include <wavetank/api/appsv1/controller_revision.hpp>
#include <wavetank/api/corev1/pod.hpp>
#include <wavetank/registry/registry.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace wavetank::controllers {

using RevisionPointer = api::Pointer<const api::appsv1::ControllerRevision>;

/// What a new revision is made of.
struct RevisionSeed {
    api::metav1::OwnerReference owner;
    const api::metav1::ObjectMeta& metadata;  ///< of the owner
    const api::corev1::PodTemplateSpec& pod_template;
    const boost::json::value& data;  ///< of `revision_data`
    std::int64_t number = 1;
    const char* hash_label;  ///< bears the hash
};

/// Returns the patch by which a revision restores a template.
[[nodiscard]] boost::json::value revision_data(const api::corev1::PodTemplateSpec& pod_template);

/// Returns the number after the last of `revisions`, which are in order; 1 for none.
[[nodiscard]] std::int64_t next_revision_number(const std::vector<RevisionPointer>& revisions);

/// All revisions of one simulation. Lifetime: the registry must outlive it.
class RevisionHistory {
public:
    explicit RevisionHistory(registry::Registry& registry);

    /// Returns the revisions that the owner has or may adopt, by number, age and name.
    [[nodiscard]] std::vector<RevisionPointer> list(const api::metav1::ObjectMeta& owner,
                                                    const api::Selector& selector) const;

    /// Stores a revision under the first free name; one with the same data counts as it.
    /// `collisions` grows with each name that another template has. Errors: those of the write.
    [[nodiscard]] Result<RevisionPointer> create(const RevisionSeed& seed,
                                                 std::int32_t& collisions);

    /// Gives a revision another number. Errors: those of the write.
    [[nodiscard]] Result<RevisionPointer> renumber(const RevisionPointer& revision,
                                                   std::int64_t number);

    /// Deletes a revision. Errors: those of the deletion.
    [[nodiscard]] Result<> remove(const RevisionPointer& revision);

    /// Returns the template that a revision restores; decoded once, so that all pods of it share
    /// their parts. Lifetime: until the revision is deleted.
    [[nodiscard]] const api::corev1::PodTemplateSpec& template_of(
        const api::appsv1::ControllerRevision& revision);

private:
    registry::Registry& registry_;
    std::map<std::string, api::corev1::PodTemplateSpec> templates_;  // by UID
    store::Subscription watch_;
};

}  // namespace wavetank::controllers
