#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "text/jinja/value.h"

namespace hearth::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct Statement;
using Body = std::vector<Statement>;

enum class ExpressionKind {
    Constant,     ///< `constant`.
    Name,         ///< `name`.
    NamespaceRef, ///< `name`.`attribute`, as a target of {% set %} only.
    List,         ///< The operands.
    Tuple,        ///< The operands.
    Dict,         ///< Keys and values in turn.
    Attribute,    ///< operand 0, `name`.
    Subscript,    ///< operand 0, index 1 (may be a Slice).
    Slice,        ///< start, stop, step; each may be null.
    Call,         ///< operand 0, `arguments`.
    Filter,       ///< operand 0 (null: the text of a block), `name`, `arguments`.
    Test,         ///< operand 0, `name`, `arguments`.
    Not,
    Negate,
    Plus,
    Binary, ///< operands 0 and 1, `operators[0]`.
    And,
    Or,
    Concat,      ///< The operands, two or more.
    Compare,     ///< operand 0, then one operand for each of `operators`.
    Conditional, ///< condition, value, alternative (may be null).
};

enum class Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
};

struct Argument {
    enum class Kind { Positional, Keyword, Unpack, UnpackKeywords };
    Kind kind = Kind::Positional;
    std::string name; ///< Of a Keyword.
    ExpressionPtr value;
};

/// A node of an expression; which members count depends on `kind`.
struct Expression {
    ExpressionKind kind = ExpressionKind::Constant;
    int line = 1;
    std::uint32_t height = 1; ///< Levels of nodes from here down; the parser caps it.
    Value constant;
    std::string name;
    std::string attribute;
    std::vector<ExpressionPtr> operands;
    std::vector<Operator> operators;
    std::vector<Argument> arguments;
};

enum class StatementKind {
    Data,        ///< `name` is the text.
    Print,       ///< `expression`.
    If,          ///< `branches`, `otherwise`.
    For,         ///< `target`, `expression`, `condition`?, `recursive`, `body`, `otherwise`.
    Set,         ///< `target`, `expression`.
    SetBlock,    ///< `target`, filters in `expression`?, `body`.
    Macro,       ///< `name`, `parameters`, `body`.
    CallBlock,   ///< `expression` (a Call), `parameters`, `body`.
    FilterBlock, ///< Filters in `expression`, `body`.
    With,        ///< `parameters` with their values, `body`.
    Generation,  ///< `body`.
    Break,
    Continue,
};

struct Branch {
    ExpressionPtr condition;
    Body body;
};

struct Parameter {
    std::string name;
    ExpressionPtr defaultValue; ///< May be null.
};

struct Statement {
    StatementKind kind = StatementKind::Data;
    int line = 1;
    bool recursive = false;
    // Which special names the body of a macro or call block reads.
    bool usesVarargs = false;
    bool usesKwargs = false;
    bool usesCaller = false;
    std::string name;
    ExpressionPtr target;
    ExpressionPtr expression;
    ExpressionPtr condition;
    std::vector<Parameter> parameters;
    std::vector<Branch> branches;
    Body body;
    Body otherwise;
};

/// A whole template.
struct TemplateNode {
    Body body;
};

} // namespace hearth::jinja
