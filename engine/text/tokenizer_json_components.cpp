#include "text/tokenizer_json_components.h"

#include "text/base64.h"
#include "text/json_fields.h"
#include "text/unicode.h"

#include <string>
#include <utility>
#include <variant>

namespace hearth::tokenizer_json {

namespace {

using nlohmann::json;
using namespace json_fields;

using Pattern = std::variant<Regex, std::string>;

constexpr const char* kWords =
    R"([\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}]+|[^\s\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}]+)";

Result<Pattern> pattern(const json& object, const std::string& where) {
    const json& value = member(object, "pattern");
    if (member(value, "String").is_string()) {
        std::string literal = member(value, "String").get<std::string>();
        if (literal.empty())
            return corrupt(where + ".pattern", "empty");
        return Pattern(std::move(literal));
    }
    if (!member(value, "Regex").is_string())
        return corrupt(where + ".pattern", "neither String nor Regex");
    auto regex = Regex::compile(member(value, "Regex").get_ref<const std::string&>());
    if (!regex) {
        regex.error().field = where + ".pattern";
        return fail(std::move(regex).error());
    }
    return Pattern(*std::move(regex));
}

Result<SplitBehavior> behavior(const json& object, const std::string& where) {
    HEARTH_TRY_ASSIGN(const std::string name, string(object, "behavior", "Isolated", where));
    if (name == "Removed")
        return SplitBehavior::Removed;
    if (name == "Isolated")
        return SplitBehavior::Isolated;
    if (name == "MergedWithPrevious")
        return SplitBehavior::MergedWithPrevious;
    if (name == "MergedWithNext")
        return SplitBehavior::MergedWithNext;
    if (name == "Contiguous")
        return SplitBehavior::Contiguous;
    return unsupported(where + ".behavior", name);
}

Result<PrependScheme> prependScheme(const json& object, const std::string& where) {
    HEARTH_TRY_ASSIGN(const bool legacy, boolean(object, "add_prefix_space", true, where));
    HEARTH_TRY_ASSIGN(const std::string name,
                      string(object, "prepend_scheme", legacy ? "always" : "never", where));
    if (name == "always")
        return PrependScheme::Always;
    if (name == "first")
        return PrependScheme::First;
    if (name == "never")
        return PrependScheme::Never;
    return unsupported(where + ".prepend_scheme", name);
}

// Calls `add` for `value`, or for each member of a Sequence, however nested.
template<typename Add>
Result<void> forEach(const json& value, const char* list, const std::string& where,
                     const Add& add) {
    if (value.is_null())
        return {};
    HEARTH_TRY_ASSIGN(const std::string type, string(value, "type", where));
    if (type != "Sequence")
        return add(value, type, where);
    const json& members = member(value, list);
    if (!members.is_array())
        return corrupt(where + "." + list, "not an array");
    for (std::size_t i = 0; i < members.size(); ++i)
        HEARTH_TRY(forEach(members[i], list, where + "[" + std::to_string(i) + "]", add));
    return {};
}

Result<Normalizer::Step> bertStep(const json& value, const std::string& where) {
    Normalizer::Bert step;
    HEARTH_TRY_ASSIGN(step.cleanText, boolean(value, "clean_text", true, where));
    HEARTH_TRY_ASSIGN(step.spaceHan, boolean(value, "handle_chinese_chars", true, where));
    HEARTH_TRY_ASSIGN(step.lowercase, boolean(value, "lowercase", true, where));
    HEARTH_TRY_ASSIGN(step.stripAccents, boolean(value, "strip_accents", step.lowercase, where));
    return Normalizer::Step(step);
}

Result<Normalizer::Step> precompiledStep(const json& value, const std::string& where) {
    HEARTH_TRY_ASSIGN(const std::string encoded, string(value, "precompiled_charsmap", "", where));
    const std::optional<std::string> bytes = base64Bytes(encoded);
    if (!bytes)
        return corrupt(where + ".precompiled_charsmap", "not base64");
    CharactersMap map;
    if (!bytes->empty()) {
        HEARTH_TRY_ASSIGN(map, CharactersMap::parse(*bytes));
    }
    return Normalizer::Step(Normalizer::Precompiled{std::move(map)});
}

Result<Normalizer::Step> normalizerStep(const json& value, const std::string& type,
                                        const std::string& where) {
    using Step = Normalizer::Step;
    if (type == "NFC")
        return Step(Normalizer::Form::Nfc);
    if (type == "NFD")
        return Step(Normalizer::Form::Nfd);
    if (type == "NFKC")
        return Step(Normalizer::Form::Nfkc);
    if (type == "NFKD")
        return Step(Normalizer::Form::Nfkd);
    if (type == "Lowercase")
        return Step(Normalizer::Lowercase{});
    if (type == "StripAccents")
        return Step(Normalizer::StripAccents{});
    if (type == "Strip") {
        HEARTH_TRY_ASSIGN(const bool left, boolean(value, "strip_left", true, where));
        HEARTH_TRY_ASSIGN(const bool right, boolean(value, "strip_right", true, where));
        return Step(Normalizer::Strip{left, right});
    }
    if (type == "Nmt")
        return Step(Normalizer::Nmt{});
    if (type == "ByteLevel")
        return Step(Normalizer::ByteAlphabet{});
    if (type == "BertNormalizer")
        return bertStep(value, where);
    if (type == "Precompiled")
        return precompiledStep(value, where);
    if (type == "Prepend") {
        HEARTH_TRY_ASSIGN(std::string content, string(value, "prepend", where));
        return Step(Normalizer::Prepend{std::move(content)});
    }
    if (type == "Replace") {
        HEARTH_TRY_ASSIGN(Pattern what, pattern(value, where));
        HEARTH_TRY_ASSIGN(std::string content, string(value, "content", where));
        return Step(Normalizer::Replace{std::move(what), std::move(content)});
    }
    return unsupported(where, type);
}

Result<std::size_t> count(const json& object, const char* key, const std::string& where) {
    HEARTH_TRY_ASSIGN(const std::int64_t value, integer(member(object, key), where + "." + key));
    if (value < 0)
        return corrupt(where + "." + key, "negative");
    return static_cast<std::size_t>(value);
}

class PreTokenizerReader {
public:
    Result<PreTokenization> read(const json& value) {
        HEARTH_TRY(forEach(value, "pretokenizers", "pre_tokenizer",
                           [this](const json& step, const std::string& type,
                                  const std::string& where) { return add(step, type, where); }));
        return PreTokenization{PreTokenizer(std::move(m_steps)), m_byteLevel};
    }

private:
    Result<void> add(const json& value, const std::string& type, const std::string& where) {
        if (m_byteLevel) // Its output is no longer text that further steps could be given.
            return unsupported(where, type + " after ByteLevel");
        if (type == "ByteLevel")
            return addByteLevel(value, where);
        if (type == "Split")
            return addSplit(value, where);
        if (type == "Metaspace")
            return addMetaspace(value, where);
        if (type == "Digits") {
            HEARTH_TRY_ASSIGN(const bool single, boolean(value, "individual_digits", false, where));
            m_steps.emplace_back(PreTokenizer::Classes{CharacterClasses::Number,
                                                       single ? SplitBehavior::Isolated
                                                              : SplitBehavior::Contiguous});
        } else if (type == "WhitespaceSplit") {
            m_steps.emplace_back(
                PreTokenizer::Classes{CharacterClasses::Space, SplitBehavior::Removed});
        } else if (type == "Whitespace") {
            HEARTH_TRY_ASSIGN(Regex words, Regex::compile(kWords));
            m_steps.emplace_back(
                PreTokenizer::Split{std::move(words), SplitBehavior::Removed, true});
        } else if (type == "Punctuation") {
            HEARTH_TRY_ASSIGN(const SplitBehavior how, behavior(value, where));
            m_steps.emplace_back(PreTokenizer::Classes{CharacterClasses::BertPunctuation, how});
        } else if (type == "BertPreTokenizer") {
            m_steps.emplace_back(PreTokenizer::Bert{});
        } else if (type == "CharDelimiterSplit") {
            HEARTH_TRY_ASSIGN(std::string delimiter, string(value, "delimiter", where));
            if (delimiter.empty())
                return corrupt(where + ".delimiter", "empty");
            m_steps.emplace_back(
                PreTokenizer::Split{std::move(delimiter), SplitBehavior::Removed, false});
        } else if (type == "FixedLength") {
            HEARTH_TRY_ASSIGN(const std::size_t length, count(value, "length", where));
            if (length == 0)
                return corrupt(where + ".length", "zero");
            m_steps.emplace_back(PreTokenizer::FixedLength{length});
        } else {
            return unsupported(where, type);
        }
        return {};
    }

    Result<void> addByteLevel(const json& value, const std::string& where) {
        HEARTH_TRY_ASSIGN(const bool prefix, boolean(value, "add_prefix_space", true, where));
        HEARTH_TRY_ASSIGN(const bool split, boolean(value, "use_regex", true, where));
        if (prefix)
            m_steps.emplace_back(PreTokenizer::PrefixSpace{});
        if (split)
            m_steps.emplace_back(PreTokenizer::Words{WordPattern::Gpt2});
        m_byteLevel = true;
        return {};
    }

    Result<void> addSplit(const json& value, const std::string& where) {
        HEARTH_TRY_ASSIGN(const SplitBehavior how, behavior(value, where));
        HEARTH_TRY_ASSIGN(const bool invert, boolean(value, "invert", false, where));
        const json& regex = member(member(value, "pattern"), "Regex");
        const auto known =
            regex.is_string() ? knownPattern(regex.get_ref<const std::string&>()) : std::nullopt;
        // The known patterns leave no gaps: isolating matches and removing the rest agree.
        if (known &&
            ((how == SplitBehavior::Isolated) || (how == SplitBehavior::Removed && invert))) {
            m_steps.emplace_back(PreTokenizer::Words{*known});
            return {};
        }
        HEARTH_TRY_ASSIGN(Pattern what, pattern(value, where));
        m_steps.emplace_back(PreTokenizer::Split{std::move(what), how, invert});
        return {};
    }

    Result<void> addMetaspace(const json& value, const std::string& where) {
        HEARTH_TRY_ASSIGN(std::string marker, string(value, "replacement", where));
        HEARTH_TRY_ASSIGN(const PrependScheme prepend, prependScheme(value, where));
        HEARTH_TRY_ASSIGN(const bool split, boolean(value, "split", true, where));
        if (marker.empty())
            return corrupt(where + ".replacement", "empty");
        m_steps.emplace_back(PreTokenizer::Metaspace{std::move(marker), prepend, split});
        return {};
    }

    std::vector<PreTokenizer::Step> m_steps;
    bool m_byteLevel = false;
};

Result<Decoder::Step> decoderStep(const json& value, const std::string& type,
                                  const std::string& where) {
    using Step = Decoder::Step;
    if (type == "ByteLevel")
        return Step(Decoder::ByteLevel{});
    if (type == "ByteFallback")
        return Step(Decoder::ByteFallback{});
    if (type == "Fuse")
        return Step(Decoder::Fuse{});
    if (type == "Replace") {
        const json& literal = member(member(value, "pattern"), "String");
        if (!literal.is_string())
            return unsupported(where + ".pattern", "a Regex in a decoder");
        HEARTH_TRY_ASSIGN(std::string content, string(value, "content", where));
        return Step(Decoder::Replace{literal.get<std::string>(), std::move(content)});
    }
    if (type == "Strip") {
        HEARTH_TRY_ASSIGN(std::string content, string(value, "content", where));
        HEARTH_TRY_ASSIGN(const std::size_t start, count(value, "start", where));
        HEARTH_TRY_ASSIGN(const std::size_t stop, count(value, "stop", where));
        return Step(Decoder::Strip{std::move(content), start, stop});
    }
    if (type == "Metaspace") {
        HEARTH_TRY_ASSIGN(std::string marker, string(value, "replacement", where));
        HEARTH_TRY_ASSIGN(const PrependScheme prepend, prependScheme(value, where));
        return Step(Decoder::Metaspace{std::move(marker), prepend != PrependScheme::Never});
    }
    if (type == "WordPiece") {
        Decoder::WordPiece step;
        HEARTH_TRY_ASSIGN(step.prefix, string(value, "prefix", "##", where));
        HEARTH_TRY_ASSIGN(step.cleanUp, boolean(value, "cleanup", true, where));
        return Step(std::move(step));
    }
    if (type == "BPEDecoder") {
        HEARTH_TRY_ASSIGN(std::string suffix, string(value, "suffix", "</w>", where));
        return Step(Decoder::WordSuffix{std::move(suffix)});
    }
    if (type == "CTC") {
        Decoder::Ctc step;
        HEARTH_TRY_ASSIGN(step.pad, string(value, "pad_token", "<pad>", where));
        HEARTH_TRY_ASSIGN(step.wordDelimiter, string(value, "word_delimiter_token", "|", where));
        HEARTH_TRY_ASSIGN(step.cleanUp, boolean(value, "cleanup", true, where));
        return Step(std::move(step));
    }
    return unsupported(where, type);
}

} // namespace

Result<Normalizer> normalizer(const json& value) {
    std::vector<Normalizer::Step> steps;
    HEARTH_TRY(forEach(
        value, "normalizers", "normalizer",
        [&](const json& step, const std::string& type, const std::string& where) -> Result<void> {
            HEARTH_TRY_ASSIGN(Normalizer::Step next, normalizerStep(step, type, where));
            steps.push_back(std::move(next));
            return {};
        }));
    return Normalizer(std::move(steps));
}

Result<PreTokenization> preTokenizer(const json& value) {
    return PreTokenizerReader().read(value);
}

Result<Decoder> decoder(const json& value) {
    std::vector<Decoder::Step> steps;
    HEARTH_TRY(forEach(
        value, "decoders", "decoder",
        [&](const json& step, const std::string& type, const std::string& where) -> Result<void> {
            HEARTH_TRY_ASSIGN(Decoder::Step next, decoderStep(step, type, where));
            steps.push_back(std::move(next));
            return {};
        }));
    return Decoder(std::move(steps), value.is_null() ? " " : "");
}

} // namespace hearth::tokenizer_json
