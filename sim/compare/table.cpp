#include "sim/compare/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <utility>

namespace wavetank::sim {
namespace {

namespace json = boost::json;

/// How a figure is shown.
struct Column {
    const char* title;
    double RunFigures::*member;
    enum class Form : std::uint8_t { Time, Percent, Count } form;
};

constexpr std::array<Column, 5> columns{
    {{"p50", &RunFigures::p50, Column::Form::Time},
     {"p99", &RunFigures::p99, Column::Form::Time},
     {"errors", &RunFigures::errors, Column::Form::Percent},
     {"scalings", &RunFigures::scalings, Column::Form::Count},
     {"replica-h", &RunFigures::replica_hours, Column::Form::Count}}};

std::vector<double> values_of(const VariantRuns& variant, double RunFigures::*member) {
    std::vector<double> values;
    for (const RunFigures& run : variant.runs) {
        values.push_back(run.*member);
    }
    return values;
}

/// The differences to another variant under the same seed.
std::vector<double> differences(const VariantRuns& variant, const VariantRuns& other,
                                double RunFigures::*member) {
    std::vector<double> values;
    for (std::size_t i = 0; i < variant.runs.size(); ++i) {
        values.push_back(variant.runs[i].*member - other.runs[i].*member);
    }
    return values;
}

/// Writes a number with so many significant digits, never with an exponent.
std::string plain(double value, int digits) {
    int decimals = digits - 1;
    for (double rest = std::abs(value); rest >= 10 && decimals > 0; rest /= 10) {
        --decimals;
    }
    constexpr int decimals_max = 9;
    for (double rest = std::abs(value); rest > 0 && rest < 1 && decimals < decimals_max;
         rest *= 10) {
        ++decimals;
    }
    std::string text = fmt::format("{:.{}f}", value, decimals);
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        text.erase(text.find_last_not_of('.') + 1);
    }
    return text;
}

std::string number(double value, Column::Form form, int digits = 3) {
    switch (form) {
        case Column::Form::Time:
            return std::abs(value) >= 1 ? plain(value, digits) + "s"
                                        : plain(value * 1000, digits) + "ms";
        case Column::Form::Percent:
            return plain(value * 100, digits) + "%";
        case Column::Form::Count:
            return plain(value, digits);
    }
    return {};
}

/// A difference with its sign.
std::string difference_text(const Estimate& difference, Column::Form form) {
    if (difference.mean == 0 && difference.margin == 0) {
        return "=";
    }
    return (difference.mean >= 0 ? "+" : "") + number(difference.mean, form);
}

/// By how much it may be off, and whether chance alone could have made it.
std::string margin_text(const Estimate& difference, Column::Form form) {
    if (difference.mean == 0 && difference.margin == 0) {
        return "";
    }
    const bool certain = std::abs(difference.mean) > difference.margin;
    // What only the last bits of sums make is nothing.
    const bool is_rounding = difference.margin < std::abs(difference.mean) * 1e-9;
    return (certain ? "±" : "? ±") + number(is_rounding ? 0 : difference.margin, form, 2);
}

/// Counts characters, not bytes, of UTF-8.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void print_rows(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string fill(widths[i] - width_of(row[i]), ' ');
            line += i == 0 ? row[i] + fill : "  " + fill + row[i];
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
}

std::vector<std::string> titles(const std::string& first) {
    std::vector<std::string> row{first};
    for (const Column& column : columns) {
        row.emplace_back(column.title);
    }
    return row;
}

}  // namespace

void print(std::ostream& out, const Comparison& comparison) {
    if (comparison.variants.empty() || comparison.variants.front().runs.empty()) {
        out << "no run was finished\n";
        return;
    }
    const VariantRuns& first = comparison.variants.front();
    const std::size_t runs = first.runs.size();
    out << fmt::format("{} variants, {} {} each{}\n\n", comparison.variants.size(), runs,
                       runs == 1 ? "run" : "runs", comparison.interrupted ? " (interrupted)" : "");
    std::vector<std::vector<std::string>> rows{titles("mean")};
    for (const VariantRuns& variant : comparison.variants) {
        auto& row = rows.emplace_back();
        row.push_back(variant.name);
        for (const Column& column : columns) {
            row.push_back(number(estimate(values_of(variant, column.member)).mean, column.form));
        }
    }
    print_rows(out, rows);
    if (comparison.variants.size() < 2) {
        return;
    }
    rows = {titles("against " + first.name)};
    for (std::size_t i = 1; i < comparison.variants.size(); ++i) {
        const VariantRuns& variant = comparison.variants[i];
        std::vector<std::string> means{variant.name};
        std::vector<std::string> margins{""};
        for (const Column& column : columns) {
            const Estimate difference = estimate(differences(variant, first, column.member));
            means.push_back(difference_text(difference, column.form));
            margins.push_back(margin_text(difference, column.form));
        }
        rows.push_back(std::move(means));
        if (runs > 1) {
            rows.push_back(std::move(margins));
        }
    }
    out << '\n';
    print_rows(out, rows);
    if (runs > 1) {
        out << "\n±: 95 % confidence, by pairs of runs of one seed; ?: may be chance\n";
    } else {
        out << "\none run each: nothing is known of chance\n";
    }
}

json::object to_json(const Comparison& comparison) {
    const auto shown = [](const Estimate& value) {
        return json::object{{"mean", value.mean}, {"margin95", value.margin}};
    };
    json::array variants;
    for (const VariantRuns& variant : comparison.variants) {
        json::object means;
        json::object against;
        for (const FigureInfo& info : figure_infos) {
            means[info.name] = shown(estimate(values_of(variant, info.member)));
            against[info.name] =
                shown(estimate(differences(variant, comparison.variants.front(), info.member)));
        }
        json::array runs;
        for (std::size_t i = 0; i < variant.runs.size(); ++i) {
            json::object run = to_json(variant.runs[i]);
            run["seed"] = comparison.seed_first + i;
            runs.push_back(std::move(run));
        }
        variants.push_back(json::object{{"name", variant.name},
                                        {"means", std::move(means)},
                                        {"differences", std::move(against)},
                                        {"runs", std::move(runs)}});
    }
    return {{"interrupted", comparison.interrupted}, {"variants", std::move(variants)}};
}

}  // namespace wavetank::sim
