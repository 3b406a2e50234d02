#include "scheduler/kind_table.hpp"

#include <wavetank/base/random.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wavetank::scheduler {
namespace {

// Nodes with their kinds and totals, as a table has them and as a list.
struct Nodes {
    explicit Nodes(std::size_t count) : kinds(count), totals(count) {
        table.reset(count, 1);
        for (std::size_t at = 0; at < count; ++at) {
            set_kind(at, 0);
        }
    }

    void set_kind(std::size_t at, std::int32_t kind) {
        kinds[at] = kind;
        table.set_kind(at, std::array{kind});
    }
    void set_total(std::size_t at, std::int16_t total) {
        totals[at] = total;
        table.set_total(at, total);
    }

    KindTable table;
    std::vector<std::int32_t> kinds;
    std::vector<std::int16_t> totals;
};

// What one kind in three does not do for, and what others add.
bool passes(std::int32_t kind, bool filters) {
    return !filters || kind % 3 != 1;
}
std::int32_t bonus_of(std::int32_t kind) {
    return kind * 2 % 5;
}

struct Found {
    ClassChoice choice;
    std::vector<std::size_t> ties;  // positions, in the order of the search
};

Found search_one_by_one(const Nodes& nodes, const SearchRange& range, bool filters) {
    Found found;
    const std::size_t count = nodes.totals.size();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = (range.start + i) % count;
        if (nodes.totals[at] > 0 && passes(nodes.kinds[at], filters)) {
            if (found.choice.feasible == range.wanted) {
                break;
            }
            ++found.choice.feasible;
            const std::int32_t total = nodes.totals[at] + bonus_of(nodes.kinds[at]);
            if (total > found.choice.best) {
                found.choice.best = total;
                found.ties.clear();
            }
            if (total == found.choice.best) {
                found.ties.push_back(at);
            }
        }
        ++found.choice.processed;
    }
    found.choice.ties = found.ties.size();
    return found;
}

void expect_as_one_by_one(Nodes& nodes, const SearchRange& range, bool filters) {
    KindTable& table = nodes.table;
    std::vector<std::uint8_t> passing;
    std::vector<std::int32_t> bonuses;
    for (std::size_t kind = 0; kind < table.kinds(); ++kind) {
        const std::int32_t feature = table.features_of(kind).front();
        passing.push_back(passes(feature, filters) ? 1 : 0);
        bonuses.push_back(bonus_of(feature));
    }
    const KindTable::Search search{.range = range, .passes = passing, .bonuses = bonuses};
    std::vector<std::size_t> feasible(table.kinds());

    const ClassChoice counted = table.count(search, feasible);
    const ClassChoice choice = table.choose(search, counted);

    const Found expected = search_one_by_one(nodes, range, filters);
    ASSERT_EQ(choice.best, expected.choice.best);
    ASSERT_EQ(choice.feasible, expected.choice.feasible);
    ASSERT_EQ(choice.processed, expected.choice.processed);
    ASSERT_EQ(choice.ties, expected.choice.ties);
    for (std::size_t i = 0; i < expected.ties.size(); ++i) {
        ASSERT_EQ(table.tie_at(search, choice, i), expected.ties[i]);
        ASSERT_TRUE(table.wins(expected.ties[i]));
    }
    std::size_t sum = 0;
    for (const std::size_t nodes_of_kind : feasible) {
        sum += nodes_of_kind;
    }
    ASSERT_EQ(sum, choice.feasible);
}

// Tells the whole table at once what it knew node by node.
void start_anew(Nodes& nodes) {
    const KindLayout layout = nodes.table.layout();
    nodes.table.reset(layout);
    nodes.table.set_totals(nodes.totals);
}

// Few kinds are counted side by side, many one node after the other.
TEST(KindTable, FindsWhatASearchOfOneNodeAfterTheOtherFinds) {
    Random random{1};
    const auto below = [&](std::size_t bound) {
        return static_cast<std::size_t>(random.below(bound));
    };
    for (int round = 0; round < 200; ++round) {
        Nodes nodes{1 + below(1500)};
        const std::size_t count = nodes.totals.size();
        const std::size_t kinds = 1 + below(12);
        for (std::size_t at = 0; at < count; ++at) {
            nodes.set_kind(at, static_cast<std::int32_t>(below(kinds)));
            nodes.set_total(at, static_cast<std::int16_t>(below(5)));
        }
        for (int step = 0; step < 20; ++step) {
            if (step == round % 40) {
                start_anew(nodes);
            }
            nodes.set_kind(below(count), static_cast<std::int32_t>(below(kinds)));
            nodes.set_total(below(count), static_cast<std::int16_t>(below(5)));
            const std::size_t wanted = step % 4 == 0 ? count : 1 + below(count);
            expect_as_one_by_one(nodes, {.start = below(count), .wanted = wanted}, step % 2 == 0);
        }
    }
}

}  // namespace
}  // namespace wavetank::scheduler
