#include "sampling/grammar/expression.h"

#include <algorithm>
#include <utility>

namespace hearth::grammar {

RuleId Grammar::addRule(std::string name) {
    m_rules.push_back({std::move(name), 0});
    return RuleId(m_rules.size() - 1);
}

ExpressionId Grammar::add(Expression expression) {
    m_expressions.push_back(std::move(expression));
    return ExpressionId(m_expressions.size() - 1);
}

ExpressionId Grammar::bytes(std::string text) {
    Expression expression;
    expression.kind = ExpressionKind::Bytes;
    expression.bytes = std::move(text);
    return add(std::move(expression));
}

ExpressionId Grammar::characters(std::vector<CodeRange> ranges) {
    Expression expression;
    expression.kind = ExpressionKind::Characters;
    expression.ranges = normalised(std::move(ranges));
    return add(std::move(expression));
}

ExpressionId Grammar::sequence(std::vector<ExpressionId> children) {
    if (children.size() == 1)
        return children.front();
    Expression expression;
    expression.kind = ExpressionKind::Sequence;
    expression.children = std::move(children);
    return add(std::move(expression));
}

ExpressionId Grammar::alternatives(std::vector<ExpressionId> children) {
    if (children.size() == 1)
        return children.front();
    Expression expression;
    expression.kind = ExpressionKind::Alternatives;
    expression.children = std::move(children);
    return add(std::move(expression));
}

ExpressionId Grammar::repeat(ExpressionId child, std::int32_t min, std::int32_t max) {
    Expression expression;
    expression.kind = ExpressionKind::Repeat;
    expression.children = {child};
    expression.min = min;
    expression.max = max;
    return add(std::move(expression));
}

ExpressionId Grammar::call(RuleId rule) {
    Expression expression;
    expression.kind = ExpressionKind::Call;
    expression.rule = rule;
    return add(std::move(expression));
}

ExpressionId Grammar::textThrough(std::string end) {
    Expression expression;
    expression.kind = ExpressionKind::TextThrough;
    expression.bytes = std::move(end);
    return add(std::move(expression));
}

ExpressionId Grammar::textWithout(std::string part) {
    Expression expression;
    expression.kind = ExpressionKind::TextWithout;
    expression.bytes = std::move(part);
    return add(std::move(expression));
}

ExpressionId Grammar::list(std::vector<ExpressionId> children, std::vector<ItemUse> uses,
                           ExpressionId separator) {
    Expression expression;
    expression.kind = ExpressionKind::List;
    expression.children = std::move(children);
    expression.uses = std::move(uses);
    expression.separator = separator;
    return add(std::move(expression));
}

std::vector<CodeRange> normalised(std::vector<CodeRange> ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const CodeRange& a, const CodeRange& b) { return a.first < b.first; });
    std::vector<CodeRange> joined;
    for (const CodeRange& range : ranges) {
        if (!joined.empty() && range.first <= joined.back().last + 1)
            joined.back().last = std::max(joined.back().last, range.last);
        else
            joined.push_back(range);
    }
    return joined;
}

std::vector<CodeRange> complement(std::vector<CodeRange> ranges) {
    std::vector<CodeRange> rest;
    char32_t next = 0;
    for (const CodeRange& range : normalised(std::move(ranges))) {
        if (range.first > next)
            rest.push_back({next, range.first - 1});
        next = range.last + 1;
    }
    if (next <= kLastCodePoint)
        rest.push_back({next, kLastCodePoint});
    return rest;
}

} // namespace hearth::grammar
