#include <wavetank/scheduler/plugin_registry.hpp>

#include <utility>

namespace wavetank::scheduler {

void PluginRegistry::add(std::string name, Factory factory) {
    factories_.insert_or_assign(std::move(name), std::move(factory));
}

bool PluginRegistry::contains(std::string_view name) const {
    return factories_.find(name) != factories_.end();
}

Result<std::unique_ptr<Plugin>> PluginRegistry::make(std::string_view name,
                                                     const boost::json::object& args,
                                                     const PluginContext& context) const {
    const auto factory = factories_.find(name);
    if (factory == factories_.end()) {
        return Error{.reason = Reason::Invalid,
                     .message = "plugin \"" + std::string{name} + "\" does not exist"};
    }
    return factory->second(args, context);
}

}  // namespace wavetank::scheduler
