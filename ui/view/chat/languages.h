#pragma once

#include <QSet>
#include <QString>

#include <vector>

namespace hearth::ui {

/// What the line tokenizer has to know of a language.
struct Language {
    enum class Grammar { Code, Markup, Diff, Markdown, Yaml };

    const char* title;
    const char* names; ///< Separated by spaces, lower case.
    Grammar grammar = Grammar::Code;
    const char* keywords = "";
    const char* types = "";
    const char* lineComment = "";
    const char* blockOpen = "";
    const char* blockClose = "";
    const char* quotes = "\"'"; ///< Each opens and closes a string of one line.
    const char* longQuotes =
        ""; ///< Separated by spaces: strings over several lines; at most three.
    bool ignoresCase = false;
    bool hasDirectives = false; ///< A # at a line's start (C).
    bool hasVariables = false;  ///< $name.
    bool hasKeys = false;       ///< A string or word before a colon is a key (JSON, CSS).
    bool hasDashes = false;     ///< Names may contain - (CSS).

    QSet<QString> keywordSet{};
    QSet<QString> typeSet{};
};

const std::vector<Language>& languages();

} // namespace hearth::ui
