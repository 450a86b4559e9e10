#include "text/jinja/globals.h"

#include <array>
#include <ctime>

#include "text/jinja/interpreter.h"
#include "text/jinja/objects.h"
#include "text/jinja/parameters.h"
#include "text/jinja/printing.h"

namespace hearth::jinja {

namespace {

/// jinja2's sandbox allows as many.
constexpr std::int64_t kMaxRange = 100'000;

/// Items of a range, computed so that no bound can overflow.
std::uint64_t rangeLength(std::int64_t start, std::int64_t stop, std::int64_t step) {
    const auto distance = [](std::int64_t low, std::int64_t high) {
        return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    };
    if (step > 0)
        return start < stop ? (distance(start, stop) - 1) / static_cast<std::uint64_t>(step) + 1
                            : 0;
    return start > stop ? (distance(stop, start) - 1) / (0 - static_cast<std::uint64_t>(step)) + 1
                        : 0;
}

Value range(Interpreter& interpreter, const Arguments& arguments) {
    const Parameters parameters("range", arguments, {"start", "stop", "step"});
    const bool single = parameters.find(1) == nullptr;
    const std::int64_t start = single ? 0 : parameters.integer(0);
    const std::int64_t stop = single ? parameters.integer(0) : parameters.integer(1);
    const std::int64_t step = parameters.integer(2, 1);
    if (step == 0)
        throw TemplateError("range() needs a step other than 0");
    const std::uint64_t length = rangeLength(start, stop, step);
    if (length > kMaxRange)
        throw TemplateError("range() is limited to " + std::to_string(kMaxRange) + " items");
    ListBuilder list(interpreter.budget());
    for (std::uint64_t i = 0; i < length; ++i)
        list.add(Value(start + static_cast<std::int64_t>(i) * step));
    return list.take();
}

/// dict(mapping or pairs, name=value, …) as entries.
std::vector<std::pair<Value, Value>>
dictEntries(Interpreter& interpreter, std::string_view function, const Arguments& arguments) {
    Budget& budget = interpreter.budget();
    const Arguments mapping{arguments.positional, {}};
    const Parameters parameters(function, mapping, {"mapping"});
    std::vector<std::pair<Value, Value>> entries;
    const Value* source = parameters.find(0);
    if (source != nullptr && source->dict() != nullptr) {
        budget.build(source->dict()->entries.size() * 2 * sizeof(Value));
        entries = source->dict()->entries;
    } else if (source != nullptr) {
        for (const Value& pair : interpreter.items(*source)) {
            const auto both = interpreter.items(pair);
            if (both->items.size() != 2)
                throw TemplateError(std::string(function) + "() needs pairs");
            setKey(budget, entries, both->items[0], both->items[1]);
        }
    }
    for (const auto& [name, value] : arguments.keyword)
        setKey(budget, entries, makeText(budget, name), value);
    return entries;
}

Value dict(Interpreter& interpreter, const Arguments& arguments) {
    return makeDict(interpreter.budget(), dictEntries(interpreter, "dict", arguments));
}

Value makeNamespace(Interpreter& interpreter, const Arguments& arguments) {
    auto* made = interpreter.adopt<Namespace>();
    for (const auto& [name, value] : dictEntries(interpreter, "namespace", arguments)) {
        if (name.text() != nullptr)
            made->set(interpreter.budget(), name.text()->bytes(), value);
    }
    return Value(static_cast<Object*>(made));
}

Value cycler(Interpreter& interpreter, const Arguments& arguments) {
    if (arguments.positional.empty())
        throw TemplateError("cycler() needs at least one item");
    return Value(static_cast<Object*>(interpreter.adopt<Cycler>(arguments.positional)));
}

Value joiner(Interpreter& interpreter, const Arguments& arguments) {
    const Parameters parameters("joiner", arguments, {"sep"});
    const Value* separator = parameters.find(0);
    return Value(static_cast<Object*>(interpreter.adopt<Joiner>(
        separator != nullptr ? *separator : makeText(interpreter.budget(), std::string(", ")))));
}

Value raiseException(Interpreter& interpreter, const Arguments& arguments) {
    const Parameters parameters("raise_exception", arguments, {"message"});
    throw TemplateError(stringOf(interpreter.budget(), parameters.require(0)).bytes());
}

Value strftimeNow(Interpreter& interpreter, const Arguments& arguments) {
    const Parameters parameters("strftime_now", arguments, {"format"});
    const Text& format = parameters.text(0);
    const std::time_t now = interpreter.budget().limits().now.value_or(std::time(nullptr));
    std::tm local{};
    localtime_r(&now, &local);
    std::array<char, 512> buffer{};
    // The guard in front tells an empty result from one that does not fit.
    const std::size_t length =
        std::strftime(buffer.data(), buffer.size(), ("x" + format.bytes()).c_str(), &local);
    if (length == 0)
        throw TemplateError("strftime_now(): the result is too long");
    return makeText(interpreter.budget(), std::string(buffer.data() + 1, length - 1),
                    format.trust());
}

} // namespace

void addGlobals(Interpreter& interpreter, std::unordered_map<std::string_view, Value>& globals) {
    struct Entry {
        std::string_view name;
        Function::Body body;
    };
    static constexpr std::array<Entry, 7> kFunctions = {{
        {"range", range},
        {"dict", dict},
        {"namespace", makeNamespace},
        {"cycler", cycler},
        {"joiner", joiner},
        {"raise_exception", raiseException},
        {"strftime_now", strftimeNow},
    }};
    for (const Entry& entry : kFunctions)
        globals[entry.name] =
            Value(static_cast<Object*>(interpreter.adopt<Function>(entry.name, entry.body)));
}

} // namespace hearth::jinja
