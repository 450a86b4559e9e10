#include "text/jinja/methods.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "text/jinja/interpreter.h"
#include "text/jinja/objects.h"
#include "text/jinja/operators.h"
#include "text/jinja/parameters.h"

namespace hearth::jinja {

namespace {

Value dictItems(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters none("items", arguments, {});
    ListBuilder list(interpreter.budget());
    for (const auto& [key, value] : self.dict()->entries)
        list.add(makeTuple(interpreter.budget(), {key, value}));
    return list.take();
}

Value dictKeys(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters none("keys", arguments, {});
    return Value(interpreter.items(self).shared());
}

Value dictValues(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters none("values", arguments, {});
    ListBuilder list(interpreter.budget());
    for (const auto& [key, value] : self.dict()->entries)
        list.add(value);
    return list.take();
}

Value dictGet(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("get", arguments, {"key", "default"});
    if (parameters.require(0).list() != nullptr || parameters.require(0).dict() != nullptr)
        throw TemplateError("a list or mapping cannot be a key");
    const Value* found = findKey(interpreter.budget(), *self.dict(), parameters.require(0));
    if (found != nullptr)
        return *found;
    return parameters.find(1) != nullptr ? *parameters.find(1) : Value::none();
}

Value copied(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters none("copy", arguments, {});
    return self;
}

Value listCount(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("count", arguments, {"value"});
    const Value& wanted = parameters.require(0);
    const auto& items = self.list()->items;
    return Value(
        static_cast<std::int64_t>(std::count_if(items.begin(), items.end(), [&](const Value& item) {
            return equal(interpreter.budget(), item, wanted);
        })));
}

Value listIndex(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    const Parameters parameters("index", arguments, {"value"});
    const Value& wanted = parameters.require(0);
    const auto& items = self.list()->items;
    const auto found = std::find_if(items.begin(), items.end(), [&](const Value& item) {
        return equal(interpreter.budget(), item, wanted);
    });
    if (found == items.end())
        throw TemplateError("the value is not in the list");
    return Value(static_cast<std::int64_t>(found - items.begin()));
}

Value loopCycle(Interpreter&, const Value& self, const Arguments& arguments) {
    return static_cast<Loop*>(self.object())->cycle(arguments);
}

Value loopChanged(Interpreter& interpreter, const Value& self, const Arguments& arguments) {
    return Value(static_cast<Loop*>(self.object())->changed(interpreter.budget(), arguments));
}

Value cyclerNext(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters none("next", arguments, {});
    return static_cast<Cycler*>(self.object())->next();
}

Value cyclerReset(Interpreter&, const Value& self, const Arguments& arguments) {
    const Parameters none("reset", arguments, {});
    static_cast<Cycler*>(self.object())->reset();
    return Value::none();
}

using MethodTable = std::unordered_map<std::string_view, Method>;

const Method* findIn(const MethodTable& table, std::string_view name) {
    const auto found = table.find(name);
    return found != table.end() ? &found->second : nullptr;
}

const Method* findMethod(const Value& self, std::string_view name) {
    static const MethodTable kDictMethods = {{"items", dictItems},
                                             {"keys", dictKeys},
                                             {"values", dictValues},
                                             {"get", dictGet},
                                             {"copy", copied}};
    static const MethodTable kListMethods = {
        {"count", listCount}, {"index", listIndex}, {"copy", copied}};
    static const MethodTable kLoopMethods = {{"cycle", loopCycle}, {"changed", loopChanged}};
    static const MethodTable kCyclerMethods = {{"next", cyclerNext}, {"reset", cyclerReset}};
    if (self.text() != nullptr)
        return findStringMethod(name);
    if (self.dict() != nullptr)
        return findIn(kDictMethods, name);
    if (self.list() != nullptr)
        return findIn(kListMethods, name);
    if (dynamic_cast<Loop*>(self.object()) != nullptr)
        return findIn(kLoopMethods, name);
    if (dynamic_cast<Cycler*>(self.object()) != nullptr)
        return findIn(kCyclerMethods, name);
    return nullptr;
}

} // namespace

bool hasMethod(const Value& self, std::string_view name) {
    return findMethod(self, name) != nullptr;
}

bool isMutatingMethod(const Value& self, std::string_view name) {
    static constexpr std::array<std::string_view, 8> kListMutators = {
        "append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"};
    static constexpr std::array<std::string_view, 5> kDictMutators = {"clear", "pop", "popitem",
                                                                      "setdefault", "update"};
    const auto among = [name](const auto& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (const List* list = self.list())
        return !list->isTuple && among(kListMutators);
    return self.dict() != nullptr && among(kDictMutators);
}

Value callMethod(Interpreter& interpreter, const Value& self, std::string_view name,
                 const Arguments& arguments) {
    if (const Text* text = self.text())
        interpreter.budget().walk(text->size());
    const Method* method = findMethod(self, name);
    if (method == nullptr)
        throw TemplateError("'" + std::string(self.typeName()) + "' object has no method '" +
                            std::string(name) + "'");
    return (*method)(interpreter, self, arguments);
}

} // namespace hearth::jinja
