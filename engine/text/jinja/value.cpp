#include "text/jinja/value.h"

#include <algorithm>
#include <cmath>

namespace hearth::jinja {

namespace {

/// What a value costs besides its bytes: control block and bookkeeping.
constexpr std::uint64_t kValueOverheadBytes = 96;

template<typename Values, typename Of>
std::uint32_t heightAbove(const Values& values, Of of) {
    std::uint32_t highest = 0;
    for (const auto& value : values)
        highest = std::max(highest, of(value));
    return highest + 1;
}

Value makeSequence(Budget& budget, std::vector<Value> items, bool isTuple) {
    budget.build(kValueOverheadBytes);
    auto list = std::make_shared<List>();
    list->height = heightAbove(items, [](const Value& item) { return item.height(); });
    budget.checkHeight(list->height);
    list->items = std::move(items);
    list->isTuple = isTuple;
    return Value(std::shared_ptr<const List>(std::move(list)));
}

bool equalDicts(Budget& budget, const Dict& a, const Dict& b) {
    if (a.entries.size() != b.entries.size())
        return false;
    return std::all_of(a.entries.begin(), a.entries.end(), [&](const auto& entry) {
        const Value* other = findKey(budget, b, entry.first);
        return other != nullptr && equal(budget, entry.second, *other);
    });
}

int sign(auto a, auto b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

} // namespace

Value Value::undefined(std::string reason) {
    return Value(Undefined{std::make_shared<const std::string>(std::move(reason))});
}

std::int64_t Value::integer() const {
    const auto* truth = std::get_if<bool>(&m_data);
    return truth != nullptr ? static_cast<std::int64_t>(*truth) : std::get<std::int64_t>(m_data);
}

double Value::number() const {
    return isFloat() ? std::get<double>(m_data) : static_cast<double>(integer());
}

const std::string* Value::undefinedReason() const {
    const auto* undefined = std::get_if<Undefined>(&m_data);
    return undefined != nullptr ? undefined->reason.get() : nullptr;
}

std::uint32_t Value::height() const {
    if (const List* items = list())
        return items->height;
    if (const Dict* entries = dict())
        return entries->height;
    if (const BoundMethod* bound = method())
        return bound->self.height() + 1;
    return 0;
}

bool Value::truthy() const {
    if (isInteger())
        return integer() != 0;
    if (isFloat())
        return number() != 0;
    if (const Text* string = text())
        return string->size() != 0;
    if (const List* items = list())
        return !items->items.empty();
    if (const Dict* entries = dict())
        return !entries->entries.empty();
    return !isUndefined() && !isNone();
}

std::string_view Value::typeName() const {
    if (isUndefined())
        return "Undefined";
    if (isNone())
        return "NoneType";
    if (isBool())
        return "bool";
    if (isInteger())
        return "int";
    if (isFloat())
        return "float";
    if (text() != nullptr)
        return "str";
    if (const List* items = list())
        return items->isTuple ? "tuple" : "list";
    if (dict() != nullptr)
        return "dict";
    if (method() != nullptr)
        return "method";
    return object()->typeName();
}

Value Object::attribute(Interpreter&, std::string_view name) {
    return Value::undefined("'" + std::string(typeName()) + "' has no attribute '" +
                            std::string(name) + "'");
}

Value Object::call(Interpreter&, const Arguments&) {
    throw TemplateError("'" + std::string(typeName()) + "' object is not callable");
}

std::string Object::representation() const {
    return "<" + std::string(typeName()) + ">";
}

Value makeText(Budget& budget, Text text) {
    budget.build(text.size());
    return makePaidText(budget, std::move(text));
}

Value makeText(Budget& budget, std::string text, Trust trust) {
    return makeText(budget, Text(std::move(text), trust));
}

Value makePaidText(Budget& budget, Text text) {
    budget.build(kValueOverheadBytes);
    return Value(std::make_shared<const Text>(std::move(text)));
}

Value makeList(Budget& budget, std::vector<Value> items) {
    return makeSequence(budget, std::move(items), false);
}

Value makeTuple(Budget& budget, std::vector<Value> items) {
    return makeSequence(budget, std::move(items), true);
}

Value makeDict(Budget& budget, std::vector<std::pair<Value, Value>> entries) {
    budget.build(kValueOverheadBytes + entries.size() * 2 * sizeof(Value));
    auto dict = std::make_shared<Dict>();
    dict->height = heightAbove(entries, [](const auto& entry) {
        return std::max(entry.first.height(), entry.second.height());
    });
    budget.checkHeight(dict->height);
    dict->entries = std::move(entries);
    return Value(std::shared_ptr<const Dict>(std::move(dict)));
}

Value makeMethod(Budget& budget, Value self, std::string name) {
    budget.build(kValueOverheadBytes);
    budget.checkHeight(self.height() + 1);
    return Value(
        std::make_shared<const BoundMethod>(BoundMethod{std::move(self), std::move(name)}));
}

bool equal(Budget& budget, const Value& a, const Value& b) {
    budget.step();
    if (a.isNumber() && b.isNumber())
        return a.isFloat() || b.isFloat() ? a.number() == b.number() : a.integer() == b.integer();
    if (a.text() != nullptr && b.text() != nullptr) {
        budget.walk(std::min(a.text()->size(), b.text()->size()));
        return a.text()->bytes() == b.text()->bytes();
    }
    if (const List* left = a.list(), *right = b.list(); left != nullptr && right != nullptr)
        return left->isTuple == right->isTuple &&
               std::equal(left->items.begin(), left->items.end(), right->items.begin(),
                          right->items.end(),
                          [&](const Value& x, const Value& y) { return equal(budget, x, y); });
    if (a.dict() != nullptr && b.dict() != nullptr)
        return equalDicts(budget, *a.dict(), *b.dict());
    if (a.object() != nullptr || b.object() != nullptr)
        return a.object() == b.object();
    return (a.isNone() && b.isNone()) || (a.isUndefined() && b.isUndefined());
}

Order compare(Budget& budget, const Value& a, const Value& b) {
    budget.step();
    if (a.isInteger() && b.isInteger())
        return {sign(a.integer(), b.integer()), false};
    if (a.isNumber() && b.isNumber())
        return {sign(a.number(), b.number()), std::isnan(a.number()) || std::isnan(b.number())};
    if (a.text() != nullptr && b.text() != nullptr) {
        budget.walk(std::min(a.text()->size(), b.text()->size()));
        return {sign(a.text()->bytes().compare(b.text()->bytes()), 0), false};
    }
    const List* left = a.list();
    const List* right = b.list();
    if (left != nullptr && right != nullptr && left->isTuple == right->isTuple) {
        const std::size_t common = std::min(left->items.size(), right->items.size());
        for (std::size_t i = 0; i < common; ++i) {
            if (!equal(budget, left->items[i], right->items[i]))
                return compare(budget, left->items[i], right->items[i]);
        }
        return {sign(left->items.size(), right->items.size()), false};
    }
    if (a.isUndefined() || b.isUndefined()) {
        const std::string* reason = a.isUndefined() ? a.undefinedReason() : b.undefinedReason();
        throw TemplateError(reason != nullptr ? *reason : "an undefined value is compared");
    }
    throw TemplateError("'" + std::string(a.typeName()) + "' and '" + std::string(b.typeName()) +
                        "' have no order");
}

const Value* findKey(Budget& budget, const Dict& dict, const Value& key) {
    for (const auto& [name, value] : dict.entries) {
        if (equal(budget, name, key))
            return &value;
    }
    return nullptr;
}

const Value* findKey(Budget& budget, const Dict& dict, std::string_view key) {
    std::uint64_t visited = 0;
    const Value* found = nullptr;
    for (const auto& [name, value] : dict.entries) {
        ++visited;
        if (name.text() != nullptr && name.text()->bytes() == key) {
            found = &value;
            break;
        }
    }
    budget.step(visited / 16);
    return found;
}

void setKey(Budget& budget, std::vector<std::pair<Value, Value>>& entries, Value key, Value value) {
    if (key.dict() != nullptr || (key.list() != nullptr && !key.list()->isTuple))
        throw TemplateError("unhashable type: '" + std::string(key.typeName()) + "'");
    for (auto& [name, old] : entries) {
        if (equal(budget, name, key)) {
            old = std::move(value);
            return;
        }
    }
    budget.build(2 * sizeof(Value));
    entries.emplace_back(std::move(key), std::move(value));
}

} // namespace hearth::jinja
