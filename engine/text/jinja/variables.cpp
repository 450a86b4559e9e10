#include "text/jinja/variables.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace hearth::jinja {

namespace {

using Json = nlohmann::ordered_json;

class Converter {
public:
    Converter(Trust trust, const TrustPolicy* policy, std::uint32_t maxHeight)
        : m_trust(trust)
        , m_policy(policy)
        , m_maxHeight(maxHeight) {}

    Value convert(const Json& json, std::uint32_t depth) const {
        if (depth > m_maxHeight)
            throw TemplateError("the variables are nested too deep");
        switch (json.type()) {
        case Json::value_t::boolean:
            return Value(json.get<bool>());
        case Json::value_t::number_integer:
            return Value(json.get<std::int64_t>());
        case Json::value_t::number_unsigned:
            return fromUnsigned(json.get<std::uint64_t>());
        case Json::value_t::number_float:
            return Value(json.get<double>());
        case Json::value_t::string:
            return string(json.get_ref<const std::string&>(), m_trust);
        case Json::value_t::array:
            return fromArray(json, depth);
        case Json::value_t::object:
            return fromObject(json, depth);
        default:
            return Value::none();
        }
    }

private:
    static Value string(const std::string& text, Trust trust) {
        return Value(std::make_shared<const Text>(text, trust));
    }

    static Value fromUnsigned(std::uint64_t number) {
        if (std::in_range<std::int64_t>(number))
            return Value(static_cast<std::int64_t>(number));
        return Value(static_cast<double>(number));
    }

    Value fromArray(const Json& json, std::uint32_t depth) const {
        auto list = std::make_shared<List>();
        for (const Json& element : json) {
            list->items.push_back(convert(element, depth + 1));
            list->height = std::max(list->height, list->items.back().height() + 1);
        }
        return Value(std::shared_ptr<const List>(std::move(list)));
    }

    Value fromObject(const Json& json, std::uint32_t depth) const {
        auto dict = std::make_shared<Dict>();
        for (const auto& [key, element] : json.items()) {
            Value value = isTrustedRole(key, element)
                              ? string(element.get_ref<const std::string&>(), Trust::Trusted)
                              : convert(element, depth + 1);
            dict->height = std::max(dict->height, value.height() + 1);
            dict->entries.emplace_back(string(key, m_trust), std::move(value));
        }
        return Value(std::shared_ptr<const Dict>(std::move(dict)));
    }

    bool isTrustedRole(const std::string& key, const Json& value) const {
        return m_policy != nullptr && key == "role" && value.is_string() &&
               std::find(m_policy->roles.begin(), m_policy->roles.end(),
                         value.get_ref<const std::string&>()) != m_policy->roles.end();
    }

    const Trust m_trust;
    const TrustPolicy* m_policy;
    const std::uint32_t m_maxHeight;
};

} // namespace

Value fromJson(const Json& json, const std::string& name, const TrustPolicy* trust,
               std::uint32_t maxHeight) {
    const bool trusted =
        trust == nullptr ||
        std::find(trust->variables.begin(), trust->variables.end(), name) != trust->variables.end();
    return Converter(trusted ? Trust::Trusted : Trust::Untrusted, trust, maxHeight)
        .convert(json, 0);
}

} // namespace hearth::jinja
