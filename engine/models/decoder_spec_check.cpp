#include "models/decoder_spec_check.h"

#include "formats/format_error.h"
#include "models/encoder_spec_fields.h"

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace hearth {

namespace {

constexpr std::int64_t kMostRows = std::int64_t{1} << 40;
constexpr std::size_t kLongestName = 512;

/// "{}" at most twice and no other brace: what the layer's and the expert's index replace.
bool isPattern(std::string_view name) {
    if (name.size() > kLongestName)
        return false;
    int places = 0;
    for (std::size_t at = name.find_first_of("{}"); at != std::string_view::npos;
         at = name.find_first_of("{}", at + 2)) {
        if (name.substr(at, 2) != "{}" || ++places > 2)
            return false;
    }
    return true;
}

bool isSane(const TensorRows& rows) {
    const auto within = [](std::int64_t value, std::int64_t low) {
        return value >= low && value <= kMostRows;
    };
    return within(rows.tensorRows, 0) && within(rows.first, 0) && within(rows.count, 1) &&
           within(rows.step, 1) && within(rows.expertStride, 0) && isPattern(rows.name);
}

/// Finds the first name or list of rows that is not to be used.
struct NameCheck {
    std::string bad;

    void operator()(const char* key, const std::string& name) { note(key, isPattern(name)); }
    void operator()(const char* key, const MatrixRows& rows) {
        note(key, std::all_of(rows.begin(), rows.end(), isSane));
    }
    void operator()(const char* /*key*/, LayerNames& names) { spec_fields::visit(names, *this); }
    void operator()(const char* /*key*/, EncoderNames& names) { spec_fields::visit(names, *this); }
    void operator()(const char* /*key*/, StackNames& names) { spec_fields::visit(names, *this); }
    void note(const char* key, bool good) {
        if (!good && bad.empty())
            bad = key;
    }
};

Result<void> checkTokens(const std::vector<std::int32_t>& tokens, const std::string& path) {
    for (const std::int32_t token : tokens)
        if (token < 0 || token > (1 << 24))
            return fileFailure(ErrorCode::Corrupt, path, "eos_tokens",
                               fmt::format("{} is no token", token));
    return {};
}

Result<void> passed(const NameCheck& check, const std::string& path) {
    if (check.bad.empty())
        return {};
    return fileFailure(ErrorCode::Corrupt, path, "names." + check.bad,
                       "holds a name or rows that no model has");
}

} // namespace

Result<void> checkRanges(std::span<const SizeRange> ranges, const std::string& path) {
    for (const SizeRange& range : ranges)
        if (range.value < range.low || range.value > range.high)
            return fileFailure(
                ErrorCode::Corrupt, path, std::string(range.field),
                fmt::format("{} is not within {} and {}", range.value, range.low, range.high));
    return {};
}

Result<void> checkNorm(const NormSpec& norm, const std::string& path) {
    if (std::isfinite(norm.epsilon) && norm.epsilon >= 0.0F && norm.epsilon <= 1.0F)
        return {};
    return fileFailure(ErrorCode::Corrupt, path, "norm epsilon",
                       fmt::format("{} is not within 0 and 1", norm.epsilon));
}

Result<void> checkSpecLists(const EncoderSpec& encoder, const std::string& path) {
    EncoderNames names = encoder.names;
    NameCheck check;
    spec_fields::visit(names, check);
    return passed(check, path);
}

Result<void> checkSpecLists(const EncoderDecoderSpec& model, const std::string& path) {
    HEARTH_TRY(checkTokens(model.eosTokens, path));
    EncoderDecoderSpec names = model;
    NameCheck check;
    check("embedding", names.embedding);
    check("output", names.output);
    check("encoder", names.encoder);
    check("decoder", names.decoder);
    return passed(check, path);
}

Result<void> checkSpecLists(const DecoderSpec& decoder, const std::string& path) {
    const auto wrong = [&](std::string_view field, std::string detail) {
        return fileFailure(ErrorCode::Corrupt, path, std::string(field), std::move(detail));
    };
    const auto layers = static_cast<std::size_t>(decoder.layers);
    if (decoder.forms.empty() || decoder.forms.size() > 256)
        return wrong("forms", fmt::format("has {} entries", decoder.forms.size()));
    if (!decoder.formOfLayer.empty() && decoder.formOfLayer.size() != layers)
        return wrong("form_of_layer", fmt::format("has {} entries, there are {} layers",
                                                  decoder.formOfLayer.size(), layers));
    for (const std::uint8_t form : decoder.formOfLayer)
        if (form >= decoder.forms.size())
            return wrong("form_of_layer", fmt::format("names form {} of {}", form,
                                                      decoder.forms.size()));
    if (!decoder.alibi.empty() && decoder.alibi.size() != static_cast<std::size_t>(decoder.heads))
        return wrong("alibi", "needs a slope a head");
    if (decoder.experts.count > 0 && decoder.experts.inLayer.size() != layers)
        return wrong("experts.in_layer", fmt::format("has {} entries, there are {} layers",
                                                     decoder.experts.inLayer.size(), layers));
    HEARTH_TRY(checkTokens(decoder.eosTokens, path));
    DecoderNames names = decoder.names;
    NameCheck check;
    spec_fields::visit(names, check);
    return passed(check, path);
}

} // namespace hearth
