#include <wavetank/controllers/controller_manager.hpp>

#include <algorithm>
#include <utility>

namespace wavetank::controllers {

void ControllerRegistry::add(ControllerInfo info) {
    const auto same = std::ranges::find(entries_, info.name, &ControllerInfo::name);
    if (same != entries_.end()) {
        *same = std::move(info);
    } else {
        entries_.push_back(std::move(info));
    }
}

void ControllerRegistry::remove(const std::string& name) {
    std::erase_if(entries_, [&](const ControllerInfo& info) { return info.name == name; });
}

// The reconciler goes before its queue, which it borrows; both on the strand, so no key comes
// between.
struct ControllerManager::Controller {
    Controller(registry::Registry& registry, runtime::Executor& executor,
               const ControllerInfo& info, const ControllerManagerOptions& options)
        : events(registry, info.component, options.events),
          queue(executor, [this](const store::Key& key) { return reconcile(key); },
                {.turn = info.turn,
                 .backoff = info.backoff,
                 .notice = options.timing.notice,
                 .requests = options.timing.client}),
          store(registry.store()),
          reconciler(info.make(ControllerContext{registry, queue, events})) {}

    // Each version of the store is a write.
    store::WorkQueue::Outcome reconcile(const store::Key& key) {
        const std::uint64_t before = store.version();
        const auto outcome = reconciler->reconcile(key);
        queue.charge(store.version() - before);
        return outcome;
    }

    EventRecorder events;
    store::WorkQueue queue;
    store::Store& store;
    std::unique_ptr<Reconciler> reconciler;
};

ControllerManager::ControllerManager(registry::Registry& registry, runtime::Executor& executor,
                                     ControllerManagerOptions options) {
    for (const ControllerInfo& info : options.controllers.entries()) {
        controllers_.push_back(std::make_unique<Controller>(registry, executor, info, options));
    }
}

ControllerManager::~ControllerManager() = default;

bool ControllerManager::idle() const {
    return std::ranges::all_of(controllers_,
                               [](const auto& controller) { return controller->queue.idle(); });
}

}  // namespace wavetank::controllers
