#pragma once

/// \file
/// Empties a Namespace that is being deleted, and then lets it go (upstream's
/// `pkg/controller/namespace`): pods first, all else once they are gone.

#include "controllers/objects.hpp"

#include <wavetank/controllers/reconciler.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace wavetank::controllers {

class NamespaceController final : public Reconciler {
public:
    explicit NamespaceController(const ControllerContext& context);

    Outcome reconcile(const store::Key& key) override;

private:
    enum class Phase : std::uint8_t { Failed, Waiting, Empty };

    void on_namespace(const store::WatchEvent<api::corev1::Namespace>& event);
    void on_event(const MetadataEvent& event);
    Phase empty(const std::string& name);
    Result<> remove_events(const std::string& name);

    ControllerContext context_;
    std::set<std::string> terminating_;
    store::Subscription namespaces_;
    std::optional<Objects> objects_;  // while namespaces are terminating
};

}  // namespace wavetank::controllers
