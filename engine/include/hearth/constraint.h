#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hearth {

/// Any JSON object, with bounded whitespace.
struct AnyJsonObject {};

/// What becomes of a keyword of a schema that no grammar can hold a reply to.
enum class UnknownKeywords : std::uint8_t {
    Fail,   ///< Unsupported, with the place in the schema.
    Ignore, ///< The reply may break that keyword.
};

/// JSON that a schema (Draft 2020-12) describes. Properties come in the schema's order; objects
/// that name properties are closed unless `additionalProperties` says otherwise; oneOf is read as
/// anyOf. Keywords: type, properties, required, additionalProperties, enum, const, anyOf, oneOf,
/// allOf, $ref within the document, items, prefixItems, minItems, maxItems, minLength, maxLength,
/// pattern, format, minimum, maximum, exclusive…, nullable.
struct JsonSchema {
    std::string text;
    UnknownKeywords unknown = UnknownKeywords::Fail;
};

/// The whole text matches: ECMAScript's syntax without look-around, back references and \b.
struct RegularExpression {
    std::string pattern;
};

/// One of the texts, at least one.
struct TextChoice {
    std::vector<std::string> texts;
};

/// Rules as llama.cpp writes them (GBNF): `root ::= "yes" | "no" [!?]{0,3}`.
struct GrammarText {
    std::string text;
};

/// Arguments as `<parameter=NAME>\nVALUE\n</parameter>\n`, or as the texts around name and value
/// say, for each property of an object's schema; strings stand as they are, other values as JSON.
struct XmlParameters {
    JsonSchema schema;
    std::string nameBegin = "<parameter=";
    std::string nameEnd = ">\n";
    std::string valueEnd = "\n</parameter>\n";
};

using ConstraintSyntax = std::variant<AnyJsonObject, JsonSchema, RegularExpression, TextChoice,
                                      GrammarText, XmlParameters>;

/// A part of a reply that begins with one text and ends with another; between them stands what
/// the syntax describes.
struct StructuralTag {
    std::string begin;
    ConstraintSyntax content;
    std::string end;
};

enum class TagUse : std::uint8_t {
    Optional,    ///< Free text; wherever the trigger appears in it, tags follow.
    Required,    ///< The reply is tags from its first token to its last.
    RequiredOne, ///< The reply is one tag.
};

/// Replies in which some parts have a form: tool calls. The tags of a group stand between
/// `opening` and `closing` with `separator` between them; each may be empty.
struct StructuralTags {
    std::string trigger; ///< With TagUse::Optional: what every group begins with; not empty.
    std::string opening;
    std::vector<StructuralTag> tags;
    std::string separator;
    std::string closing;
    TagUse use = TagUse::Optional;
    /// What a reply may spell instead of tags; not with TagUse::Optional.
    std::optional<ConstraintSyntax> instead;
};

/// What the tokens of a reply have to spell. End-of-turn tokens can be drawn only where the text
/// may end; the reply is over as soon as nothing can follow. Other special tokens can't be drawn,
/// but for those in Request::visibleSpecials, which stand for their names.
struct Constraint {
    std::variant<std::monostate, AnyJsonObject, JsonSchema, RegularExpression, TextChoice,
                 GrammarText, XmlParameters, StructuralTags>
        syntax;
    /// If not empty: the reply is free until this text (`</think>`) has appeared, and the syntax
    /// begins behind it, after up to four spaces or line feeds. The reply cannot end before.
    std::string startAfter;
    /// If not empty: only a reply that begins with this text is free so; of any other the syntax
    /// begins at once.
    std::string freeFrom;
};

} // namespace hearth
