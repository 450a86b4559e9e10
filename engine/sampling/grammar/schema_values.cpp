#include "sampling/grammar/regex.h"
#include "sampling/grammar/schema_compiler.h"
#include "sampling/grammar/string_formats.h"
#include "sampling/grammar/text_form.h"

#include <cmath>
#include <limits>
#include <utility>

namespace hearth::grammar {

namespace {

constexpr std::int32_t kMaxStringLength = 8192;
/// Beyond this doubles are not exact.
constexpr double kMaxBound = 9007199254740992.0;

} // namespace

Result<std::optional<std::int32_t>> SchemaCompiler::count(const Json& schema, const char* keyword,
                                                          std::int32_t most,
                                                          const std::string& place) {
    const auto found = schema.find(keyword);
    if (found == schema.end())
        return std::optional<std::int32_t>();
    const double value = found->is_number() ? found->get<double>() : -1.0;
    if (value < 0.0 || value != std::floor(value))
        return schemaFailure(ErrorCode::InvalidArgument, below(place, keyword),
                             "not a whole number from 0 on");
    if (value > most) {
        HEARTH_TRY(leaveOut(place, keyword, "the number is too large"));
        return std::optional<std::int32_t>();
    }
    return std::optional(std::int32_t(value));
}

/// A rule for all strings that are described alike.
Result<ExpressionId> SchemaCompiler::string(const Json& schema, const std::string& place) {
    Json description = Json::array();
    for (const char* const keyword : {"minLength", "maxLength", "pattern", "format"})
        description.push_back(schema.value(keyword, Json()));
    std::string key = description.dump();
    if (const auto known = m_strings.find(key); known != m_strings.end())
        return m_grammar.call(known->second);
    HEARTH_TRY_ASSIGN(const ExpressionId expression, newString(schema, place));
    if (m_grammar.expression(expression).kind == ExpressionKind::Call)
        return expression;
    const RuleId rule = m_grammar.addRule("string");
    m_grammar.setRule(rule, expression);
    m_strings.emplace(std::move(key), rule);
    return m_grammar.call(rule);
}

Result<ExpressionId> SchemaCompiler::newString(const Json& schema, const std::string& place) {
    HEARTH_TRY_ASSIGN(const auto min, count(schema, "minLength", kMaxStringLength, place));
    HEARTH_TRY_ASSIGN(const auto max, count(schema, "maxLength", kMaxStringLength, place));
    if (min && max && *min > *max)
        return m_grammar.nothing();
    const auto quoted = [this](ExpressionId inside) {
        return m_grammar.sequence({m_grammar.bytes("\""), inside, m_grammar.bytes("\"")});
    };
    if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
        if (!pattern->is_string())
            return schemaFailure(ErrorCode::InvalidArgument, below(place, "pattern"),
                                 "not a string");
        auto inside = addRegex(m_grammar, pattern->get<std::string>(), RegexMatch::Search,
                               TextForm::InsideJson);
        if (inside && !min && !max)
            return quoted(*inside);
        if (inside) {
            HEARTH_TRY(leaveOut(place, min ? "minLength" : "maxLength", "beside a pattern"));
            return quoted(*inside);
        }
        if (inside.error().code != ErrorCode::Unsupported)
            return schemaFailure(inside.error().code, below(place, "pattern"),
                                 inside.error().detail);
        HEARTH_TRY(leaveOut(place, "pattern", inside.error().detail.c_str()));
    }
    if (min || max)
        return m_rules.string(min.value_or(0), max.value_or(kUnbounded));
    if (const auto format = schema.find("format"); format != schema.end() && format->is_string())
        if (const auto known = formatPattern(format->get<std::string>())) {
            HEARTH_TRY_ASSIGN(const ExpressionId inside,
                              addRegex(m_grammar, *known, RegexMatch::Whole, TextForm::InsideJson));
            return quoted(inside);
        }
    return m_rules.string();
}

Result<SchemaCompiler::Bounds> SchemaCompiler::bounds(const Json& schema,
                                                      const std::string& place) {
    Bounds bounds;
    const auto read = [&](const char* keyword, const char* exclusive, bool isMin) -> Result<void> {
        std::optional<double>& end = isMin ? bounds.min : bounds.max;
        JsonRules::Bound& bound = isMin ? bounds.minBound : bounds.maxBound;
        if (const auto found = schema.find(keyword); found != schema.end()) {
            if (!found->is_number())
                return schemaFailure(ErrorCode::InvalidArgument, below(place, keyword),
                                     "not a number");
            end = found->get<double>();
        }
        const auto found = schema.find(exclusive);
        if (found == schema.end() || *found == Json(false))
            return {};
        // Draft 4 has a boolean beside the bound.
        if (*found == Json(true)) {
            bound = JsonRules::Bound::Exclusive;
            return {};
        }
        if (!found->is_number())
            return schemaFailure(ErrorCode::InvalidArgument, below(place, exclusive),
                                 "not a number");
        const auto value = found->get<double>();
        if (!end || (isMin ? value >= *end : value <= *end)) {
            end = value;
            bound = JsonRules::Bound::Exclusive;
        }
        return {};
    };
    HEARTH_TRY(read("minimum", "exclusiveMinimum", true));
    HEARTH_TRY(read("maximum", "exclusiveMaximum", false));
    return bounds;
}

Result<ExpressionId> SchemaCompiler::integer(const Json& schema, const std::string& place) {
    if (const auto step = schema.find("multipleOf"); step != schema.end() && *step != Json(1))
        HEARTH_TRY(leaveOut(place, "multipleOf"));
    HEARTH_TRY_ASSIGN(const Bounds given, bounds(schema, place));
    std::optional<std::int64_t> min;
    std::optional<std::int64_t> max;
    // Bounds that no 20 digits reach don't bind.
    if (given.min && *given.min > -1e19) {
        if (std::abs(*given.min) > kMaxBound)
            HEARTH_TRY(leaveOut(place, "minimum", "the number is too large"));
        else
            min = std::int64_t(std::ceil(*given.min)) +
                  (given.minBound == JsonRules::Bound::Exclusive &&
                           std::ceil(*given.min) == *given.min
                       ? 1
                       : 0);
    }
    if (given.max && *given.max < 1e19) {
        if (std::abs(*given.max) > kMaxBound)
            HEARTH_TRY(leaveOut(place, "maximum", "the number is too large"));
        else
            max = std::int64_t(std::floor(*given.max)) -
                  (given.maxBound == JsonRules::Bound::Exclusive &&
                           std::floor(*given.max) == *given.max
                       ? 1
                       : 0);
    }
    return m_rules.integer(min, max);
}

Result<ExpressionId> SchemaCompiler::number(const Json& schema, const std::string& place) {
    HEARTH_TRY(leaveOutAll(schema, place, {"multipleOf"}));
    HEARTH_TRY_ASSIGN(const Bounds given, bounds(schema, place));
    const auto whole = [&](const std::optional<double>& end,
                           const char* keyword) -> Result<std::optional<std::int64_t>> {
        if (!end)
            return std::optional<std::int64_t>();
        if (std::floor(*end) != *end || std::abs(*end) > kMaxBound) {
            HEARTH_TRY(leaveOut(place, keyword, "of a number only whole ones up to 2^53"));
            return std::optional<std::int64_t>();
        }
        return std::optional(std::int64_t(*end));
    };
    HEARTH_TRY_ASSIGN(const auto min, whole(given.min, "minimum"));
    HEARTH_TRY_ASSIGN(const auto max, whole(given.max, "maximum"));
    return m_rules.number(min, given.minBound, max, given.maxBound);
}

} // namespace hearth::grammar
