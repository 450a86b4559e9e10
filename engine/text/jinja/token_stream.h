#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/lexer.h"
#include "text/jinja/template_error.h"

namespace hearth::jinja {

/// A cursor over a template's tokens.
class TokenStream {
public:
    explicit TokenStream(std::vector<Token> tokens)
        : m_tokens(std::move(tokens)) {}

    [[nodiscard]] const Token& current() const { return m_tokens[m_at]; }
    [[nodiscard]] const Token& ahead() const {
        return m_tokens[m_at + 1 < m_tokens.size() ? m_at + 1 : m_at];
    }
    /// The current token; the cursor moves on, but never behind the end.
    const Token& take() {
        const Token& token = m_tokens[m_at];
        if (m_at + 1 < m_tokens.size())
            ++m_at;
        return token;
    }
    bool skipName(std::string_view name) {
        const bool found = current().isName(name);
        if (found)
            take();
        return found;
    }
    bool skipOperator(std::string_view spelling) {
        const bool found = current().isOperator(spelling);
        if (found)
            take();
        return found;
    }
    void expectOperator(std::string_view spelling) {
        if (!skipOperator(spelling))
            unexpected("'" + std::string(spelling) + "'");
    }
    const Token& expect(TokenKind kind, std::string_view what) {
        if (current().kind != kind)
            unexpected(std::string(what));
        return take();
    }
    [[noreturn]] void unexpected(const std::string& wanted) const {
        throw TemplateError("expected " + wanted + ", got " + describe(current()), current().line);
    }
    [[nodiscard]] static std::string describe(const Token& token) {
        switch (token.kind) {
        case TokenKind::Data:
            return "text";
        case TokenKind::VariableBegin:
            return "'{{'";
        case TokenKind::VariableEnd:
            return "'}}'";
        case TokenKind::BlockBegin:
            return "'{%'";
        case TokenKind::BlockEnd:
            return "'%}'";
        case TokenKind::End:
            return "the end of the template";
        default:
            return "'" + token.text + "'";
        }
    }

private:
    std::vector<Token> m_tokens;
    std::size_t m_at = 0;
};

} // namespace hearth::jinja
