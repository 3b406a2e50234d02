#pragma once

/// \file
/// A `Random` whose draws a test writes down.

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace wavetank::test {

/// The list that a `ScriptedRandom` deals from.
class DrawList : public Random::Script {
protected:
    explicit DrawList(std::vector<std::uint64_t> draws) : draws_{std::move(draws)} {}

    ~DrawList() {
        EXPECT_EQ(dealt_, draws_.size()) << "draws left over";
    }

private:
    std::uint64_t next() override {
        ADD_FAILURE() << "drew random bits, but only draws of below() are scripted";
        return 0;
    }

    std::uint64_t below(std::uint64_t bound) override {
        if (dealt_ == draws_.size()) {
            ADD_FAILURE() << "drew below " << bound << " after all " << dealt_ << " scripted draws";
            return 0;
        }
        const std::uint64_t draw = draws_[dealt_++];
        EXPECT_LT(draw, bound) << "draw " << dealt_ << " is out of range";
        return draw < bound ? draw : 0;
    }

    std::vector<std::uint64_t> draws_;
    std::size_t dealt_ = 0;
};

/// Deals the given draws of `below` in order. Fails the test on a draw too many, a draw that is
/// not below its bound, a draw other than `below`, and, when it goes, on draws left over.
class ScriptedRandom : private DrawList, public Random {
public:
    ScriptedRandom(std::initializer_list<std::uint64_t> draws)
        : DrawList{draws}, Random{static_cast<Random::Script&>(*this)} {}

    ScriptedRandom(const ScriptedRandom&) = delete;
    ScriptedRandom& operator=(const ScriptedRandom&) = delete;

    using Random::below;
    using Random::next;
};

}  // namespace wavetank::test
