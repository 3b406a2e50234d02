#include <wavetank/sim/trace.hpp>

#include <wavetank/base/ascii.hpp>
#include <wavetank/base/assert.hpp>
#include <wavetank/codec/document.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace wavetank::sim {
namespace {

constexpr Duration longest = std::chrono::hours{24 * 365 * 90};
constexpr double rate_max = 1e12;
constexpr std::int64_t second = 1'000'000'000;

struct Sample {
    Duration time{};  // since 1970, or whatever the file counts from
    double rate = 0;
    SourcePosition where;
};

struct Recording {
    bool has_rates = false;
    std::vector<Sample> samples;
};

Error mistake(SourcePosition where, std::string message) {
    return {.reason = Reason::BadRequest, .message = std::move(message), .where = std::move(where)};
}

std::optional<double> number_in(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

// Reads "1435781430.781" without a detour over a double, which keeps no nanoseconds of it.
std::optional<Duration> decimal_seconds(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    constexpr std::size_t digits = 9;
    fraction = fraction.substr(0, std::min(fraction.size(), digits));
    const auto is_digits = [](std::string_view part) {
        return part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (whole.empty() || whole.size() > 10 || !is_digits(whole) ||
        !is_digits(text.substr(std::min(point + 1, text.size())))) {
        return std::nullopt;
    }
    std::int64_t nanoseconds = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        nanoseconds = 10 * nanoseconds + (i < fraction.size() ? fraction[i] - '0' : 0);
    }
    std::int64_t seconds = 0;
    for (const char digit : whole) {
        seconds = 10 * seconds + (digit - '0');
    }
    if (seconds >= std::numeric_limits<std::int64_t>::max() / second) {
        return std::nullopt;
    }
    return Duration{seconds * second + nanoseconds};
}

// A time of a sample: seconds or RFC 3339.
std::optional<Duration> time_in(std::string_view text) {
    if (const auto exact = decimal_seconds(text)) {
        return exact;
    }
    if (const auto number = number_in(text)) {
        if (std::abs(*number) > 9e9) {
            return std::nullopt;
        }
        return Duration{static_cast<Duration::rep>(std::floor(*number * 1e9 + 0.5))};
    }
    if (const auto civil = parse_rfc3339(text)) {
        return civil->time_since_epoch();
    }
    return std::nullopt;
}

// What a field says, without the spaces and quotes around it.
std::string_view field_in(std::string_view text) {
    text = trimmed(text, " \t\r");
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    return text;
}

bool is_word(std::string_view text) {
    return !text.empty() && ((text.front() >= 'a' && text.front() <= 'z') ||
                             (text.front() >= 'A' && text.front() <= 'Z'));
}

// The lines of a CSV file, one after the other.
class CsvReader {
public:
    CsvReader(std::string_view text, const std::string& file) : text_(text), file_(file) {}

    Result<Recording> read() {
        while (next_line()) {
            if (auto wrong = read_line()) {
                return std::move(*wrong);
            }
        }
        return std::move(recording_);
    }

private:
    bool next_line() {
        if (text_.empty()) {
            return false;
        }
        const auto end = std::min(text_.find('\n'), text_.size());
        line_ = text_.substr(0, end);
        text_.remove_prefix(std::min(end + 1, text_.size()));
        ++number_;
        return true;
    }

    std::optional<Error> read_line() {
        if (field_in(line_).empty() || field_in(line_).starts_with('#')) {
            return std::nullopt;
        }
        const auto comma = std::min(line_.find(','), line_.size());
        const std::string_view first = field_in(line_.substr(0, comma));
        const bool has_rate = comma < line_.size();
        const auto time = time_in(first);
        if (!time && columns_ == 0 && is_word(first)) {
            columns_ = has_rate ? 2 : 1;  // a header
            return std::nullopt;
        }
        if (!time) {
            return mistake(at(first), "\"" + std::string{first} +
                                          "\" is no time: seconds or RFC 3339 is expected");
        }
        const int columns = has_rate ? 2 : 1;
        if (columns_ != 0 && columns_ != columns) {
            return mistake(at(first), columns == 2 ? "there is a second column, which lines before "
                                                     "this one do not have"
                                                   : "there is no second column, which lines "
                                                     "before this one have");
        }
        columns_ = columns;
        recording_.has_rates = has_rate;
        Sample sample{.time = *time, .where = at(first)};
        if (has_rate) {
            const std::string_view second_field = field_in(line_.substr(comma + 1));
            const auto rate = number_in(second_field);
            if (!rate) {
                return mistake(at(second_field), "\"" + std::string{second_field} +
                                                     "\" is no rate: a number is expected, "
                                                     "requests a second");
            }
            sample.rate = *rate;
        }
        recording_.samples.push_back(std::move(sample));
        return std::nullopt;
    }

    // Where a part of the line stands.
    [[nodiscard]] SourcePosition at(std::string_view part) const {
        const auto column =
            part.empty() ? line_.size() : static_cast<std::size_t>(part.data() - line_.data());
        return {.file = file_, .line = number_, .column = static_cast<int>(column) + 1};
    }

    std::string_view text_;
    const std::string& file_;
    std::string_view line_;
    int number_ = 0;
    int columns_ = 0;  // 0: not known yet
    Recording recording_;
};

// What Prometheus answers to a range query.
class PrometheusReader {
public:
    explicit PrometheusReader(const std::string& file) : file_(file) {}

    Result<Recording> read(std::string_view text) {
        const auto document = codec::parse_json(text, {.file = file_});
        if (!document) {
            return document.error();
        }
        const codec::Node& root = document->root;
        const codec::Node* const data = member(root, "data");
        const codec::Node* const result = data == nullptr ? nullptr : member(*data, "result");
        if (result == nullptr || result->kind != codec::NodeKind::Sequence) {
            return mistake(at(root),
                           "there is no list at data.result, where Prometheus' answer to "
                           "a range query has its series");
        }
        std::map<Duration, Sample> sums;
        for (const codec::Node& series : result->children) {
            const codec::Node* const values = member(series, "values");
            if (values == nullptr || values->kind != codec::NodeKind::Sequence) {
                return mistake(at(series),
                               "there is no list \"values\" in this series: the answer "
                               "to a range query is expected, a matrix");
            }
            if (auto wrong = add(*values, sums)) {
                return std::move(*wrong);
            }
        }
        Recording recording{.has_rates = true};
        for (auto& [time, sample] : sums) {
            recording.samples.push_back(std::move(sample));
        }
        return recording;
    }

private:
    [[nodiscard]] static const codec::Node* member(const codec::Node& node, std::string_view name) {
        return node.kind == codec::NodeKind::Mapping ? node.find(name) : nullptr;
    }

    [[nodiscard]] SourcePosition at(const codec::Node& node) const {
        return {.file = file_, .line = node.line, .column = node.column};
    }

    std::optional<Error> add(const codec::Node& values, std::map<Duration, Sample>& sums) {
        for (const codec::Node& pair : values.children) {
            if (pair.kind != codec::NodeKind::Sequence || pair.children.size() != 2) {
                return mistake(at(pair), "a pair is expected here, of a time and a value");
            }
            const codec::Node& first = pair.children[0];
            const codec::Node& last = pair.children[1];
            const auto time =
                first.kind == codec::NodeKind::Number ? time_in(first.text) : std::nullopt;
            if (!time) {
                return mistake(at(first), "a time is expected here, a number of seconds");
            }
            const auto rate =
                last.kind == codec::NodeKind::String ? number_in(last.text) : std::nullopt;
            if (!rate) {
                return mistake(at(last), "a number in quotes is expected here, requests a second" +
                                             (last.text.empty() ? "" : ", not " + last.text));
            }
            if (*rate < 0) {
                return mistake(at(last), "a rate must not be negative");
            }
            Sample& sum =
                sums.try_emplace(*time, Sample{.time = *time, .where = at(pair)}).first->second;
            sum.rate += *rate;
        }
        return std::nullopt;
    }

    const std::string& file_;
};

// Says what is wrong with the samples as a whole.
std::optional<Error> check(const Recording& recording, const std::string& file) {
    const auto& samples = recording.samples;
    if (samples.empty() || (recording.has_rates && samples.size() < 2)) {
        return mistake({.file = file, .line = 1, .column = 1},
                       samples.empty() ? "there is no sample"
                                       : "there is one sample only: how long it holds is not said");
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const Sample& sample = samples[i];
        if (sample.rate < 0 || sample.rate > rate_max) {
            return mistake(sample.where, "a rate must be between 0 and 10^12 a second");
        }
        const bool is_late = i == 0 || sample.time > samples[i - 1].time ||
                             (!recording.has_rates && sample.time == samples[i - 1].time);
        if (!is_late) {
            return mistake(sample.where, recording.has_rates
                                             ? "the time must be after the one before it"
                                             : "the time must not be before the one before it");
        }
        // Both are less than 292 years, so that their difference may be more.
        if (static_cast<double>(sample.time.count()) -
                static_cast<double>(samples.front().time.count()) >
            static_cast<double>(longest.count())) {
            return mistake(sample.where, "a recording lasts 90 years at most");
        }
    }
    return std::nullopt;
}

std::optional<Duration> sped_up(Duration time, double speed) {
    if (speed == 1) {
        return time;
    }
    const double nanoseconds = std::floor(static_cast<double>(time.count()) / speed + 0.5);
    if (nanoseconds > static_cast<double>(longest.count())) {
        return std::nullopt;
    }
    return Duration{static_cast<Duration::rep>(nanoseconds)};
}

}  // namespace

Result<Trace> parse_trace(std::string_view text, const std::string& file,
                          const TraceOptions& options) {
    WAVETANK_ASSERT(options.scale >= 0);
    WAVETANK_ASSERT(options.speed > 0);
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    const auto first = text.find_first_not_of(" \t\r\n");
    const bool is_json =
        first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
    const auto recording =
        is_json ? PrometheusReader{file}.read(text) : CsvReader{text, file}.read();
    if (!recording) {
        return recording.error();
    }
    if (auto wrong = check(*recording, file)) {
        return std::move(*wrong);
    }
    const auto& samples = recording->samples;
    if (!recording->has_rates && options.scale != 1) {
        return mistake(samples.front().where,
                       "these are single requests, whose number cannot be scaled");
    }
    Trace trace;
    std::vector<Duration> times;
    for (const Sample& sample : samples) {
        const auto time = sped_up(sample.time - samples.front().time, options.speed);
        if (!time) {
            return mistake(sample.where, "a replay lasts 90 years at most");
        }
        times.push_back(*time);
    }
    if (!recording->has_rates) {
        trace.times = std::move(times);
        return trace;
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const std::size_t from = std::min(i, samples.size() - 2);
        const double rate = samples[i].rate * options.scale;
        trace.stages.push_back(
            {.duration = times[from + 1] - times[from], .from = rate, .to = rate});
    }
    return trace;
}

Result<Trace> read_trace(const std::string& path, const TraceOptions& options) {
    std::error_code failure;
    std::ifstream file{path, std::ios::binary};
    if (!file || std::filesystem::is_directory(path, failure)) {
        return Error{.reason = Reason::NotFound,
                     .message = "\"" + path + "\" is no file that can be read"};
    }
    return parse_trace(std::string{std::istreambuf_iterator<char>{file}, {}}, path, options);
}

}  // namespace wavetank::sim
