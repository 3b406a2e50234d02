#pragma once

/// \file
/// The world in which one workload and its controllers are watched step by step.
///
/// The clock moves in whole seconds; all that is due in a second comes to rest within it.

#include "fidelity/fidelity.hpp"

#include <wavetank/controllers/controller_manager.hpp>
#include <wavetank/registry/registry.hpp>
#include <wavetank/runtime/virtual_runtime.hpp>
#include <wavetank/store/store.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wavetank::fidelity {

/// Returns a number, or nothing if the member is absent or null.
[[nodiscard]] std::optional<std::int32_t> optional_number(const boost::json::object& object,
                                                          std::string_view member);
[[nodiscard]] std::int64_t number_of(const boost::json::object& object, std::string_view member,
                                     std::int64_t absent = 0);
[[nodiscard]] std::string text_of(const boost::json::object& object, std::string_view member);
/// Returns the text "25%" or the number that a text or a number holds.
[[nodiscard]] std::optional<api::IntOrString> bound_of(const boost::json::object& object,
                                                       std::string_view member);
[[nodiscard]] boost::json::value json_of(const std::optional<std::int32_t>& number);

/// One cluster with some of the controllers.
class StepwiseWorld {
public:
    using Pod = api::corev1::Pod;
    using PodPointer = api::Pointer<const Pod>;

    /// The wall clock begins `start` after the epoch. What is due within `slack` of a whole second
    /// belongs to it: without any, what is done by `do_now` happens at the second itself.
    explicit StepwiseWorld(std::initializer_list<std::string_view> controllers,
                           Duration slack = std::chrono::milliseconds{900}, Duration start = {});

    [[nodiscard]] store::Store& store() {
        return store_;
    }
    [[nodiscard]] registry::Registry& registry() {
        return registry_;
    }
    [[nodiscard]] runtime::VirtualRuntime& runtime() {
        return runtime_;
    }
    [[nodiscard]] std::int64_t seconds() const {
        return seconds_;
    }

    /// Lets everything come to rest that is due in this second, retries of failed writes included.
    void settle();
    /// Does `what` as soon as everything else of this moment is done.
    void do_now(std::function<void()> what);
    /// Moves the clock one second, lets what falls due then happen, and then does `what`.
    void advance_to_next(std::function<void()> what);
    /// Moves the clock so many seconds, one by one.
    void advance(std::int64_t seconds);

    /// Sets phase and readiness, as a kubelet does.
    void set_phase(const Pod& pod, const std::string& phase, bool ready);
    void remove(const Pod& pod);
    /// Takes a pod that is being deleted away.
    void vanish(const Pod& pod);

    /// Sorts "template@number" as the recorder did: shorter ones first.
    [[nodiscard]] static std::vector<std::string> sorted_revisions(std::vector<std::string> shown);

    /// Returns "Ready" for a pod that runs and is ready, else its phase.
    [[nodiscard]] static std::string shown_phase(const Pod& pod);

    /// Returns the pods in order of their creation.
    [[nodiscard]] std::vector<PodPointer> pods() const;
    /// Returns how manieth a pod was created.
    [[nodiscard]] std::size_t number(const Pod& pod) const {
        return order_.at(pod.metadata.name);
    }

    /// Returns the texts of the events since the last call, counted: "Normal Reason message x2".
    /// `shown` says what is written for a text.
    [[nodiscard]] boost::json::array take_events(
        const std::function<std::string(std::string)>& shown = {});
    /// The same without the messages: "Normal Reason x2".
    [[nodiscard]] boost::json::array take_events_by_reason();

    template <class T, class Change>
    void change(const store::Key& key, Change what) {
        T object = *store_.get<T>(key);
        what(object);
        static_cast<void>(registry_.update(std::move(object)).value());
    }

private:
    static controllers::ControllerRegistry only(std::initializer_list<std::string_view> names);

    runtime::VirtualRuntime runtime_;
    store::Store store_;
    registry::Registry registry_;
    controllers::ControllerManager manager_;
    store::Subscription events_watch_;
    store::Subscription pods_watch_;
    Duration slack_;
    std::map<std::string, int> events_;
    std::map<std::string, std::size_t> order_;  // pods: name to number
    std::int64_t seconds_ = 0;
};

/// Takes a walk through the steps of a case and compares each state.
template <class Walk>
[[nodiscard]] Outcome replay_steps(const Case& test_case, Walk& walk) {
    std::size_t number = 0;
    for (const boost::json::value& step : test_case.at("steps").as_array()) {
        const auto& op = step.as_object().at("op").as_object();
        const boost::json::object state = walk.step(op);
        const std::string path =
            "steps[" + std::to_string(number++) + "] " + boost::json::serialize(op);
        if (auto found = difference(step.as_object().at("state"), state, path)) {
            return failed(std::move(*found));
        }
    }
    return passed();
}

}  // namespace wavetank::fidelity
