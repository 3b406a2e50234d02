#pragma once

/// \file
/// Which plugins exist, by name, and how one is made.

#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/scheduler/framework.hpp>

#include <boost/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace wavetank::store {
class Store;
}

namespace wavetank::runtime {
class Clock;
}

namespace wavetank::scheduler {

class Preemptor;

/// Writes to the cluster what plugins decide.
class PodBinder {
public:
    virtual ~PodBinder() = default;

    [[nodiscard]] virtual Result<void> bind(const api::corev1::Pod& pod,
                                            const std::string& node) = 0;
};

/// What a plugin may use. Lifetime: longer than the plugin's. Null: not there.
struct PluginContext {
    const Snapshot* snapshot = nullptr;
    store::Store* store = nullptr;  ///< for what the snapshot does not have: Services, ...
    PodBinder* binder = nullptr;
    Preemptor* preemptor = nullptr;
    const runtime::Clock* clock = nullptr;
    const Random* random = nullptr;  ///< a plugin forks its stream by its name, when it is made
};

/// The plugins that profiles can name: a value, to which users add their own.
class PluginRegistry {
public:
    /// Makes a plugin from the `args` of its `pluginConfig`; empty if there are none.
    using Factory = std::function<Result<std::unique_ptr<Plugin>>(const boost::json::object& args,
                                                                  const PluginContext& context)>;

    /// Returns kube-scheduler's own plugins, as far as they are modelled.
    [[nodiscard]] static PluginRegistry defaults();

    /// Adds a plugin, in place of one of the same name.
    void add(std::string name, Factory factory);

    [[nodiscard]] bool contains(std::string_view name) const;

    /// Errors: `Invalid` if there is no plugin of that name, or it does not take the arguments.
    [[nodiscard]] Result<std::unique_ptr<Plugin>> make(std::string_view name,
                                                       const boost::json::object& args,
                                                       const PluginContext& context) const;

private:
    std::map<std::string, Factory, std::less<>> factories_;
};

}  // namespace wavetank::scheduler
