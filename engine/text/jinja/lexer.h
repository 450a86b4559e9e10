#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth::jinja {

enum class TokenKind {
    Data, ///< Literal text of the template.
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String, ///< `text` has the escapes resolved.
    Integer,
    Float,
    Operator, ///< `text` is the operator or bracket.
    End,
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::string text;
    int line = 1;

    [[nodiscard]] bool isName(std::string_view name) const {
        return kind == TokenKind::Name && text == name;
    }
    [[nodiscard]] bool isOperator(std::string_view spelling) const {
        return kind == TokenKind::Operator && text == spelling;
    }
};

/// Splits a template into tokens, with trim_blocks and lstrip_blocks applied, comments dropped,
/// {% raw %} turned into data and the last line break removed. The list ends with End.
/// Throws TemplateError with the line.
[[nodiscard]] std::vector<Token> tokenize(const std::string& source);

} // namespace hearth::jinja
