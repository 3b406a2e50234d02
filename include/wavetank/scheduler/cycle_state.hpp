#pragma once

/// \file
/// What plugins remember from one extension point to the next, within one pod's cycle.

#include <memory>
#include <utility>
#include <vector>

namespace wavetank::scheduler {

/// Holds at most one value a type: a plugin makes a type of its own for each thing it remembers.
///
/// Cost: a look-up compares a handful of pointers.
class CycleState {
public:
    CycleState() = default;
    CycleState(CycleState&&) = default;
    CycleState& operator=(CycleState&&) = default;

    /// Returns a deep copy, on which pods can be added and removed without harm to the original.
    [[nodiscard]] CycleState clone() const;

    /// Keeps `value`, in place of an earlier one of the same type.
    template <class T>
    void put(T value) {
        auto holder = std::make_unique<Holder<T>>(std::move(value));
        for (Entry& entry : entries_) {
            if (entry.type == &tag<T>) {
                entry.holder = std::move(holder);
                return;
            }
        }
        entries_.push_back({&tag<T>, std::move(holder)});
    }

    /// Returns the value of this type; null if there is none.
    template <class T>
    [[nodiscard]] const T* find() const {
        for (const Entry& entry : entries_) {
            if (entry.type == &tag<T>) {
                return &static_cast<const Holder<T>&>(*entry.holder).value;
            }
        }
        return nullptr;
    }
    template <class T>
    [[nodiscard]] T* find() {
        return const_cast<T*>(std::as_const(*this).template find<T>());
    }

private:
    struct HolderBase {
        virtual ~HolderBase() = default;
        [[nodiscard]] virtual std::unique_ptr<HolderBase> clone() const = 0;
    };
    template <class T>
    struct Holder final : HolderBase {
        explicit Holder(T held) : value(std::move(held)) {}
        [[nodiscard]] std::unique_ptr<HolderBase> clone() const override {
            return std::make_unique<Holder>(value);
        }
        T value;
    };
    struct Entry {
        const char* type;
        std::unique_ptr<HolderBase> holder;
    };

    template <class T>
    static constexpr char tag = 0;

    std::vector<Entry> entries_;
};

inline CycleState CycleState::clone() const {
    CycleState copy;
    copy.entries_.reserve(entries_.size());
    for (const Entry& entry : entries_) {
        copy.entries_.push_back({entry.type, entry.holder->clone()});
    }
    return copy;
}

}  // namespace wavetank::scheduler
