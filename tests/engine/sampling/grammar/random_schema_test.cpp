#include "engine/sampling/grammar/grammar_support.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>

using namespace hearth;
using namespace hearth::test;

namespace {

using Json = nlohmann::ordered_json;

/// Schemas of all kinds, not deeper than `depth`.
class SchemaMaker {
public:
    explicit SchemaMaker(unsigned seed) : m_random(seed) {}

    Json make(int depth) {
        switch (pick(depth > 0 ? 11 : 7)) {
        case 0: {
            const int low = int(pick(400)) - 200;
            return {{"type", "integer"}, {"minimum", low}, {"maximum", low + int(pick(900))}};
        }
        case 1:
            return {{"type", "number"}, {"minimum", -3}, {"exclusiveMaximum", int(pick(50))}};
        case 2: {
            const int low = int(pick(4));
            return {{"type", "string"}, {"minLength", low}, {"maxLength", low + int(pick(60))}};
        }
        case 3:
            return {{"type", Json::array({"boolean", "null"})}};
        case 4:
            return {{"enum", Json::array({"é\n", 1, nullptr, Json::array({1, "x"}), "ab"})}};
        case 5:
            return {{"type", "string"}, {"pattern", "^[a-f]{1,3}(-\\d\\d?)*$"}};
        case 6:
            return {{"const", {{"k", Json::array({true, -1.5})}}}};
        case 7:
            return {{"type", "array"},
                    {"items", make(depth - 1)},
                    {"minItems", int(pick(2))},
                    {"maxItems", 2 + int(pick(3))}};
        case 8:
            return {{"anyOf", Json::array({make(depth - 1), make(depth - 1)})}};
        case 9:
            return {{"type", "array"},
                    {"prefixItems", Json::array({make(depth - 1), make(depth - 1)})},
                    {"items", false}};
        default:
            return object(depth);
        }
    }

private:
    std::size_t pick(std::size_t count) { return m_random() % count; }
    Json object(int depth) {
        Json schema{{"type", "object"}, {"properties", Json::object()},
                    {"required", Json::array()}};
        for (const char* const name : {"a", "b c", "\"q\"", "ab", "é"}) {
            if (pick(3) == 0)
                continue;
            schema["properties"][name] = make(depth - 1);
            if (pick(2) == 0)
                schema["required"].push_back(name);
        }
        if (pick(2) == 0)
            schema["additionalProperties"] = pick(2) == 0 ? Json(false) : make(depth - 1);
        return schema;
    }

    std::mt19937 m_random;
};

/// What JSON Schema says of the keywords above.
bool isValid(const Json& schema, const Json& value) {
    if (schema.is_boolean())
        return schema.get<bool>();
    if (schema.contains("anyOf"))
        return isValid(schema["anyOf"][0], value) || isValid(schema["anyOf"][1], value);
    if (schema.contains("enum"))
        return std::find(schema["enum"].begin(), schema["enum"].end(), value) !=
               schema["enum"].end();
    if (schema.contains("const"))
        return schema["const"] == value;
    const Json type = schema["type"];
    if (type.is_array())
        return value.is_boolean() || value.is_null();
    if (type == "integer")
        return value.is_number_integer() && value >= schema["minimum"] &&
               value <= schema["maximum"];
    if (type == "number")
        return value.is_number() && value >= schema["minimum"] &&
               value < schema["exclusiveMaximum"];
    if (type == "string") {
        if (!value.is_string())
            return false;
        const auto text = value.get<std::string>();
        const auto length = std::count_if(text.begin(), text.end(),
                                          [](char c) { return (c & 0xC0) != 0x80; });
        if (schema.contains("pattern"))
            return !text.empty() && text[0] >= 'a' && text[0] <= 'f';
        return length >= schema["minLength"].get<int>() && length <= schema["maxLength"].get<int>();
    }
    if (type == "array") {
        if (!value.is_array() || int(value.size()) < schema.value("minItems", 0) ||
            int(value.size()) > schema.value("maxItems", 2))
            return false;
        for (std::size_t i = 0; i < value.size(); ++i)
            if (!isValid(schema.contains("prefixItems") ? schema["prefixItems"][i]
                                                        : schema["items"],
                         value[i]))
                return false;
        return true;
    }
    if (!value.is_object())
        return false;
    for (const auto& [name, member] : value.items()) {
        const bool isKnown = schema["properties"].contains(name);
        if (!isValid(isKnown ? schema["properties"][name]
                             : schema.value("additionalProperties", Json(false)),
                     member))
            return false;
    }
    return std::all_of(schema["required"].begin(), schema["required"].end(), [&](const Json& name) {
        return value.contains(name.get<std::string>());
    });
}

/// A reply of random bytes that are allowed, with a leaning to those that end things.
std::string randomReply(const std::shared_ptr<const CompiledGrammar>& grammar, unsigned seed) {
    std::mt19937 random(seed);
    Matcher matcher(grammar);
    std::vector<std::uint32_t> mask(grammar->table().words());
    std::string text;
    while (!matcher.isOver() && text.size() < 20'000) {
        matcher.fillMask(mask);
        std::vector<char> allowed;
        std::vector<char> ending;
        for (int byte = 0; byte < 256; ++byte) {
            if ((mask[std::size_t(byte) / 32] >> (byte % 32) & 1) == 0)
                continue;
            allowed.push_back(char(byte));
            if (byte == '"' || byte == '}' || byte == ']')
                ending.push_back(char(byte));
        }
        if (allowed.empty() || (matcher.isComplete() && random() % 4 == 0))
            break;
        const std::vector<char>& from = !ending.empty() && random() % 4 == 0 ? ending : allowed;
        text += from[random() % from.size()];
        EXPECT_TRUE(matcher.acceptBytes(std::string_view(text).substr(text.size() - 1)));
    }
    EXPECT_TRUE(matcher.isComplete()) << text;
    return text;
}

} // namespace

TEST(RandomSchemas, RepliesParseAndValidate) {
    // With HEARTH_WRITE_REPLIES they also go to a file, for another validator to read.
    const char* const path = std::getenv("HEARTH_WRITE_REPLIES");
    std::ofstream file(path == nullptr ? "" : path);
    for (unsigned seed = 1; seed <= 150; ++seed) {
        const Json schema = SchemaMaker(seed).make(3);
        const auto grammar = compiled(schemaConstraint(schema.dump()));
        ASSERT_NE(grammar, nullptr) << schema.dump();
        for (unsigned walk = 0; walk < 4; ++walk) {
            const std::string text = randomReply(grammar, seed * 10 + walk);
            const Json value = Json::parse(text, nullptr, false);
            ASSERT_FALSE(value.is_discarded()) << text;
            EXPECT_TRUE(isValid(schema, value)) << schema.dump() << "\n" << text;
            file << Json{{"schema", schema}, {"text", text}}.dump() << "\n";
        }
    }
}
