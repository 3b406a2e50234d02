#pragma once

/// \file
/// What kube-apiserver does with a request before and after storage, without any transport.
///
/// There are two doors and one set of rules. Controllers, the scheduler and the kubelets use the
/// typed one (`create`, `update`, ...); manifests, kubectl and tests use `handle`, which takes and
/// gives JSON. Both default, admit and validate in the same place, so a rule exists once.

#include <wavetank/api/kinds.hpp>
#include <wavetank/api/pointer.hpp>
#include <wavetank/base/random.hpp>
#include <wavetank/base/result.hpp>
#include <wavetank/registry/request.hpp>
#include <wavetank/runtime/clock.hpp>
#include <wavetank/store/store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wavetank::registry {

/// How the dependents of a deleted object go.
enum class Propagation : std::uint8_t { Background, Foreground, Orphan };

struct DeleteOptions {
    std::optional<std::int64_t> grace_period_seconds;  ///< default: the object's own
    std::optional<Propagation> propagation;            ///< default: Background
    std::string uid;                                   ///< precondition; empty: none
    std::string resource_version;                      ///< precondition; empty: none
};

/// The cluster's API. All errors are those of kube-apiserver, in its words.
///
/// Lifetime: `store` and `clock` must outlive it.
/// Determinism: UIDs and generated names come from `random` alone.
class Registry {
public:
    Registry(store::Store& store, const runtime::Clock& clock, Random random);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// Defaults, admits, validates and stores a new object.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> create(T object);

    /// Replaces metadata and spec; status stays. generation rises when the spec changes.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> update(T object);

    /// Replaces status; the spec stays.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> update_status(T object);

    /// Deletes an object: at once, or by setting its deletion time when finalizers, dependents
    /// (Foreground) or a running pod's grace period hold it. Returns the last state.
    template <class T>
    [[nodiscard]] Result<api::Pointer<const T>> remove(const store::Key& key,
                                                       const DeleteOptions& options = {});

    /// Assigns a pod to a node, as the `binding` subresource does.
    [[nodiscard]] Result<api::Pointer<const api::corev1::Pod>> bind(const store::Key& pod,
                                                                    const std::string& node);

    /// Creates the objects of a manifest, or replaces those that exist by name, in the given order:
    /// all of them, or none if any is refused. Objects of namespaced kinds that do not say their
    /// namespace go to "default"; lists are taken apart.
    /// Returns every refusal, with the object as its subject; none means applied.
    [[nodiscard]] std::vector<Error> apply(std::span<const boost::json::object> objects);

    /// Takes the finalizers off a Namespace's spec, as its `finalize` subresource does. One that is
    /// being deleted goes with the last of them.
    [[nodiscard]] Result<api::Pointer<const api::corev1::Namespace>> finalize(
        const std::string& name);

    /// Answers one request; never throws, whatever the body is.
    [[nodiscard]] ApiResponse handle(const ApiRequest& request);

    [[nodiscard]] store::Store& store();
    [[nodiscard]] const runtime::Clock& clock();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace wavetank::registry
