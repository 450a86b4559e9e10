#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "text/jinja/ast.h"
#include "text/jinja/budget.h"
#include "text/jinja/value.h"

namespace hearth::jinja {

/// Names visible at one place. Belongs to the interpreter; kept alive beyond its block only if
/// something that outlives the block refers to it.
struct Scope {
    Scope* parent = nullptr;
    bool captured = false;
    Scope* nextKept = nullptr; ///< In the interpreter's list of captured scopes.
    std::vector<std::pair<std::string_view, Value>> variables;
};

/// Renders one template once: walks its tree and holds whatever can change meanwhile. One thread.
/// Throws TemplateError.
class Interpreter {
public:
    /// `trust` null: every variable is trusted.
    Interpreter(const RenderLimits& limits, const nlohmann::ordered_json& variables,
                const TrustPolicy* trust);
    ~Interpreter();
    Interpreter(const Interpreter&) = delete;
    Interpreter& operator=(const Interpreter&) = delete;

    Text run(const TemplateNode& root);
    /// Of what was evaluated last.
    [[nodiscard]] int line() const { return m_line; }

    // What filters, tests, methods and objects need.
    [[nodiscard]] Budget& budget() { return m_budget; }
    Value call(const Value& callee, const Arguments& arguments);
    /// value.name: methods first, then keys.
    Value attribute(const Value& value, std::string_view name);
    /// value[key]: keys and items first, then attributes.
    Value subscript(const Value& value, const Value& key);
    /// What a loop over the value visits; throws if it cannot be iterated.
    Items items(const Value& value);
    Value applyFilter(std::string_view name, const Value& operand, const Arguments& arguments);
    bool applyTest(std::string_view name, const Value& operand, const Arguments& arguments);
    /// Hands an object over to the interpreter, which keeps it until the rendering ends.
    template<typename T, typename... Parameters>
    T* adopt(Parameters&&... parameters) {
        m_budget.build(sizeof(T) + kObjectOverheadBytes);
        auto made = std::make_unique<T>(std::forward<Parameters>(parameters)...);
        T* object = made.get();
        m_objects.push_back(std::move(made));
        return object;
    }
    /// Calls a macro or call block, defined in `scope`.
    Value callMacro(const Statement& macro, Scope& scope, const Arguments& arguments);
    /// Runs a recursive loop one level deeper and returns its text.
    Value recurse(const Statement& loop, Scope& scope, const Value& iterable, std::int64_t depth);

private:
    enum class Flow { Normal, Break, Continue };
    class ScopeGuard;

    static constexpr std::uint64_t kObjectOverheadBytes = 64;

    // Statements.
    Flow execute(const Body& body);
    Flow execute(const Statement& statement);
    void print(const Value& value);
    Flow executeIf(const Statement& statement);
    Flow executeFor(const Statement& statement);
    Flow runLoop(const Statement& statement, const Value& iterable, std::int64_t depth);
    Items loopItems(const Statement& statement, const Value& iterable);
    void executeSetBlock(const Statement& statement);
    void executeCallBlock(const Statement& statement);
    void executeFilterBlock(const Statement& statement);
    Flow executeWith(const Statement& statement);
    void assign(const Expression& target, const Value& value);
    void setVariable(std::string_view name, Value value);
    Text capture(const std::function<void()>& action);
    Value filterText(const Expression* filters, Text text);
    void capturePosition();

    // Expressions.
    Value evaluate(const Expression& expression);
    Value evaluateName(const Expression& expression);
    Value evaluateSequence(const Expression& expression);
    Value evaluateDict(const Expression& expression);
    Value evaluateSubscript(const Expression& expression);
    Value evaluateCall(const Expression& expression, const Value* caller);
    Value evaluateFilter(const Expression& expression, const Value* blockText);
    Value evaluateConcat(const Expression& expression);
    Value evaluateCompare(const Expression& expression);
    Value evaluateConditional(const Expression& expression);
    Arguments evaluateArguments(const std::vector<Argument>& arguments);
    void unpackKeywords(const Value& value, Arguments& arguments);
    void bindParameters(const Statement& macro, const Arguments& arguments);

    Budget m_budget;
    int m_line = 1;
    std::unordered_map<std::string_view, Value> m_globals;
    std::deque<std::unique_ptr<Object>> m_objects;
    Scope* m_keptScopes = nullptr; ///< Owned: captured scopes whose block has ended.
    Scope* m_scope = nullptr;
    TextBuilder* m_output = nullptr;
};

} // namespace hearth::jinja
