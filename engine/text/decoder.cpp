#include "text/decoder.h"

#include "text/byte_level.h"
#include "text/space_marker.h"
#include "text/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace hearth {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kCleanUp = {
    {{" .", "."},
     {" ?", "?"},
     {" !", "!"},
     {" ,", ","},
     {" ' ", "'"},
     {" n't", "n't"},
     {" 'm", "'m"},
     {" do not", " don't"},
     {" 's", "'s"},
     {" 've", "'ve"},
     {" 're", "'re"}}};

using Tokens = std::vector<std::string>;

std::string replaced(std::string_view text, std::string_view pattern, std::string_view content) {
    if (pattern.empty() || text.find(pattern) == std::string_view::npos)
        return std::string(text);
    std::string result;
    std::size_t position = 0;
    while (!pattern.empty()) {
        const std::size_t match = text.find(pattern, position);
        if (match == std::string_view::npos)
            break;
        result.append(text.substr(position, match - position));
        result.append(content);
        position = match + pattern.size();
    }
    result.append(text.substr(position));
    return result;
}

std::string joined(const Tokens& tokens) {
    std::string text;
    std::size_t bytes = 0;
    for (const std::string& token : tokens)
        bytes += token.size();
    text.reserve(bytes);
    for (const std::string& token : tokens)
        text += token;
    return text;
}

void apply(const Decoder::ByteLevel&, Tokens& tokens) {
    std::string bytes;
    for (const std::string& token : tokens)
        bytes += byte_level::bytesOf(token).value_or(token);
    tokens = {utf8::sanitized(bytes)};
}

void apply(const Decoder::ByteFallback&, Tokens& tokens) {
    Tokens result;
    std::string run;
    const auto endRun = [&] {
        if (run.empty())
            return;
        if (utf8::isValid(run))
            result.push_back(run);
        else
            result.insert(result.end(), run.size(), std::string(utf8::kReplacement));
        run.clear();
    };
    for (std::string& token : tokens) {
        if (const auto byte = byteOfToken(token)) {
            run.push_back(static_cast<char>(*byte));
        } else {
            endRun();
            result.push_back(std::move(token));
        }
    }
    endRun();
    tokens = std::move(result);
}

void apply(const Decoder::Fuse&, Tokens& tokens) {
    tokens = {joined(tokens)};
}

void apply(const Decoder::Replace& step, Tokens& tokens) {
    for (std::string& token : tokens)
        token = replaced(token, step.pattern, step.content);
}

void apply(const Decoder::Strip& step, Tokens& tokens) {
    if (step.content.empty())
        return;
    for (std::string& token : tokens) {
        std::string_view rest = token;
        for (std::size_t i = 0; i < step.start && rest.starts_with(step.content); ++i)
            rest.remove_prefix(step.content.size());
        for (std::size_t i = 0; i < step.stop && rest.ends_with(step.content); ++i)
            rest.remove_suffix(step.content.size());
        token = std::string(rest);
    }
}

void apply(const Decoder::Metaspace& step, Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = replaced(tokens[i], step.marker, i == 0 && step.dropFirst ? "" : " ");
}

// As the tokenizers library does it, in its order.
std::string cleanedUp(std::string text) {
    constexpr std::string_view kAfterSpace = ".?!,'nd"; // Second characters of all patterns.
    bool mayMatch = false;
    for (std::size_t i = 0; i + 1 < text.size() && !mayMatch; ++i)
        mayMatch = text[i] == ' ' && kAfterSpace.find(text[i + 1]) != std::string_view::npos;
    if (!mayMatch)
        return text;
    for (const auto& [pattern, content] : kCleanUp)
        text = replaced(text, pattern, content);
    return text;
}

void apply(const Decoder::WordPiece& step, Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        std::string& token = tokens[i];
        if (i > 0 && token.starts_with(step.prefix))
            token.erase(0, step.prefix.size());
        else if (i > 0)
            token.insert(0, " ");
        if (step.cleanUp)
            token = cleanedUp(std::move(token));
    }
}

void apply(const Decoder::WordSuffix& step, Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = replaced(tokens[i], step.suffix, i + 1 < tokens.size() ? " " : "");
}

void apply(const Decoder::Ctc& step, Tokens& tokens) {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
        token = replaced(token, step.pad, "");
        if (step.cleanUp)
            token = replaced(cleanedUp(std::move(token)), step.wordDelimiter, " ");
    }
    std::erase(tokens, std::string());
}

// Each byte of a run that is not part of a valid character becomes one U+FFFD.
void appendBytes(std::string& text, std::string_view bytes) {
    while (!bytes.empty()) {
        const utf8::Sequence c = utf8::next(bytes);
        const bool valid = c.state == utf8::SequenceState::Valid;
        const std::size_t length = valid ? c.length : 1;
        text.append(valid ? bytes.substr(0, length) : utf8::kReplacement);
        bytes.remove_prefix(length);
    }
}

void apply(const Decoder::SentencePiece& step, Tokens& tokens) {
    std::string text;
    std::string run;
    bool atBegin = step.dropFirst;
    const auto append = [&](std::string_view rest) {
        while (rest.starts_with(kSpaceMarker)) {
            text += ' ';
            rest.remove_prefix(kSpaceMarker.size());
        }
        if (rest.find(kSpaceMarker) == std::string_view::npos)
            text += rest;
        else
            text += replaced(rest, kSpaceMarker, " ");
    };
    for (const std::string& token : tokens) {
        if (const auto byte = byteOfToken(token)) {
            run.push_back(static_cast<char>(*byte));
            continue;
        }
        appendBytes(text, run);
        atBegin = atBegin && run.empty();
        run.clear();
        std::string_view rest = token;
        if (atBegin && !rest.empty()) {
            const bool dropped = rest.starts_with(kSpaceMarker);
            if (dropped)
                rest.remove_prefix(kSpaceMarker.size());
            atBegin = step.dropAllFirst && rest.empty() && dropped;
        }
        append(rest);
    }
    appendBytes(text, run);
    tokens = {std::move(text)};
}

} // namespace

Decoder::Decoder(std::vector<Step> steps, std::string separator)
    : m_steps(std::move(steps))
    , m_separator(std::move(separator)) {
}

std::string Decoder::decode(std::vector<std::string> tokens) const {
    for (const Step& step : m_steps)
        std::visit([&](const auto& s) { apply(s, tokens); }, step);
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (i > 0)
            text += m_separator;
        text += tokens[i];
    }
    return utf8::isValid(text) ? text : utf8::sanitized(text);
}

std::string Decoder::bytesOf(std::string_view token) const {
    std::string bytes(token);
    for (const Step& step : m_steps) {
        if (std::holds_alternative<ByteLevel>(step)) {
            bytes = byte_level::bytesOf(bytes).value_or(bytes);
        } else if (std::holds_alternative<ByteFallback>(step)) {
            if (const auto byte = byteOfToken(bytes))
                return {static_cast<char>(*byte)};
        } else if (const auto* replace = std::get_if<Replace>(&step)) {
            bytes = replaced(bytes, replace->pattern, replace->content);
        } else if (const auto* metaspace = std::get_if<Metaspace>(&step)) {
            bytes = replaced(bytes, metaspace->marker, " ");
        } else if (const auto* words = std::get_if<WordPiece>(&step)) {
            bytes = bytes.starts_with(words->prefix) ? bytes.substr(words->prefix.size())
                                                     : " " + bytes;
            if (words->cleanUp)
                bytes = cleanedUp(std::move(bytes));
        } else if (const auto* suffix = std::get_if<WordSuffix>(&step)) {
            bytes = replaced(bytes, suffix->suffix, " ");
        } else if (const auto* ctc = std::get_if<Ctc>(&step)) {
            bytes = replaced(bytes, ctc->pad, "");
            if (ctc->cleanUp)
                bytes = replaced(cleanedUp(std::move(bytes)), ctc->wordDelimiter, " ");
        } else if (std::holds_alternative<SentencePiece>(step)) {
            if (const auto byte = byteOfToken(bytes))
                return {static_cast<char>(*byte)};
            bytes = replaced(bytes, kSpaceMarker, " ");
        }
    }
    return bytes;
}

} // namespace hearth
