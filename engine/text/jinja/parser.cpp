#include "text/jinja/parser.h"

#include <array>
#include <functional>

#include "text/jinja/expression_parser.h"

namespace hearth::jinja {

namespace {

class Parser {
public:
    explicit Parser(const std::string& source)
        : m_tokens(tokenize(source))
        , m_expressions(m_tokens) {}

    std::unique_ptr<TemplateNode> run() {
        auto root = std::make_unique<TemplateNode>();
        root->body = parseBody({});
        return root;
    }

private:
    using EndNames = std::vector<std::string_view>;

    /// Statements up to a block tag whose name is one of `ends`, which becomes the current token;
    /// up to the end of the template if there are none.
    Body parseBody(const EndNames& ends) {
        const ExpressionParser::Nesting nesting(m_expressions);
        Body body;
        while (true) {
            const Token& token = m_tokens.current();
            switch (token.kind) {
            case TokenKind::End:
                if (!ends.empty())
                    m_tokens.unexpected("'" + std::string(ends.back()) + "'");
                return body;
            case TokenKind::Data:
                body.push_back(statement(StatementKind::Data));
                body.back().name = m_tokens.take().text;
                break;
            case TokenKind::VariableBegin:
                body.push_back(parsePrint());
                break;
            default:
                m_tokens.take();
                if (atName(ends))
                    return body;
                parseBlock(body);
                m_tokens.expect(TokenKind::BlockEnd, "'%}'");
            }
        }
    }

    bool atName(const EndNames& names) const {
        return std::any_of(names.begin(), names.end(), [this](std::string_view name) {
            return m_tokens.current().isName(name);
        });
    }

    Statement statement(StatementKind kind) const {
        Statement made;
        made.kind = kind;
        made.line = m_tokens.current().line;
        return made;
    }

    Statement parsePrint() {
        Statement print = statement(StatementKind::Print);
        m_tokens.take();
        print.expression = m_expressions.parseTuple();
        m_tokens.expect(TokenKind::VariableEnd, "'}}'");
        return print;
    }

    /// The body of a block tag, after its '%}', up to and with the name of its end tag.
    Body parseInside(std::string_view end) {
        m_tokens.expect(TokenKind::BlockEnd, "'%}'");
        Body body = parseBody({end});
        m_tokens.take();
        return body;
    }

    void parseBlock(Body& body) {
        struct Block {
            std::string_view name;
            Statement (Parser::*parse)();
        };
        static constexpr std::array<Block, 11> kBlocks = {{
            {"if", &Parser::parseIf},
            {"for", &Parser::parseFor},
            {"set", &Parser::parseSet},
            {"macro", &Parser::parseMacro},
            {"call", &Parser::parseCallBlock},
            {"filter", &Parser::parseFilterBlock},
            {"with", &Parser::parseWith},
            {"generation", &Parser::parseGeneration},
            {"break", &Parser::parseBreak},
            {"continue", &Parser::parseContinue},
            {"print", &Parser::parsePrintBlock},
        }};
        const Token& token = m_tokens.current();
        if (token.kind != TokenKind::Name)
            m_tokens.unexpected("the name of a tag");
        const auto* found = std::find_if(kBlocks.begin(), kBlocks.end(), [&](const Block& block) {
            return token.text == block.name;
        });
        if (found == kBlocks.end())
            unknownTag(token);
        body.push_back((this->*found->parse)());
    }

    [[noreturn]] static void unknownTag(const Token& token) {
        static constexpr std::array<std::string_view, 6> kOtherFiles = {
            "import", "include", "from", "extends", "block", "autoescape"};
        const bool refused =
            std::find(kOtherFiles.begin(), kOtherFiles.end(), token.text) != kOtherFiles.end();
        throw TemplateError(refused ? "'" + token.text + "' is not allowed in a chat template"
                                    : "unknown tag '" + token.text + "'",
                            token.line);
    }

    Statement parseIf() {
        Statement made = statement(StatementKind::If);
        do {
            m_tokens.take();
            Branch branch;
            branch.condition = m_expressions.parseTuple(ExpressionParser::Conditionals::Stop);
            m_tokens.expect(TokenKind::BlockEnd, "'%}'");
            branch.body = parseBody({"elif", "else", "endif"});
            made.branches.push_back(std::move(branch));
        } while (m_tokens.current().isName("elif"));
        if (m_tokens.skipName("else"))
            made.otherwise = parseInside("endif");
        else
            m_tokens.take();
        return made;
    }

    Statement parseFor() {
        Statement made = statement(StatementKind::For);
        m_tokens.take();
        made.target = m_expressions.parseTarget(ExpressionParser::Targets::Names);
        if (!m_tokens.skipName("in"))
            m_tokens.unexpected("'in'");
        made.expression =
            m_expressions.parseTuple(ExpressionParser::Conditionals::Stop, "recursive");
        if (m_tokens.skipName("if"))
            made.condition = m_expressions.parseExpression();
        made.recursive = m_tokens.skipName("recursive");
        m_tokens.expect(TokenKind::BlockEnd, "'%}'");
        ++m_loops;
        made.body = parseBody({"else", "endfor"});
        --m_loops;
        if (m_tokens.skipName("else"))
            made.otherwise = parseInside("endfor");
        else
            m_tokens.take();
        return made;
    }

    Statement parseSet() {
        Statement made = statement(StatementKind::Set);
        m_tokens.take();
        made.target = m_expressions.parseTarget(ExpressionParser::Targets::NamesAndNamespaces);
        if (m_tokens.skipOperator("=")) {
            made.expression = m_expressions.parseTuple();
            return made;
        }
        made.kind = StatementKind::SetBlock;
        if (m_tokens.skipOperator("|"))
            made.expression = m_expressions.parseFilters(nullptr);
        made.body = parseInside("endset");
        return made;
    }

    void parseParameters(Statement& made) {
        m_tokens.expectOperator("(");
        while (!m_tokens.current().isOperator(")")) {
            Parameter parameter;
            parameter.name = m_tokens.expect(TokenKind::Name, "a parameter").text;
            if (m_tokens.skipOperator("="))
                parameter.defaultValue = m_expressions.parseExpression();
            else if (!made.parameters.empty() && made.parameters.back().defaultValue != nullptr)
                throw TemplateError("a parameter without default follows one with",
                                    m_tokens.current().line);
            made.parameters.push_back(std::move(parameter));
            if (!m_tokens.skipOperator(","))
                break;
        }
        m_tokens.expectOperator(")");
    }

    /// The body of a macro or call block: a function of its own, out of reach of outer loops'
    /// break and continue.
    void parseCallableBody(Statement& made, std::string_view end) {
        const auto outerNames = std::exchange(m_expressions.specialNames, {});
        const int outerLoops = std::exchange(m_loops, 0);
        made.body = parseInside(end);
        m_loops = outerLoops;
        auto& names = m_expressions.specialNames;
        made.usesVarargs = names.varargs;
        made.usesKwargs = names.kwargs;
        made.usesCaller = names.caller;
        names.varargs |= outerNames.varargs;
        names.kwargs |= outerNames.kwargs;
        names.caller |= outerNames.caller;
    }

    Statement parseMacro() {
        Statement made = statement(StatementKind::Macro);
        m_tokens.take();
        made.name = m_tokens.expect(TokenKind::Name, "a macro's name").text;
        parseParameters(made);
        parseCallableBody(made, "endmacro");
        return made;
    }

    Statement parseCallBlock() {
        Statement made = statement(StatementKind::CallBlock);
        m_tokens.take();
        made.name = "caller";
        if (m_tokens.current().isOperator("("))
            parseParameters(made);
        made.expression = m_expressions.parseExpression();
        if (made.expression->kind != ExpressionKind::Call)
            throw TemplateError("{% call %} needs a call", made.line);
        parseCallableBody(made, "endcall");
        return made;
    }

    Statement parseFilterBlock() {
        Statement made = statement(StatementKind::FilterBlock);
        m_tokens.take();
        made.expression = m_expressions.parseFilters(nullptr);
        made.body = parseInside("endfilter");
        return made;
    }

    Statement parseWith() {
        Statement made = statement(StatementKind::With);
        m_tokens.take();
        while (m_tokens.current().kind != TokenKind::BlockEnd) {
            Parameter variable;
            variable.name = m_tokens.expect(TokenKind::Name, "a name").text;
            m_tokens.expectOperator("=");
            variable.defaultValue = m_expressions.parseExpression();
            made.parameters.push_back(std::move(variable));
            if (!m_tokens.skipOperator(","))
                break;
        }
        made.body = parseInside("endwith");
        return made;
    }

    Statement parseGeneration() {
        Statement made = statement(StatementKind::Generation);
        m_tokens.take();
        const int outerLoops = std::exchange(m_loops, 0);
        made.body = parseInside("endgeneration");
        m_loops = outerLoops;
        return made;
    }

    Statement parseJump(StatementKind kind) {
        Statement made = statement(kind);
        if (m_loops == 0)
            throw TemplateError("'" + m_tokens.current().text + "' outside of a loop", made.line);
        m_tokens.take();
        return made;
    }
    Statement parseBreak() { return parseJump(StatementKind::Break); }
    Statement parseContinue() { return parseJump(StatementKind::Continue); }

    Statement parsePrintBlock() {
        Statement made = statement(StatementKind::Print);
        m_tokens.take();
        made.expression = m_expressions.parseTuple();
        if (made.expression->kind == ExpressionKind::Tuple)
            made.expression->kind = ExpressionKind::Concat;
        return made;
    }

    TokenStream m_tokens;
    ExpressionParser m_expressions;
    int m_loops = 0;
};

} // namespace

std::unique_ptr<TemplateNode> parseTemplate(const std::string& source) {
    return Parser(source).run();
}

} // namespace hearth::jinja
