#include "text/jinja/expression_parser.h"

#include <array>
#include <charconv>

namespace hearth::jinja {

namespace {

struct OperatorSpelling {
    std::string_view spelling;
    Operator meaning;
};

constexpr std::array<OperatorSpelling, 6> kComparisons = {{{"==", Operator::Equal},
                                                           {"!=", Operator::NotEqual},
                                                           {"<", Operator::Less},
                                                           {"<=", Operator::LessEqual},
                                                           {">", Operator::Greater},
                                                           {">=", Operator::GreaterEqual}}};
constexpr std::array<OperatorSpelling, 2> kSums = {
    {{"+", Operator::Add}, {"-", Operator::Subtract}}};
constexpr std::array<OperatorSpelling, 4> kProducts = {{{"*", Operator::Multiply},
                                                        {"/", Operator::Divide},
                                                        {"//", Operator::FloorDivide},
                                                        {"%", Operator::Modulo}}};
constexpr std::array<OperatorSpelling, 1> kPowers = {{{"**", Operator::Power}}};

template<std::size_t N>
const OperatorSpelling* findOperator(const std::array<OperatorSpelling, N>& operators,
                                     const Token& token) {
    for (const OperatorSpelling& candidate : operators) {
        if (token.isOperator(candidate.spelling))
            return &candidate;
    }
    return nullptr;
}

[[noreturn]] void tooDeep(int line) {
    throw TemplateError("the template is nested too deep", line);
}

} // namespace

ExpressionParser::Nesting::Nesting(ExpressionParser& parser)
    : m_parser(parser) {
    if (m_parser.m_nesting >= kMaxNesting)
        tooDeep(m_parser.m_tokens.current().line);
    ++m_parser.m_nesting;
}

ExpressionPtr ExpressionParser::finished(ExpressionPtr node) const {
    std::uint32_t highest = 0;
    for (const ExpressionPtr& operand : node->operands)
        highest = std::max(highest, operand != nullptr ? operand->height : 0);
    for (const Argument& argument : node->arguments)
        highest = std::max(highest, argument.value->height);
    node->height = highest + 1;
    if (node->height > kMaxNesting)
        tooDeep(node->line);
    return node;
}

template<typename... Operands>
ExpressionPtr ExpressionParser::node(ExpressionKind kind, int line, Operands... operands) {
    auto made = std::make_unique<Expression>();
    made->kind = kind;
    made->line = line;
    (made->operands.push_back(std::move(operands)), ...);
    return finished(std::move(made));
}

bool ExpressionParser::atTupleEnd(std::string_view endName) const {
    const Token& token = m_tokens.current();
    return token.kind == TokenKind::VariableEnd || token.kind == TokenKind::BlockEnd ||
           token.isOperator(")") || (!endName.empty() && token.isName(endName));
}

ExpressionPtr ExpressionParser::parseTuple(Conditionals conditionals, std::string_view endName) {
    const int line = m_tokens.current().line;
    auto tuple = node(ExpressionKind::Tuple, line);
    bool isTuple = false;
    while (!atTupleEnd(endName)) {
        tuple->operands.push_back(conditionals == Conditionals::Allow ? parseConditional()
                                                                      : parseOr());
        if (!m_tokens.skipOperator(","))
            break;
        isTuple = true;
    }
    if (isTuple)
        return finished(std::move(tuple));
    if (tuple->operands.empty())
        m_tokens.unexpected("an expression");
    return std::move(tuple->operands.front());
}

ExpressionPtr ExpressionParser::parseTargetItem(Targets targets) {
    const Nesting nesting(*this);
    const int line = m_tokens.current().line;
    if (m_tokens.skipOperator("(")) {
        ExpressionPtr inner = parseTarget(targets);
        m_tokens.expectOperator(")");
        return inner;
    }
    ExpressionPtr item = node(ExpressionKind::Name, line);
    item->name = m_tokens.expect(TokenKind::Name, "a name").text;
    static constexpr std::array<std::string_view, 6> kReserved = {"true", "false", "none",
                                                                  "True", "False", "None"};
    if (std::find(kReserved.begin(), kReserved.end(), item->name) != kReserved.end())
        throw TemplateError("can't assign to '" + item->name + "'", line);
    if (targets == Targets::NamesAndNamespaces && m_tokens.skipOperator(".")) {
        item->kind = ExpressionKind::NamespaceRef;
        item->attribute = m_tokens.expect(TokenKind::Name, "a name").text;
    }
    return item;
}

ExpressionPtr ExpressionParser::parseTarget(Targets targets) {
    const int line = m_tokens.current().line;
    ExpressionPtr first = parseTargetItem(targets);
    if (!m_tokens.current().isOperator(","))
        return first;
    auto tuple = node(ExpressionKind::Tuple, line, std::move(first));
    while (m_tokens.skipOperator(",")) {
        if (m_tokens.current().kind != TokenKind::Name && !m_tokens.current().isOperator("("))
            break;
        if (m_tokens.current().isName("in"))
            break;
        tuple->operands.push_back(parseTargetItem(targets));
    }
    return finished(std::move(tuple));
}

ExpressionPtr ExpressionParser::parseConditional() {
    const Nesting nesting(*this);
    ExpressionPtr value = parseOr();
    while (m_tokens.current().isName("if")) {
        const int line = m_tokens.take().line;
        ExpressionPtr condition = parseOr();
        ExpressionPtr alternative = m_tokens.skipName("else") ? parseConditional() : nullptr;
        value = node(ExpressionKind::Conditional, line, std::move(condition), std::move(value),
                     std::move(alternative));
    }
    return value;
}

ExpressionPtr ExpressionParser::parseOr() {
    ExpressionPtr left = parseAnd();
    while (m_tokens.current().isName("or")) {
        const int line = m_tokens.take().line;
        left = node(ExpressionKind::Or, line, std::move(left), parseAnd());
    }
    return left;
}

ExpressionPtr ExpressionParser::parseAnd() {
    ExpressionPtr left = parseNot();
    while (m_tokens.current().isName("and")) {
        const int line = m_tokens.take().line;
        left = node(ExpressionKind::And, line, std::move(left), parseNot());
    }
    return left;
}

ExpressionPtr ExpressionParser::parseNot() {
    if (!m_tokens.current().isName("not"))
        return parseCompare();
    const Nesting nesting(*this);
    const int line = m_tokens.take().line;
    return node(ExpressionKind::Not, line, parseNot());
}

bool ExpressionParser::parseComparison(Expression& compare) {
    if (const OperatorSpelling* found = findOperator(kComparisons, m_tokens.current())) {
        m_tokens.take();
        compare.operators.push_back(found->meaning);
    } else if (m_tokens.skipName("in")) {
        compare.operators.push_back(Operator::In);
    } else if (m_tokens.current().isName("not") && m_tokens.ahead().isName("in")) {
        m_tokens.take();
        m_tokens.take();
        compare.operators.push_back(Operator::NotIn);
    } else {
        return false;
    }
    compare.operands.push_back(parseSum());
    return true;
}

ExpressionPtr ExpressionParser::parseCompare() {
    const int line = m_tokens.current().line;
    ExpressionPtr left = parseSum();
    auto compare = node(ExpressionKind::Compare, line, std::move(left));
    while (parseComparison(*compare)) {
    }
    if (compare->operators.empty())
        return std::move(compare->operands.front());
    return finished(std::move(compare));
}

ExpressionPtr ExpressionParser::parseSum() {
    ExpressionPtr left = parseConcat();
    while (const OperatorSpelling* found = findOperator(kSums, m_tokens.current())) {
        const int line = m_tokens.take().line;
        left = node(ExpressionKind::Binary, line, std::move(left), parseConcat());
        left->operators.push_back(found->meaning);
    }
    return left;
}

ExpressionPtr ExpressionParser::parseConcat() {
    const int line = m_tokens.current().line;
    ExpressionPtr first = parseProduct();
    if (!m_tokens.current().isOperator("~"))
        return first;
    auto concat = node(ExpressionKind::Concat, line, std::move(first));
    while (m_tokens.skipOperator("~"))
        concat->operands.push_back(parseProduct());
    return finished(std::move(concat));
}

ExpressionPtr ExpressionParser::parseProduct() {
    ExpressionPtr left = parsePower();
    while (const OperatorSpelling* found = findOperator(kProducts, m_tokens.current())) {
        const int line = m_tokens.take().line;
        left = node(ExpressionKind::Binary, line, std::move(left), parsePower());
        left->operators.push_back(found->meaning);
    }
    return left;
}

ExpressionPtr ExpressionParser::parsePower() {
    ExpressionPtr left = parseUnary(Filters::Apply);
    while (const OperatorSpelling* found = findOperator(kPowers, m_tokens.current())) {
        const int line = m_tokens.take().line;
        left = node(ExpressionKind::Binary, line, std::move(left), parseUnary(Filters::Apply));
        left->operators.push_back(found->meaning);
    }
    return left;
}

ExpressionPtr ExpressionParser::parseUnary(Filters filters) {
    const Nesting nesting(*this);
    const int line = m_tokens.current().line;
    ExpressionPtr operand;
    if (m_tokens.skipOperator("-"))
        operand = node(ExpressionKind::Negate, line, parseUnary(Filters::Leave));
    else if (m_tokens.skipOperator("+"))
        operand = node(ExpressionKind::Plus, line, parseUnary(Filters::Leave));
    else
        operand = parsePrimary();
    operand = parsePostfix(std::move(operand));
    return filters == Filters::Apply ? parseFiltersAndTests(std::move(operand))
                                     : std::move(operand);
}

ExpressionPtr ExpressionParser::parsePrimary() {
    const Token& token = m_tokens.current();
    switch (token.kind) {
    case TokenKind::Name:
        return parseName();
    case TokenKind::String:
        return parseString();
    case TokenKind::Integer:
    case TokenKind::Float:
        return parseNumber();
    default:
        if (token.isOperator("("))
            return parseParenthesized();
        if (token.isOperator("["))
            return parseList();
        if (token.isOperator("{"))
            return parseDict();
        m_tokens.unexpected("an expression");
    }
}

ExpressionPtr ExpressionParser::parseName() {
    const Token& token = m_tokens.take();
    ExpressionPtr name = node(ExpressionKind::Name, token.line);
    if (token.text == "true" || token.text == "True" || token.text == "false" ||
        token.text == "False") {
        name->kind = ExpressionKind::Constant;
        name->constant = Value(token.text == "true" || token.text == "True");
    } else if (token.text == "none" || token.text == "None") {
        name->kind = ExpressionKind::Constant;
        name->constant = Value::none();
    } else {
        name->name = token.text;
        specialNames.varargs |= token.text == "varargs";
        specialNames.kwargs |= token.text == "kwargs";
        specialNames.caller |= token.text == "caller";
    }
    return name;
}

ExpressionPtr ExpressionParser::parseNumber() {
    const Token& token = m_tokens.take();
    ExpressionPtr number = node(ExpressionKind::Constant, token.line);
    const char* begin = token.text.data();
    const char* end = begin + token.text.size();
    std::errc error{};
    if (token.kind == TokenKind::Integer) {
        std::int64_t integer = 0;
        error = std::from_chars(begin, end, integer).ec;
        number->constant = Value(integer);
    } else {
        double real = 0;
        error = std::from_chars(begin, end, real).ec;
        number->constant = Value(real);
    }
    if (error != std::errc())
        throw TemplateError("the number " + token.text + " is out of range", token.line);
    return number;
}

ExpressionPtr ExpressionParser::parseString() {
    ExpressionPtr string = node(ExpressionKind::Constant, m_tokens.current().line);
    std::string text;
    while (m_tokens.current().kind == TokenKind::String)
        text += m_tokens.take().text;
    string->constant = Value(std::make_shared<const Text>(std::move(text)));
    return string;
}

ExpressionPtr ExpressionParser::parseParenthesized() {
    const int line = m_tokens.take().line;
    if (m_tokens.skipOperator(")"))
        return node(ExpressionKind::Tuple, line);
    ExpressionPtr inner = parseTuple();
    m_tokens.expectOperator(")");
    return inner;
}

ExpressionPtr ExpressionParser::parseList() {
    auto list = node(ExpressionKind::List, m_tokens.take().line);
    while (!m_tokens.current().isOperator("]")) {
        list->operands.push_back(parseExpression());
        if (!m_tokens.skipOperator(","))
            break;
    }
    m_tokens.expectOperator("]");
    return finished(std::move(list));
}

ExpressionPtr ExpressionParser::parseDict() {
    auto dict = node(ExpressionKind::Dict, m_tokens.take().line);
    while (!m_tokens.current().isOperator("}")) {
        dict->operands.push_back(parseExpression());
        m_tokens.expectOperator(":");
        dict->operands.push_back(parseExpression());
        if (!m_tokens.skipOperator(","))
            break;
    }
    m_tokens.expectOperator("}");
    return finished(std::move(dict));
}

ExpressionPtr ExpressionParser::parsePostfix(ExpressionPtr operand) {
    while (true) {
        const Token& token = m_tokens.current();
        if (token.isOperator("."))
            operand = parseAttribute(std::move(operand));
        else if (token.isOperator("["))
            operand = parseSubscript(std::move(operand));
        else if (token.isOperator("("))
            operand = parseCall(std::move(operand));
        else
            return operand;
    }
}

ExpressionPtr ExpressionParser::parseFiltersAndTests(ExpressionPtr operand) {
    while (true) {
        const Token& token = m_tokens.current();
        if (token.isOperator("|"))
            operand = parseFilters(std::move(operand));
        else if (token.isName("is"))
            operand = parseTest(std::move(operand));
        else if (token.isOperator("("))
            operand = parseCall(std::move(operand));
        else
            return operand;
    }
}

ExpressionPtr ExpressionParser::parseAttribute(ExpressionPtr operand) {
    const int line = m_tokens.take().line;
    if (m_tokens.current().kind == TokenKind::Integer)
        return node(ExpressionKind::Subscript, line, std::move(operand), parseNumber());
    ExpressionPtr attribute = node(ExpressionKind::Attribute, line, std::move(operand));
    attribute->name = m_tokens.expect(TokenKind::Name, "a name or number").text;
    return attribute;
}

ExpressionPtr ExpressionParser::parseSubscript(ExpressionPtr operand) {
    const int line = m_tokens.take().line;
    auto indices = node(ExpressionKind::Tuple, line);
    while (!m_tokens.current().isOperator("]")) {
        indices->operands.push_back(parseIndex());
        if (!m_tokens.skipOperator(","))
            break;
    }
    m_tokens.expectOperator("]");
    ExpressionPtr index = indices->operands.size() == 1 ? std::move(indices->operands.front())
                                                        : finished(std::move(indices));
    return node(ExpressionKind::Subscript, line, std::move(operand), std::move(index));
}

ExpressionPtr ExpressionParser::parseIndex() {
    const int line = m_tokens.current().line;
    const auto atEnd = [this] {
        const Token& token = m_tokens.current();
        return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    };
    ExpressionPtr start = m_tokens.current().isOperator(":") ? nullptr : parseExpression();
    if (!m_tokens.skipOperator(":"))
        return start;
    ExpressionPtr stop = atEnd() ? nullptr : parseExpression();
    ExpressionPtr step;
    if (m_tokens.skipOperator(":") && !atEnd())
        step = parseExpression();
    return node(ExpressionKind::Slice, line, std::move(start), std::move(stop), std::move(step));
}

ExpressionPtr ExpressionParser::parseCall(ExpressionPtr callee) {
    ExpressionPtr call = node(ExpressionKind::Call, m_tokens.current().line, std::move(callee));
    call->arguments = parseArguments();
    return finished(std::move(call));
}

Argument ExpressionParser::parseArgument(const std::vector<Argument>& before) {
    using Kind = Argument::Kind;
    Argument argument;
    const int line = m_tokens.current().line;
    if (m_tokens.skipOperator("*")) {
        argument.kind = Kind::Unpack;
    } else if (m_tokens.skipOperator("**")) {
        argument.kind = Kind::UnpackKeywords;
    } else if (m_tokens.current().kind == TokenKind::Name && m_tokens.ahead().isOperator("=")) {
        argument.kind = Kind::Keyword;
        argument.name = m_tokens.take().text;
        m_tokens.take();
    }
    const Kind last = before.empty() ? Kind::Positional : before.back().kind;
    const bool inOrder = last != Kind::UnpackKeywords &&
                         (argument.kind != Kind::Positional || last == Kind::Positional) &&
                         (argument.kind != Kind::Unpack || last != Kind::Unpack);
    if (!inOrder)
        throw TemplateError("the arguments of a call are out of order", line);
    const bool repeated = std::any_of(before.begin(), before.end(), [&](const Argument& other) {
        return argument.kind == Kind::Keyword && other.kind == Kind::Keyword &&
               other.name == argument.name;
    });
    if (repeated)
        throw TemplateError("keyword argument repeated: " + argument.name, line);
    argument.value = parseExpression();
    return argument;
}

std::vector<Argument> ExpressionParser::parseArguments() {
    m_tokens.expectOperator("(");
    std::vector<Argument> arguments;
    while (!m_tokens.current().isOperator(")")) {
        arguments.push_back(parseArgument(arguments));
        if (!m_tokens.skipOperator(","))
            break;
    }
    m_tokens.expectOperator(")");
    return arguments;
}

std::string ExpressionParser::parseDottedName() {
    std::string name = m_tokens.expect(TokenKind::Name, "a name").text;
    while (m_tokens.skipOperator("."))
        name += "." + m_tokens.expect(TokenKind::Name, "a name").text;
    return name;
}

ExpressionPtr ExpressionParser::parseFilter(ExpressionPtr operand) {
    ExpressionPtr filter =
        node(ExpressionKind::Filter, m_tokens.current().line, std::move(operand));
    filter->name = parseDottedName();
    if (m_tokens.current().isOperator("("))
        filter->arguments = parseArguments();
    return finished(std::move(filter));
}

ExpressionPtr ExpressionParser::parseFilters(ExpressionPtr operand) {
    if (operand == nullptr)
        operand = parseFilter(nullptr);
    while (m_tokens.skipOperator("|"))
        operand = parseFilter(std::move(operand));
    return operand;
}

ExpressionPtr ExpressionParser::parseTest(ExpressionPtr operand) {
    const int line = m_tokens.take().line;
    const bool negated = m_tokens.skipName("not");
    ExpressionPtr test = node(ExpressionKind::Test, line, std::move(operand));
    test->name = parseDottedName();
    const Token& token = m_tokens.current();
    const bool startsOperand = (token.kind == TokenKind::Name && !token.isName("else") &&
                                !token.isName("or") && !token.isName("and")) ||
                               token.kind == TokenKind::String ||
                               token.kind == TokenKind::Integer || token.kind == TokenKind::Float ||
                               token.isOperator("[") || token.isOperator("{");
    if (token.isOperator("(")) {
        test->arguments = parseArguments();
    } else if (startsOperand) {
        if (token.isName("is"))
            throw TemplateError("tests with 'is' cannot be chained", token.line);
        Argument argument;
        argument.value = parsePostfix(parsePrimary());
        test->arguments.push_back(std::move(argument));
    }
    test = finished(std::move(test));
    return negated ? node(ExpressionKind::Not, line, std::move(test)) : std::move(test);
}

} // namespace hearth::jinja
