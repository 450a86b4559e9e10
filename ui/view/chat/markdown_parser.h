#pragma once

#include "view/chat/markdown_block.h"

#include <QStringView>

#include <vector>

namespace hearth::ui {

/// Parses a piece of CommonMark with tables, strikethrough and task lists (md4c) and appends its
/// leaves. HTML is text; images become links of their alternative text; nothing is fetched.
/// Formulas that parseMath() reads are drawn, others stay as they were typed.
void parseMarkdown(QStringView source, bool thinking, BlockList& blocks);

/// The blocks of one code block: cut into segments, the highlighter's state handed on.
void appendCode(const Block& model, const QString& code, BlockList& blocks);

/// True for what may be opened at all: http, https and mailto.
bool isSafeLink(const QString& url);

inline constexpr int kCodeSegmentLines = 64;
inline constexpr int kCodeSegmentCharacters = 8'000;

} // namespace hearth::ui
