#include "models/model_spec_json.h"

#include "formats/format_error.h"
#include "models/decoder_spec_fields.h"
#include "models/decoder_spec_words.h"
#include "models/encoder_spec_fields.h"

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hearth {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestList = 1 << 20;
constexpr int kMostWords = 64; ///< More than any enumeration has.

template<typename T>
concept Fields = std::is_class_v<T> && requires(T& value) {
    spec_fields::visit(value, [](const char*, auto&) {});
};

template<typename T>
Json written(T& value);

template<typename T>
Json writtenList(std::vector<T>& list) {
    Json json = Json::array();
    for (std::size_t i = 0; i < list.size(); ++i) {
        if constexpr (Fields<T>)
            json.push_back(written(list[i]));
        else
            json.push_back(static_cast<T>(list[i]));
    }
    return json;
}

template<typename T>
Json written(T& value) {
    if constexpr (Fields<T>) {
        Json json = Json::object();
        spec_fields::visit(value,
                           [&](const char* key, auto& field) { json[key] = written(field); });
        return json;
    } else if constexpr (std::is_enum_v<T>) {
        return spec_words::word(value);
    } else if constexpr (requires { typename T::value_type; value.push_back({}); } &&
                         !std::same_as<T, std::string>) {
        return writtenList(value);
    } else {
        return value;
    }
}

/// Remembers the first thing that is wrong.
class Reader {
public:
    /// `root` is what the whole is called.
    Reader(const std::string& path, const char* root) : m_path(path), m_key(root) {}

    template<Fields T>
    void read(const Json& json, T& value) {
        if (!json.is_object())
            return wrong("must be an object");
        std::size_t known = 0;
        spec_fields::visit(value, [&](const char* key, auto& field) {
            const auto found = json.find(key);
            if (found == json.end())
                return;
            ++known;
            const std::string outer = m_key;
            m_key += std::string(".") + key;
            read(*found, field);
            m_key = outer;
        });
        if (known != json.size())
            wrong("has keys of a newer version", ErrorCode::Unsupported);
    }
    template<std::integral T>
    void read(const Json& json, T& value) {
        if constexpr (std::same_as<T, bool>) {
            if (!json.is_boolean())
                return wrong("must be true or false");
            value = json.get<bool>();
        } else {
            const bool fits =
                json.is_number_unsigned()
                    ? std::in_range<T>(json.get<std::uint64_t>())
                    : json.is_number_integer() && std::in_range<T>(json.get<std::int64_t>());
            if (!fits)
                return wrong("must be a whole number in range");
            value = json.get<T>();
        }
    }
    template<std::floating_point T>
    void read(const Json& json, T& value) {
        if (!json.is_number())
            return wrong("must be a number");
        value = static_cast<T>(json.get<double>());
    }
    void read(const Json& json, std::string& value) {
        if (!json.is_string())
            return wrong("must be a string");
        value = json.get<std::string>();
    }
    template<typename T>
        requires std::is_enum_v<T>
    void read(const Json& json, T& value) {
        const std::string text = json.is_string() ? json.get<std::string>() : std::string();
        for (int number = 0; number < kMostWords; ++number)
            if (!text.empty() && spec_words::word(static_cast<T>(number)) == text) {
                value = static_cast<T>(number);
                return;
            }
        wrong(text.empty() ? "must be a word" : text,
              text.empty() ? ErrorCode::Corrupt : ErrorCode::Unsupported);
    }
    template<typename T>
    void read(const Json& json, std::vector<T>& list) {
        if (!json.is_array() || json.size() > kLongestList)
            return wrong("must be a list of at most 2^20 entries");
        list.clear();
        list.reserve(json.size());
        for (const Json& entry : json) {
            T value{};
            read(entry, value);
            list.push_back(std::move(value));
        }
    }

    [[nodiscard]] const std::optional<Failure>& failure() const { return m_failure; }

private:
    void wrong(std::string detail, ErrorCode code = ErrorCode::Corrupt) {
        if (!m_failure)
            m_failure = fileFailure(code, m_path, m_key, std::move(detail));
    }

    const std::string& m_path;
    std::string m_key; ///< Of what is being read, with dots.
    std::optional<Failure> m_failure;
};

template<typename Spec>
Json writtenWhole(const Spec& spec) {
    Spec copy = spec; // the visitors take what they could change
    return written(copy);
}

template<typename Spec>
Result<Spec> readWhole(const Json& json, const std::string& path, const char* root) {
    Spec spec;
    Reader reader(path, root);
    reader.read(json, spec);
    if (reader.failure())
        return *reader.failure();
    return spec;
}

} // namespace

Json toJson(const DecoderSpec& decoder) {
    return writtenWhole(decoder);
}

Json toJson(const EncoderSpec& encoder) {
    return writtenWhole(encoder);
}

Json toJson(const EncoderDecoderSpec& model) {
    return writtenWhole(model);
}

Result<DecoderSpec> decoderFromJson(const Json& json, const std::string& path) {
    return readWhole<DecoderSpec>(json, path, "decoder");
}

Result<EncoderSpec> encoderFromJson(const Json& json, const std::string& path) {
    return readWhole<EncoderSpec>(json, path, "encoder");
}

Result<EncoderDecoderSpec> encoderDecoderFromJson(const Json& json, const std::string& path) {
    return readWhole<EncoderDecoderSpec>(json, path, "encoder_decoder");
}

} // namespace hearth
