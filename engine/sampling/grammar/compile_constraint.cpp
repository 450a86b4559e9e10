#include "sampling/grammar/compile_constraint.h"

#include "base/field_failure.h"
#include "sampling/grammar/gbnf.h"
#include "sampling/grammar/json_rules.h"
#include "sampling/grammar/regex.h"
#include "sampling/grammar/schema_compiler.h"
#include "text/utf8.h"

#include <type_traits>
#include <utility>
#include <variant>

namespace hearth::grammar {

namespace {

constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxTags = 512;
/// Of a trigger or the text that a constraint begins behind.
constexpr std::size_t kMaxMarkerBytes = 256;

Result<void> checkText(const char* field, const std::string& text) {
    if (text.size() > kMaxTextBytes)
        return invalidArgument(field, "longer than a megabyte");
    if (!utf8::isValid(text))
        return invalidArgument(field, "not valid UTF-8");
    return {};
}

class Compiler {
public:
    Result<CompiledConstraint> compile(const Constraint& constraint) {
        const RuleId root = m_grammar.addRule("root");
        HEARTH_TRY_ASSIGN(ExpressionId whole, form(constraint));
        if (!constraint.startAfter.empty()) {
            HEARTH_TRY(checkMarker("start_after", constraint.startAfter));
            const ExpressionId gap =
                m_grammar.repeat(m_grammar.characters({{U' ', U' '}, {U'\n', U'\n'}}), 0, 4);
            const RuleId rule = m_grammar.addRule("behind");
            m_grammar.setRule(rule, whole);
            HEARTH_TRY(checkMarker("free_from", constraint.freeFrom));
            whole = m_grammar.sequence({m_grammar.bytes(constraint.freeFrom),
                                        m_grammar.textThrough(constraint.startAfter), gap,
                                        m_grammar.call(rule)});
            if (!constraint.freeFrom.empty())
                whole = m_grammar.alternatives({whole, m_grammar.call(rule)});
        }
        m_grammar.setRule(root, whole);
        HEARTH_TRY_ASSIGN(Automaton automaton, Automaton::compile(m_grammar));
        return CompiledConstraint{std::move(automaton), std::move(m_ignored)};
    }

private:
    Result<ExpressionId> form(const Constraint& constraint);
    static Result<void> checkMarker(const char* field, const std::string& marker) {
        if (marker.size() > kMaxMarkerBytes)
            return invalidArgument(field, "longer than 256 bytes");
        return checkText(field, marker);
    }

    Result<ExpressionId> syntax(const AnyJsonObject& /*any*/) { return m_rules.object(); }
    Result<ExpressionId> syntax(const JsonSchema& schema) {
        return addJsonSchema(m_grammar, m_rules, schema, m_ignored);
    }
    Result<ExpressionId> syntax(const RegularExpression& regex) {
        HEARTH_TRY(checkText("pattern", regex.pattern));
        return addRegex(m_grammar, regex.pattern, RegexMatch::Whole, TextForm::Plain);
    }
    Result<ExpressionId> syntax(const TextChoice& choice);
    Result<ExpressionId> syntax(const GrammarText& text) {
        HEARTH_TRY(checkText("grammar", text.text));
        return addGbnf(m_grammar, text.text);
    }
    Result<ExpressionId> syntax(const XmlParameters& parameters) {
        return addXmlParameters(m_grammar, m_rules, parameters, m_ignored);
    }
    Result<ExpressionId> syntax(const StructuralTags& tags);
    /// All tags of a group, less the first `skip` bytes of its beginning.
    Result<ExpressionId> group(const StructuralTags& tags,
                               const std::vector<ExpressionId>& contents, std::size_t skip);

    Grammar m_grammar;
    JsonRules m_rules{m_grammar};
    std::vector<std::string> m_ignored;
};

Result<ExpressionId> Compiler::form(const Constraint& constraint) {
    return std::visit(
        [this](const auto& form) -> Result<ExpressionId> {
            if constexpr (std::is_same_v<std::decay_t<decltype(form)>, std::monostate>)
                return invalidArgument("constraint", "there is none");
            else
                return syntax(form);
        },
        constraint.syntax);
}

Result<ExpressionId> Compiler::syntax(const TextChoice& choice) {
    if (choice.texts.empty())
        return invalidArgument("choice", "at least one text is needed");
    std::vector<ExpressionId> texts;
    std::size_t bytes = 0;
    for (const std::string& text : choice.texts) {
        HEARTH_TRY(checkText("choice", text));
        bytes += text.size();
        if (bytes > kMaxTextBytes)
            return invalidArgument("choice", "longer than a megabyte");
        texts.push_back(m_grammar.bytes(text));
    }
    return m_grammar.alternatives(std::move(texts));
}

Result<ExpressionId> Compiler::syntax(const StructuralTags& tags) {
    if (tags.tags.empty() || tags.tags.size() > kMaxTags)
        return invalidArgument("tags", "1 to 512 are allowed");
    const bool isFree = tags.use == TagUse::Optional;
    if (isFree && tags.trigger.empty())
        return invalidArgument("trigger", "it is empty");
    if (isFree && tags.instead)
        return invalidArgument("instead", "free text is allowed already");
    HEARTH_TRY(checkMarker("trigger", tags.trigger));
    for (const std::string* const text : {&tags.opening, &tags.separator, &tags.closing})
        HEARTH_TRY(checkText("tags", *text));
    std::vector<ExpressionId> contents;
    for (const StructuralTag& tag : tags.tags) {
        HEARTH_TRY(checkText("begin", tag.begin));
        HEARTH_TRY(checkText("end", tag.end));
        if (isFree && !(tags.opening + tag.begin).starts_with(tags.trigger))
            return invalidArgument("begin", "a tag does not begin with the trigger");
        HEARTH_TRY_ASSIGN(const ExpressionId content,
                          std::visit([this](const auto& form) { return syntax(form); },
                                     tag.content));
        const RuleId rule = m_grammar.addRule("tag");
        m_grammar.setRule(rule, content);
        contents.push_back(m_grammar.sequence({m_grammar.call(rule), m_grammar.bytes(tag.end)}));
    }
    if (!isFree) {
        HEARTH_TRY_ASSIGN(const ExpressionId calls, group(tags, contents, 0));
        if (!tags.instead)
            return calls;
        HEARTH_TRY_ASSIGN(const ExpressionId other,
                          std::visit([this](const auto& form) { return syntax(form); },
                                     *tags.instead));
        return m_grammar.alternatives({calls, other});
    }
    HEARTH_TRY_ASSIGN(const ExpressionId triggered, group(tags, contents, tags.trigger.size()));
    const RuleId rule = m_grammar.addRule("group");
    m_grammar.setRule(rule, triggered);
    const ExpressionId round =
        m_grammar.sequence({m_grammar.textThrough(tags.trigger), m_grammar.call(rule)});
    return m_grammar.sequence(
        {m_grammar.repeat(round, 0, kUnbounded), m_grammar.textWithout(tags.trigger)});
}

Result<ExpressionId> Compiler::group(const StructuralTags& tags,
                                     const std::vector<ExpressionId>& contents, std::size_t skip) {
    const auto choice = [&](std::size_t skipped) {
        std::vector<ExpressionId> choices;
        for (std::size_t i = 0; i < contents.size(); ++i)
            choices.push_back(m_grammar.sequence(
                {m_grammar.bytes(tags.tags[i].begin.substr(skipped)), contents[i]}));
        return m_grammar.alternatives(std::move(choices));
    };
    const std::size_t ofOpening = std::min(skip, tags.opening.size());
    std::vector<ExpressionId> parts{m_grammar.bytes(tags.opening.substr(ofOpening)),
                                    choice(skip - ofOpening)};
    if (tags.use != TagUse::RequiredOne)
        parts.push_back(m_grammar.repeat(
            m_grammar.sequence({m_grammar.bytes(tags.separator), choice(0)}), 0, kUnbounded));
    parts.push_back(m_grammar.bytes(tags.closing));
    return m_grammar.sequence(std::move(parts));
}

/// Writes each field with its length, so that no two constraints are written alike.
class KeyWriter {
public:
    void text(const std::string& text) { m_key += std::to_string(text.size()) + ":" + text; }
    void number(std::size_t number) { m_key += std::to_string(number) + ";"; }

    void form(const std::monostate& /*none*/) {}
    void form(const AnyJsonObject& /*any*/) {}
    void form(const JsonSchema& schema) {
        number(std::size_t(schema.unknown));
        text(schema.text);
    }
    void form(const RegularExpression& regex) { text(regex.pattern); }
    void form(const TextChoice& choice) {
        number(choice.texts.size());
        for (const std::string& one : choice.texts)
            text(one);
    }
    void form(const GrammarText& grammar) { text(grammar.text); }
    void form(const XmlParameters& parameters) {
        form(parameters.schema);
        for (const std::string* const one :
             {&parameters.nameBegin, &parameters.nameEnd, &parameters.valueEnd})
            text(*one);
    }
    void form(const StructuralTags& tags) {
        number(std::size_t(tags.use));
        for (const std::string* const one :
             {&tags.trigger, &tags.opening, &tags.separator, &tags.closing})
            text(*one);
        number(tags.tags.size());
        for (const StructuralTag& tag : tags.tags) {
            text(tag.begin);
            part(tag.content);
            text(tag.end);
        }
        if (tags.instead)
            part(*tags.instead);
    }
    [[nodiscard]] std::string finish() { return std::move(m_key); }

private:
    void part(const ConstraintSyntax& syntax) {
        number(syntax.index());
        std::visit([this](const auto& content) { form(content); }, syntax);
    }

    std::string m_key;
};

} // namespace

Result<CompiledConstraint> compileConstraint(const Constraint& constraint) {
    return Compiler().compile(constraint);
}

std::string constraintKey(const Constraint& constraint) {
    KeyWriter writer;
    writer.number(constraint.syntax.index());
    writer.text(constraint.startAfter);
    writer.text(constraint.freeFrom);
    std::visit([&writer](const auto& form) { writer.form(form); }, constraint.syntax);
    return writer.finish();
}

} // namespace hearth::grammar
