#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/tainted_text.h"

namespace hearth::jinja {

class Object;
class Value;

/// A missing value: prints as nothing, is false and empty; any other use is an error.
struct Undefined {
    std::shared_ptr<const std::string> reason; ///< For that error; may be null.
};

struct None {};

struct List {
    std::vector<Value> items;
    bool isTuple = false;
    std::uint32_t height = 1; ///< Levels of containers, this one included.
};

struct Dict {
    std::vector<std::pair<Value, Value>> entries; ///< In order of insertion, keys distinct.
    std::uint32_t height = 1;
};

struct BoundMethod;

/// A value of a template. Immutable and shared; the objects that can change (namespaces, loops,
/// cyclers) belong to the interpreter, and values only point to them, so that no cycle of
/// ownership can arise. Containers' heights are capped, so that every recursion over a value ends.
class Value {
public:
    using Data =
        std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const Text>,
                     std::shared_ptr<const List>, std::shared_ptr<const Dict>,
                     std::shared_ptr<const BoundMethod>, Object*>;

    Value() = default;
    template<typename T>
    explicit Value(T data)
        : m_data(std::move(data)) {}
    static Value none() { return Value(None{}); }
    static Value undefined(std::string reason);

    [[nodiscard]] bool isUndefined() const { return std::holds_alternative<Undefined>(m_data); }
    [[nodiscard]] bool isNone() const { return std::holds_alternative<None>(m_data); }
    [[nodiscard]] bool isBool() const { return std::holds_alternative<bool>(m_data); }
    /// True for bools too, as in Python.
    [[nodiscard]] bool isInteger() const {
        return isBool() || std::holds_alternative<std::int64_t>(m_data);
    }
    [[nodiscard]] bool isFloat() const { return std::holds_alternative<double>(m_data); }
    [[nodiscard]] bool isNumber() const { return isInteger() || isFloat(); }
    /// Of an integer or bool.
    [[nodiscard]] std::int64_t integer() const;
    /// Of a number.
    [[nodiscard]] double number() const;

    // The content, or null if this is of another type.
    [[nodiscard]] const Text* text() const { return pointer<Text>(); }
    [[nodiscard]] const List* list() const { return pointer<List>(); }
    [[nodiscard]] std::shared_ptr<const List> sharedList() const {
        const auto* found = std::get_if<std::shared_ptr<const List>>(&m_data);
        return found != nullptr ? *found : nullptr;
    }
    [[nodiscard]] const Dict* dict() const { return pointer<Dict>(); }
    [[nodiscard]] const BoundMethod* method() const { return pointer<BoundMethod>(); }
    [[nodiscard]] Object* object() const {
        const auto* found = std::get_if<Object*>(&m_data);
        return found != nullptr ? *found : nullptr;
    }
    [[nodiscard]] const std::string* undefinedReason() const;
    /// Levels of containers: 0 for a scalar.
    [[nodiscard]] std::uint32_t height() const;
    [[nodiscard]] bool truthy() const;
    /// What Python calls the type.
    [[nodiscard]] std::string_view typeName() const;

private:
    template<typename T>
    const T* pointer() const {
        const auto* found = std::get_if<std::shared_ptr<const T>>(&m_data);
        return found != nullptr ? found->get() : nullptr;
    }

    Data m_data;
};

/// `self`.`name`, not yet called.
struct BoundMethod {
    Value self;
    std::string name;
};

/// Arguments of a call, a filter or a test.
struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> keyword;
};

class Interpreter;

/// Something with identity or state: namespace, loop, macro, global function. Owned by the
/// interpreter for as long as the rendering takes.
class Object {
public:
    virtual ~Object() = default;
    [[nodiscard]] virtual std::string_view typeName() const = 0;
    /// Undefined if there is no such attribute.
    [[nodiscard]] virtual Value attribute(Interpreter& interpreter, std::string_view name);
    [[nodiscard]] virtual bool callable() const { return false; }
    virtual Value call(Interpreter& interpreter, const Arguments& arguments);
    /// How it prints.
    [[nodiscard]] virtual std::string representation() const;
};

// The makers pay for what they make.
[[nodiscard]] Value makeText(Budget& budget, Text text);
[[nodiscard]] Value makeText(Budget& budget, std::string text, Trust trust = Trust::Trusted);
/// Of text that a TextBuilder has paid for.
[[nodiscard]] Value makePaidText(Budget& budget, Text text);
[[nodiscard]] Value makeList(Budget& budget, std::vector<Value> items);
[[nodiscard]] Value makeTuple(Budget& budget, std::vector<Value> items);
[[nodiscard]] Value makeDict(Budget& budget, std::vector<std::pair<Value, Value>> entries);
[[nodiscard]] Value makeMethod(Budget& budget, Value self, std::string name);

/// What a loop over a value visits, shared with the value where it is a list. Ranges over it
/// directly; `->` needs a named one, so that no reference into a temporary is left behind.
class Items {
public:
    explicit Items(std::shared_ptr<const List> list)
        : m_list(std::move(list)) {}

    [[nodiscard]] auto begin() const { return m_list->items.begin(); }
    [[nodiscard]] auto end() const { return m_list->items.end(); }
    const List* operator->() const& { return m_list.get(); }
    const List* operator->() const&& = delete;
    [[nodiscard]] const std::shared_ptr<const List>& shared() const { return m_list; }

private:
    std::shared_ptr<const List> m_list;
};

/// Collects items under a budget.
class ListBuilder {
public:
    explicit ListBuilder(Budget& budget)
        : m_budget(budget) {}
    void add(Value value) {
        m_budget.build(sizeof(Value));
        m_items.push_back(std::move(value));
    }
    [[nodiscard]] std::vector<Value>& items() { return m_items; }
    /// Leaves the builder empty.
    [[nodiscard]] Value take() { return makeList(m_budget, std::exchange(m_items, {})); }
    [[nodiscard]] Value takeTuple() { return makeTuple(m_budget, std::exchange(m_items, {})); }

private:
    Budget& m_budget;
    std::vector<Value> m_items;
};

/// Python's ==.
[[nodiscard]] bool equal(Budget& budget, const Value& a, const Value& b);
/// Python's <, <= and so on between a and b: negative, 0 or positive; throws if they have no
/// order. NaN compares as unordered: `unordered` is set.
struct Order {
    int sign = 0;
    bool unordered = false;
};
[[nodiscard]] Order compare(Budget& budget, const Value& a, const Value& b);
/// The value under `key`, or null.
[[nodiscard]] const Value* findKey(Budget& budget, const Dict& dict, const Value& key);
[[nodiscard]] const Value* findKey(Budget& budget, const Dict& dict, std::string_view key);
/// Adds or replaces; throws if `key` cannot be one.
void setKey(Budget& budget, std::vector<std::pair<Value, Value>>& entries, Value key, Value value);

} // namespace hearth::jinja
