#pragma once

#include "view/chat/math_node.h"

#include <optional>

namespace hearth::ui {

struct MathSymbol {
    char32_t character;
    MathClass cls;
};

/// Of a command without arguments, named without its backslash: \alpha, \leq, \to.
std::optional<MathSymbol> mathSymbol(QStringView command);

/// Of a character as it is typed.
MathSymbol typedSymbol(char32_t character);

/// \sum, \int and their like.
struct LargeOperator {
    char32_t character;
    bool limits;
};
std::optional<LargeOperator> largeOperator(QStringView command);

/// \sin, \lim and their like; true where scripts go below.
std::optional<bool> namedFunction(QStringView command);

/// \hat, \vec, \overline, \underbrace, …: wide where they span what they stand over.
struct MathAccent {
    bool wide;
    bool under;
};
std::optional<MathAccent> mathAccent(QStringView command);

/// \quad, \, and their like, in em.
std::optional<double> mathSpace(QStringView command);

/// A fence after \left, \big or in a row: "(", "\\langle". Empty text for "."; nothing: no fence.
std::optional<QString> mathFence(QStringView token);

/// What \not makes of a symbol.
std::optional<char32_t> negated(char32_t character);

} // namespace hearth::ui
