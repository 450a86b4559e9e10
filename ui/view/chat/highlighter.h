#pragma once

#include <QString>
#include <QStringView>

#include <cstdint>
#include <vector>

namespace hearth::ui {

enum class TokenKind : std::uint8_t {
    Plain,
    Keyword,
    Type,
    String,
    Number,
    Comment,
    Name, ///< Functions, keys, tags, attributes.
    Added,
    Removed,
    Heading,
};

struct Token {
    int start = 0;
    int length = 0;
    TokenKind kind = TokenKind::Plain;

    bool operator==(const Token&) const = default;
};

struct Language;

/// By any of its usual names, case ignored; nullptr if we know none of that name.
const Language* findLanguage(QStringView name);
/// "C++" for "cpp"; the name itself where the language is unknown.
QString languageTitle(const QString& name);

inline constexpr int kHighlightStart = 0;

/// Tokens of one line, in order, without overlap; plain text has none. Returns the state for the
/// next line; tokens may be nullptr where only that is wanted. Linear in the line's length.
int highlightLine(const Language* language, QStringView line, int state,
                  std::vector<Token>* tokens);

} // namespace hearth::ui
