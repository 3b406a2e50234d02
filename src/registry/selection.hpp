#pragma once

/// \file
/// Which objects does a list request want, and how many at once?

#include "registry/route.hpp"

#include <wavetank/api/field_selector.hpp>
#include <wavetank/api/kinds.hpp>
#include <wavetank/api/selector.hpp>
#include <wavetank/store/key.hpp>

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace wavetank::registry {

using FieldMap = std::map<std::string, std::string>;

/// Adds the fields by which objects of a kind can be selected beyond name and namespace.
template <class T>
void add_selectable_fields(FieldMap& /*fields*/, const T& /*object*/) {}
void add_selectable_fields(FieldMap& fields, const api::corev1::Pod& pod);
void add_selectable_fields(FieldMap& fields, const api::corev1::Node& node);
void add_selectable_fields(FieldMap& fields, const api::corev1::Namespace& object);
void add_selectable_fields(FieldMap& fields, const api::corev1::Event& event);

/// What labelSelector, fieldSelector, limit and continue say.
class Selection {
public:
    /// Errors: `BadRequest`, for a selector that cannot be read or a field that the kind does not
    /// offer.
    [[nodiscard]] static Result<Selection> from(const Route& route);

    template <class T>
    [[nodiscard]] bool matches(const T& object) const {
        if (!labels_.matches(*object.metadata.labels)) {
            return false;
        }
        if (fields_.empty()) {
            return true;
        }
        FieldMap fields{{"metadata.name", object.metadata.name},
                        {"metadata.namespace", object.metadata.namespace_}};
        add_selectable_fields(fields, object);
        return fields_.matches(fields);
    }

    [[nodiscard]] std::size_t limit() const {
        return limit_;
    }
    [[nodiscard]] const store::Key& after() const {
        return after_;
    }

private:
    api::Selector labels_;
    api::FieldSelector fields_;
    std::size_t limit_ = 0;  ///< 0: no limit
    store::Key after_;       ///< list what comes after it; empty: from the start
};

/// A part of a list, as far as the limit goes.
class ListPage {
public:
    ListPage(const Selection& selection, std::uint64_t version)
        : selection_{selection}, version_{version} {}

    /// Takes the next object in order, unless an earlier page had it. Returns false when the page
    /// is full; then the object is left for the next one.
    template <class Encode>
    [[nodiscard]] bool add(const store::Key& key, Encode encode) {
        if (key <= selection_.after()) {
            return true;
        }
        if (selection_.limit() != 0 && items_.size() >= selection_.limit()) {
            more_ = true;
            return false;
        }
        take(key, encode());
        return true;
    }

    [[nodiscard]] boost::json::object body(const api::KindInfo& kind);

private:
    void take(const store::Key& key, boost::json::value object);

    const Selection& selection_;
    std::uint64_t version_;
    boost::json::array items_;
    store::Key last_;
    bool more_ = false;
};

}  // namespace wavetank::registry
